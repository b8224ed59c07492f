import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forget } from '../../src/ledger/forget.ts'
import { createPruner } from '../../src/ledger/prune.ts'
import {
  createMeter,
  DAY_MS,
  db,
  insertRows,
  migrate,
  NOW,
  range,
  readAll,
  readSeqs,
  storeMessages,
  toDeliveryRow,
  toEventRow,
  type Row,
} from './harness.ts'

const OLD = NOW - 31 * DAY_MS
const request = { olderThan: NOW - 30 * DAY_MS, maxEvents: 1_000 }

beforeEach(() => migrate())
afterEach(() => reset())

/** Events with a payload and a delivery each; no delivery when the status is null. */
async function add(
  seqs: readonly number[],
  changes: Row = {},
  status: string | null = 'delivered',
): Promise<void> {
  await insertRows(
    'events',
    seqs.map((seq) => toEventRow(seq, { recorded_at: OLD, ...changes })),
  )
  await storeMessages(seqs.map((seq) => ({ seq, message: `message ${seq}` })))
  if (status === null) return
  await insertRows(
    'deliveries',
    seqs.map((seq) =>
      toDeliveryRow(seq, 'crm', { status, next_at: status === 'waiting' ? NOW : null }),
    ),
  )
}

/** The same events everywhere. */
async function expectLeft(seqs: readonly number[]): Promise<void> {
  for (const table of ['events', 'deliveries']) {
    expect([table, await readSeqs(table)]).toEqual([table, seqs])
  }
}

const { prune } = createPruner(db)

