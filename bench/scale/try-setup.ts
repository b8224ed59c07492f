/**
 * Simulates a setup, and says whether it holds. A large one is simulated as a slice: some of its shards, with
 * their share of webhooks and lanes. All shards are alike and the lanes shared evenly, so that each part has
 * in the slice what it has in the whole.
 */
import { LANE_CONCURRENCY } from '../../src/config/targets.ts'
import counted from './counted.json' with { type: 'json' }
import { OURS } from './constants.ts'
import { ASSUMED, BURST, type Assumptions, type Configuration, type Setup } from './setup.ts'
import { simulate, type Measured } from './simulate.ts'
import { toMeanMs } from './chance.ts'
import { toParts } from './parts.ts'
import { toVerdict, type Verdict } from './verdict.ts'

export interface Tried {
  setup: Setup
  measured: Measured
  verdict: Verdict
}

/** What comes in a second to a slice, at most, unless one shard has more. */
const SLICE_RATE = 1_000
/** Whole periods of bursts, and two runs of the cron. */
const SECONDS = 90
/** Webhooks a second that one shard bears. */
const CALM_RATE = 400
/** Connections beyond those that are needed on average. */
const ROOM = 1.2
const WARM_UP_S = 30

/** What a deploy has that changes nothing. */
export const DEFAULTS: Configuration = {
  shards: 1,
  concurrency: 5,
  consumers: OURS.consumers,
  retentionDays: 30,
  recordProblemsOnly: false,
  prunedPerRun: OURS.prunedPerRun,
}

export function toSetup(
  rate: number,
  configuration: Configuration,
  assumptions: Assumptions = ASSUMED,
): Setup {
  return {
    ...assumptions,
    ...configuration,
    rate,
    burst: BURST,
    seed: 'scale',
    seconds: SECONDS,
    warmUpS: WARM_UP_S,
    messageBytes: counted.messageBytes,
    remembers: counted.operations.kvReads > 0.5,
  }
}

export function trySetup(setup: Setup): Tried {
  const measured = simulate(toSlice(setup))
  const parts = toParts(setup, measured.isCutShort ? simulateCalm(setup) : measured)
  return { setup, measured, verdict: toVerdict(measured, parts) }
}

/** What an event takes says nothing where everything is tried again and again: measured where it holds. */
function simulateCalm(setup: Setup): Measured {
  const rate = Math.min(setup.rate, CALM_RATE * setup.shards)
  const concurrency = Math.max(setup.concurrency, toConcurrency(rate, setup))
  return simulate(toSlice({ ...setup, rate, concurrency }))
}

/** A target's answers take their mean, and in a burst there are more of them. Whole lanes. */
export function toConcurrency(rate: number, { answer }: Pick<Assumptions, 'answer'>): number {
  const meanS = toMeanMs(answer) / 1_000
  const lanes = Math.ceil((rate * meanS * BURST.factor * ROOM) / LANE_CONCURRENCY)
  return Math.max(1, lanes) * LANE_CONCURRENCY
}

export function toSlice(setup: Setup): Setup {
  const { rate, shards, concurrency } = setup
  const kept = Math.max(1, Math.min(shards, Math.round((shards * SLICE_RATE) / rate)))
  const share = kept / shards
  const connections = Math.round((concurrency * share) / LANE_CONCURRENCY) * LANE_CONCURRENCY
  return {
    ...setup,
    rate: rate * share,
    shards: kept,
    concurrency: kept === shards ? concurrency : Math.max(LANE_CONCURRENCY, connections),
  }
}
