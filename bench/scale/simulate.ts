/** Runs a setup and says what was measured from the end of the warm-up on. Pure: the same seed, the same figures. */
import type { Setup } from './setup.ts'
import { createWorld, type World } from './world.ts'

/** Sums over the run so far; differences of two of them are what happened between. */
interface Totals {
  arrived: number
  refused: number
  finished: number
  backlog: number
  batches: number
  handOuts: number
  ownMs: number
  d1Ms: number
  d1Calls: number
  d1Refused: number
  callMs: number
  calls: number
  laneRequests: number
  kept: number
  postponed: number
}

export interface Measured extends Totals {
  seconds: number
  /** It fell behind beyond hope. */
  isCutShort: boolean
  /** At its end, not what happened. */
  outbox: number
  deliveredMs: number[]
  answeredMs: number[]
  mostRunning: number
  mostD1Waiting: number
  longestConsumerMs: number
  longestCronMs: number
}

/** So far behind, it will not catch up within the run: the rest of it would say nothing new. */
const HOPELESS_S = 20
const HOPELESS = 1_000

export function simulate(setup: Setup): Measured {
  const world = createWorld(setup)
  const { clock, shards } = world
  const isLost = () => toTotals(world).backlog > setup.rate * HOPELESS_S + HOPELESS
  let second = 0
  while (second < setup.warmUpS && !isLost()) clock.runUntil(++second * 1_000)
  const beganS = second
  const before = toTotals(world)
  world.measureFrom(clock.now())
  if (isLost()) clock.runUntil(++second * 1_000)
  while (second < setup.seconds && !isLost()) clock.runUntil(++second * 1_000)
  const after = toTotals(world)
  const most = (values: number[]) => values.reduce((one, other) => Math.max(one, other), 0)
  return {
    ...subtract(after, before),
    seconds: Math.max(1, second - beganS),
    isCutShort: second < setup.seconds,
    outbox: world.outbox.length,
    deliveredMs: world.deliveredMs,
    answeredMs: world.answeredMs,
    mostRunning: most(shards.map(({ queue }) => queue.mostRunning)),
    mostD1Waiting: most(shards.map(({ writer }) => writer.mostWaiting)),
    longestConsumerMs: most(shards.map(({ queue }) => queue.longestMs)),
    longestCronMs: world.cron.longestMs,
  }
}

export function toTotals({ shards, lanes, outbox, tally }: World): Totals {
  const sum = (values: readonly number[]) => values.reduce((one, other) => one + other, 0)
  const over = (of: (shard: World['shards'][number]) => number) => sum(shards.map(of))
  return {
    arrived: tally.arrived,
    refused: tally.refused,
    finished: over(({ queue }) => queue.acknowledged),
    backlog: over(({ queue }) => queue.backlog) + outbox.length + tally.sending,
    batches: over(({ queue }) => queue.batches),
    handOuts: over(({ queue }) => queue.handOuts),
    ownMs: over(({ consumer }) => consumer.ownMs),
    d1Ms: over(({ writer }) => writer.busyMs),
    d1Calls: over(({ writer }) => writer.calls),
    d1Refused: over(({ writer }) => writer.overloaded + writer.late),
    callMs: sum(lanes.map((lane) => lane.callMs)),
    calls: sum(lanes.map((lane) => lane.calls)),
    laneRequests: sum(lanes.map((lane) => lane.requests)),
    kept: over(({ consumer }) => consumer.kept),
    postponed: over(({ consumer }) => consumer.postponed),
  }
}

function subtract(after: Totals, before: Totals): Totals {
  const result = { ...after }
  for (const name of Object.keys(before) as (keyof Totals)[]) result[name] -= before[name]
  return result
}
