/**
 * Once (G3) for kinds that are recorded only when there is a problem: without a claim, what tells that an
 * event has been delivered is the lane alone.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded } from './messages.ts'
import { answers, inTurn, ok } from './scripts.ts'
import { again, handOutUntilAcked, isDelivered, until } from './until.ts'
import { startWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({
    targets: { crm: { script: ok }, shaky: { script: inTurn(answers(500), ok) } },
    leaseMs: 1_000,
    recordProblemsOnly: ['messaging.*'],
  })
})
afterEach(() => world.setFaults([]))
afterAll(() => world.stop())

const countRows = (id: string) => world.query('SELECT seq FROM events WHERE event_id = ?1', id)
const diesAfterCall = { at: 'FETCH .*/crm', times: 1, when: 'after' } as const

it('webhooks and their retries: one call each and no row, but for what failed at first', async () => {
  const bodies = ['crm', 'crm', 'crm shaky', 'nobody']
  const sent = bodies.map((body) => ({ body, token: randomUUID() }))
  const send = () => Promise.all(sent.map(({ body, token }) => world.receive(body, token)))
  const ids = (await send()).map(({ eventId }) => eventId)
  const failed = ids[2] ?? ''
  await until(() => isDelivered(world, failed))
  const texts = (await send()).map(({ answer }) => answer.text)
  expect(new Set(texts).size).toBe(1)
  // The four retries are copies, as the lane's memory and, for what failed, the ledger say.
  const counted = () => world.lines('events.unrecorded').map((line) => Number(line['delivered']))
  await until(() => counted().reduce((sum, count) => sum + count, 0) === 4)
  await until(() => world.lines('event.copy').length === 1)
  for (const id of ids.slice(0, 3)) expect(world.target.taken(id, '/crm')).toBe(1)
  expect(world.target.calls(failed, '/shaky').map(({ answered }) => answered)).toEqual([500, 200])
  const rows = await Promise.all(ids.map(countRows))
  expect(rows.map(({ length }) => length)).toEqual([0, 0, 1, 0])
})

describe('a death', () => {
  it('of the consumer between the answer and the acknowledgement: no second call', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ ...diesAfterCall, effect: 'die' }])
    expect((await world.handOut(handed)).outcome).toBe('exception')
    expect(await countRows(id)).toEqual([])
    await handOutUntilAcked(world, again(handed))
    expect(world.target.calls(id)).toHaveLength(1)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('of the lane after the answer: recorded, and a second call with the same webhook-id', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'crm')]
    await world.setFaults([{ ...diesAfterCall, effect: 'kill' }])
    expect((await world.handOut(handed)).acked).toEqual([])
    expect(await countRows(id)).toHaveLength(1)
    await handOutUntilAcked(world, again(handed))
    expect(world.target.taken(id, '/crm')).toBe(2)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered' }])
  })
})

it('a ledger that refuses the claim of what failed: it is recorded later, called twice in all', async () => {
  const id = newEventId()
  const handed = [toHanded(id, 'shaky')]
  await world.setFaults([
    { at: 'LEDGER.*INSERT INTO events', times: 1, when: 'before', effect: 'refuse' },
  ])
  expect((await world.handOut(handed)).acked).toEqual([])
  await handOutUntilAcked(world, again(handed))
  expect(world.target.calls(id).map(({ answered }) => answered)).toEqual([500, 200])
  expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 2 }])
})
