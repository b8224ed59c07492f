/**
 * Messages over the queue's limit: they wait in KV and travel as a reference.
 *
 * Limits: KV is eventually consistent, so what was put a moment ago in one place may be missing in
 * another for a minute or more. Missing therefore means "not yet" before it means "gone".
 */
import { isOverBytes } from '../events/batches.ts'
import {
  LARGE_EVENT_PREFIX,
  LARGE_EVENT_TTL_SECONDS,
  LEDGER_PREFIX,
  MAX_MESSAGE_BYTES,
  type DeadLetter,
  type EventMessage,
  type QueueMessage,
  type ReferenceMessage,
} from '../events/message.ts'
import { parseMessage } from '../events/parse-message.ts'
import { err, ok, type Result } from '../result.ts'

/** Two calls of a KV namespace; each rejects when KV fails. */
export interface TextStore {
  get(key: string): Promise<string | null>
  put(key: string, text: string, options: { expirationTtl: number }): Promise<void>
}

export type ReferenceProblem = { reason: 'reference_missing' | 'reference_unreadable' }

/** The whole message, still owed to whom the reference says. Rejects when KV fails. */
export async function resolveMessage(
  message: QueueMessage,
  store: TextStore,
): Promise<Result<EventMessage, ReferenceProblem>> {
  if ('event' in message) return ok(message)
  const text = await store.get(message.ref)
  if (text === null) return err({ reason: 'reference_missing' })
  const stored = parseMessage(text)
  if (!stored.ok || !('event' in stored.value)) return err({ reason: 'reference_unreadable' })
  const { ref: _, ...owed } = message
  const { event, request, reply } = stored.value
  return ok({ ...owed, event, request, ...(reply && { reply }) })
}

/** The id of a message's event, also of one that is only a reference. */
export function toEventId(message: QueueMessage): string {
  if ('event' in message) return message.event.id
  const prefix =
    [LARGE_EVENT_PREFIX, LEDGER_PREFIX].find((one) => message.ref.startsWith(one)) ?? ''
  return message.ref.slice(prefix.length)
}

/** What `wrap` makes of a message, as text that the queue takes. Rejects when KV fails. */
export type Pack = (wrap: (message: QueueMessage) => QueueMessage | DeadLetter) => Promise<string>

/**
 * Packs one message. A gateway's message may just fit; with a target's name around it, it may not any
 * more, and then goes to KV, once for all its targets: KV takes one write a second for one key.
 */
export function createPack(message: QueueMessage, store: TextStore): Pack {
  let stored: Promise<QueueMessage> | undefined
  return async (wrap) => {
    const text = JSON.stringify(wrap(message))
    if (!('event' in message) || !isOverBytes(text, MAX_MESSAGE_BYTES)) return text
    stored ??= toReference(message, store)
    return JSON.stringify(wrap(await stored))
  }
}

async function toReference(message: EventMessage, store: TextStore): Promise<ReferenceMessage> {
  const { event: _, request: __, reply: ___, ...owed } = message
  await storeEvent(message, store)
  return { ...owed, ref: LARGE_EVENT_PREFIX + message.event.id }
}

/** Puts the event itself, owed to nobody, where a reference finds it. Rejects when KV fails. */
export function storeEvent(message: EventMessage, store: TextStore): Promise<void> {
  const { v, event, request, reply } = message
  const whole = { v, event, request, ...(reply && { reply }) }
  return storeText(event.id, JSON.stringify(whole), store)
}

/** As storeEvent, for what is no event that anybody can read. */
export function storeText(id: string, text: string, store: TextStore): Promise<void> {
  return store.put(LARGE_EVENT_PREFIX + id, text, { expirationTtl: LARGE_EVENT_TTL_SECONDS })
}
