/**
 * What travels through the queue and waits in the outbox: one event with the request it came from.
 *
 * Sent as text: the gateway serialises once and knows the size. A message over the queue's limit
 * (128 KB, Cloudflare Queues) goes to KV whole and travels as a reference.
 */
import type { SwitchboardEvent } from './event.ts'

export const MESSAGE_VERSION = 1

/** A queue message may have 128 KB, metadata included (Cloudflare Queues limits). */
export const MAX_MESSAGE_BYTES = 127_000
/** KV keys of events that are too large for a message: this and the event's id. */
export const LARGE_EVENT_PREFIX = 'event:'
/** What a replay refers to: this and the event's id; the ledger has the event. */
export const LEDGER_PREFIX = 'ledger:'
/** Longer than a queue keeps a message (14 days at most): a reference never outlives its event. */
export const LARGE_EVENT_TTL_SECONDS = 15 * 86_400
/** KV keys of messages that the queue refused: this and the event's id. */
export const OUTBOX_PREFIX = 'outbox:'

/** The request as it came, for targets that want it byte for byte. */
export interface OriginalRequest {
  method: string
  /** Content-Type header as received; empty for GET. */
  contentType: string
  /** Query string as received, without `?` and without `bodySHA256`. */
  query: string
  /** The body as text: exactly as received when it was valid UTF-8, else base64 (see `encoding`). */
  body: string
  encoding: 'utf-8' | 'base64'
  /** I-Twilio-Idempotency-Token; absent when it did not come. */
  idempotencyToken?: string
  /**
   * The name in the key ring of the key that signed it: shows, during a rotation, which one is in use.
   * Absent in messages of an older version, and when there is no request of Twilio's behind it.
   */
  keyName?: string
}

/** What Twilio got back, as the record has it. */
export interface Answer {
  status: number
  contentType: string | null
  /** Null: too large, or not kept. */
  body: string | null
  /** How it came about: `config`, `default`, `mismatch`, `origin` or `otherwise.<reason>`. */
  from: string
}

export interface EventMessage {
  v: typeof MESSAGE_VERSION
  event: SwitchboardEvent
  request: OriginalRequest
  /** Absent: an app was asked, whose answer comes in an AnswerMessage; or nobody was answered. */
  reply?: Answer
  /** It waited in the outbox: when the queue got it says nothing about the answer. */
  outbox?: true
  /** Only these targets are still owed the event. Absent: every target that matches. */
  targets?: string[]
  /** Attempts made before the ledger counted them: in messages of an older version. Absent: none. */
  attempts?: number
  /** The id of the replay that this is, `rpl_…`. Absent: the event as it came. */
  replay?: string
  /** The queue message that was responsible for it before this one took its place. */
  owner?: string
  /** In the ledger only: names of parameters whose values are gone. */
  redacted?: string[]
}

/** As an EventMessage whose event and request are elsewhere. */
export interface ReferenceMessage {
  v: typeof MESSAGE_VERSION
  /** LARGE_EVENT_PREFIX or LEDGER_PREFIX, and the event's id. */
  ref: string
  targets?: string[]
  attempts?: number
  replay?: string
  owner?: string
  outbox?: true
}

export type QueueMessage = EventMessage | ReferenceMessage

/** What Twilio got back when an app was asked: known only when the event is on its way already. */
export interface AnswerMessage {
  v: typeof MESSAGE_VERSION
  answered: Answered
}

export interface Answered {
  eventId: string
  /** When it left, milliseconds since the epoch. */
  at: number
  /** From the request to the answer. */
  tookMs: number
  answer: Answer
}

/** What the dead-letter queue carries: a message that one target will not get, and why. */
export interface DeadLetter {
  v: typeof MESSAGE_VERSION
  dead: { target: string; reason: string; attempts: number; at: string }
  message: QueueMessage
}
