/** The simulation of the platform's limits: against closed forms, against itself, and what it is made of. */
import { describe, expect, it } from 'vitest'
import { startArrivals } from '../../bench/scale/arrivals.ts'
import { createDraws, createRandom, toMeanMs } from '../../bench/scale/chance.ts'
import { createClock } from '../../bench/scale/clock.ts'
import { OURS, readConstant } from '../../bench/scale/constants.ts'
import counted from '../../bench/scale/counted.json' with { type: 'json' }
import { Lane } from '../../bench/scale/lane.ts'
import limits from '../../bench/scale/limits.json' with { type: 'json' }
import { toMessage } from '../../bench/scale/message.ts'
import { Queue } from '../../bench/scale/queue.ts'
import type { Configuration } from '../../bench/scale/setup.ts'
import { simulate, toTotals } from '../../bench/scale/simulate.ts'
import { DEFAULTS, toSetup, toSlice, trySetup } from '../../bench/scale/try-setup.ts'
import { createWorld } from '../../bench/scale/world.ts'
import { Writer } from '../../bench/scale/writer.ts'

const EVENLY = { factor: 1, lengthS: 1, periodS: 2 }
const draws = () => createDraws(createRandom('test', 'draws'))

/** Mean milliseconds in the line of a writer, without the call itself. */
function measureWait(rate: number, drawMs: () => number): number {
  const clock = createClock()
  const writer = new Writer({ clock, drawMs, maxWaiting: Infinity, budgetMs: Infinity })
  const waits: number[] = []
  const arrive = () => {
    const at = clock.now()
    writer.call(1, () => waits.push(clock.now() - at))
  }
  const random = createRandom('test', 'arrivals')
  startArrivals({ clock, random, arrive, rate, burst: EVENLY })
  clock.runUntil(2_000_000)
  const sum = waits.reduce((all, one) => all + one, 0)
  return sum / waits.length - writer.busyMs / writer.calls
}

describe('Writer', () => {
  it('makes callers wait as in M/D/1', () => {
    // ρ = 0.8, service 8 ms: ρ s / (2 (1 − ρ)).
    expect(measureWait(100, () => 8) / ((0.8 * 8) / (2 * 0.2))).toBeCloseTo(1, 1)
  })

  it('makes callers wait as in M/M/1', () => {
    const { random } = draws()
    // ρ = 0.7, mean service 7 ms: ρ s / (1 − ρ).
    const waited = measureWait(100, () => -7 * Math.log(1 - random()))
    expect(waited / ((0.7 * 7) / 0.3)).toBeCloseTo(1, 1)
  })

  it('refuses what finds the line full, and does what nobody waits for any more', () => {
    const clock = createClock()
    const writer = new Writer({ clock, drawMs: () => 60, maxWaiting: 2, budgetMs: 100 })
    const told: boolean[] = []
    let happened = 0
    for (let i = 0; i < 4; i += 1) {
      writer.call(
        1,
        (isDone) => told.push(isDone),
        () => (happened += 1),
      )
    }
    clock.runUntil(1_000)
    expect(told).toEqual([false, true, false, false])
    expect([happened, writer.overloaded, writer.late]).toEqual([3, 1, 2])
  })
})

describe('Lane', () => {
  it('keeps its connections as busy as Little says, and never more of them', () => {
    const clock = createClock()
    const { random } = draws()
    const lane = new Lane({
      ...{ clock, random, connections: 5, requestsPerSecond: 1_000, maxQueued: 500 },
      timeoutMs: 10_000,
      drawCall: () => ({ tookMs: 100, hasFailed: false }),
      onLate: () => {},
    })
    const arrive = () => lane.offer([toMessage(clock.now(), 0, 0)], () => {})
    startArrivals({ clock, random, arrive, rate: 40, burst: EVENLY })
    clock.runUntil(1_000_000)
    expect(lane.callMs / 1_000_000).toBeCloseTo(4, 0)
    expect(lane.refused).toBe(0)
  })

  it('sends away what is more than its window', () => {
    const clock = createClock()
    const answers: string[] = []
    const lane = new Lane({
      ...{ clock, random: draws().random, connections: 5, requestsPerSecond: 1_000 },
      ...{ maxQueued: OURS.laneQueue, timeoutMs: 10_000, onLate: () => {} },
      drawCall: () => ({ tookMs: 1_000, hasFailed: false }),
    })
    const many = Array.from({ length: 1_000 }, () => toMessage(0, 0, 0))
    lane.offer(many, (all) => answers.push(...all.map(([, { state }]) => state)))
    clock.runUntil(1_000)
    expect(answers.filter((state) => state === 'held')).toHaveLength(OURS.laneQueue)
    expect(answers.filter((state) => state === 'waits')).toHaveLength(1_000 - OURS.laneQueue)
  })
})

