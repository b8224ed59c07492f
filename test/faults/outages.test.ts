/**
 * D1 and the queues refuse, or do what they were asked and say nothing, for one call. Nothing may be
 * lost, nothing acknowledged that is not recorded. Outages that last are in long-waits.test.ts.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded } from './messages.ts'
import { answers, inTurn, ok } from './scripts.ts'
import { again, handOutUntilAcked, isDelivered, until } from './until.ts'
import { startWorld, type World } from './world.ts'

const CLAIM = 'LEDGER.*INSERT INTO events'
const RECORD = 'LEDGER.*INSERT INTO deliveries'
const DAY_MS = 86_400_000

let world: World
beforeAll(async () => {
  world = await startWorld({
    targets: { crm: { script: ok }, shaky: { script: inTurn(answers(500), ok) } },
    leaseMs: 1_000,
  })
})
afterEach(() => world.setFaults([]))
afterAll(() => world.stop())

describe('D1, for one statement,', () => {
  it.for([
    ['refuses the claim', { at: CLAIM, when: 'before', calls: 0, rows: [] }],
    ['claims and says nothing', { at: CLAIM, when: 'after', calls: 0, rows: [] }],
    ['refuses the record', { at: RECORD, when: 'before', calls: 1, rows: [] }],
    ['records and says nothing', { at: RECORD, when: 'after', calls: 1, rows: ['delivered'] }],
  ] as const)('%s: not acknowledged, and one call in the end', async ([, fault]) => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    const { at, when, calls, rows } = fault
    await world.setFaults([{ at, when, by: 'consumer', times: 1, effect: 'refuse' }])
    const settled = await world.handOut(handed)
    expect(settled).toMatchObject({ outcome: 'ok', acked: [] })
    expect(settled.retried.size).toBe(1)
    expect(world.target.calls(id)).toHaveLength(calls)
    expect((await world.deliveries(id)).map(({ status }) => status)).toEqual(rows)
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('refuses what a target answered, and then the lane dies: still one call', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ at: RECORD, times: 1, when: 'before', effect: 'refuse' }])
    expect((await world.handOut(handed)).acked).toEqual([])
    await world.setFaults([{ at: 'FETCH', times: 1, when: 'before', effect: 'kill' }])
    await world.handOut([toHanded(newEventId(), 'crm')])
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('refuses one batch: another one at the same time is not touched', async () => {
    const [refused, well] = [newEventId(), newEventId()]
    await world.setFaults([{ at: CLAIM, times: 1, when: 'before', effect: 'refuse' }])
    const first = await world.handOut([toHanded(refused, 'crm')])
    const second = await world.handOut([toHanded(well, 'crm')])
    expect([first.acked.length, second.acked.length]).toEqual([0, 1])
    expect(world.target.taken(well, '/crm')).toBe(1)
  })
})

describe('the queue refuses', () => {
  it('the message that takes the place of an old one: the old one stays, nothing is lost', async () => {
    const id = newEventId()
    // The queue would soon forget it, and its target fails the first time.
    const handed = [{ ...toHanded(id, 'shaky'), timestamp: new Date(Date.now() - 3 * DAY_MS) }]
    await world.setFaults([{ at: 'EVENTS', when: 'before', effect: 'refuse' }])
    const settled = await world.handOut(handed)
    expect(settled).toMatchObject({ outcome: 'ok', acked: [] })
    expect(settled.retried.size).toBe(1)
    await world.setFaults([])
    await handOutUntilAcked(world, handed)
    await until(() => isDelivered(world, id))
    expect(world.target.calls(id, '/shaky').map(({ answered }) => answered)).toEqual([500, 200])
  })

  it('nothing, and a fresh message takes the place of an old one', async () => {
    const id = newEventId()
    const handed = [{ ...toHanded(id, 'shaky'), timestamp: new Date(Date.now() - 3 * DAY_MS) }]
    expect((await world.handOut(handed)).acked).toHaveLength(1)
    await until(() => isDelivered(world, id))
    expect(world.target.calls(id)).toHaveLength(2)
  })

  it('a message that nobody can read: it stays, and the others of its batch are delivered', async () => {
    const id = newEventId()
    const poison = { id: 'poison', body: '{"v":1,"no":"event"}' }
    await world.setFaults([{ at: 'DEAD', when: 'before', effect: 'refuse' }])
    const settled = await world.handOut([poison, toHanded(id, 'crm')])
    expect(settled.retried.has('poison')).toBe(true)
    expect(settled.acked).toHaveLength(1)
    expect(world.target.taken(id, '/crm')).toBe(1)
    await world.setFaults([])
    expect((await world.handOut(again([poison]))).acked).toEqual(['poison'])
    const readDead = () =>
      world.query<{ reason: string; message: string }>(
        `SELECT deliveries.reason, message FROM deliveries JOIN events USING (seq) WHERE target = '*'`,
      )
    await until(async () => (await readDead()).length > 0)
    expect(await readDead()).toMatchObject([{ reason: 'unreadable_shape', message: poison.body }])
  })
})
