/** What the cron does: an empty outbox, a ledger that forgets, and lost events that come back. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runHousekeeping, type HousekeepingDeps } from '../../src/consumer/housekeeping.ts'
import { consumeEvents } from '../../src/consumer/consume.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import {
  DAY_MS,
  HOUR_MS,
  insertRows,
  migrate,
  readSeqs,
  storeMessages,
  toEventRow,
} from '../ledger/harness.ts'
import { bindings, createTestConsumer, NOW, readDeliveries, toBatch } from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const ID = toEvent().id

function createHouse(changes: Partial<HousekeepingDeps> = {}) {
  const consumer = createTestConsumer()
  const { events, dead, alerts, loadSettings, now, log } = consumer
  const shards = [{ number: 1, db: bindings.LEDGER, events }]
  const pauses = { mend: async () => {} }
  const deps = { outbox: bindings.KV, shards, pauses, dead, alerts, loadSettings, now, log }
  return { consumer, deps: { ...deps, events: () => events, ...changes } }
}

/** An event whose message is gone: nobody has had it in hand for more than a day. */
const addLost = (claim: string, owner = 'message-0') =>
  insertRows('events', [
    toEventRow(1, {
      claim,
      event_id: ID,
      owner,
      targets: '["crm"]',
      recorded_at: NOW - 27 * HOUR_MS,
      lease_until: NOW - 26 * HOUR_MS,
    }),
  ])

describe('housekeeping', () => {
  it('puts a lost event back into the queue, for its owner, and it is delivered', async () => {
    await addLost(ID)
    await storeMessages([{ seq: 1, message: JSON.stringify(toMessage()) }])
    const { consumer, deps } = createHouse()
    await runHousekeeping(deps)
    const [found] = consumer.events.sent
    expect(found?.body).toEqual({ v: 1, ref: `ledger:${ID}`, owner: 'message-0' })

    const batch = toBatch([{ body: found?.body, id: 'fresh' }])
    await consumeEvents(batch, consumer)
    expect(batch.told.get('fresh')).toEqual(['ack'])
    expect(await readDeliveries(ID)).toMatchObject([{ target: 'crm', status: 'delivered' }])
  })

  it.each([
    ['a replay', `${ID}~rpl_1`, { replay: 'rpl_1', targets: ['crm'] }],
    ['a part', `${ID}~crm+erp`, { targets: ['crm', 'erp'] }],
  ])('knows %s by its claim', async (_name, claim, expected) => {
    await addLost(claim)
    const { consumer, deps } = createHouse()
    await runHousekeeping(deps)
    expect(consumer.events.sent.map(({ body }) => body)).toEqual([
      { v: 1, ref: `ledger:${ID}`, owner: 'message-0', ...expected },
    ])
  })

  it('finds the same event again when the queue refused it', async () => {
    await addLost(ID)
    const { consumer, deps } = createHouse()
    consumer.events.refuses = true
    await runHousekeeping(deps)
    expect(consumer.lines).toContainEqual(
      expect.objectContaining({ event: 'housekeeping.failed', step: 'patrol' }),
    )
    consumer.events.refuses = false
    await runHousekeeping(deps)
    expect(consumer.events.sent).toHaveLength(1)
  })

  it('forgets what is older than the config says', async () => {
    const old = { recorded_at: NOW - 31 * DAY_MS, targets: '[]' }
    await insertRows('events', [toEventRow(1, old), toEventRow(2, { targets: '[]' })])
    const { consumer, deps } = createHouse()
    await runHousekeeping(deps)
    expect(await readSeqs('events')).toEqual([2])
    expect(consumer.lines).toContainEqual({ event: 'ledger.pruned', count: 1 })
  })

  it('does each step, whatever became of the others', async () => {
    await addLost(ID)
    const { consumer, deps } = createHouse({
      loadSettings: () => Promise.reject(new Error('no config')),
    })
    const outbox = { ...deps.outbox, list: () => Promise.reject(new Error('KV LIST failed: 500')) }
    await runHousekeeping({ ...deps, outbox })
    expect(consumer.lines).toContainEqual(
      expect.objectContaining({ event: 'housekeeping.failed', step: 'prune' }),
    )
    expect(consumer.events.sent).toHaveLength(1)
  })
})
