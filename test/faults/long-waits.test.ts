/**
 * Outages that last. They mostly wait, so each has a world of its own, all of them wait at once, and
 * other tests run beside them.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded } from './messages.ts'
import { drain } from './queue.ts'
import { answers, answersAfter, ok } from './scripts.ts'
import { again, handOutUntilAcked, isDelivered, until } from './until.ts'
import { startWorld, type World } from './world.ts'

const RECORD = 'LEDGER.*INSERT INTO deliveries'
const TESTS = 5

/** All are started before the first one is used: to start takes the processor from the others. */
const worlds: World[] = []
beforeAll(async () => {
  for (let n = 0; n < TESTS; n += 1) {
    // Slower than a lane keeps its caller waiting.
    const slow = { script: answersAfter(700) }
    const targets = { crm: { script: ok }, slow, down: { script: answers(500) } }
    worlds.push(await startWorld({ targets, leaseMs: 1_000 }))
  }
})
const aMinute = () => new Promise((resolve) => setTimeout(resolve, 60_000))

const used: World[] = []
afterAll(() => Promise.all([...worlds, ...used].map((one) => one.stop())))

const inOwnWorld = (test: (world: World) => Promise<void>) => async () => {
  const world = worlds.pop()
  if (!world) throw new Error('TESTS counts the tests of this file')
  used.push(world)
  await test(world)
}

describe.concurrent('D1 is away for a minute', { timeout: 180_000 }, () => {
  it(
    'and refuses: nobody is called, and the queue brings all of it to the end',
    inOwnWorld(async (world) => {
      await world.setFaults([{ at: 'LEDGER', when: 'before', effect: 'refuse' }])
      const received = await Promise.all(Array.from({ length: 8 }, () => world.receive('crm')))
      const ids = received.map(({ eventId }) => eventId)
      await aMinute()
      expect(world.lines('ledger.refused').length).toBeGreaterThanOrEqual(2)
      expect(world.target.calls()).toEqual([])
      await world.setFaults([])
      for (const id of ids) await until(() => isDelivered(world, id), 90_000)
      for (const id of ids) expect(world.target.calls(id)).toHaveLength(1)
    }),
  )

  it(
    'and hangs: nobody is called, and the queue brings all of it to the end',
    inOwnWorld(async (world) => {
      await world.setFaults([{ at: 'LEDGER', when: 'before', effect: 'hang' }])
      const { eventId } = await world.receive('crm')
      await aMinute()
      expect(world.lines('ledger.refused').length).toBeGreaterThanOrEqual(2)
      expect(world.target.calls()).toEqual([])
      await world.setFaults([])
      await until(() => isDelivered(world, eventId), 90_000)
      expect(world.target.calls(eventId)).toHaveLength(1)
    }),
  )

  it(
    'and hangs when the target has answered: not acknowledged, and one call in the end',
    inOwnWorld(async (world) => {
      const id = newEventId()
      const handed = [toHanded(id, 'crm')]
      await world.setFaults([{ at: RECORD, times: 1, when: 'before', effect: 'hang' }])
      expect(await world.handOut(handed)).toMatchObject({ outcome: 'ok', acked: [] })
      expect(world.target.taken(id, '/crm')).toBe(1)
      await handOutUntilAcked(world, handed)
      expect(world.target.calls(id)).toHaveLength(1)
    }),
  )

  it(
    'for what a lane reports late: the lane keeps it and records it by itself',
    inOwnWorld(async (world) => {
      const id = newEventId()
      const handed = [toHanded(id, 'slow')]
      await world.setFaults([
        { at: RECORD, by: 'lane', times: 1, when: 'before', effect: 'refuse' },
      ])
      expect((await world.handOut(handed)).acked).toEqual([])
      await until(() => isDelivered(world, id))
      expect((await world.handOut(again(handed))).acked).toHaveLength(1)
      expect(world.target.calls(id)).toHaveLength(1)
    }),
  )
})

describe.concurrent('a target that is down', () => {
  it(
    'is left alone after 8 failures, probed after 30 s, and then gets all that waited, no attempt spent',
    inOwnWorld(async (world) => {
      const ids = Array.from({ length: 40 }, newEventId)
      const handed = ids.map((id) => toHanded(id, 'down'))
      const drained = drain(world, handed, { parallel: 4, batchSize: 10 })
      await until(() => world.lines('breaker.opened').length > 0)
      world.target.script('/down', ok)
      const failed = world.target.calls(undefined, '/down').length
      await drained
      // The last calls that were under way when the eighth one failed.
      expect(failed).toBeLessThanOrEqual(12)
      for (const id of ids) expect(world.target.taken(id, '/down')).toBe(1)
      expect(world.target.calls(undefined, '/down')).toHaveLength(failed + ids.length)
      await until(async () => (await readAlerts(world)).length === 2)
      expect(await readAlerts(world)).toEqual([
        { kind: 'switchboard.breaker.opened', subject: 'down' },
        { kind: 'switchboard.breaker.closed', subject: 'down' },
      ])
    }),
  )
})

const readAlerts = (world: World) =>
  world.query<{ kind: string; subject: string }>(
    `SELECT kind, subject FROM events WHERE kind LIKE 'switchboard.%' ORDER BY seq`,
  )