describe('prune', () => {
  it('deletes what is older, with its deliveries, and nothing else', async () => {
    await add([1, 2], {}, 'delivered')
    await add([3], {}, 'dead')
    await add([4, 5], { recorded_at: NOW - DAY_MS })
    expect(await prune(request)).toEqual({ deleted: 3, more: false })
    await expectLeft([4, 5])
  })

  it('keeps what is exactly as old as it may be', async () => {
    await add([1], { recorded_at: request.olderThan - 1 })
    await add([2], { recorded_at: request.olderThan })
    expect(await prune(request)).toEqual({ deleted: 1, more: false })
    await expectLeft([2])
  })

  it('deletes all deliveries of an event, and events that nobody was to get', async () => {
    await add([1], { targets: '["crm","erp"]' })
    await insertRows('deliveries', [toDeliveryRow(1, 'erp', { status: 'dead' })])
    await add([2], { targets: '[]' }, null)
    expect(await prune(request)).toEqual({ deleted: 2, more: false })
    await expectLeft([])
  })

  it('keeps an event of which a delivery waits, and deletes what is behind it', async () => {
    await add([1, 3])
    await add([2], { targets: '["crm","erp"]' })
    await insertRows('deliveries', [toDeliveryRow(2, 'erp', { status: 'waiting', next_at: NOW })])
    expect(await prune(request)).toEqual({ deleted: 2, more: false })
    await expectLeft([2])
  })

  it('keeps an event of which a delivery waits that it was not owed to', async () => {
    await add([1])
    await insertRows('deliveries', [toDeliveryRow(1, 'old', { status: 'waiting', next_at: NOW })])
    expect(await prune(request)).toEqual({ deleted: 0, more: false })
    await expectLeft([1])
  })

  it('keeps an event that is owed to a target without a delivery', async () => {
    await add([1], { targets: '["crm","erp"]' })
    await add([2])
    expect(await prune(request)).toEqual({ deleted: 1, more: false })
    await expectLeft([1])
  })

  it('deletes in a later round what was not finished before', async () => {
    await add([1], {}, 'waiting')
    await add([2])
    await prune(request)
    await db.prepare(`UPDATE deliveries SET status = 'delivered'`).run()
    expect(await prune(request)).toEqual({ deleted: 1, more: false })
    await expectLeft([])
  })

  it('looks at no more than it may, the oldest first, and says that there is more', async () => {
    await add(range(1, 250))
    expect(await prune({ ...request, maxEvents: 120 })).toEqual({ deleted: 120, more: true })
    await expectLeft(range(121, 250))
    expect(await prune({ ...request, maxEvents: 120 })).toEqual({ deleted: 120, more: true })
    expect(await prune({ ...request, maxEvents: 120 })).toEqual({ deleted: 10, more: false })
    await expectLeft([])
  })

  it('does nothing when it may look at nothing', async () => {
    await add([1])
    expect(await prune({ ...request, maxEvents: 0 })).toEqual({ deleted: 0, more: true })
    await expectLeft([1])
  })

  it('deletes more than one step in a call', async () => {
    await add(range(1, 450))
    expect(await prune(request)).toEqual({ deleted: 450, more: false })
    await expectLeft([])
  })

  it('gets past 10,000 events that wait, a bounded way in each call', async () => {
    for (const first of range(0, 9))
      await add(range(first * 1_000 + 1, first * 1_000 + 1_000), {}, 'waiting')
    await add(range(10_001, 10_050))
    const { db: metered, cost } = createMeter()
    const pruner = createPruner(metered)
    const results = []
    for (const _ of range(1, 11)) {
      const before = cost.read
      results.push(await pruner.prune(request))
      // Each event with its place in the page, its targets, deliveries and reply; and what is left behind.
      expect(cost.read - before).toBeLessThan(13 * request.maxEvents)
    }
    expect(results.slice(0, 10)).toEqual(range(1, 10).map(() => ({ deleted: 0, more: true })))
    expect(results[10]).toEqual({ deleted: 50, more: false })
    await expectLeft(range(1, 10_000))
  })

  it('reads and writes next to nothing when there is nothing to delete', async () => {
    await add(range(1, 1_000), { recorded_at: NOW })
    await prune(request)
    const { db: metered, cost } = createMeter()
    expect(await createPruner(metered).prune(request)).toEqual({ deleted: 0, more: false })
    expect(cost.read).toBeLessThan(50)
    expect(cost.written).toBe(0)
  })

  it('is not held up by an event that looks young between old ones', async () => {
    await add([1, 3])
    await add([2], { recorded_at: NOW })
    expect(await prune(request)).toEqual({ deleted: 1, more: false })
    expect(await prune({ ...request, olderThan: NOW + 1 })).toEqual({ deleted: 2, more: false })
    await expectLeft([])
  })

  it('does no harm when two run at once', async () => {
    await add(range(1, 300))
    await add(range(301, 320), {}, 'waiting')
    await add(range(321, 340))
    const results = await Promise.all([prune(request), prune(request), prune(request)])
    expect(results.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(320)
    await expectLeft(range(301, 320))
  })

  it('spares a new event that got the number of one that another cron has deleted', async () => {
    await add([1])
    const late = {
      prepare: (sql: string) => db.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        expect(await prune(request)).toEqual({ deleted: 1, more: false })
        await add([1], { recorded_at: request.olderThan })
        return db.batch(statements)
      },
    } as unknown as D1Database
    expect(await createPruner(late).prune(request)).toEqual({ deleted: 0, more: false })
    await expectLeft([1])
  })

  it('deletes an event whole or not at all', async () => {
    await add(range(1, 3))
    await db
      .prepare(
        `CREATE TRIGGER broken BEFORE DELETE ON deliveries
         BEGIN SELECT raise(ABORT, 'broken'); END`,
      )
      .run()
    await expect(prune(request)).rejects.toThrow('broken')
    await expectLeft(range(1, 3))
    await db.prepare('DROP TRIGGER broken').run()
    expect(await prune(request)).toEqual({ deleted: 3, more: false })
  })

  it.each([true, false])(
    'goes on after it died in the middle (what it did was done: %s)',
    async (isDone) => {
      await add(range(1, 150))
      let calls = 0
      const dying = {
        prepare: (sql: string) => db.prepare(sql),
        batch: async (statements: D1PreparedStatement[]) => {
          calls += 1
          if (calls === 1) return db.batch(statements)
          if (isDone) await db.batch(statements)
          throw new Error('Network connection lost')
        },
      } as unknown as D1Database
      await expect(createPruner(dying).prune(request)).rejects.toThrow('lost')
      await expectLeft(isDone ? [] : range(101, 150))
      expect(await prune(request)).toEqual({ deleted: isDone ? 0 : 50, more: false })
      await expectLeft([])
    },
  )

  it('takes the walks along when the last events go, since their numbers come again', async () => {
    await add([1], {}, 'waiting')
    await add(range(2, 9))
    await insertRows('cursors', [{ name: 'patrol', seq: 8 }])
    await prune(request)
    const readPatrol = () => readAll(`SELECT seq FROM cursors WHERE name = 'patrol'`)
    expect(await readPatrol()).toEqual([{ seq: 1 }])
    const { seq: _, ...next } = toEventRow(2, { recorded_at: NOW })
    await insertRows('events', [next])
    expect(await readSeqs('events')).toEqual([1, 2])

    await db.prepare(`UPDATE deliveries SET status = 'dead'`).run()
    await db.prepare(`DELETE FROM events WHERE seq = 2`).run()
    await prune(request)
    expect(await readPatrol()).toEqual([{ seq: 0 }])
  })

  it('leaves the walks alone while there are events behind them', async () => {
    await add(range(1, 9))
    await add([10], { recorded_at: NOW })
    await insertRows('cursors', [{ name: 'patrol', seq: 8 }])
    await prune(request)
    expect(await readAll(`SELECT seq FROM cursors WHERE name = 'patrol'`)).toEqual([{ seq: 8 }])
  })
})

