/**
 * The breaker of a target: after repeated failures nothing is sent for a while, then one call at a
 * time finds out whether the target is back. Plain data, so that it can be stored between calls.
 *
 * | state     | a call                   | a success              | a failure                             |
 * |-----------|--------------------------|------------------------|---------------------------------------|
 * | closed    | goes out                 | the count is 0 again   | counts; the last one opens            |
 * | open      | waits; after that it is  | –                      | –                                     |
 * |           | the probe: half-open     |                        |                                       |
 * | half-open | waits for the probe      | of the probe: closed   | of the probe: open, for twice as long |
 *
 * Promises: one probe at a time; no state from which no call goes out any more. A call belongs to the
 * epoch in which it went out: what was sent before the breaker opened says nothing about a target of
 * later, so its result changes nothing when it comes late.
 *
 * Weak: a probe that never reports back (its isolate died) blocks until its deadline, and should it be
 * alive after all, there are two.
 */
export type Breaker = {
  /** Grows with every change of `state`, and with every probe. */
  epoch: number
} & (
  | { state: 'closed'; failures: number }
  /** `openings`: how often in a row, this one included. `untilMs`: milliseconds since the epoch. */
  | { state: 'open'; openings: number; untilMs: number }
  /** `untilMs`: when the probe is given up, and the next call is one. */
  | { state: 'half-open'; openings: number; untilMs: number }
)

export type Admission = { admit: true; breaker: Breaker } | { admit: false; untilMs: number }

/** What is known of a call that has come to its end. */
export interface FinishedCall {
  /** The epoch of the breaker that admitted it. */
  epoch: number
  /** Whether it speaks against the target. */
  isFailure: boolean
  /** How long the target asked to be left alone (Retry-After), milliseconds; 0 when it did not. */
  askedMs: number
}

export interface Recorded {
  breaker: Breaker
  /** What to tell people: not each failed probe, only the beginning and the end of an outage. */
  change: 'opened' | 'closed' | null
}

/**
 * So many in a row. A target that fails one call in six by chance has a run of eight once in two million
 * calls ((6^8 - 1) / (1 - 1/6)); one that fails every second call, once in 510.
 */
export const FAILURES_TO_OPEN = 8
/** The first time; doubled with each probe that fails. */
export const OPEN_MS = 30_000
/** Also of what a target asks for: it may come back earlier than it thinks. */
export const MAX_OPEN_MS = 600_000

export const CLOSED: Breaker = { state: 'closed', epoch: 0, failures: 0 }

/**
 * Whether a call may go out, and the breaker after it has: keep it, and its epoch with the call.
 *
 * @param now milliseconds since the epoch
 * @param probeMs after that a call that has not reported back is given up; longer than its timeout
 */
export function admitCall(breaker: Breaker, now: number, probeMs: number): Admission {
  if (breaker.state === 'closed') return { admit: true, breaker }
  const { openings, untilMs } = breaker
  if (now < untilMs) return { admit: false, untilMs }
  const epoch = breaker.epoch + 1
  return { admit: true, breaker: { state: 'half-open', epoch, openings, untilMs: now + probeMs } }
}

/** The breaker after a call has come to its end. A call reports once. */
export function recordCall(breaker: Breaker, call: FinishedCall, now: number): Recorded {
  if (call.epoch !== breaker.epoch || breaker.state === 'open') return { breaker, change: null }
  if (breaker.state === 'half-open') {
    return call.isFailure
      ? { breaker: toOpen(breaker, breaker.openings + 1, call, now), change: null }
      : { breaker: { ...CLOSED, epoch: breaker.epoch + 1 }, change: 'closed' }
  }
  const failures = call.isFailure ? breaker.failures + 1 : 0
  if (failures < FAILURES_TO_OPEN) return { breaker: { ...breaker, failures }, change: null }
  return { breaker: toOpen(breaker, 1, call, now), change: 'opened' }
}

function toOpen({ epoch }: Breaker, openings: number, call: FinishedCall, now: number): Breaker {
  const openMs = Math.max(OPEN_MS * 2 ** (openings - 1), call.askedMs)
  return { state: 'open', epoch: epoch + 1, openings, untilMs: now + Math.min(openMs, MAX_OPEN_MS) }
}
