/**
 * Stores events before Twilio is answered: in the queue, else in the outbox, else nowhere and said so.
 *
 * Each step has a deadline, so that a hanging queue cannot hold a caller. A step that is late may
 * still succeed behind our back; then the event is stored twice under one id. It is never stored less
 * than once without `nowhere`.
 */
import { withDeadline } from '../deadline.ts'
import { isOverBytes, QUEUE_BATCH, toBatches } from '../events/batches.ts'
import {
  LARGE_EVENT_PREFIX,
  LARGE_EVENT_TTL_SECONDS,
  MAX_MESSAGE_BYTES,
  MESSAGE_VERSION,
  OUTBOX_PREFIX,
  type Answer,
  type EventMessage,
  type ReferenceMessage,
} from '../events/message.ts'
import type { OnFault } from './tokens.ts'

/** The two calls of a Cloudflare Queue that are used; each resolves once the queue has stored it. */
export interface EventQueue {
  send(body: string, options: { contentType: 'text' }): Promise<unknown>
  sendBatch(messages: { body: string; contentType: 'text' }[]): Promise<unknown>
}

const TEXT = 'text' as const
const LATE = Symbol('late')

export interface PublishBudget {
  queueMs: number
  outboxMs: number
}

export type Stored = 'queue' | 'outbox' | 'nowhere'

/** The queue of an event: its shard's. */
export type QueueOf = (eventId: string) => EventQueue

export interface Publisher {
  publish(messages: EventMessage[], budget: PublishBudget, onFault: OnFault): Promise<Stored>
}

interface Packed {
  id: string
  text: string
}

export function createPublisher(queueOf: QueueOf, kv: KVNamespace): Publisher {
  return {
    async publish(messages, budget, onFault) {
      const store: Step = (name, ms, start) => runStep(name, ms, start, onFault)
      const packed: Packed[] = []
      for (const one of await Promise.all(messages.map((m) => pack(m, kv, budget, store)))) {
        if (!one) return 'nowhere'
        packed.push(one)
      }
      const [first] = packed
      if (first && packed.length === 1) return send(packed, queueOf(first.id), kv, budget, store)
      const byQueue = Map.groupBy(packed, ({ id }) => queueOf(id))
      const results = await Promise.all(
        [...byQueue].flatMap(([queue, own]) =>
          toBatches(own, QUEUE_BATCH, ({ text }) => text).map((batch) =>
            send(batch, queue, kv, budget, store),
          ),
        ),
      )
      if (results.includes('nowhere')) return 'nowhere'
      return results.includes('outbox') ? 'outbox' : 'queue'
    },
  }
}

/** One storing step within its budget; false when it failed or was late. */
type Step = (name: string, ms: number, start: () => Promise<unknown>) => Promise<boolean>

async function runStep(
  name: string,
  ms: number,
  start: () => Promise<unknown>,
  onFault: OnFault,
): Promise<boolean> {
  try {
    const isLate = (await withDeadline(start(), ms, LATE)) === LATE
    if (isLate) onFault(`${name}.late`)
    return !isLate
  } catch {
    onFault(`${name}.failed`)
    return false
  }
}

/** A message too large for the queue goes to KV and travels by reference. */
async function pack(
  message: EventMessage,
  kv: KVNamespace,
  budget: PublishBudget,
  store: Step,
): Promise<Packed | null> {
  const { id } = message.event
  const text = JSON.stringify(message)
  if (!isOverBytes(text, MAX_MESSAGE_BYTES)) return { id, text }
  const short = message.reply ? toShort(message, message.reply) : text
  if (!isOverBytes(short, MAX_MESSAGE_BYTES)) return { id, text: short }
  const ref = LARGE_EVENT_PREFIX + id
  const put = () => kv.put(ref, text, { expirationTtl: LARGE_EVENT_TTL_SECONDS })
  if (!(await store('event', budget.outboxMs, put))) return null
  const reference: ReferenceMessage = { v: MESSAGE_VERSION, ref }
  return { id, text: JSON.stringify(reference) }
}

/** An event that fits does not go to KV only because of what Twilio got back. */
function toShort(message: EventMessage, reply: Answer): string {
  return JSON.stringify({ ...message, reply: { ...reply, body: null } })
}

async function send(
  batch: Packed[],
  queue: EventQueue,
  kv: KVNamespace,
  budget: PublishBudget,
  store: Step,
): Promise<Stored> {
  const bodies = batch.map(({ text }) => ({ body: text, contentType: TEXT }))
  const [first] = bodies
  const enqueue = () =>
    first && bodies.length === 1
      ? queue.send(first.body, { contentType: TEXT })
      : queue.sendBatch(bodies)
  if (await store('queue', budget.queueMs, enqueue)) return 'queue'
  const putAll = () =>
    Promise.all(batch.map(({ id, text }) => kv.put(OUTBOX_PREFIX + id, toOutboxText(text))))
  return (await store('outbox', budget.outboxMs, putAll)) ? 'outbox' : 'nowhere'
}

/** Marked as one that the queue gets late. The text is a JSON object of ours, and has members. */
const toOutboxText = (text: string): string => `{"outbox":true,${text.slice(1)}`
