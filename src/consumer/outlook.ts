/**
 * What a line can say of its future: whether it takes a delivery on, how long that will take, and when
 * to come back with one that it sends away. Guesses, all of it: a wrong one costs a hand-out of the
 * queue or a little time, and never a delivery.
 */
import type { WaitReason } from './line-answer.ts'
import type { LineBreaker } from './line-breaker.ts'
import type { Entry, Waiting } from './line-entry.ts'
import { toPausedMs } from './postpone.ts'
import { ReturnTimes } from './return-times.ts'
import type { Terms, Traffic } from './traffic.ts'

/** Most services answer well within it. */
export const PATIENCE_MS = 500
/** How far ahead the line takes deliveries on. */
export const WINDOW_MS = 20_000
/** The longest that anybody stays away for a guess. */
const MAX_GUESSED_MS = 60_000
const MAX_QUEUED = 500
/** Of their requests' bodies: objects share 128 MB of memory, and an event is three times its body. */
const MAX_QUEUED_CHARS = 5_000_000
/** 25 a second come back after an outage: a target that has just got up has enough to do. */
const RECOVERY_STEP_MS = 40
/** Queues count in seconds. */
const SECOND_MS = 1_000

export class Outlook {
  readonly #traffic: Traffic<Entry>
  readonly #breaker: LineBreaker
  readonly #returns: ReturnTimes
  readonly #random: () => number

  constructor(traffic: Traffic<Entry>, breaker: LineBreaker, random: () => number) {
    this.#traffic = traffic
    this.#breaker = breaker
    this.#returns = new ReturnTimes(random)
    this.#random = random
  }

  /** Nothing that is offered now will be done within our patience. */
  isHopeless(queue: readonly Waiting[], terms: Terms, now: number): boolean {
    const backlogMs = this.#traffic.toBacklogMs(queue.length, terms, now)
    return Math.max(backlogMs, this.#traffic.toStalledMs(terms, now)) >= PATIENCE_MS
  }

  /** Why the line cannot take another delivery on; null: it can. */
  findRefusal(queue: readonly Waiting[], terms: Terms, now: number): WaitReason | null {
    if (this.#breaker.nextCallAt(now) > now) return 'breaker_open'
    const backlogMs = this.#traffic.toBacklogMs(queue.length, terms, now)
    if (backlogMs > WINDOW_MS) return terms.intervalMs > 0 ? 'rate_limited' : 'lane_full'
    const chars = queue.reduce((sum, { message }) => sum + message.request.body.length, 0)
    return queue.length >= MAX_QUEUED || chars > MAX_QUEUED_CHARS ? 'lane_full' : null
  }

  /** How long one that is sent away stays away. */
  toWaitMs(reason: WaitReason, queue: readonly Waiting[], waiting: Waiting, now: number): number {
    if (reason === 'paused') return toPausedMs(1)
    const { terms, target } = waiting
    if (reason === 'breaker_open') return this.#toBreakerMs(terms, target.timeoutMs, now)
    // What the calls took, not how long one takes just now: a moment's stall would be multiplied.
    const stepMs = this.#traffic.toUsualStepMs(terms)
    const firstMs = this.#traffic.nextStartAt(terms, now) - now
    // What cannot begin in time leaves the line, so that it is never longer than its window for long.
    const backlogMs = firstMs + Math.min(queue.length * stepMs, WINDOW_MS + stepMs)
    // In time for a place in the line, which must not run empty meanwhile.
    const freeMs = Math.max(backlogMs - WINDOW_MS / 2, backlogMs / 2)
    const waitMs = this.#returns.next(now + freeMs, stepMs, now)
    if (terms.intervalMs > 0) return waitMs
    // A rate is known; how long calls take is a guess. One that is too long lets the line run empty.
    return Math.min(waitMs, (MAX_GUESSED_MS * (1 + this.#random())) / 2)
  }

  /** When one that is in the line is probably done; later delays a retry. */
  toHeldMs(entry: Entry, queue: readonly Waiting[], now: number): number {
    const place = queue.findIndex((waiting) => waiting.entry === entry)
    const waiting = queue[place]
    if (!waiting) return Math.max(this.#traffic.toCallMs(entry, now), 0) + SECOND_MS
    const beginsMs = this.#traffic.toBacklogMs(place, waiting.terms, now)
    const leavesMs = Math.max(waiting.startBy - now, 0)
    if (beginsMs > leavesMs) return leavesMs + SECOND_MS
    const callMs = Math.min(this.#traffic.toCallMs(null, now), waiting.target.timeoutMs)
    return beginsMs + callMs + SECOND_MS
  }

  /** One is asked back as the probe, the others when its result is known. */
  #toBreakerMs({ intervalMs }: Terms, timeoutMs: number, now: number): number {
    if (this.#breaker.takeProbe()) return Math.max(this.#breaker.nextCallAt(now) - now, SECOND_MS)
    const stepMs = Math.max(intervalMs, RECOVERY_STEP_MS)
    return this.#returns.next(this.#breaker.resultAt(now, timeoutMs), stepMs, now)
  }
}
