/**
 * What becomes of a delivery after an attempt: delivered, tried again later, or dead. A pure choice;
 * the consumer only obeys it.
 *
 * | outcome                                      | verdict                                           |
 * |----------------------------------------------|---------------------------------------------------|
 * | 2xx                                          | delivered                                         |
 * | 410                                          | gone: the target is to be paused; the delivery    |
 * |                                              | waits like any other, as the schedule says        |
 * | 429, 503                                     | the schedule, or Retry-After when that is longer  |
 * | other status (3xx too), timeout, no answer,  | the schedule, with jitter                         |
 * | a request that could not be made or signed   |                                                   |
 * | any of these after the last attempt          | dead                                              |
 */
import { parseRetryAfter } from './retry-after.ts'

/** Why no request went out: it could not be addressed, signed, or built at all. */
export type UnsentReason =
  | 'secret_missing'
  | 'secret_invalid'
  /** What a secret holds is no URL that may be called. */
  | 'url_invalid'
  | 'token_missing'
  | 'request_invalid'

export type DeliveryOutcome =
  | {
      type: 'answered'
      status: number
      /** The Retry-After header as received. */
      retryAfter: string | null
      /** The first KB of the body as text: for the ledger, never for a log. */
      excerpt: string
    }
  | { type: 'timeout' }
  /** DNS, connection, TLS or HTTP syntax: the runtime does not say which. */
  | { type: 'unreachable' }
  | { type: 'unsent'; reason: UnsentReason }

export interface RetryPolicy {
  /** The delay before each further attempt, milliseconds. Its length + 1 is the number of attempts. */
  retryMs: readonly number[]
}

export type Verdict =
  | { verdict: 'delivered' }
  | { verdict: 'retry'; delayMs: number; reason: string }
  | { verdict: 'gone'; delayMs: number; reason: 'target_gone' }
  | { verdict: 'dead'; reason: string }

/** What a target may ask for. The schedule is the user's own and may wait for longer. */
export const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000
/** Events that failed together must not come back together. */
export const JITTER = 0.2

const GONE = 410
const TOO_MANY_REQUESTS = 429
const ASKS_TO_WAIT: readonly number[] = [TOO_MANY_REQUESTS, 503]

/**
 * @param attempt 1 for the first attempt
 * @param now milliseconds since the epoch
 * @param random a number from 0 up to 1
 */
export function decideDelivery(
  outcome: DeliveryOutcome,
  attempt: number,
  policy: RetryPolicy,
  now: number,
  random: () => number,
): Verdict {
  if (outcome.type === 'answered' && isSuccess(outcome.status)) return { verdict: 'delivered' }
  const isGone = outcome.type === 'answered' && outcome.status === GONE
  const reason = isGone ? 'target_gone' : toReason(outcome)
  const scheduledMs = policy.retryMs[attempt - 1]
  if (scheduledMs === undefined) return { verdict: 'dead', reason }
  const jitteredMs = Math.round(scheduledMs * (1 + JITTER * (2 * random() - 1)))
  if (isGone) return { verdict: 'gone', delayMs: jitteredMs, reason: 'target_gone' }
  return { verdict: 'retry', delayMs: Math.max(jitteredMs, askedForMs(outcome, now)), reason }
}

/**
 * Whether an outcome speaks against the target, which a breaker counts. Any other answer shows that it
 * is up: 3xx and 4xx are about this event or about the config, and so is what was never sent.
 */
export function isTargetFailure(outcome: DeliveryOutcome): boolean {
  if (outcome.type === 'answered') {
    return outcome.status >= 500 || outcome.status === TOO_MANY_REQUESTS
  }
  return outcome.type !== 'unsent'
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300

/** How long the target asked to be left alone, bounded; 0 when it did not. */
function askedForMs(outcome: DeliveryOutcome, now: number): number {
  if (outcome.type !== 'answered' || !ASKS_TO_WAIT.includes(outcome.status)) return 0
  return Math.min(parseRetryAfter(outcome.retryAfter, now) ?? 0, MAX_RETRY_AFTER_MS)
}

function toReason(outcome: DeliveryOutcome): string {
  if (outcome.type === 'answered') return `status_${outcome.status}`
  return outcome.type === 'unsent' ? outcome.reason : outcome.type
}
