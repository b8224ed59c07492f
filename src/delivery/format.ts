/** What the formats of a target have in common. */
import type { LaneTarget } from '../config/targets.ts'
import type { UnsentReason } from './decide.ts'

export interface DeliveryRequest {
  url: string
  method: string
  headers: Headers
  /** Null for GET. */
  body: Uint8Array | null
}

/** What a target is, as far as its requests go. */
export type Receiver = Pick<
  LaneTarget,
  'url' | 'urlSecret' | 'format' | 'secrets' | 'bearer' | 'headers'
>

export interface RequestContext {
  /** Milliseconds since the epoch. */
  now: number
  /** A Worker secret by its name; undefined when there is none. */
  secret: (name: string) => string | undefined
  /** The auth token that Twilio signs an account's webhooks with now; undefined when unknown. */
  authToken: (account: string | undefined) => string | undefined
  /** Local development: a URL that is a secret may be plain http and private. Default: no. */
  local?: boolean
}

/** Why a request cannot be made. `name` is the secret's name or the account, never a value. */
export interface RequestProblem {
  reason: UnsentReason
  name: string
}

/**
 * What differs between the formats: the request before it is identified and signed. `target.url` is
 * resolved when a format gets to see it.
 */
export type Content = Omit<DeliveryRequest, 'headers'> & { headers: readonly [string, string][] }
