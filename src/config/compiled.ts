/**
 * The compiled configuration: the one JSON document that `switchboard build` writes, that a Worker is
 * deployed with and that KV holds. Plain data: no functions, no secrets (names of secrets only).
 *
 * Everything in it has been checked by `compileConfig`, so a Worker only has to make sure that the
 * document is whole (`parseDocument`).
 */
import type { Json } from '../events/event.ts'

/** A condition in the Mongo-style operators of `condition.ts`, keyed by parameter name or dotted path. */
export type Condition = { [path: string]: Json }

export interface CompiledConfig {
  /** Origin that Twilio calls, e.g. `https://hooks.example.com`; null: the request's own. */
  publicUrl: string | null
  /** How long admission may wait for KV, milliseconds. */
  lookupBudgetMs: number
  endpoints: CompiledEndpoint[]
  targets: CompiledTarget[]
  /**
   * Names of Twilio parameters that the ledger keeps only as a keyed hash. As `retentionMs`, absent in
   * a document of an older version: `toLedgerSettings` fills them in.
   */
  redact?: string[]
  /** How long the ledger keeps events, milliseconds. */
  retentionMs?: number
  /** Kinds of events, with `*` as a wildcard, that are recorded only when something does not go well. */
  recordProblemsOnly?: string[]
}

export interface CompiledEndpoint {
  name: string
  /** Starts with `/`. A trailing `/*` matches everything below it. */
  path: string
  /** The kind that the endpoint pins, or null: recognised from the parameters. */
  kind: string | null
  /** The longest that a reply of this endpoint may take, milliseconds; null: the kind's own limit decides. */
  deadlineMs: number | null
  /** Tried in order; the first whose `when` matches answers. None: the kind's safe default. */
  replies: CompiledReply[]
  /** What the user said of it; absent, as in documents of an older version: `remembersReplies` decides. */
  remember?: boolean
}

export type StaticReply =
  | { type: 'twiml'; twiml: string }
  | { type: 'json'; status: number; json: Json }
  /** A bare status with an empty body: 204, or a decision such as 403. */
  | { type: 'status'; status: number }

export interface OriginReply {
  type: 'origin'
  /** The user's own app. A trailing `/*` takes over what matched the endpoint's `/*`. */
  url: string
  deadlineMs: number
  /** What Twilio gets when the app is late, down, too large or wrong. Null: the kind's safe default. */
  otherwise: StaticReply | null
}

export type CompiledReply = (StaticReply | OriginReply) & { when: Condition | null }

export interface CompiledTarget {
  name: string
  /** Empty when `urlSecret` is used. */
  url: string
  /**
   * Name of the Worker secret that holds the URL, or null. As `concurrency`, absent in a document of an
   * older version: `prepareTargets` fills them in.
   */
  urlSecret?: string | null
  /** Kinds, with `*` as a wildcard. */
  events: string[]
  where: Condition | null
  /** Names of Worker secrets: the current one first, the previous one behind it during a rotation. */
  secrets: string[]
  format: 'cloudevents' | 'twilio' | 'slack'
  timeoutMs: number
  /** The delay before each further attempt, milliseconds. Its length + 1 is the number of attempts. */
  retryMs: number[]
  /** At most so many calls, evenly spaced. */
  rate: { limit: number; perMs: number } | null
  /** How many calls at a time. */
  concurrency?: number
  /** Extra headers by name. */
  headers: { [name: string]: string }
  /** Name of the Worker secret sent as `Authorization: Bearer …`, or null. */
  bearer: string | null
}
