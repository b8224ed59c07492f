/** What the cron does: an empty outbox, a ledger that forgets, and lost events that come back. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runHousekeeping, type HousekeepingDeps } from '../../src/consumer/housekeeping.ts'
import { consumeEvents } from '../../src/consumer/consume.ts'
import { createPace } from '../../src/consumer/pace.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import {
  DAY_MS,
  HOUR_MS,
  insertRows,
  migrate,
  range,
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

  it.each([
    ['as long as there is more, when the ledger is quick', 0, { pruned: 1_500, found: 250 }],
    ['one step, when that was slow', 2_000, { pruned: 100, found: 100 }],
  ])('works off %s', async (_name, stepMs, { pruned, found }) => {
    const old = { recorded_at: NOW - 31 * DAY_MS, targets: '[]' }
    const gone = { recorded_at: NOW - 27 * HOUR_MS, lease_until: NOW - 26 * HOUR_MS }
    await insertRows('events', [
      ...range(1, 1_500).map((seq) => toEventRow(seq, old)),
      ...range(1_501, 1_750).map((seq) => toEventRow(seq, gone)),
    ])
    // Each time that somebody asks what time it is.
    let at = NOW
    const { consumer, deps } = createHouse({ now: () => (at += stepMs) })
    await runHousekeeping(deps)
    expect(consumer.lines).toContainEqual({ event: 'ledger.pruned', count: pruned })
    expect(consumer.lines).toContainEqual({ event: 'events.found', count: found })
    expect(consumer.events.sent).toHaveLength(found)
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

describe('the pace of a step', () => {
  it.each([
    ['quick calls, until the time is over', [10, 30, 50, 70, 99, 100], [1, 1, 1, 1, 1, 0]],
    ['a slow call, at once', [10, 40], [1, 0]],
    ['a first call that is slow', [30], [0]],
  ])('ends after %s', (_name, times, expected) => {
    let at = 0
    const mayGoOn = createPace(() => NOW + at, { forMs: 100, slowMs: 30 })
    const asked = times.map((time) => {
      at = time
      return Number(mayGoOn())
    })
    expect(asked).toEqual(expected)
  })
})
