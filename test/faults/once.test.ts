/**
 * Once (G3): copies, batches that are handed out twice, and deaths at each point of a delivery. Judged
 * at the target, by event id.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded, toMessage } from './messages.ts'
import { answersAfter, ok } from './scripts.ts'
import { again, handOutUntilAcked, until } from './until.ts'
import { startWorld, type World } from './world.ts'

const LEASE_MS = 1_000
/** Longer than a lane keeps its caller waiting. */
const HELD_MS = 1_200

let world: World

beforeAll(async () => {
  world = await startWorld({
    targets: {
      crm: { script: ok },
      erp: { script: ok },
      slow: { script: answersAfter(HELD_MS) },
    },
    leaseMs: LEASE_MS,
    gatewayEntry: 'test/faults/gateway.ts',
    remember: true,
  })
})
afterEach(() => world.setFaults([]))
afterAll(() => world.stop())

describe('50 copies of a webhook at the same moment, KV knowing none of them', () => {
  it('are one event, one 2xx for each target and the same reply to all', async () => {
    const token = randomUUID()
    const receive = () => world.receive('crm erp', token)
    const received = await Promise.all(Array.from({ length: 50 }, receive))
    const [{ eventId, answer } = await receive()] = received
    for (const copy of received) {
      expect(copy.answer).toMatchObject({ status: 200, text: answer.text })
    }
    await until(() => world.lines('event.copy').length === 49)
    // One more that comes when all is done.
    await receive()
    await until(() => world.lines('event.copy').length === 50)
    const { target } = world
    expect([target.taken(eventId, '/crm'), target.taken(eventId, '/erp')]).toEqual([1, 1])
    expect(target.calls(eventId)).toHaveLength(2)
    expect(await world.query('SELECT seq FROM events WHERE event_id = ?1', eventId)).toHaveLength(1)
    expect(await world.deliveries(eventId)).toMatchObject([
      { target: 'crm', status: 'delivered', attempts: 1 },
      { target: 'erp', status: 'delivered', attempts: 1 },
    ])
  })
})

describe('a batch that is handed out twice', () => {
  it('at once reaches no target twice', async () => {
    const ids = Array.from({ length: 50 }, newEventId)
    const handed = ids.map((id) => toHanded(id, 'crm erp'))
    const settled = await Promise.all([world.handOut(handed), world.handOut(handed)])
    expect(settled.map(({ outcome }) => outcome)).toEqual(['ok', 'ok'])
    await handOutUntilAcked(world, handed)
    for (const id of ids) {
      expect(world.target.calls(id, '/crm')).toHaveLength(1)
      expect(world.target.calls(id, '/erp')).toHaveLength(1)
    }
  })

  it('later is acknowledged without a call', async () => {
    const ids = Array.from({ length: 10 }, newEventId)
    const handed = ids.map((id) => toHanded(id, 'crm'))
    expect((await world.handOut(handed)).acked).toHaveLength(10)
    const later = await world.handOut(again(handed))
    // Their lease runs on: the message waits for it and no longer.
    for (const delay of later.retried.values()) expect(delay).toBeLessThanOrEqual(LEASE_MS / 1_000)
    await handOutUntilAcked(world, handed)
    for (const id of ids) expect(world.target.calls(id)).toHaveLength(1)
  })

  it('while a call still runs joins that call', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'slow')]
    const first = await world.handOut(handed)
    expect(first.acked).toEqual([])
    expect((await world.handOut(again(handed))).acked).toEqual([])
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
    expect(world.target.taken(id, '/slow')).toBe(1)
  })

  it('as other messages, in five batches at once, reaches no target twice', async () => {
    const id = newEventId()
    const body = toMessage(id, 'crm erp')
    const batches = ['a', 'b', 'c', 'd', 'e'].map((batch) =>
      Array.from({ length: 10 }, (_, n) => ({ id: `${id} ${batch}${n}`, body })),
    )
    const settled = await Promise.all(batches.map((batch) => world.handOut(batch)))
    expect(settled.flatMap(({ acked }) => acked)).toHaveLength(50)
    expect(world.target.calls(id, '/crm')).toHaveLength(1)
    expect(world.target.calls(id, '/erp')).toHaveLength(1)
  })
})

