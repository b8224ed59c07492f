/** A line's breaker: the state of delivery/breaker.ts, saved whenever losing it would matter. */
import { admitCall, CLOSED, recordCall, type Breaker } from '../delivery/breaker.ts'
import type { AttemptResult } from './attempt.ts'
import type { BreakerState } from './line-view.ts'

/** What outlives the object. */
export interface SavedBreaker {
  breaker: Breaker
  /** When it opened, and has not closed since; null: it is closed. */
  openedAt: number | null
}

/** What a probe may take beyond its timeout before another one is sent. */
const PROBE_SLACK_MS = 5_000

export class LineBreaker {
  readonly #save: (state: SavedBreaker) => void
  #breaker: Breaker
  #openedAt: number | null
  /** The epoch in which somebody was asked to come back as the next probe. */
  #askedIn: number | null = null

  constructor(restored: Partial<SavedBreaker>, save: (state: SavedBreaker) => void) {
    this.#breaker = restored.breaker ?? CLOSED
    this.#openedAt = restored.openedAt ?? null
    this.#save = save
  }

  look(): BreakerState {
    const breaker = this.#breaker
    const until = breaker.state === 'closed' ? null : breaker.untilMs
    return { state: breaker.state, since: this.#openedAt, until }
  }

  /** When a call may go out: later than `now` while it is open. */
  nextCallAt(now: number): number {
    const admitted = admitCall(this.#breaker, now, 0)
    return admitted.admit ? now : admitted.untilMs
  }

  /** When it is known whether the target is back: the result of the next probe, or of this one. */
  resultAt(now: number, timeoutMs: number): number {
    return this.nextCallAt(now) + (this.#breaker.state === 'open' ? timeoutMs : 0)
  }

  /** A call goes out, and it may. What it has to be recorded with. */
  admit(now: number, timeoutMs: number): number {
    const admitted = admitCall(this.#breaker, now, timeoutMs + PROBE_SLACK_MS)
    if (admitted.admit) this.#set(admitted.breaker, now)
    return this.#breaker.epoch
  }

  record(epoch: number, result: AttemptResult, now: number): 'opened' | 'closed' | null {
    const { isFailure, askedMs } = result
    if (isFailure !== null) {
      const { breaker, change } = recordCall(this.#breaker, { epoch, isFailure, askedMs }, now)
      this.#set(breaker, now)
      return change
    }
    // What could not be sent says nothing of the target. If it was the probe, the next call is one.
    const breaker = this.#breaker
    if (breaker.state === 'half-open' && breaker.epoch === epoch) {
      this.#set({ ...breaker, untilMs: now }, now)
    }
    return null
  }

  /** True for the first who asks since the breaker has changed: it is to come back as the probe. */
  takeProbe(): boolean {
    const { epoch } = this.#breaker
    if (this.#askedIn === epoch) return false
    this.#askedIn = epoch
    return true
  }

  /** A failure more or less in a row is not worth a write; open or closed is. */
  #set(breaker: Breaker, now: number): void {
    const before = this.#breaker
    this.#breaker = breaker
    if (breaker === before || (breaker.state === 'closed' && before.state === 'closed')) return
    if (breaker.state === 'closed') this.#openedAt = null
    else if (before.state === 'closed') this.#openedAt = now
    this.#save({ breaker, openedAt: this.#openedAt })
  }
}
