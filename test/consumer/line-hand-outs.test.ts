/**
 * A line with a queue in front of it, in simulated time: how often each message is handed out until
 * its delivery is finished. Cloudflare Queues hand a message out 101 times at most, and each time costs.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LaneTarget } from '../../src/config/targets.ts'
import { toChange } from '../../src/consumer/changes.ts'
import { Line, type LateAnswer, type LineAnswer, type LineDeps } from '../../src/consumer/line.ts'
import { planDeliveries } from '../../src/consumer/plan.ts'
import { toDelaySeconds } from '../../src/consumer/postpone.ts'
import type { DeliveryChange, RecordedDelivery } from '../../src/ledger/ledger.ts'
import { toTarget } from '../delivery/sample.ts'
import { NOW, pass, passedMs, toItem, toPlainTarget } from './line-harness.ts'

interface Queued {
  name: string
  dueAt: number
  handouts: number
  isOut: boolean
  isAcked: boolean
}

interface World {
  target: LaneTarget
  /** How long a call takes, and its status; from when it began. */
  answer: (call: { at: number; nth: number }) => { afterMs: number; status: number }
  arrivals: number[]
  forMs: number
  /** How long the ledger takes. */
  ledgerMs?: number
}

interface Run {
  starts: number[]
  messages: Queued[]
  deliveredAt: Map<string, number>
  maxHandouts: number
  meanHandouts: number
  callsOf: Map<string, number>
  lines: Line[]
}

const BATCH = 50

