/**
 * A line with a queue in front of it, in simulated time: how often is a message handed out until its
 * delivery is finished, and how long does that take? Cloudflare Queues hand a message out `max_retries`
 * + 1 times, and each time costs reads and writes.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LaneTarget } from '../../src/config/targets.ts'
import { toChange, toFinalChange, type KeptChange } from '../../src/consumer/changes.ts'
import { Line, type LineAnswer } from '../../src/consumer/line.ts'
import { planDeliveries } from '../../src/consumer/plan.ts'
import { toDelaySeconds } from '../../src/consumer/postpone.ts'
import type { RecordedDelivery } from '../../src/ledger/ledger.ts'
import { toTarget } from '../delivery/sample.ts'
import { NOW, pass, passedMs, toItem, toNames, toPlainTarget } from './line-harness.ts'

/** A queue message, and where it is. */
interface Message {
  name: string
  dueAt: number
  handouts: number
  state: 'queued' | 'out' | 'acked'
}

interface World {
  count: number
  target: LaneTarget
  /** What a call that begins then, in ms from the start, takes. `Infinity`: it hangs. */
  toCallMs: (at: number) => number
}

interface Run {
  /** When each was delivered, milliseconds from the start. */
  deliveredAt: number[]
  calls: string[]
  /** Of each message. */
  handouts: number[]
}

const BATCH = 50
const LEDGER_MS = 20
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

class Simulation {
  readonly #world: World
  readonly #line: Line
  readonly #messages: Message[]
  readonly #ledger = new Map<string, RecordedDelivery>()
  readonly #deliveredAt: number[] = []
  readonly #calls: string[] = []

