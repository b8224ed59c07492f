/**
 * When a call of Twilio's REST API is made again, and after how long. Pure: the caller waits.
 *
 * After 429 Twilio did nothing, so anything may be repeated. After a 5xx or a lost answer it may have
 * done the work: only a GET is repeated here, a change is read back first (`once.ts`).
 */

/** No call waits longer than this in sum: somebody sits in front of it. */
export const MAX_PATIENCE_MS = 120_000
const MAX_FAILURES = 4
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 20_000

export interface Setback {
  method: string
  /** Of the answer; null: none came. */
  status: number | null
  /** What Retry-After says, or null. */
  retryAfterMs: number | null
  /** 1 for the first setback of this call. */
  count: number
  /** What this call has waited so far. */
  waitedMs: number
}

/** Milliseconds to wait before the next try; null: give up. `random`: 0 to 1. */
export function decideRetry(setback: Setback, random: number): number | null {
  const { method, status, retryAfterMs, count, waitedMs } = setback
  const isSlowDown = status === 429
  if (!isSlowDown && (method !== 'get' || count >= MAX_FAILURES)) return null
  const backoffMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - 1))
  // Half of it is chance, so that lanes do not come back all at once.
  const waitMs = retryAfterMs ?? backoffMs * (0.5 + random / 2)
  return waitedMs + waitMs > MAX_PATIENCE_MS ? null : waitMs
}

/** Whether an answer is a setback at all. */
export const isSetback = (status: number): boolean => status === 429 || status >= 500
