/**
 * Isolation (G5): a target that hangs costs the others nothing. Judged by when the calls arrive at the
 * healthy target.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { percentile } from '../../bench/percentile.ts'
import { hangs, ok } from './scripts.ts'
import { startWorld, type World } from './world.ts'

const EVENTS = 500
const WARM_UP_EVENTS = 100
const WEBHOOKS_A_SECOND = 50

const startOne = () =>
  startWorld({
    targets: {
      well: { script: ok },
      hanging: { script: hangs, timeout: '10s' },
    },
  })

/** Sends webhooks at an even pace; how long each took from there to the healthy target, milliseconds. */
async function measure(world: World, body: string, events: number): Promise<number[]> {
  const startAt = Date.now()
  const sent = await Promise.all(
    Array.from({ length: events }, async (_, n) => {
      await sleep(startAt + (n * 1_000) / WEBHOOKS_A_SECOND - Date.now())
      const at = Date.now()
      const { eventId } = await world.receive(body)
      return { eventId, at }
    }),
  )
  const { target } = world
  const isAllThere = () => sent.every(({ eventId }) => target.taken(eventId, '/well') === 1)
  await target.until(isAllThere, 60_000)
  return sent.map(({ eventId, at }) => (target.calls(eventId, '/well')[0]?.at ?? 0) - at)
}

let worlds: World[]
beforeAll(async () => {
  worlds = await Promise.all([startOne(), startOne()])
})
afterAll(() => Promise.all(worlds.map((world) => world.stop())))

describe('a target that hangs (10 s time-outs), 500 events', () => {
  it('leaves the healthy target’s p99 below twice what it is alone', async () => {
    // Side by side, so that whatever else this machine does happens to both.
    const inBoth = (bodies: string[], events: number) =>
      Promise.all(worlds.map((world, i) => measure(world, bodies[i] ?? '', events)))
    await inBoth(['well', 'well'], WARM_UP_EVENTS)
    const measured = await inBoth(['well', 'well hanging'], EVENTS)
    const [alone = 0, beside = 0] = measured.map((values) => percentile(values, 0.99))
    console.log(`p99 from webhook to target: ${alone} ms alone, ${beside} ms beside one that hangs`)
    const [, world] = worlds
    expect(world?.target.calls(undefined, '/hanging').length).toBeGreaterThan(0)
    expect(beside).toBeLessThanOrEqual(2 * alone)
    for (const { target } of worlds) expect(target.takenTwice()).toEqual([])
  })
})
