/**
 * A lane: what src/consumer/line.ts does, in virtual time. The guesses (how long the line is, when to come
 * back) are made by the product's own Traffic and ReturnTimes; left out are breaker, rate and pause.
 *
 * The object takes so many requests a second; what is over it waits its turn.
 */
import { ReturnTimes } from '../../src/consumer/return-times.ts'
import { PATIENCE_MS, WINDOW_MS } from '../../src/consumer/outlook.ts'
import { Traffic, type Terms } from '../../src/consumer/traffic.ts'
import type { Clock } from './clock.ts'
import { Fifo } from './fifo.ts'
import type { Message } from './message.ts'

/** `taken` and `failed`: there is an answer of the target. */
export type LaneAnswer = { state: 'taken' | 'failed' } | { state: 'waits' | 'held'; forMs: number }

export interface LaneOptions {
  clock: Clock
  connections: number
  requestsPerSecond: number
  maxQueued: number
  timeoutMs: number
  /** How long a call takes, and whether it fails. */
  drawCall: (message: Message) => { tookMs: number; hasFailed: boolean }
  random: () => number
  /** Of what was held: nobody waits for it any more. */
  onLate: (message: Message, answer: LaneAnswer) => void
}

interface Entry {
  message: Message
  answer: LaneAnswer | null
  isHeld: boolean
  startBy: number
  settled: (() => void) | undefined
}

/** As src/consumer/line.ts: timers are late and guesses wrong. */
const LATE_START_MS = 10_000
const SECOND_MS = 1_000

export class Lane {
  readonly #options: LaneOptions
  readonly #terms: Terms
  readonly #traffic = new Traffic<Entry>(null)
  readonly #returns: ReturnTimes
  readonly #queue = new Fifo<Entry>()
  /** Those that wait or run, so that an offer of the same joins them. */
  readonly #open = new Map<Message, Entry>()
  #busyUntil = 0
  requests = 0
  callMs = 0
  calls = 0
  refused = 0

  constructor(options: LaneOptions) {
    this.#options = options
    this.#terms = { intervalMs: 0, connections: options.connections }
    this.#returns = new ReturnTimes(options.random)
  }

  /** Calls `answered` within PATIENCE_MS of the moment when the object gets to it. */
  offer(messages: readonly Message[], answered: (answers: [Message, LaneAnswer][]) => void): void {
    const { clock, requestsPerSecond } = this.#options
    this.requests += 1
    const at = Math.max(clock.now(), this.#busyUntil)
    this.#busyUntil = at + SECOND_MS / requestsPerSecond
    clock.at(at, () => this.#take(messages, answered))
  }

  #take(messages: readonly Message[], answered: (answers: [Message, LaneAnswer][]) => void): void {
    const now = this.#options.clock.now()
    const backlogMs = this.#traffic.toBacklogMs(this.#queue.length, this.#terms, now)
    const stalledMs = this.#traffic.toStalledMs(this.#terms, now)
    const isHopeless = Math.max(backlogMs, stalledMs) >= PATIENCE_MS
    const entries = messages.map((message) => this.#enter(message, now))
    this.#pump()
    let open = entries.filter(({ answer }) => answer === null).length
    let isOver = false
    const end = () => {
      if (isOver) return
      isOver = true
      answered(entries.map((entry) => [entry.message, this.#toAnswer(entry)]))
    }
    for (const entry of entries) {
      entry.settled = () => {
        open -= 1
        if (open === 0) end()
      }
    }
    if (open === 0) end()
    else this.#options.clock.after(isHopeless ? 0 : PATIENCE_MS, end)
  }

  #enter(message: Message, now: number): Entry {
    const known = this.#open.get(message)
    if (known) {
      // Somebody waits for it again.
      known.isHeld = false
      return known
    }
    const startBy = now + WINDOW_MS + LATE_START_MS
    const entry: Entry = { message, answer: null, isHeld: false, startBy, settled: undefined }
    if (message.state === 'taken') entry.answer = { state: 'taken' }
    else if (this.#isFull(now)) this.#refuse(entry)
    else {
      this.#open.set(message, entry)
      this.#queue.push(entry)
    }
    return entry
  }

  #isFull(now: number): boolean {
    if (this.#queue.length >= this.#options.maxQueued) return true
    return this.#traffic.toBacklogMs(this.#queue.length, this.#terms, now) > WINDOW_MS
  }

  #pump(): void {
    const { clock, drawCall, timeoutMs } = this.#options
    while (this.#traffic.hasRoom(this.#terms)) {
      const entry = this.#queue.shift()
      if (!entry) return
      if (clock.now() > entry.startBy) {
        this.#refuse(entry)
        continue
      }
      const { tookMs, hasFailed } = drawCall(entry.message)
      this.#traffic.begin(entry, { timeoutMs }, clock.now(), clock.now())
      this.calls += 1
      this.callMs += tookMs
      clock.after(tookMs, () => {
        this.#traffic.end(entry, tookMs)
        this.#settle(entry, { state: hasFailed ? 'failed' : 'taken' })
        this.#pump()
      })
    }
  }

  #refuse(entry: Entry): void {
    this.refused += 1
    const now = this.#options.clock.now()
    const stepMs = this.#traffic.toUsualStepMs(this.#terms)
    const backlogMs = Math.min(this.#queue.length * stepMs, WINDOW_MS + stepMs)
    const freeMs = Math.max(backlogMs - WINDOW_MS / 2, backlogMs / 2)
    const forMs = this.#returns.next(now + freeMs, stepMs, now)
    this.#settle(entry, { state: 'waits', forMs })
  }

  #settle(entry: Entry, answer: LaneAnswer): void {
    this.#open.delete(entry.message)
    entry.answer = answer
    if (answer.state === 'taken') entry.message.state = 'taken'
    entry.settled?.()
    if (entry.isHeld) this.#options.onLate(entry.message, answer)
  }

  #toAnswer(entry: Entry): LaneAnswer {
    if (entry.answer) return entry.answer
    entry.isHeld = true
    const now = this.#options.clock.now()
    // For all that are held alike: the whole line has to go first, at the worst.
    const beginsMs = this.#traffic.toBacklogMs(this.#queue.length, this.#terms, now)
    const forMs = Math.min(beginsMs, WINDOW_MS) + this.#traffic.toCallMs(null, now) + SECOND_MS
    return { state: 'held', forMs }
  }
}
