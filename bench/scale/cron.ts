/**
 * What the cron does once a minute: it sends the outbox, and in each ledger deletes what is old and looks
 * at what may be lost, so many at most. The ledgers are as they are after `retention`: as much grows old
 * as comes in.
 */
import { createPace } from '../../src/consumer/pace.ts'
import type { Clock } from './clock.ts'
import { OURS } from './constants.ts'
import type { Message } from './message.ts'
import type { Queue } from './queue.ts'
import type { Writer } from './writer.ts'

export interface CronOptions {
  clock: Clock
  shards: readonly { queue: Queue; writer: Writer }[]
  outbox: Message[]
  /** So many rows are deleted in a ledger in one run. */
  prunedPerRun: number
  /** How many rows of events grow old in one shard in a minute. */
  oldPerMinute: () => number
  /** What a walk of the patrol costs, in events of a call. */
  patrolEvents: number
  firstAtMs: number
}

export class Cron {
  readonly #options: CronOptions
  runs = 0
  pruned = 0
  /** Old, and not deleted. */
  left = 0
  longestMs = 0

  constructor(options: CronOptions) {
    this.#options = options
    const tick = () => {
      this.#run()
      options.clock.after(OURS.cronMs, tick)
    }
    options.clock.at(options.firstAtMs, tick)
  }

  #run(): void {
    const { shards, outbox, oldPerMinute, prunedPerRun, clock } = this.#options
    this.runs += 1
    const moved = outbox.splice(0, OURS.outboxPerRun)
    for (const message of moved) {
      if (shards[message.shard]?.queue.send(message) === false) outbox.push(message)
    }
    const beganAt = clock.now()
    const end = () => (this.longestMs = Math.max(this.longestMs, clock.now() - beganAt))
    const old = oldPerMinute()
    for (const { writer } of shards) {
      const most = Math.min(old, prunedPerRun)
      this.left += old - most
      this.#prune(writer, most, createPace(clock.now, OURS.pruneBounds), () =>
        this.#patrol(writer, old, createPace(clock.now, OURS.patrolBounds), end),
      )
    }
  }

  /** A page is read, then deleted, one after the other, while there is time. */
  #prune(writer: Writer, left: number, mayGoOn: () => boolean, end: () => void): void {
    const step = Math.min(left, OURS.pruneStep)
    writer.call(0, () => {
      if (step < 1) return end()
      writer.call(step, (isDone) => {
        if (!isDone) return end()
        this.pruned += step
        if (mayGoOn()) return this.#prune(writer, left - step, mayGoOn, end)
        this.left += left - step
        end()
      })
    })
  }

  /** A page is read, and the cursor moved. */
  #patrol(writer: Writer, left: number, mayGoOn: () => boolean, end: () => void): void {
    const page = Math.min(left, OURS.patrolledPage)
    writer.call((page / OURS.patrolledPage) * this.#options.patrolEvents, () => {
      writer.call(0, () => {
        if (left > page && mayGoOn()) this.#patrol(writer, left - page, mayGoOn, end)
        else end()
      })
    })
  }
}
