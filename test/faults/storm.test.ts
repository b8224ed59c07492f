/**
 * Everything at once: many events, a target that answers 500 to one call in ten and not at all to one in
 * twenty. STORM_EVENTS says how many; bench/drain.ts measures the same with 10,000.
 */
import { expect, it } from 'vitest'
import { percentile } from '../../bench/percentile.ts'
import { runStorm, type Storm } from './storm.ts'

const EVENTS = Number(process.env['STORM_EVENTS'] ?? 1_000)
const TIMEOUT_MS = 1_800_000

function expectOnce(storm: Storm): void {
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(storm.waitedMs, share))
  console.log(
    `${EVENTS} events, ${storm.calls} calls, ${storm.drainRate.toFixed(0)} events/s; ` +
      `p50 ${p50} ms, p99 ${p99} ms`,
  )
  expect(storm.lost).toEqual([])
  expect(storm.twice).toEqual([])
  expect(storm.recorded).toEqual({ delivered: EVENTS })
  // The target did what it was there for.
  expect(storm.calls).toBeGreaterThan(1.1 * EVENTS)
}

const title = `${EVENTS} events, 10 % of the answers 500, 5 % time-outs: each is delivered exactly once`

it(`${title} (as webhooks)`, { timeout: TIMEOUT_MS }, async () => {
  expectOnce(await runStorm({ events: EVENTS, queue: 'local' }))
})

it(`${title} (ten batches at a time)`, { timeout: TIMEOUT_MS }, async () => {
  expectOnce(await runStorm({ events: EVENTS, queue: 10 }))
})