describe('a consumer that dies', () => {
  const atCall = (name: string) => ({ at: `FETCH .*/${name}`, times: 1, when: 'after' as const })

  it('after the target answered and before it is recorded: no second call while the lane lives', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ ...atCall('crm'), effect: 'die' }])
    expect((await world.handOut(handed)).outcome).toBe('exception')
    expect(world.target.taken(id, '/crm')).toBe(1)
    expect(await world.deliveries(id)).toEqual([])
    // Somebody else may be at work, as far as the ledger knows.
    expect((await world.handOut(again(handed))).acked).toEqual([])
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('with the lane, after the target answered: a second call, with the same webhook-id', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ ...atCall('crm'), effect: 'die-and-kill' }])
    expect((await world.handOut(handed)).outcome).toBe('exception')
    await handOutUntilAcked(world, handed)
    expect(world.target.taken(id, '/crm')).toBe(2)
    expect(world.target.calls(id)).toHaveLength(2)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('before the attempt: one call, not before the lease is over', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ at: 'LANES.offer', times: 1, when: 'before', effect: 'die' }])
    const diedAt = Date.now()
    expect((await world.handOut(handed)).outcome).toBe('exception')
    await handOutUntilAcked(world, handed)
    const [call, ...others] = world.target.calls(id)
    expect(others).toEqual([])
    expect(call?.at).toBeGreaterThanOrEqual(diedAt + LEASE_MS - 100)
  })

  it('between two targets: the one that answered is not called again, the other one is called once', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm erp')]
    await world.setFaults([
      { at: 'LANES.offer erp', times: 1, when: 'before', effect: 'hang' },
      { ...atCall('crm'), effect: 'die' },
    ])
    expect((await world.handOut(handed)).outcome).toBe('exception')
    expect(world.target.calls(id, '/erp')).toEqual([])
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id, '/crm')).toHaveLength(1)
    expect(world.target.calls(id, '/erp')).toHaveLength(1)
  })

  it('after it is recorded and before the message is acknowledged: no second call', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    const recording = { at: 'INSERT INTO deliveries', by: 'consumer', times: 1 } as const
    await world.setFaults([{ ...recording, when: 'after', effect: 'die' }])
    expect((await world.handOut(handed)).outcome).toBe('exception')
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered' }])
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
  })

  it('takes nobody with it: the queue itself brings its whole batch to the end', async () => {
    await world.setFaults([{ ...atCall('crm'), skip: 3, effect: 'die' }])
    const received = await Promise.all(Array.from({ length: 8 }, () => world.receive('crm')))
    const ids = received.map(({ eventId }) => eventId)
    const isDelivered = async (id: string) =>
      (await world.deliveries(id))[0]?.status === 'delivered'
    await until(async () => (await Promise.all(ids.map(isDelivered))).every(Boolean))
    for (const id of ids) expect(world.target.calls(id)).toHaveLength(1)
  })
})

describe('a lane that dies', () => {
  it('before its call: the delivery is tried again, and reaches the target once', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ at: 'FETCH', times: 1, when: 'before', effect: 'kill' }])
    const { outcome, acked } = await world.handOut(handed)
    expect({ outcome, acked }).toEqual({ outcome: 'ok', acked: [] })
    await handOutUntilAcked(world, handed)
    expect(world.target.calls(id)).toHaveLength(1)
  })

  it('after the answer: a second call, with the same webhook-id', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ at: 'FETCH', times: 1, when: 'after', effect: 'kill' }])
    expect((await world.handOut(handed)).acked).toEqual([])
    await handOutUntilAcked(world, handed)
    expect(world.target.taken(id, '/crm')).toBe(2)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })
})
