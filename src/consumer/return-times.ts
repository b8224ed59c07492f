/**
 * When the deliveries that a line sends away are asked back: one behind the other, at the pace at
 * which they can be taken, so that a thousand of them do not come back at once, and few in vain.
 */
const MIN_MS = 1_000
/** Nobody is asked back later than that: the target's rate may be another one by then. */
const MAX_MS = 3_600_000

export class ReturnTimes {
  readonly #random: () => number
  /** For when the last one was asked back. */
  #lastAt = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /**
   * How long the next one stays away, milliseconds.
   *
   * @param freeAt not before that, milliseconds since the epoch, as `now`
   */
  next(freeAt: number, stepMs: number, now: number): number {
    const at = Math.max(this.#lastAt + stepMs, freeAt)
    // There are more than fit into an hour. Whoever comes too early must not use up a time of its own:
    // the last time would move away faster than the clock, and all would be told to wait for ever.
    if (at - now > MAX_MS) return (MAX_MS * (1 + this.#random())) / 2
    this.#lastAt = at
    return Math.max(at - now, MIN_MS)
  }
}
