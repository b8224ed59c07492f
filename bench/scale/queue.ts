/**
 * A queue as Cloudflare's limits have it: so many messages a second are taken, the others refused; a batch
 * is handed out when it is full or its first message has waited long enough, to so many consumers at a
 * time; a message that is not acknowledged comes back after its delay.
 *
 * Assumed: consumers are there as soon as they are needed, while Cloudflare adds them step by step; only
 * what is sent counts for the limit, not what is handed out again.
 */
import type { Clock } from './clock.ts'
import { Fifo } from './fifo.ts'
import type { Message } from './message.ts'

export interface QueueOptions {
  clock: Clock
  batchSize: number
  batchWaitMs: number
  messagesPerSecond: number
  /** How many may wait; what is over it is refused. */
  maxBacklog: number
  consumers: number
  /** Calls `end` once, when every message is acknowledged or given back. */
  consume: (batch: Message[], end: () => void) => void
}

interface Ready {
  message: Message
  since: number
}

export class Queue {
  readonly #options: QueueOptions
  readonly #ready = new Fifo<Ready>()
  #second = -1
  #sentInSecond = 0
  #delayed = 0
  #handed = 0
  #running = 0
  #isTimed = false
  sent = 0
  refused = 0
  acknowledged = 0
  handOuts = 0
  batches = 0
  mostRunning = 0
  longestMs = 0

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** All that is not acknowledged, in hand or not. */
  get backlog(): number {
    return this.#ready.length + this.#delayed + this.#handed
  }

  /** False: the queue refuses. */
  send(message: Message): boolean {
    const { clock, messagesPerSecond, maxBacklog } = this.#options
    const second = Math.floor(clock.now() / 1_000)
    if (second !== this.#second) [this.#second, this.#sentInSecond] = [second, 0]
    if (this.#sentInSecond >= messagesPerSecond || this.backlog >= maxBacklog) {
      this.refused += 1
      return false
    }
    this.#sentInSecond += 1
    this.sent += 1
    this.#enter(message)
    return true
  }

  /** As if it had been there before: no limit of sending counts. */
  fill(message: Message): void {
    this.sent += 1
    this.#enter(message)
  }

  acknowledge(): void {
    this.#handed -= 1
    this.acknowledged += 1
  }

  /** Comes back after its delay, in whole seconds as the queue has them. */
  retry(message: Message, delayMs: number): void {
    this.#handed -= 1
    this.#delayed += 1
    this.#options.clock.after(Math.max(0, Math.ceil(delayMs / 1_000)) * 1_000, () => {
      this.#delayed -= 1
      this.#enter(message)
    })
  }

  #enter(message: Message): void {
    this.#ready.push({ message, since: this.#options.clock.now() })
    this.#handOut()
  }

  #handOut(): void {
    const { clock, batchSize, batchWaitMs, consumers } = this.#options
    while (this.#running < consumers) {
      const { first } = this.#ready
      if (!first) return
      const dueAt = first.since + batchWaitMs
      if (this.#ready.length < batchSize && clock.now() < dueAt) {
        this.#wakeAt(dueAt)
        return
      }
      this.#begin(this.#ready.take(batchSize).map(({ message }) => message))
    }
  }

  #wakeAt(timeMs: number): void {
    if (this.#isTimed) return
    this.#isTimed = true
    this.#options.clock.at(timeMs, () => {
      this.#isTimed = false
      this.#handOut()
    })
  }

  #begin(batch: Message[]): void {
    const { clock, consume } = this.#options
    const beganAt = clock.now()
    this.#running += 1
    this.batches += 1
    this.handOuts += batch.length
    this.#handed += batch.length
    this.mostRunning = Math.max(this.mostRunning, this.#running)
    for (const message of batch) message.handOuts += 1
    consume(batch, () => {
      this.#running -= 1
      this.longestMs = Math.max(this.longestMs, clock.now() - beganAt)
      this.#handOut()
    })
  }
}
