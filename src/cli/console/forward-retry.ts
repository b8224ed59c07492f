/**
 * What becomes of an event after the app on this machine has answered, or has not. Pure.
 *
 * Only an app that is down, or asks to wait, is tried again: somebody is looking at its answer, and a
 * failure repeated three times tells no more. A time-out is none of the two: it may stand in a debugger.
 */
import { parseRetryAfter } from '../../delivery/retry-after.ts'
import type { DeliveryOutcome } from '../../delivery/decide.ts'

export type Verdict = 'delivered' | 'refused' | 'skipped' | { retryMs: number }

/** The delay before each further attempt. */
export const RETRY_MS: readonly number[] = [1_000, 3_000, 10_000]
const MAX_ASKED_MS = 30_000
const ASKS_TO_WAIT: readonly number[] = [429, 503]

/** @param attempt 1 for the first @param now milliseconds since the epoch */
export function decideForward(outcome: DeliveryOutcome, attempt: number, now: number): Verdict {
  const answer = outcome.type === 'answered' ? outcome : null
  if (answer && answer.status >= 200 && answer.status < 300) return 'delivered'
  if (outcome.type === 'unsent') return 'skipped'
  const isDown = outcome.type === 'unreachable'
  const asksToWait = answer !== null && ASKS_TO_WAIT.includes(answer.status)
  const retryMs = RETRY_MS[attempt - 1]
  if ((isDown || asksToWait) && retryMs !== undefined) {
    const askedMs = Math.min(parseRetryAfter(answer?.retryAfter ?? null, now) ?? 0, MAX_ASKED_MS)
    return { retryMs: Math.max(retryMs, askedMs) }
  }
  return isDown ? 'skipped' : 'refused'
}
