/**
 * When a call of the console's API is made again, and after how long. Pure: the caller waits.
 *
 * Every change that the command makes there carries an id of its own, or ends something: made twice, it
 * is made once. So a lost answer is no reason not to ask again.
 */

/** What one call waits in sum, at most: somebody sits in front of it. */
export const MAX_PATIENCE_MS = 60_000
/** Setbacks that say nothing of when to come back. */
const MAX_BLIND = 3
const FIRST_WAIT_MS = 300

export interface Setback {
  /** Of the answer; null: none came. */
  status: number | null
  /** What Retry-After says, milliseconds; null: nothing. */
  retryAfterMs: number | null
  /** Nobody listens there, or there is no such host: waiting does not help. */
  isRefused: boolean
  /** 1 for the first setback of this call. */
  count: number
  waitedMs: number
}

const PASSING: readonly number[] = [429, 502, 503, 504]

/** Milliseconds to wait; null: this is the answer. @param random from 0 up to 1 */
export function decidePatience(setback: Setback, random: number): number | null {
  const { status, retryAfterMs, isRefused, count, waitedMs } = setback
  if (isRefused || (status !== null && !PASSING.includes(status))) return null
  // 503 and nothing more: the console is closed, and stays so.
  if (status === 503 && retryAfterMs === null) return null
  if (retryAfterMs === null && count > MAX_BLIND) return null
  const backoffMs = FIRST_WAIT_MS * 2 ** Math.min(count - 1, 6)
  const waitMs = Math.max(retryAfterMs ?? 0, backoffMs * (0.5 + random / 2))
  return waitedMs + waitMs > MAX_PATIENCE_MS ? null : waitMs
}
