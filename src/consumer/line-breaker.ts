/** A line's breaker: the state of delivery/breaker.ts, saved whenever losing it would matter. */
import { admitCall, CLOSED, recordCall, type Breaker } from '../delivery/breaker.ts'
import type { AttemptResult } from './attempt.ts'

/** What a probe may take beyond its timeout before another one is sent. */
const PROBE_SLACK_MS = 5_000

export class LineBreaker {
  readonly #save: (breaker: Breaker) => void
  #breaker: Breaker
  /** The epoch in which somebody was asked to come back as the next probe. */
  #askedIn: number | null = null

  constructor(restored: Breaker | undefined, save: (breaker: Breaker) => void) {
    this.#breaker = restored ?? CLOSED
    this.#save = save
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
    if (admitted.admit) this.#set(admitted.breaker)
    return this.#breaker.epoch
  }

  record(epoch: number, result: AttemptResult, now: number): 'opened' | 'closed' | null {
    const { isFailure, askedMs } = result
    if (isFailure !== null) {
      const { breaker, change } = recordCall(this.#breaker, { epoch, isFailure, askedMs }, now)
      this.#set(breaker)
      return change
    }
    // What could not be sent says nothing of the target. If it was the probe, the next call is one.
    const breaker = this.#breaker
    if (breaker.state === 'half-open' && breaker.epoch === epoch) {
      this.#set({ ...breaker, untilMs: now })
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
  #set(breaker: Breaker): void {
    const before = this.#breaker
    this.#breaker = breaker
    if (breaker !== before && (breaker.state !== 'closed' || before.state !== 'closed')) {
      this.#save(breaker)
    }
  }
}
