/**
 * Stores events before Twilio is answered: in the queue, else in the outbox, else nowhere and said so.
 *
 * Each step has a deadline, so that a hanging queue cannot hold a caller. A step that is late may
 * still succeed behind our back; then the event is stored twice under one id, which the ledger
 * resolves. It is never stored less than once without `nowhere`.
 */
import { withDeadline } from '../deadline.ts'
import { MESSAGE_VERSION, type EventMessage, type ReferenceMessage } from '../events/message.ts'
import type { OnFault } from './tokens.ts'

/** A queue message may have 128 KB, metadata included (Cloudflare Queues limits). */
export const MAX_MESSAGE_BYTES = 127_000
/** sendBatch: 100 messages and 256 KB at most. */
const MAX_BATCH_MESSAGES = 100
const MAX_BATCH_BYTES = 250_000
/** Longer than the queue's retention (14 days at most): a reference never outlives its event. */
const LARGE_EVENT_TTL_SECONDS = 15 * 86_400

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

export interface Publisher {
  publish(messages: EventMessage[], budget: PublishBudget, onFault: OnFault): Promise<Stored>
}

interface Packed {
  id: string
  text: string
  bytes: number
}

export function createPublisher(queue: EventQueue, kv: KVNamespace): Publisher {
  return {
    async publish(messages, budget, onFault) {
      const store: Step = (name, ms, start) => runStep(name, ms, start, onFault)
      const packed: Packed[] = []
      for (const one of await Promise.all(messages.map((m) => pack(m, kv, budget, store)))) {
        if (!one) return 'nowhere'
        packed.push(one)
      }
      const sent = toBatches(packed).map((batch) => send(batch, queue, kv, budget, store))
      const results = await Promise.all(sent)
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
  const bytes = utf8Length(text)
  if (bytes <= MAX_MESSAGE_BYTES) return { id, text, bytes }
  const ref = `event:${id}`
  const put = () => kv.put(ref, text, { expirationTtl: LARGE_EVENT_TTL_SECONDS })
  if (!(await store('event', budget.outboxMs, put))) return null
  const reference: ReferenceMessage = { v: MESSAGE_VERSION, ref }
  const body = JSON.stringify(reference)
  return { id, text: body, bytes: body.length }
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
  const putAll = () => Promise.all(batch.map(({ id, text }) => kv.put(`outbox:${id}`, text)))
  return (await store('outbox', budget.outboxMs, putAll)) ? 'outbox' : 'nowhere'
}

function toBatches(messages: Packed[]): Packed[][] {
  const batches: Packed[][] = []
  let current: Packed[] = []
  let bytes = 0
  for (const message of messages) {
    const full = current.length === MAX_BATCH_MESSAGES || bytes + message.bytes > MAX_BATCH_BYTES
    if (current.length === 0 || full) {
      current = []
      bytes = 0
      batches.push(current)
    }
    current.push(message)
    bytes += message.bytes
  }
  return batches
}

const encoder = new TextEncoder()

function utf8Length(text: string): number {
  // A UTF-16 unit becomes three bytes at most: small messages need no encoding to be measured.
  const most = text.length * 3
  return most <= MAX_MESSAGE_BYTES ? most : encoder.encode(text).byteLength
}
