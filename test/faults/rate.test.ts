/** A target's rate, counted where the calls arrive, by a clock that nothing else shares. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded } from './messages.ts'
import { drain } from './queue.ts'
import { ok } from './scripts.ts'
import { countMost, startStopwatch, type Stopwatch } from './stopwatch.ts'
import { startWorld, type World } from './world.ts'

let stopwatch: Stopwatch
let world: World
beforeAll(async () => {
  stopwatch = await startStopwatch()
  const limited = { script: ok, url: stopwatch.url, rate: { limit: 10, per: '1s' } }
  world = await startWorld({ targets: { limited } })
})
afterAll(() => Promise.all([world, stopwatch].map((one) => one.stop())))

describe('a limit of 10 calls a second, 300 events, six invocations at once', () => {
  it('is never exceeded at the target, and all of them arrive', async () => {
    const ids = Array.from({ length: 300 }, newEventId)
    const handed = ids.map((id) => toHanded(id, 'limited'))
    // The first call of all is slow to go out, and would crowd those behind it.
    await drain(world, handed.splice(0, 1), { parallel: 1, batchSize: 1 })
    await drain(world, handed, { parallel: 6, batchSize: 20 })
    const arrivals = await stopwatch.arrivals()
    expect(arrivals.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted())
    const most = countMost(arrivals, 1_000)
    const seconds = ((arrivals.at(-1)?.at ?? 0) - (arrivals[0]?.at ?? 0)) / 1_000
    console.log(`300 calls in ${seconds.toFixed(1)} s, at most ${most} in one second`)
    expect(most).toBeLessThanOrEqual(11)
  })
})
