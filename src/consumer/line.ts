/**
 * The line of one lane: the deliveries to one target, one behind the other, as many at a time as the
 * lane has connections, as fast as its rate allows, and only while its breaker lets them.
 *
 * Promises: no two calls for the same attempt of the same delivery while this line lives: whoever
 * offers it again joins the call that runs, or gets the result of the one that was. A delivery that has
 * to wait is never counted as tried. What is offered is answered within PATIENCE_MS, also when the
 * target hangs; what is not finished by then is reported to `onLate`, once, when it is.
 *
 * Weak: the memory is this object's, and it holds the last MAX_REMEMBERED results. When it dies between
 * a target's answer and the ledger, the delivery is tried again, under the same `webhook-id`.
 */
import { LANE_CONCURRENCY, type LaneTarget } from '../config/targets.ts'
import { toIntervalMs } from '../delivery/pace.ts'
import { withDeadline } from '../deadline.ts'
import type { EventMessage } from '../events/message.ts'
import { attemptDelivery, type AttemptDeps, type AttemptResult } from './attempt.ts'
import type {
  FinalAnswer,
  LateAnswer,
  LineAnswer,
  LineItem,
  Offer,
  WaitReason,
} from './line-answer.ts'
import { LineBreaker, type SavedBreaker } from './line-breaker.ts'
import { toEntry, UNCLAIMED, type Entry, type Waiting } from './line-entry.ts'
import type { LineView, RunningCall } from './line-view.ts'
import { Outlook, PATIENCE_MS, WINDOW_MS } from './outlook.ts'
import { Traffic, type Terms } from './traffic.ts'

export type { LateAnswer, LineAnswer, LineItem, Offer, WaitReason } from './line-answer.ts'

/** What outlives the object. */
export interface LineState extends SavedBreaker {
  /** When the last call began, milliseconds since the epoch. */
  lastStartAt: number | null
}

/** None of them throws. */
export interface LineDeps extends AttemptDeps {
  restored: Partial<LineState>
  save: (state: Partial<LineState>) => void
  /** The result of an attempt that an earlier object of this lane kept, if it did. */
  recall: (claim: string, attempt: number) => AttemptResult | null
  onLate: (late: LateAnswer) => void
  /** Called once for each attempt. */
  onResult: (about: AboutCall, result: AttemptResult) => void
  onBreaker: (change: 'opened' | 'closed', about: AboutCall) => void
}

export interface AboutCall {
  message: EventMessage
  target: string
}

/** Timers are late and guesses wrong. */
const START_WITHIN_MS = WINDOW_MS + 10_000
/** Minutes of a busy target; one that is idle has them until its object is put to sleep. */
const MAX_REMEMBERED = 2_000
/** For intervals from here on, the last start survives the object; below, a restart takes longer. */
const LONG_INTERVAL_MS = 1_000

export class Line {
  readonly #deps: LineDeps
  /** What waits or runs, and what came of the last ones. */
  readonly #open = new Map<string, Entry>()
  readonly #results = new Map<string, AttemptResult>()
  readonly #traffic: Traffic<Entry>
  readonly #breaker: LineBreaker
  readonly #outlook: Outlook
  #queue: Waiting[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Of the last offer. */
  #terms: Terms | null = null

  constructor(deps: LineDeps) {
    this.#deps = deps
    this.#breaker = new LineBreaker(deps.restored, deps.save)
    this.#traffic = new Traffic(deps.restored.lastStartAt ?? null)
    this.#outlook = new Outlook(this.#traffic, this.#breaker, deps.random)
  }