async function simulate(world: World): Promise<Run> {
  const { target, answer, arrivals, forMs, ledgerMs = 20 } = world
  const ledger = new Map<string, RecordedDelivery>()
  const starts: number[] = []
  const callsOf = new Map<string, number>()
  const deliveredAt = new Map<string, number>()
  const messages = arrivals.map((at, i): Queued => {
    return { name: `evt-${i + 1}`, dueAt: NOW + at, handouts: 0, isOut: false, isAcked: false }
  })
  const record = async (change: (DeliveryChange & { claim: string }) | null) => {
    await new Promise((resolve) => setTimeout(resolve, ledgerMs))
    if (!change) return
    const known = ledger.get(change.claim)
    if (known?.status === 'delivered' || known?.status === 'dead') return
    if (change.attempt !== null && known && change.attempts <= known.attempts) return
    ledger.set(change.claim, change)
    if (change.status === 'delivered') deliveredAt.set(change.claim, passedMs())
  }
  const deps: LineDeps = {
    secret: () => undefined,
    authToken: () => undefined,
    fetch: (_url, init) => {
      const id = new Headers(init.headers).get('webhook-id') ?? ''
      callsOf.set(id, (callsOf.get(id) ?? 0) + 1)
      starts.push(passedMs())
      const { afterMs, status } = answer({ at: passedMs(), nth: starts.length })
      return new Promise((resolve) => {
        setTimeout(() => resolve(new Response(null, { status })), afterMs)
      })
    },
    now: () => Date.now(),
    random: () => Math.random(),
    log: () => {},
    onUnsigned: () => {},
    restored: {},
    save: () => {},
    recall: () => null,
    onLate: ({ answer: late, ...offered }: LateAnswer) => {
      void record(toChange(offered, late, Date.now()))
    },
    onResult: () => {},
    onBreaker: () => {},
  }
  const line = new Line(deps)

  async function handOut(batch: Queued[]) {
    for (const message of batch) {
      message.isOut = true
      message.handouts++
    }
    await new Promise((resolve) => setTimeout(resolve, ledgerMs))
    const planned = batch.map((message) => {
      const recorded = ledger.get(message.name)
      const deliveries = recorded ? [{ ...recorded, target: 'crm' }] : []
      const claim = { state: 'ours' as const, seq: 1, targets: ['crm'], deliveries }
      const [one] = planDeliveries(
        claim,
        { receivedAt: NOW, attemptsBefore: 0, handouts: message.handouts },
        {
          targets: { matching: () => [], get: () => toTarget() },
          paused: new Set(),
          now: Date.now(),
          maxAgeMs: 30 * 86_400_000,
        },
      )
      return { message, step: one?.step }
    })
    const offers = planned.flatMap(({ message, step }) =>
      step?.step === 'offer' ? [{ message, attempt: step.attempt }] : [],
    )
    const answers: LineAnswer[] = await line.offer({
      target,
      lanes: 1,
      items: offers.map(({ message, attempt }) => toItem(message.name, attempt)),
    })
    const dueAt = new Map<Queued, number>()
    for (const { message, step } of planned) {
      if (step?.step === 'wait') dueAt.set(message, step.until)
    }
    const now = Date.now()
    const changes = offers.flatMap(({ message, attempt }, i) => {
      const got = answers[i]
      if (!got) throw new Error('an offer without an answer')
      if (got.state !== 'done') dueAt.set(message, now + got.forMs)
      else if (got.result.nextAt !== null) dueAt.set(message, got.result.nextAt)
      return [toChange({ claim: message.name, seq: 1, target: 'crm', attempt }, got, now)]
    })
    await Promise.all(changes.map(record))
    for (const message of batch) {
      const due = dueAt.get(message)
      message.isOut = false
      if (due === undefined) message.isAcked = true
      else message.dueAt = Date.now() + toDelaySeconds(due - Date.now()) * 1_000
    }
  }

  while (passedMs() < forMs && messages.some(({ isAcked }) => !isAcked)) {
    const now = Date.now()
    const ready = messages.filter(({ isAcked, isOut, dueAt }) => !isAcked && !isOut && dueAt <= now)
    for (let i = 0; i < ready.length; i += BATCH) void handOut(ready.slice(i, i + BATCH))
    const next = messages.reduce(
      (min, m) => (m.isAcked ? min : Math.min(min, m.isOut ? 0 : m.dueAt)),
      Infinity,
    )
    await pass(Math.max(1_000, Math.min(next - Date.now(), 60_000)))
  }
  const handouts = messages.map((message) => message.handouts)
  return {
    starts,
    messages,
    deliveredAt,
    callsOf,
    lines: [line],
    maxHandouts: Math.max(...handouts),
    meanHandouts: handouts.reduce((sum, one) => sum + one, 0) / handouts.length,
  }
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const burst = (count: number) => Array.from({ length: count }, () => 0)

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

function tell(name: string, run: Run) {
  const delivered = [...run.deliveredAt.values()]
  console.log(
    name,
    JSON.stringify({
      calls: run.starts.length,
      max: run.maxHandouts,
      mean: run.meanHandouts.toFixed(2),
      delivered: delivered.length,
      last: Math.max(...delivered) / 1000,
      acked: run.messages.filter((m) => m.isAcked).length,
    }),
  )
}

const RETRY = [
  5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
]

describe('hand-outs', () => {
  it('hang 1000 for an hour, then well', async () => {
    const run = await simulate({
      target: toPlainTarget({ retryMs: RETRY }),
      answer: ({ at }) => ({ afterMs: at < HOUR_MS ? 1e9 : 100, status: 200 }),
      arrivals: burst(1_000),
      forMs: 12 * HOUR_MS,
    })
    tell('hang 1h', run)
  }, 300_000)
  it('hang 1000 for 3 min, then well', async () => {
    const run = await simulate({
      target: toPlainTarget({ retryMs: RETRY }),
      answer: ({ at }) => ({ afterMs: at < 3 * MINUTE_MS ? 1e9 : 100, status: 200 }),
      arrivals: burst(1_000),
      forMs: 12 * HOUR_MS,
    })
    tell('hang 3m', run)
  }, 300_000)
  it.skip('hang 24h', async () => {
    const run = await simulate({
      target: toPlainTarget({ retryMs: RETRY }),
      answer: ({ at }) => ({ afterMs: at < 24 * HOUR_MS ? 1e9 : 100, status: 200 }),
      arrivals: burst(1_000),
      forMs: 27 * HOUR_MS,
    })
    tell('hang 24h', run)
  }, 300_000)
  it('300 at 10/s', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 10, perMs: 1_000 } }),
      answer: () => ({ afterMs: 100, status: 200 }),
      arrivals: burst(300),
      forMs: HOUR_MS,
    })
    tell('300 10/s', run)
  }, 300_000)
  it.skip('10000 at 1/s', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 1, perMs: 1_000 } }),
      answer: () => ({ afterMs: 100, status: 200 }),
      arrivals: burst(10_000),
      forMs: 6 * HOUR_MS,
    })
    tell('10000 1/s', run)
  }, 300_000)
  it('100 at 1/min', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 1, perMs: 60_000 } }),
      answer: () => ({ afterMs: 100, status: 200 }),
      arrivals: burst(100),
      forMs: 6 * HOUR_MS,
    })
    tell('100 1/min', run)
  }, 300_000)
  it('10 at 1/h', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 1, perMs: HOUR_MS } }),
      answer: () => ({ afterMs: 100, status: 200 }),
      arrivals: burst(10),
      forMs: 30 * HOUR_MS,
    })
    tell('10 1/h', run)
  }, 300_000)
  it('2000 at 600/s', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 600, perMs: 1_000 } }),
      answer: () => ({ afterMs: 5, status: 200 }),
      arrivals: burst(2_000),
      forMs: HOUR_MS,
    })
    tell('2000 600/s', run)
  }, 300_000)
  it('5000 healthy 200ms no rate', async () => {
    const run = await simulate({
      target: toPlainTarget({}),
      answer: () => ({ afterMs: 200, status: 200 }),
      arrivals: burst(5_000),
      forMs: HOUR_MS,
    })
    tell('5000 at 200ms', run)
  }, 300_000)
  it('1000 slow 3s', async () => {
    const run = await simulate({
      target: toPlainTarget({}),
      answer: () => ({ afterMs: 3_000, status: 200 }),
      arrivals: burst(1_000),
      forMs: 3 * HOUR_MS,
    })
    tell('1000 at 3s', run)
  }, 300_000)
  it('1000 at 500ms + steady 8/s for 10/s', async () => {
    const run = await simulate({
      target: toPlainTarget({ rate: { limit: 10, perMs: 1_000 } }),
      answer: () => ({ afterMs: 100, status: 200 }),
      arrivals: [...burst(1_000), ...Array.from({ length: 4_000 }, (_, i) => i * 125)],
      forMs: 3 * HOUR_MS,
    })
    tell('1000+8/s at 10/s', run)
  }, 300_000)
})