  constructor(world: World) {
    this.#world = world
    this.#messages = toNames(world.count).map((name) => {
      return { name, dueAt: NOW, handouts: 0, state: 'queued' }
    })
    this.#line = new Line({
      secret: () => undefined,
      authToken: () => undefined,
      fetch: (_url, init) => this.#fetch(init),
      now: () => Date.now(),
      random: () => Math.random(),
      log: () => {},
      onUnsigned: () => {},
      restored: {},
      save: () => {},
      recall: () => null,
      onLate: ({ answer, ...offered }) => {
        void this.#record(toFinalChange(offered, answer, Date.now()))
      },
      onResult: () => {},
      onBreaker: () => {},
    })
  }

  async run(): Promise<Run> {
    while (passedMs() < 24 * HOUR_MS) {
      const open = this.#messages.filter(({ state }) => state !== 'acked')
      if (open.length === 0) break
      const due = open.filter(({ state, dueAt }) => state === 'queued' && dueAt <= Date.now())
      for (let i = 0; i < due.length; i += BATCH) void this.#handOut(due.slice(i, i + BATCH))
      const isBusy = open.some(({ state }) => state === 'out')
      const nextAt = Math.min(...open.map(({ dueAt }) => dueAt))
      await pass(isBusy ? 1_000 : Math.max(1_000, nextAt - Date.now()))
    }
    const handouts = this.#messages.map((message) => message.handouts)
    return { deliveredAt: this.#deliveredAt, calls: this.#calls, handouts }
  }

  async #fetch({ headers }: RequestInit): Promise<Response> {
    this.#calls.push(new Headers(headers).get('webhook-id') ?? '')
    const callMs = this.#world.toCallMs(passedMs())
    if (callMs === Infinity) return new Promise(() => {})
    await wait(callMs)
    return new Response()
  }

  /** As the ledger's statement does (src/ledger/records.ts). */
  async #record(change: KeptChange | null): Promise<void> {
    await wait(LEDGER_MS)
    if (!change) return
    const known = this.#ledger.get(change.claim)
    if (known?.status === 'delivered') return
    if (change.attempt && known && change.attempts <= known.attempts) return
    this.#ledger.set(change.claim, change)
    if (change.status === 'delivered') this.#deliveredAt.push(passedMs())
  }

  async #handOut(batch: readonly Message[]): Promise<void> {
    for (const message of batch) {
      message.state = 'out'
      message.handouts++
    }
    await wait(LEDGER_MS)
    const planned = batch.map((message) => ({ message, step: this.#plan(message) }))
    const offered = planned.flatMap(({ message, step }) =>
      step?.step === 'offer' ? [{ message, attempt: step.attempt }] : [],
    )
    const items = offered.map(({ message, attempt }) => toItem(message.name, attempt))
    const answers = await this.#line.offer({ target: this.#world.target, lanes: 1, items })
    const now = Date.now()
    const dueAt = new Map(
      planned.flatMap(({ message, step }) =>
        step?.step === 'wait' ? [[message, step.until] as const] : [],
      ),
    )
    for (const [i, { message }] of offered.entries()) {
      const at = toDueAt(answers[i], now)
      if (at !== null) dueAt.set(message, at)
    }
    const changes = items.map((item, i) => {
      const answer = answers[i]
      return answer ? toChange({ ...item, target: 'crm' }, answer, now) : null
    })
    await Promise.all(changes.map((change) => this.#record(change)))
    for (const message of batch) {
      const at = dueAt.get(message)
      message.state = at === undefined ? 'acked' : 'queued'
      message.dueAt = Date.now() + toDelaySeconds((at ?? 0) - Date.now()) * 1_000
    }
  }

  #plan({ name, handouts }: Message) {
    const recorded = this.#ledger.get(name)
    const deliveries = recorded ? [recorded] : []
    const [planned] = planDeliveries(
      { state: 'ours', seq: 1, targets: ['crm'], deliveries },
      { receivedAt: NOW, attemptsBefore: 0, handouts },
      {
        targets: { matching: () => [], get: () => toTarget() },
        paused: new Set(),
        now: Date.now(),
        maxAgeMs: 30 * 24 * HOUR_MS,
      },
    )
    return planned?.step
  }
}

function toDueAt(answer: LineAnswer | undefined, now: number): number | null {
  if (!answer) throw new Error('an offer without an answer')
  return answer.state === 'done' ? answer.result.nextAt : now + answer.forMs
}

const toMean = (numbers: readonly number[]) =>
  numbers.reduce((sum, one) => sum + one, 0) / numbers.length

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

describe('hand-outs', () => {
  it('are three for 300 messages at ten a second, which takes 30 s', async () => {
    const target = toPlainTarget({ rate: { limit: 10, perMs: 1_000 } })
    const run = await new Simulation({ count: 300, target, toCallMs: () => 100 }).run()
    expect(run.calls).toHaveLength(300)
    expect(run.deliveredAt).toHaveLength(300)
    expect(Math.max(...run.deliveredAt)).toBeLessThan(31_000)
    expect(Math.max(...run.handouts)).toBeLessThanOrEqual(3)
  })

  it('are one for each opening of the breaker, while a thousand wait for a target that hangs', async () => {
    const target = toPlainTarget({ retryMs: [5_000, 60_000, 60_000, 60_000, 60_000] })
    const backAt = 10 * MINUTE_MS
    const toCallMs = (at: number) => (at < backAt ? Infinity : 100)
    const run = await new Simulation({ count: 1_000, target, toCallMs }).run()
    expect(run.deliveredAt).toHaveLength(1_000)
    // 8 until it opens and those that run then, and a probe for each opening.
    expect(run.calls.length - 1_000).toBeLessThan(25)
    // It opens for 30, 60, 120, 240, 480 s.
    expect(toMean(run.handouts)).toBeLessThan(10)
    expect(Math.max(...run.handouts)).toBeLessThanOrEqual(20)
    // The last opening began before the target was back; then 25 a second come back.
    const lastMs = Math.max(...run.deliveredAt) - backAt
    expect(lastMs).toBeLessThan(480_000 + 10_000 + 1_000 * 40 + 60_000)
  }, 60_000)

  it('are few when a rate needs more than an hour, and no call is missed', async () => {
    const target = toPlainTarget({ rate: { limit: 1, perMs: 10_000 } })
    const run = await new Simulation({ count: 500, target, toCallMs: () => 100 }).run()
    expect(run.deliveredAt).toHaveLength(500)
    expect(Math.max(...run.deliveredAt)).toBeLessThan(500 * 10_000 + 60_000)
    expect(toMean(run.handouts)).toBeLessThan(4)
    expect(Math.max(...run.handouts)).toBeLessThanOrEqual(8)
  }, 60_000)

  it('lose no call of a rate that is slower than the window', async () => {
    const target = toPlainTarget({ rate: { limit: 1, perMs: 60_000 } })
    const run = await new Simulation({ count: 50, target, toCallMs: () => 100 }).run()
    expect(Math.max(...run.deliveredAt)).toBeLessThan(49 * 60_000 + 10_000)
    expect(Math.max(...run.handouts)).toBeLessThanOrEqual(5)
  })

  it('lose no time with a target that is slow', async () => {
    const run = await new Simulation({
      count: 600,
      target: toPlainTarget(),
      toCallMs: () => 3_000,
    }).run()
    expect(run.calls).toHaveLength(600)
    expect(Math.max(...run.deliveredAt)).toBeLessThan(1.1 * ((600 * 3_000) / 5))
    expect(Math.max(...run.handouts)).toBeLessThanOrEqual(12)
  }, 60_000)
})