  /** One answer for each item, in their order. Never rejects. */
  async offer({ target, lanes, items }: Offer): Promise<LineAnswer[]> {
    const terms = toTerms(target, lanes)
    this.#terms = terms
    const isHopeless = this.#outlook.isHopeless(this.#queue, terms, this.#deps.now())
    const entries = items.map((item) => this.#enter(item, target, terms))
    this.#pump()
    const all = Promise.all(entries.map(({ answered }) => answered.promise))
    await withDeadline(all, isHopeless ? 0 : PATIENCE_MS, undefined)
    return entries.map((entry) => this.#toAnswer(entry))
  }

  /** Sends everything away that has not begun. */
  clear(): void {
    this.#sendAway('paused')
  }

  look(): LineView {
    return {
      breaker: this.#breaker.look(),
      running: this.#traffic.running.map(toRunning),
      waiting: this.#queue.length,
      lastStartAt: this.#traffic.lastStartAt,
      terms: this.#terms,
    }
  }

  #enter({ message, ...item }: LineItem, target: LaneTarget, terms: Terms): Entry {
    const key = `${item.claim}/${item.attempt}`
    const known = this.#open.get(key)
    if (known) return adopt(known, item)
    const now = this.#deps.now()
    const entry = toEntry(key, { ...item, target: target.name })
    const waiting = { entry, message, target, terms, startBy: now + START_WITHIN_MS }
    const result = this.#results.get(key) ?? this.#deps.recall(item.claim, item.attempt)
    const refusal = this.#outlook.findRefusal(this.#queue, terms, now)
    if (result) this.#answer(entry, { state: 'done', result })
    else if (refusal) this.#refuse(waiting, refusal)
    else {
      this.#open.set(key, entry)
      this.#queue.push(waiting)
    }
    return entry
  }

  /** Begins what may begin; comes back by itself when the rate says later. */
  #pump(): void {
    clearTimeout(this.#timer)
    for (;;) {
      const now = this.#deps.now()
      const [first] = this.#queue
      if (!first) return
      if (now > first.startBy) {
        this.#queue.shift()
        this.#refuse(first, 'lane_full')
        continue
      }
      if (this.#breaker.nextCallAt(now) > now) {
        this.#sendAway('breaker_open')
        return
      }
      if (!this.#traffic.hasRoom(first.terms)) return
      const startAt = this.#traffic.nextStartAt(first.terms, now)
      if (startAt > now) {
        this.#timer = setTimeout(() => this.#pump(), Math.ceil(startAt - now))
        return
      }
      this.#queue.shift()
      void this.#run(first, startAt)
    }
  }

  async #run({ entry, message, target, terms }: Waiting, startAt: number): Promise<void> {
    const now = this.#deps.now()
    const epoch = this.#breaker.admit(now, target.timeoutMs)
    this.#traffic.begin(entry, target, startAt, now)
    if (terms.intervalMs >= LONG_INTERVAL_MS) this.#deps.save({ lastStartAt: startAt })
    const result = await attemptDelivery(message, target, entry.offered.attempt, this.#deps)
    this.#learn(entry, epoch, result, { message, target: target.name })
    this.#open.delete(entry.key)
    this.#remember(entry.key, result)
    this.#answer(entry, { state: 'done', result })
    if (result.isGone) this.#sendAway('paused')
    this.#pump()
  }

  #learn(entry: Entry, epoch: number, result: AttemptResult, about: AboutCall): void {
    this.#traffic.end(entry, result.isFailure === null ? null : result.attempt.durationMs)
    const change = this.#breaker.record(epoch, result, this.#deps.now())
    if (change === 'closed') this.#traffic.restart(result.attempt.durationMs)
    if (change) this.#deps.onBreaker(change, about)
    this.#deps.onResult(about, result)
  }

  #remember(key: string, result: AttemptResult): void {
    this.#results.set(key, result)
    const [oldest] = this.#results.keys()
    if (oldest !== undefined && this.#results.size > MAX_REMEMBERED) this.#results.delete(oldest)
  }

  #sendAway(reason: WaitReason): void {
    for (const waiting of this.#queue.splice(0)) this.#refuse(waiting, reason)
  }

  #refuse(waiting: Waiting, reason: WaitReason): void {
    const forMs = this.#outlook.toWaitMs(reason, this.#queue, waiting, this.#deps.now())
    this.#open.delete(waiting.entry.key)
    this.#answer(waiting.entry, { state: 'waits', reason, forMs })
  }

  #answer(entry: Entry, answer: FinalAnswer): void {
    entry.answer = answer
    entry.answered.resolve()
    if (entry.isHeld && entry.offered.seq !== UNCLAIMED)
      this.#deps.onLate({ ...entry.offered, answer })
  }

  #toAnswer(entry: Entry): LineAnswer {
    if (entry.answer) return entry.answer
    entry.isHeld = true
    const forMs = this.#outlook.toHeldMs(entry, this.#queue, this.#deps.now())
    return { state: 'held', forMs }
  }
}

/** It may have been claimed since it was offered first, and by a copy in the queue of another shard. */
function adopt(entry: Entry, { seq, shard }: Omit<LineItem, 'message'>): Entry {
  if (entry.offered.seq !== UNCLAIMED) return entry
  const { claim, attempt, target } = entry.offered
  entry.offered = { claim, attempt, target, seq, ...(shard !== undefined && { shard }) }
  return entry
}

function toRunning([{ offered }, startedAt]: [Entry, number]): RunningCall {
  const { claim, attempt } = offered
  return { claim, attempt, startedAt }
}

/** Never more at a time than the target's concurrency, all lanes together; 7 in 2 lanes are 3 each. */
function toTerms({ rate, concurrency }: LaneTarget, lanes: number): Terms {
  return {
    intervalMs: rate ? toIntervalMs(rate, lanes) : 0,
    connections: Math.max(1, Math.min(Math.floor(concurrency / lanes), LANE_CONCURRENCY)),
  }
}
