/** The accounts that a run leaves behind, each kept by somebody else: what verify.ts compares. Plain data. */
import type { Enemy } from '../../src/cli/simulate/mix.ts'
import type { Loss } from '../../src/cli/simulate/overrides.ts'

/** All times are milliseconds since the epoch. */
export interface Accounts {
  /** The simulator's: what it sent, and what it was answered. */
  webhooks: readonly Webhook[]
  /** The targets': every call that they got. */
  calls: readonly TargetCall[]
  /** The ledger's, by event id. */
  ledger: ReadonlyMap<string, LedgerEvent>
  left: Left
  evidence: Evidence
}

export interface Webhook {
  token: string
  kind: string
  /** Null: it is genuine. */
  enemy: Enemy | null
  /** Under which its reply is kept. */
  identity: string
  /** More than one: a batch. */
  eventIds: readonly string[]
  /** A caller waits for the TwiML: it is answered also when the event could not be stored. */
  isLiveCall: boolean
  /** Twilio's own limit for one attempt. */
  limitMs: number
  reply: ReplyPromise
  /** Targets that it is owed to in every config of the run. */
  owed: readonly string[]
  /** Targets that it is owed to in some of them. */
  mayBeOwed: readonly string[]
  sendings: readonly Sending[]
}

/**
 * `computed`: every config gives the same. `remembered`: the first one counts, as far as KV knows of it.
 * `changing`: what some config of the run gives; `allowed` has the digests.
 */
export type ReplyPromise =
  | { type: 'computed' }
  | { type: 'remembered' }
  | { type: 'changing'; allowed: ReadonlySet<string> }

export interface Sending {
  attempt: number
  at: number
  doneAt: number
  status: number
  loss: Loss | null
  /** Of the form that its kind asks for. */
  isGood: boolean
  /** The gateway died before it could answer. */
  isDeath: boolean
  /** A digest of the answer. */
  answer: string
}

export interface TargetCall {
  eventId: string
  target: string
  at: number
  /** Null: no answer left, or nobody was there to get it. */
  status: number | null
  answeredAt: number | null
  /** It carries what an enemy put in. */
  isTainted: boolean
}

export interface LedgerEvent {
  /** Null: nobody could read it. */
  kind: string | null
  targets: readonly string[]
  deliveries: readonly LedgerDelivery[]
}

export interface LedgerDelivery {
  target: string
  status: string
  reason: string | null
  /** What the ledger knows of attempts; of one that went well it need not know. */
  tries: readonly { at: number; durationMs: number; status: number | null }[]
}

/** When all is over. */
export interface Left {
  /** Messages in the queues. */
  messages: number
  outbox: readonly string[]
  /** Ids that KV has keys of. */
  kvIds: readonly string[]
}

/** What the faults did, where it allows something that would be wrong without. */
export interface Evidence {
  windows: readonly Window[]
  hits: readonly FaultHit[]
  /** A lane that ended, with all that it knew and the ledger did not. */
  laneDeaths: readonly { lane: string; at: number }[]
  /** A lane that began, knowing nothing of the one before. */
  laneBirths: readonly { lane: string; at: number }[]
  /** When a gateway died, and records of replies with it that had been given. */
  gatewayDeaths: readonly number[]
  /** When a consumer died or the ledger did not take, or did not seem to take, what it was told. */
  unrecorded: readonly number[]
  /** Answers of targets that got lost on the way back, as `<event id> <target>`. */
  lostAnswers: ReadonlySet<string>
  /** Ids that the queue or the outbox stored, or may have, without the gateway hearing of it. */
  unheard: ReadonlySet<string>
  /** Ids whose reply KV did not tell of, or did not take. */
  forgottenReplies: ReadonlySet<string>
  /** Event ids that the gateway's log has as stored nowhere. */
  unstored: ReadonlySet<string>
  laneOf: (target: string, eventId: string) => string
}

export interface Window {
  fault: string
  from: number
  to: number
}

export interface FaultHit {
  fault: string
  at: number
  /** As far as the call that was hit names them. */
  ids: readonly string[]
}
