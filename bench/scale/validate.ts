/**
 * Is the simulation of the right shape? The storm of bench/drain.ts, in the real Workers on this machine and
 * in virtual time: all events are in the queue, ten batches of fifty at a time, a target that fails often.
 * The machine's own speed (D1, the lanes' calls) is what the second row assumes, and no more than a guess.
 */
import { runStorm } from '../../test/faults/storm.ts'
import { percentile } from '../percentile.ts'
import { printTable } from '../table.ts'
import { DEFAULTS, toSetup } from './try-setup.ts'
import { toMessage } from './message.ts'
import { createWorld } from './world.ts'

/** As test/faults/storm.ts has them. */
const PARALLEL = 10
const CONNECTIONS = 20
const TRIES = 9

interface Row {
  calls: number
  perSecond: number
  p50S: number
  p99S: number
}

export async function validate(events: number): Promise<void> {
  const storm = await runStorm({ events, queue: PARALLEL })
  const real = toRow(storm.calls, storm.waitedMs, storm.drainRate)
  const rows = [
    ['the real Workers, here', ...toCells(real)],
    ['the simulation', ...toCells(simulateStorm(events))],
  ]
  console.log(`\n${events} events, 10 % of the answers 500, 5 % time-outs of 1 s`)
  printTable(['', 'calls', 'events/s', 'p50 s', 'p99 s'], rows)
}

const toRow = (calls: number, waitedMs: readonly number[], perSecond: number): Row => ({
  calls,
  perSecond,
  p50S: percentile(waitedMs, 0.5) / 1_000,
  p99S: percentile(waitedMs, 0.99) / 1_000,
})

const toCells = ({ calls, perSecond, p50S, p99S }: Row) => [
  String(calls),
  perSecond.toFixed(0),
  p50S.toFixed(1),
  p99S.toFixed(1),
]

/** What this machine takes, as assumed: a call of a lane 20 ms, D1 4 ms and 0.2 for each event. */
export function simulateStorm(events: number): Row {
  const setup = toSetup(0, { ...DEFAULTS, concurrency: CONNECTIONS, consumers: PARALLEL })
  const world = createWorld({
    ...setup,
    answer: { medianMs: 20, p99Ms: 60 },
    failShare: 0.1,
    hangShare: 0.05,
    timeoutMs: 1_000,
    retryMs: Array.from({ length: TRIES }, () => 1_000),
    d1: { fixedMs: 4, eventMs: 0.2, p99Factor: 4 },
  })
  const { clock, shards, lanes, deliveredMs } = world
  const [shard] = shards
  for (let n = 0; n < events; n += 1) shard?.queue.fill(toMessage(0, 0, n % lanes.length))
  while (deliveredMs.length < events && clock.now() < 3_600_000) {
    clock.runUntil(clock.now() + 100)
  }
  const calls = lanes.reduce((sum, lane) => sum + lane.calls, 0)
  return toRow(calls, deliveredMs, (events * 1_000) / clock.now())
}