describe('Queue', () => {
  const toQueue = (consumers: number, tookMs: number) => {
    const clock = createClock()
    const queue: Queue = new Queue({
      ...{ clock, consumers, batchSize: 100, batchWaitMs: 1_000, maxBacklog: Infinity },
      messagesPerSecond: limits.queueMessagesPerSecond.value,
      consume: (batch, end) =>
        clock.after(tookMs, () => {
          for (const _ of batch) queue.acknowledge()
          end()
        }),
    })
    return { clock, queue }
  }

  it('takes 5,000 a second and refuses the rest', () => {
    const { clock, queue } = toQueue(50, 10)
    for (let i = 0; i < 18_000; i += 1) {
      clock.at(i / 6, () => queue.send(toMessage(clock.now(), 0, 0)))
    }
    clock.runUntil(10_000)
    expect([queue.sent, queue.refused, queue.acknowledged]).toEqual([15_000, 3_000, 15_000])
  })

  it('hands out full batches to so many consumers, and the last one after a second', () => {
    const { clock, queue } = toQueue(2, 500)
    for (let i = 0; i < 250; i += 1) queue.send(toMessage(0, 0, 0))
    clock.runUntil(999)
    expect([queue.batches, queue.mostRunning, queue.acknowledged]).toEqual([2, 2, 200])
    clock.runUntil(1_500)
    expect([queue.batches, queue.acknowledged]).toEqual([3, 250])
  })
})

describe('simulate', () => {
  const toTried = (rate: number, configuration: Partial<Configuration>) =>
    toSetup(rate, { ...DEFAULTS, ...configuration })

  it.each([
    ['that holds', toTried(50, { concurrency: 30 })],
    ['that is short of connections', toTried(50, { concurrency: 5 })],
    ['with two shards', toTried(50, { concurrency: 30, shards: 2 })],
    ['of problems only', toTried(50, { concurrency: 30, recordProblemsOnly: true })],
  ])('loses nothing and makes nothing: %s', (_, setup) => {
    const world = createWorld(setup)
    world.clock.runUntil(60_000)
    const { arrived, finished, backlog } = toTotals(world)
    expect(finished + backlog).toBe(arrived)
    // Nobody was called twice for one success.
    expect(world.deliveredMs.length).toBeLessThanOrEqual(arrived)
    expect(world.deliveredMs.length).toBeGreaterThan(0)
  })

  it('delivers everything once, in the end', () => {
    const setup = { ...toTried(20, {}), failShare: 0.1, retryMs: [1_000, 1_000, 1_000, 1_000] }
    const world = createWorld({ ...setup, burst: EVENLY })
    world.clock.runUntil(60_000)
    const { backlog, arrived } = toTotals(world)
    expect(arrived - backlog).toBeGreaterThan(1_000)
    expect(world.deliveredMs.length).toBeGreaterThan(arrived - backlog - 5)
  })

  it('is the same for the same seed, and another for another', () => {
    const setup = toTried(30, {})
    const of = (seed: string) => simulate({ ...setup, seed }).deliveredMs
    expect(of('a')).toEqual(of('a'))
    expect(of('a')).not.toEqual(of('b'))
  })

  it('takes as many calls of D1 for a batch as were counted', () => {
    const quick = { answer: { medianMs: 50, p99Ms: 51 }, failShare: 0, hangShare: 0 }
    const world = createWorld({ ...toTried(30, {}), ...quick, burst: EVENLY })
    // Before the cron has come.
    world.clock.runUntil(4_900)
    const { d1Calls, batches } = toTotals(world)
    expect(d1Calls / batches).toBeCloseTo(counted.d1CallsPerBatch, 0)
  })
})

describe('trySetup', () => {
  it('finds the connections first where they are short, and says how many it takes', () => {
    const setup = toSetup(100, { ...DEFAULTS, retentionDays: 1, prunedPerRun: Infinity })
    const { verdict, measured } = trySetup({ ...setup, retentionDays: 0.1 })
    expect(measured.isCutShort).toBe(true)
    const { name, used } = verdict.first
    expect(name).toBe('connections')
    expect(used).toBeGreaterThan(((100 * toMeanMs(setup.answer)) / 1_000 / 5) * 0.9)
  })

  it('has in a slice the load of the whole for each shard and lane', () => {
    const whole = toSetup(8_000, { ...DEFAULTS, shards: 16, concurrency: 3_200 })
    const slice = toSlice(whole)
    expect(slice.rate / slice.shards).toBe(whole.rate / whole.shards)
    expect(slice.rate / slice.concurrency).toBeCloseTo(whole.rate / whole.concurrency)
    expect(slice.shards).toBeLessThan(16)
  })
})

describe('readConstant', () => {
  it('reads numbers from the code, and throws for a name that is not there', () => {
    expect(readConstant('src/ledger/patrol.ts', 'PAGE_EVENTS')).toBe(OURS.patrolledPage)
    expect(readConstant('src/consumer/settle.ts', 'MAX_AGE_MS')).toBe(2 * 86_400_000)
    expect(() => readConstant('src/ledger/patrol.ts', 'NOBODY')).toThrow('NOBODY')
  })
})
