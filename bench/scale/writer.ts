/**
 * A D1 database: does one call after another. A call that finds too many before it is refused as
 * overloaded; one that takes longer than its caller waits has failed for the caller, and happens all the
 * same.
 */
import type { Clock } from './clock.ts'
import { Fifo } from './fifo.ts'

export interface WriterOptions {
  clock: Clock
  /** How long a call about so many events takes, milliseconds. */
  drawMs: (events: number) => number
  maxWaiting: number
  /** How long a caller waits. */
  budgetMs: number
}

interface Call {
  events: number
  happens: (() => void) | undefined
  finish: (isDone: boolean) => void
}

export class Writer {
  readonly #options: WriterOptions
  readonly #line = new Fifo<Call>()
  #isBusy = false
  calls = 0
  busyMs = 0
  overloaded = 0
  late = 0
  mostWaiting = 0

  constructor(options: WriterOptions) {
    this.#options = options
  }

  /**
   * @param then false: refused, or late
   * @param happens what is so from then on, also when nobody waits any more
   */
  call(events: number, then: (isDone: boolean) => void, happens?: () => void): void {
    if (this.#line.length >= this.#options.maxWaiting) {
      this.overloaded += 1
      then(false)
      return
    }
    let isOver = false
    const finish = (isDone: boolean) => {
      if (isOver) return
      isOver = true
      if (!isDone) this.late += 1
      then(isDone)
    }
    this.#options.clock.after(this.#options.budgetMs, () => finish(false))
    this.#line.push({ events, happens, finish })
    this.mostWaiting = Math.max(this.mostWaiting, this.#line.length)
    this.#next()
  }

  #next(): void {
    if (this.#isBusy) return
    const call = this.#line.shift()
    if (!call) return
    const tookMs = this.#options.drawMs(call.events)
    this.#isBusy = true
    this.calls += 1
    this.busyMs += tookMs
    this.#options.clock.after(tookMs, () => {
      this.#isBusy = false
      call.happens?.()
      call.finish(true)
      this.#next()
    })
  }
}
