/**
 * What becomes of a delivery after an attempt: delivered, tried again later, or dead. A pure choice;
 * the consumer only obeys it.
 *
 * | outcome                                      | verdict                                           |
 * |----------------------------------------------|---------------------------------------------------|
 * | 2xx                                          | delivered                                         |
 * | 410                                          | gone: the target does not want events any more    |
 * | 429, 503                                     | the schedule, or Retry-After when that is longer  |
 * | other status (3xx too), timeout, no answer,  | the schedule, with jitter                         |
 * | a request that could not be made or signed   |                                                   |
 * | any of these after the last attempt          | dead                                              |
 */
import { parseRetryAfter } from './retry-after.ts'

/** Why no request went out: it could not be signed, or not be built at all. */
export type UnsentReason = 'secret_missing' | 'secret_invalid' | 'token_missing' | 'request_invalid'

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
  | { verdict: 'gone'; reason: 'target_gone' }
  | { verdict: 'dead'; reason: string }

/** A message of Cloudflare Queues cannot be delayed for longer. */
export const MAX_DELAY_MS = 24 * 60 * 60 * 1000
/** Events that failed together must not come back together. */
export const JITTER = 0.2

const GONE = 410
const ASKS_TO_WAIT: readonly number[] = [429, 503]

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
  const status = outcome.type === 'answered' ? outcome.status : null
  if (status !== null && status >= 200 && status < 300) return { verdict: 'delivered' }
  if (status === GONE) return { verdict: 'gone', reason: 'target_gone' }
  const reason = toReason(outcome)
  const scheduledMs = policy.retryMs[attempt - 1]
  if (scheduledMs === undefined) return { verdict: 'dead', reason }
  const jitteredMs = Math.round(scheduledMs * (1 + JITTER * (2 * random() - 1)))
  const delayMs = Math.min(Math.max(jitteredMs, askedForMs(outcome, now)), MAX_DELAY_MS)
  return { verdict: 'retry', delayMs, reason }
}

/** How long the target asked to be left alone; 0 when it did not. */
function askedForMs(outcome: DeliveryOutcome, now: number): number {
  if (outcome.type !== 'answered' || !ASKS_TO_WAIT.includes(outcome.status)) return 0
  return parseRetryAfter(outcome.retryAfter, now) ?? 0
}

function toReason(outcome: DeliveryOutcome): string {
  if (outcome.type === 'answered') return `status_${outcome.status}`
  return outcome.type === 'unsent' ? outcome.reason : outcome.type
}