describe('replies', () => {
  const addReplies = (ids: readonly string[], at = OLD) =>
    insertRows(
      'replies',
      ids.map((event_id) => ({ event_id, at, took_ms: 1, answer: '{}' })),
    )
  const readReplies = async () =>
    (await readAll('SELECT event_id FROM replies ORDER BY event_id')).map((row) => row['event_id'])

  it('go with their event, and stay with one that stays', async () => {
    await add([1])
    await add([2], {}, 'waiting')
    await add([3], { recorded_at: NOW })
    await addReplies(['evt_1', 'evt_2', 'evt_3', 'evt_4'])
    expect(await prune(request)).toEqual({ deleted: 1, more: false })
    expect(await readReplies()).toEqual(['evt_2', 'evt_3', 'evt_4'])
  })

  it('stay when only a replay of their event goes', async () => {
    await add([1], { recorded_at: NOW })
    await add([2], { claim: 'evt_1~rpl_1', event_id: 'evt_1', replay: 'rpl_1' })
    await addReplies(['evt_1'])
    // What is young ends a page.
    expect(await prune({ ...request, olderThan: OLD + 1 })).toEqual({ deleted: 0, more: false })
    await db
      .prepare('UPDATE events SET recorded_at = ?1 WHERE seq = 1')
      .bind(OLD + 2)
      .run()
    await db.prepare('UPDATE cursors SET seq = 1').run()
    expect(await prune({ ...request, olderThan: OLD + 1 })).toEqual({ deleted: 1, more: false })
    expect(await readReplies()).toEqual(['evt_1'])
  })

  it('without an event go in the course of time, when they are old', async () => {
    const hex = (n: number) => n.toString(16).padStart(2, '0')
    const strays = range(0, 255).flatMap((n) => [`evt_${hex(n)}`, `EZ${hex(n)}`])
    await addReplies(strays)
    await addReplies(['evt_young'], request.olderThan)
    await add([1], {}, 'waiting')
    await addReplies(['evt_1'])
    const some = { olderThan: request.olderThan, now: NOW }
    await forget(db, some)
    const left = await readReplies()
    expect(left.length).toBeGreaterThanOrEqual(strays.length + 2 - 100)
    for (let calls = 0; calls < 200 && (await readReplies()).length > 10; calls += 1) {
      await forget(db, some)
    }
    expect((await readReplies()).length).toBeLessThanOrEqual(10)
    expect(await readReplies()).toEqual(expect.arrayContaining(['evt_1', 'evt_young']))
  })
})

describe('forget', () => {
  it('deletes failed logins of more than a day ago, and replays that ended long ago', async () => {
    await insertRows(
      'login_failures',
      [NOW - DAY_MS - 1, NOW - DAY_MS].map((window) => ({ key: 'all', window, count: 1 })),
    )
    const job = { filter: '{}', total: 1, sent: 1, after_seq: 0, lease_until: 0, start_seq: 0 }
    const toJob = (id: string, state: string, created_at: number) => ({
      ...{ ...job, id, state, created_at, created_by: 'ada' },
    })
    await insertRows('replay_jobs', [
      toJob('rpl_1', 'done', request.olderThan - 1),
      toJob('rpl_2', 'cancelled', request.olderThan - 1),
      toJob('rpl_3', 'running', request.olderThan - 1),
      toJob('rpl_4', 'done', request.olderThan),
    ])
    await forget(db, { olderThan: request.olderThan, now: NOW })
    expect(await readAll('SELECT window FROM login_failures')).toEqual([{ window: NOW - DAY_MS }])
    expect(await readAll('SELECT id FROM replay_jobs ORDER BY id')).toEqual([
      { id: 'rpl_3' },
      { id: 'rpl_4' },
    ])
  })
})
