/**
 * The ledger: what the consumer asks of it and tells it. d1-ledger.ts is how.
 *
 * Promises: whether an event is new is decided by one statement, so that of any number of copies one
 * wins; a delivery that is delivered stays delivered; the same attempt recorded twice is one attempt.
 * Each call is one round trip and one transaction, with a constant number of statements for a batch.
 *
 * Every call rejects when D1 fails or takes longer than D1_BUDGET_MS. It may still have happened then.
 */
import type { RecordedReply } from './replies.ts'

/** A message's request to be the one that works on an event. */
export interface ClaimRequest {
  /** The event's id, or with `~` and a name behind it a part of the event (migrations/0002). */
  claim: string
  eventId: string
  replay: string | null
  /** The queue message that is responsible. */
  owner: string
  /** Milliseconds since the epoch. */
  receivedAt: number
  kind: string
  source: string
  account: string | null
  subject: string | null
  /** Who it is from and to, and the call or message that it belongs to; null: it does not say. */
  from: string | null
  to: string | null
  thread: string | null
  /** From the request to the answer, milliseconds; null: not known. */
  tookMs: number | null
  /** Which key signed the request; null: not known, or none did. */
  keyName: string | null
  /** To whom it is owed, should the claim be new. */
  targets: readonly string[]
  /** The message as JSON text, for the record; null: a replay, whose event is there already. */
  payload: string | null
}

export type DeliveryStatus = 'waiting' | 'delivered' | 'dead'

/** A delivery as the ledger has it. */
export interface RecordedDelivery {
  target: string
  status: DeliveryStatus
  attempts: number
  /** When a waiting one is due, milliseconds since the epoch. */
  nextAt: number | null
  reason: string | null
}

export type Claim =
  | { state: 'ours'; seq: number; targets: string[]; deliveries: RecordedDelivery[] }
  /** The same message was handed out before, and whoever got it may still be at work. */
  | { state: 'leased'; until: number }
  /** Another message is responsible for this event. */
  | { state: 'copy' }

export interface Claims {
  /** One for each request, in their order. */
  claims: Claim[]
  /** Names of the targets that are paused. */
  paused: Set<string>
}

/** One HTTP call, as `deliveries.history` keeps it. */
export interface AttemptRecord {
  /** Milliseconds since the epoch. */
  at: number
  durationMs: number
  /** Null when there was no answer. */
  status: number | null
  verdict: string
  /** In words; null when it was delivered. */
  reason: string | null
  /** The first KB of the answer. */
  excerpt: string
  nextAt: number | null
}

export interface DeliveryChange extends RecordedDelivery {
  seq: number
  /** Null: it waits or died without a call. */
  attempt: AttemptRecord | null
}

export interface Ledger {
  claim(requests: readonly ClaimRequest[], now: number): Promise<Claims>
  /** @param released the events that somebody else may work on before their lease is over */
  record(
    changes: readonly DeliveryChange[],
    released: readonly number[],
    now: number,
  ): Promise<void>
  /** What apps answered, before or after the claim of the event. */
  answer(replies: readonly RecordedReply[]): Promise<void>
  /** The stored messages of events, by event id; JSON text. */
  payloads(eventIds: readonly string[]): Promise<Map<string, string>>
}

/**
 * How long a claimed event is left to whoever claimed it. Most batches take a second. A slow one may be
 * overtaken: the lanes tell both of one call, and an attempt is recorded once.
 *
 * When a Worker dies before it has recorded, only the lanes know what they called, and Cloudflare puts an
 * object to sleep, memory and all, that was idle for ten seconds. The next one has to come before that.
 */
export const LEASE_MS = 5_000
