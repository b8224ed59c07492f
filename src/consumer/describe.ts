/** What the ledger's columns say of an event, besides its id and its kind. */
import { findAddresses, type Addresses } from '../events/addresses.ts'
import { toFacts } from '../events/facts.ts'
import { LEDGER_PREFIX, type EventMessage, type QueueMessage } from '../events/message.ts'
import { findThread } from '../events/thread.ts'
import type { Work } from './resolve.ts'

export interface Description extends Addresses {
  source: string
  account: string | null
  subject: string | null
  thread: string | null
  /** Which key signed the request. */
  keyName: string | null
}

/** @param kept as the ledger may keep it: without what the config redacts */
export function describeEvent({ event, request }: EventMessage): Description {
  const { source, account = null, subject = null, data } = event
  const facts = toFacts(data)
  return {
    source,
    account,
    subject,
    ...findAddresses(facts),
    thread: findThread(facts, event.subject),
    keyName: request.keyName ?? null,
  }
}

/** Twilio waits for 15 s: what took longer has come another way than it looks. */
const MAX_TOOK_MS = 20_000

/**
 * From the request to the event in the queue, which is when an answer leaves that is computed in memory.
 *
 * Null when nobody can say: an app was asked (then its answer says how long it took), the message came
 * through the outbox or in place of another one, or the event's time is not the gateway's but Twilio's
 * (Event Streams). Weak: it is the difference of two machines' clocks, and of a queue that stored the
 * event late, behind the gateway's back, it says how late, though nobody waited for it.
 */
export function toTookMs({ handed, packed, message }: Work): number | null {
  const isFirst = packed.owner === undefined && packed.replay === undefined
  const isStraight = isFirst && packed.outbox === undefined && !isLedgerReference(packed)
  const { reply, event } = message
  if (!isStraight || !reply || !event.source.startsWith('/endpoints/')) return null
  const tookMs = handed.timestamp.getTime() - Date.parse(event.time)
  return tookMs >= 0 && tookMs <= MAX_TOOK_MS ? tookMs : null
}

const isLedgerReference = (packed: QueueMessage) =>
  'ref' in packed && packed.ref.startsWith(LEDGER_PREFIX)
