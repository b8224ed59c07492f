/**
 * A deploy while the queues are full: what the release before put into them, as it wrote it. That
 * release split an event that several targets were owed, and counted attempts in the message.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toReadableSql, toText } from '../../src/ledger/message-text.ts'
import { newEventId, REQUEST, toEvent, toMessage } from './messages.ts'
import { answers, ok } from './scripts.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    targets: { crm: { script: ok }, erp: { script: ok }, broken: { script: answers(500) } },
  })
})
afterAll(() => world.stop())

async function untilFinished(id: string, deliveries: number): Promise<void> {
  await until(async () => {
    const rows = await world.deliveries(id)
    return rows.length === deliveries && rows.every(({ status }) => status !== 'waiting')
  })
}

const toDeadLetter = (id: string, target: string) =>
  JSON.stringify({
    v: 1,
    dead: { target, reason: 'status_500', attempts: 10, at: '2026-11-20T10:00:00.000Z' },
    message: { v: 1, event: toEvent(id, 'crm erp'), request: REQUEST, targets: [target] },
  })

describe.concurrent('a message of the release before', () => {
  it('as the gateway sent it is delivered', async () => {
    const id = newEventId()
    await world.enqueue([toMessage(id, 'crm erp')])
    await untilFinished(id, 2)
    expect(world.target.taken(id, '/crm')).toBe(1)
    expect(world.target.taken(id, '/erp')).toBe(1)
  })

  it('that one target is still owed goes to that target alone', async () => {
    const id = newEventId()
    await world.enqueue([toMessage(id, 'crm erp', { targets: ['crm'], attempts: 1 })])
    await untilFinished(id, 1)
    expect(world.target.calls(id).map(({ path }) => path)).toEqual(['/crm'])
    expect(await world.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 2 }])
  })

  it('goes on counting where that release stopped', async () => {
    const id = newEventId()
    await world.enqueue([toMessage(id, 'broken', { targets: ['broken'], attempts: 1 })])
    await untilFinished(id, 1)
    expect(world.target.calls(id)).toHaveLength(2)
    expect(await world.deliveries(id)).toMatchObject([{ status: 'dead', attempts: 3 }])
  })

  it('that was split for two targets reaches both, each once', async () => {
    const id = newEventId()
    const split = ['crm', 'erp'].map((target) =>
      toMessage(id, 'crm erp', { targets: [target], attempts: 1 }),
    )
    await world.enqueue(split)
    await untilFinished(id, 2)
    expect(world.target.calls(id, '/crm')).toHaveLength(1)
    expect(world.target.calls(id, '/erp')).toHaveLength(1)
  })

  it('that is a reference is delivered whole', async () => {
    const id = newEventId()
    await world.putLarge(`event:${id}`, toMessage(id, 'crm'))
    await world.enqueue([JSON.stringify({ v: 1, ref: `event:${id}` })])
    await untilFinished(id, 1)
    const [call] = world.target.calls(id, '/crm')
    expect(JSON.parse(call?.body ?? '{}')).toMatchObject({ id, data: { body: 'crm' } })
  })

  it('that is a reference and still owed to one target goes to that target alone', async () => {
    const id = newEventId()
    await world.putLarge(`event:${id}`, toMessage(id, 'crm erp'))
    const owed = { targets: ['erp'], attempts: 2 }
    await world.enqueue([JSON.stringify({ v: 1, ref: `event:${id}`, ...owed })])
    await untilFinished(id, 1)
    expect(world.target.calls(id).map(({ path }) => path)).toEqual(['/erp'])
  })
})

describe.concurrent('a dead letter of the release before', () => {
  it('is in the ledger as dead, with its reason, and nobody is called', async () => {
    const id = newEventId()
    await world.enqueue([toDeadLetter(id, 'crm')], 'dead')
    await untilFinished(id, 1)
    expect(await world.deliveries(id)).toEqual([
      { target: 'crm', status: 'dead', attempts: 10, reason: 'status_500' },
    ])
    expect(world.target.calls(id)).toEqual([])
    const [payload] = await world.query<{ message: string }>(
      `SELECT ${toReadableSql('message')} AS message FROM events WHERE event_id = ?1`,
      id,
    )
    expect(JSON.parse(toText(payload?.message ?? ''))).toMatchObject({ event: { id } })
  })

  it.for(['before', 'behind'])('does not keep the event from a target %s it', async (order) => {
    const id = newEventId()
    const enqueueOwed = () =>
      world.enqueue([toMessage(id, 'crm erp', { targets: ['erp'], attempts: 1 })])
    if (order === 'before') await enqueueOwed()
    await world.enqueue([toDeadLetter(id, 'crm')], 'dead')
    await until(async () => (await world.deliveries(id)).some(({ target }) => target === 'crm'))
    if (order === 'behind') await enqueueOwed()
    await untilFinished(id, 2)
    expect(await world.deliveries(id)).toMatchObject([
      { target: 'crm', status: 'dead' },
      { target: 'erp', status: 'delivered' },
    ])
    expect(world.target.calls(id).map(({ path }) => path)).toEqual(['/erp'])
  })
})

describe.concurrent('a message of a version that nobody knows', () => {
  it('is in the ledger as dead, as it came', async () => {
    const id = newEventId()
    const body = JSON.stringify({ ...JSON.parse(toMessage(id, 'crm')), v: 99 })
    await world.enqueue([body])
    const readDead = () =>
      world.query<{ status: string; reason: string; message: string }>(
        `SELECT status, deliveries.reason, ${toReadableSql('message')} AS message
         FROM deliveries JOIN events USING (seq) WHERE target = '*'`,
      )
    await until(async () => (await readDead()).length > 0)
    expect((await readDead()).map((row) => ({ ...row, message: toText(row.message) }))).toEqual([
      { status: 'dead', reason: 'unreadable_version', message: body },
    ])
  })
})
