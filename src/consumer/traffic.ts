/**
 * What goes over the connections of a lane: when the next call may begin, and how long things will
 * take. The first is exact; the second is a guess from what the last calls took.
 */
import { nextStartAt } from '../delivery/pace.ts'

export interface Terms {
  /** The time from one call to the next, milliseconds; 0: as fast as it goes. */
  intervalMs: number
  /** How many calls at a time. */
  connections: number
}

interface Running {
  startedAt: number
  timeoutMs: number
}

/** A call's duration, before the first one is known. Too short costs hand-outs, too long costs time. */
const FIRST_GUESS_MS = 50

export class Traffic<Call extends object> {
  readonly #running = new Map<Call, Running>()
  #averageMs = FIRST_GUESS_MS
  #lastStartAt: number | null

  /** @param lastStartAt when the last call began, as `nextStartAt` told; null: long ago */
  constructor(lastStartAt: number | null) {
    this.#lastStartAt = lastStartAt
  }

  get lastStartAt(): number | null {
    return this.#lastStartAt
  }

  /** The calls that run, and when each began. */
  get running(): [call: Call, startedAt: number][] {
    return [...this.#running].map(([call, { startedAt }]) => [call, startedAt])
  }

  hasRoom({ connections }: Terms): boolean {
    return this.#running.size < connections
  }

  /** When the next call may begin: it may now if that is not later than `now`. */
  nextStartAt({ intervalMs }: Terms, now: number): number {
    // The clock was set back, or was another machine's: that must not stop us for as long.
    if (this.#lastStartAt !== null) this.#lastStartAt = Math.min(this.#lastStartAt, now)
    return nextStartAt(this.#lastStartAt, intervalMs, now)
  }

  /** @param startAt what `nextStartAt` told, so that no fraction of a millisecond is lost */
  begin(call: Call, { timeoutMs }: { timeoutMs: number }, startAt: number, now: number): void {
    this.#lastStartAt = startAt
    this.#running.set(call, { startedAt: now, timeoutMs })
  }

  /** @param durationMs null: nothing was sent */
  end(call: Call, durationMs: number | null): void {
    this.#running.delete(call)
    if (durationMs === null) return
    this.#averageMs = 0.8 * this.#averageMs + 0.2 * durationMs
  }

  /** After an outage: what the calls took in it says nothing any more. */
  restart(durationMs: number): void {
    this.#averageMs = durationMs
  }

  /** For how long no connection has become free; 0 when one is. */
  toStalledMs(terms: Terms, now: number): number {
    if (this.hasRoom(terms)) return 0
    return Math.min(...this.#ages(now))
  }

  /** The time from one call to the next, as it will be. */
  toStepMs(terms: Terms, now: number): number {
    const callMs = Math.max(this.#averageMs, this.toStalledMs(terms, now))
    return Math.max(terms.intervalMs, callMs / terms.connections)
  }

  /** The same, should this moment be like the last ones. */
  toUsualStepMs({ intervalMs, connections }: Terms): number {
    return Math.max(intervalMs, this.#averageMs / connections)
  }

  /** How long until a call can begin that has so many ahead of it. */
  toBacklogMs(ahead: number, terms: Terms, now: number): number {
    return this.nextStartAt(terms, now) - now + ahead * this.toStepMs(terms, now)
  }

  /** How long a call will take, or one that runs still takes. */
  toCallMs(call: Call | null, now: number): number {
    // What has taken long takes as long again, more or less: no answer is news as well.
    const guessMs = 2 * Math.max(this.#averageMs, ...this.#ages(now))
    const running = call && this.#running.get(call)
    return running ? Math.min(guessMs, running.startedAt + running.timeoutMs - now) : guessMs
  }

  #ages(now: number): number[] {
    return [...this.#running.values()].map(({ startedAt }) => now - startedAt)
  }
}
