/**
 * What the console reads about events. Instants are milliseconds since the epoch, as in all of the
 * ledger; null is what the ledger does not know, for instance of an event of an older version.
 */
import type { AttemptRecord, DeliveryStatus } from '../ledger.ts'
import type { EventMessage } from '../../events/message.ts'

/**
 * What became of an event, its replays counted in. One target that is dead makes it dead, then one that
 * waits makes it wait; a target is dead until something was delivered to it, also while a replay waits.
 */
export type Outcome = 'delivered' | 'waiting' | 'dead' | 'unmatched'

/** All that are given must hold. */
export interface EventFilter {
  /** The name of an endpoint. */
  endpoint?: string
  /** A kind, or a pattern as in the config: `messaging.*`. */
  kind?: string
  /** It is owed to this target, in itself or in a replay; `*`: nobody can say to whom. */
  target?: string
  /** With `target`: what became of the delivery to that one. */
  outcome?: Outcome
  account?: string
  /** Received at or after. */
  from?: number
  /** Received before. */
  before?: number
  /** Whom it is from or to: exactly one of these. */
  numbers?: readonly string[]
  /** Whom it is from or to begins with this. */
  numberPrefix?: string
  /** The SID of what it is about, of the call or message that it belongs to, or its own id. */
  sid?: string
  /** Anywhere in its data, also in names; upper and lower case of ASCII letters are the same. */
  text?: string
}

/** To one target, the event's own delivery and those of its replays taken together. */
export interface TargetOutcome {
  /** A target's name; `*`: nobody can say to whom it was owed. */
  target: string
  status: DeliveryStatus
  /** All of them. */
  attempts: number
}

export interface EventRow {
  seq: number
  eventId: string
  receivedAt: number
  recordedAt: number
  /** Null: nobody can read it, and all that follows is null as well. */
  kind: string | null
  /** The endpoint's name; null when the event has another source (Event Streams, an alert). */
  endpoint: string | null
  source: string | null
  account: string | null
  subject: string | null
  /** The SID that all events of one call or message share. */
  thread: string | null
  fromAddress: string | null
  toAddress: string | null
  /** From the request to the answer. */
  tookMs: number | null
  outcome: Outcome
  /** By name. */
  deliveries: TargetOutcome[]
  /** How many replays of it there are. */
  replays: number
}

export interface EventPage {
  /** Newest first. */
  rows: EventRow[]
  /** Where the next page begins (`beforeSeq`); null: there is nothing left to look at. */
  nextSeq: number | null
  /**
   * When the last event that was looked at was received. A selective search may end with few rows, or
   * none, and a `nextSeq`: then there is more to look at. Null: it looked at everything.
   */
  searchedTo: number | null
  /** Of a first page: where a live list goes on (`afterSeq`). */
  lastSeq: number | null
}

export interface LivePage {
  /** Oldest first. */
  rows: EventRow[]
  /** What to go on with: the last event that was looked at. */
  afterSeq: number
  /** There is more right now. */
  more: boolean
}

export interface AttemptRow extends AttemptRecord {
  number: number
}

export interface DeliveryDetail {
  target: string
  status: DeliveryStatus
  /** May be more than `history` has: an older version counted without telling. */
  attempts: number
  nextAt: number | null
  reason: string | null
  updatedAt: number | null
  history: AttemptRow[]
}

/** The event as it came, or one replay of it. */
export interface EventRun {
  seq: number
  /** `rpl_…`; null: the event as it came. */
  replay: string | null
  recordedAt: number
  /** To whom it was owed; none: nobody matched. */
  targets: string[]
  deliveries: DeliveryDetail[]
}

/** What the ledger, or KV, still has of what Twilio sent. */
export type StoredMessage =
  | { state: 'whole' | 'redacted'; message: EventMessage }
  /** Nobody can read it: the text as it came. */
  | { state: 'unreadable'; text: string }
  /** Too large for the ledger, and gone from KV (after 15 days), or not there yet. */
  | { state: 'gone' }

/** What the app behind `origin` answered, as recorded after the event; see Answer in message.ts. */
export interface OriginAnswer {
  at: number
  tookMs: number
  /** JSON. */
  answer: string
}

export interface EventDetail {
  event: EventRow
  stored: StoredMessage
  /** Null: none was recorded. What the config itself answered is in the message. */
  originAnswer: OriginAnswer | null
  /** In the order in which they came: the event, then its replays. */
  runs: EventRun[]
}

export interface Related {
  /** In the order of time, this one included. */
  rows: EventRow[]
  /** There may be others, further away than it looked. */
  isPartial: boolean
}

export type OverviewRange = '1h' | '24h' | '7d'

export interface EventsBucket {
  /** When it begins. */
  at: number
  /** As many as `kinds` of the overview, in that order. */
  counts: number[]
}

export interface DeliveriesBucket {
  at: number
  delivered: number
  waiting: number
  dead: number
}

export interface ReplyTimes {
  /** How many are known. */
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
  /** `below` null: all that are slower. */
  histogram: { from: number; below: number | null; count: number }[]
}

export interface TargetRate {
  target: string
  delivered: number
  waiting: number
  dead: number
  /** Of what is finished, 0 to 1; null: nothing is. */
  successRate: number | null
}

/** `isAtLeast`: there are more; it stopped counting. */
export interface Count {
  count: number
  isAtLeast: boolean
}

export interface Overview {
  range: OverviewRange
  from: number
  /** When it was asked for. */
  until: number
  bucketMs: number
  /**
   * 1: everything is counted. k: there was too much, one of k events was looked at, and the counts are
   * multiplied; `backlog` and `dead` are exact all the same.
   */
  sampledOneOf: number
  /** Events that came. */
  total: number
  unmatched: number
  /** The most frequent ones; the last one is `other` when there are more. */
  kinds: string[]
  events: EventsBucket[]
  replies: ReplyTimes
  /** What has become of the deliveries of the events of that time; replays are not counted in. */
  deliveries: DeliveriesBucket[]
  targets: TargetRate[]
  /** Now, whenever they came. */
  backlog: Count & {
    /** Received then; null: nothing waits. */
    oldestReceivedAt: number | null
  }
  /** Now, whenever they died: events that are dead for some target and were not delivered since. */
  dead: Count
}
