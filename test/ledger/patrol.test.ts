import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createPatrol,
  PAGE_EVENTS,
  QUIET_MS,
  WALK_AFTER_MS,
  type LostEvent,
} from '../../src/ledger/patrol.ts'
import {
  createMeter,
  db,
  HOUR_MS,
  insertRows,
  migrate,
  NOW,
  range,
  readAll,
  toDeliveryRow,
  toEventRow,
  type Row,
} from './harness.ts'

const OLD = NOW - WALK_AFTER_MS - 1
const QUIET = NOW - QUIET_MS - 1

beforeEach(() => migrate())
afterEach(() => reset())

const patrol = createPatrol(db)

/** Events whose message nobody has had in hand for long. */
const addEvents = (seqs: readonly number[], changes: Row = {}) =>
  insertRows(
    'events',
    seqs.map((seq) => toEventRow(seq, { recorded_at: OLD, lease_until: QUIET, ...changes })),
  )

const addDeliveries = (seqs: readonly number[], changes: Row = {}, target = 'crm') =>
  insertRows(
    'deliveries',
    seqs.map((seq) => toDeliveryRow(seq, target, changes)),
  )

const WAITING = { status: 'waiting', next_at: QUIET }

const readDeliveries = () =>
  readAll('SELECT seq, target, status, next_at FROM all_deliveries ORDER BY seq, target')

/** What a round finds, and where it leaves things when it is through. */
async function walk(now = NOW, maxEvents = 100) {
  const round = await patrol.walk(now, maxEvents)
  await round.advance()
  return round
}

const toSeqs = (lost: readonly LostEvent[]) => lost.map(({ seq }) => seq)

describe('a walk through the events', () => {
  it('finds what is owed to a target without a delivery', async () => {
    await addEvents([1], {
      targets: '["crm","erp","hr"]',
      owner: 'message-1',
      claim: 'evt_1~rpl_1',
    })
    await addDeliveries([1], {}, 'erp')
    expect(await patrol.walk(NOW, 100)).toMatchObject({
      lost: [
        {
          seq: 1,
          claim: 'evt_1~rpl_1',
          eventId: 'evt_1',
          owner: 'message-1',
          targets: ['crm', 'hr'],
        },
      ],
      more: false,
    })
  })

  it.each([
    ['delivered', { status: 'delivered' }],
    ['dead', { status: 'dead' }],
    ['due later', { status: 'waiting', next_at: NOW + 1 }],
  ])('passes over what is %s', async (_, delivery) => {
    await addEvents([1])
    await addDeliveries([1], delivery)
    expect((await walk()).lost).toEqual([])
  })

  it('passes over what is owed to nobody', async () => {
    await addEvents([1], { targets: '[]' })
    expect((await walk()).lost).toEqual([])
  })

  it('comes to an event when its first lease can be over, and not before', async () => {
    await addEvents([1], { recorded_at: NOW - WALK_AFTER_MS - 1 })
    await addEvents([2], { recorded_at: NOW - WALK_AFTER_MS })
    expect(toSeqs((await walk()).lost)).toEqual([1])
    expect(toSeqs((await walk(NOW + 1)).lost)).toEqual([2])
  })

  it('leaves alone what somebody has had in hand', async () => {
    await addEvents([1], { lease_until: NOW - QUIET_MS - 1 })
    await addEvents([2], { lease_until: NOW - QUIET_MS })
    expect(toSeqs((await walk()).lost)).toEqual([1])
  })

  it('finds that later, if nobody finishes it', async () => {
    await addEvents([1], { lease_until: NOW })
    expect((await walk()).lost).toEqual([])
    expect((await walk(NOW + QUIET_MS)).lost).toEqual([])
    expect(toSeqs((await walk(NOW + QUIET_MS + 1)).lost)).toEqual([1])
  })

  it('finds the same until it is told that this is back in the queue', async () => {
    await addEvents([1])
    const rounds = [await patrol.walk(NOW, 100), await patrol.walk(NOW, 100)]
    expect(rounds.map(({ lost }) => toSeqs(lost))).toEqual([[1], [1]])
    await rounds[1]?.advance()
    expect((await patrol.walk(NOW, 100)).lost).toEqual([])
  })

  it('finds it again when it is lost again', async () => {
    await addEvents([1])
    await walk()
    expect((await walk(NOW + QUIET_MS)).lost).toEqual([])
    expect(toSeqs((await walk(NOW + QUIET_MS + 1)).lost)).toEqual([1])
  })

  it('records it as a delivery that waits, without an attempt', async () => {
    await addEvents([1], { targets: '["crm","crm","erp"]' })
    await addDeliveries([1], { status: 'dead' }, 'erp')
    expect((await walk()).lost).toMatchObject([{ targets: ['crm'] }])
    expect(await readAll('SELECT * FROM all_deliveries ORDER BY target')).toEqual([
      toDeliveryRow(1, 'crm', { status: 'waiting', next_at: NOW, reason: 'lost' }),
      toDeliveryRow(1, 'erp', { status: 'dead' }),
    ])
  })

  it('does not undo what was recorded in between', async () => {
    await addEvents([1])
    const round = await patrol.walk(NOW, 100)
    await addDeliveries([1])
    await round.advance()
    expect(await readDeliveries()).toMatchObject([{ status: 'delivered' }])
  })

  it('does not make deliveries of an event that was pruned in between', async () => {
    await addEvents([1])
    const round = await patrol.walk(NOW, 100)
    await db.prepare('DELETE FROM events').run()
    await round.advance()
    expect(await readDeliveries()).toEqual([])
  })

  it('does not stand behind the last event, whose number may be given again', async () => {
    await addEvents([1, 2])
    const round = await patrol.walk(NOW, 100)
    await db.prepare('DELETE FROM events WHERE seq = 2').run()
    await round.advance()
    expect(await readAll('SELECT * FROM cursors')).toEqual([{ name: 'patrol', seq: 1 }])
  })

  it('finds no more than it may, and the rest in the next rounds', async () => {
    await addEvents(range(1, 250))
    const rounds = [await walk(), await walk(), await walk()]
    expect(rounds.map(({ lost }) => toSeqs(lost))).toEqual([
      range(1, 100),
      range(101, 200),
      range(201, 250),
    ])
    expect(rounds.map(({ more }) => more)).toEqual([true, true, false])
  })

  it('goes a bounded way in each round', async () => {
    for (const first of range(0, 6)) {
      const seqs = range(first * 1_000 + 1, first * 1_000 + 1_000)
      await addEvents(seqs)
      await addDeliveries(seqs)
    }
    await addEvents([7_001])
    const { db: metered, cost } = createMeter()
    const metering = createPatrol(metered)
    const first = await metering.walk(NOW, 100)
    expect(first).toMatchObject({ lost: [], more: true })
    await first.advance()
    expect(cost.read).toBeLessThan(10 * PAGE_EVENTS)
    expect(cost.written).toBeLessThan(5)
    expect(await metering.walk(NOW, 100)).toMatchObject({ lost: [{ seq: 7_001 }], more: false })
  })

  it('reads little when it is up to date, however many events are young', async () => {
    await addEvents([1], { targets: '[]' })
    await addEvents(range(2, 2_000), { recorded_at: NOW })
    await walk()
    const { db: metered, cost } = createMeter()
    const round = await createPatrol(metered).walk(NOW, 100)
    await round.advance()
    expect(cost.read).toBeLessThan(50)
    expect(cost.written).toBe(0)
  })

  it('never walks past an event that is too young, whatever stands behind it', async () => {
    await addEvents([1, 3])
    await addEvents([2], { recorded_at: NOW })
    expect(toSeqs((await walk()).lost)).toEqual([1])
    expect(toSeqs((await walk(NOW + WALK_AFTER_MS + 1)).lost)).toEqual([1, 2, 3])
  })

  it('does not go back when two rounds run at once', async () => {
    await addEvents(range(1, 150))
    const [slow, quick] = [await patrol.walk(NOW, 100), await patrol.walk(NOW, 100)]
    await quick.advance()
    expect(toSeqs((await walk()).lost)).toEqual(range(101, 150))
    await slow.advance()
    expect(await readAll('SELECT * FROM cursors')).toEqual([{ name: 'patrol', seq: 150 }])
    expect((await walk()).lost).toEqual([])
  })
})

describe('overdue deliveries', () => {
  /** Walked past, so that only what waits is found. */
  async function addWaiting(seqs: readonly number[], changes: Row = {}, event: Row = {}) {
    await addEvents(seqs, event)
    await addDeliveries(seqs, { ...WAITING, ...changes })
  }

  it('are found with their events', async () => {
    await addWaiting([1], {}, { targets: '["crm","erp","hr"]', owner: 'message-1' })
    await addDeliveries([1], WAITING, 'hr')
    await addDeliveries([1], { status: 'waiting', next_at: NOW }, 'erp')
    expect((await patrol.walk(NOW, 100)).lost).toEqual([
      {
        seq: 1,
        claim: 'evt_1',
        eventId: 'evt_1',
        owner: 'message-1',
        targets: ['crm', 'hr'],
      },
    ])
  })

  it('are found behind the walk, and of young events', async () => {
    await insertRows('cursors', [{ name: 'patrol', seq: 5 }])
    await addWaiting([1])
    await addWaiting([9], {}, { recorded_at: NOW })
    expect(toSeqs((await walk()).lost)).toEqual([1, 9])
  })

  it('are one event with what has no delivery yet', async () => {
    await addWaiting([1], {}, { targets: '["crm","erp"]' })
    expect((await walk()).lost).toMatchObject([{ seq: 1, targets: ['erp', 'crm'] }])
  })

  it.each([
    ['due less than 25 h ago', { next_at: NOW - QUIET_MS }],
    ['dead', { status: 'dead' }],
    ['delivered', { status: 'delivered' }],
  ])('are not those that are %s', async (_, delivery) => {
    await addWaiting([1], delivery)
    expect((await walk()).lost).toEqual([])
  })

  it('are not those that somebody has had in hand', async () => {
    await addWaiting([1], {}, { lease_until: NOW - QUIET_MS })
    expect((await walk()).lost).toEqual([])
  })

  it('are found until they are back in the queue, then not for 25 h', async () => {
    await addWaiting([1])
    expect(toSeqs((await patrol.walk(NOW, 100)).lost)).toEqual([1])
    expect(toSeqs((await walk()).lost)).toEqual([1])
    expect((await walk(NOW + QUIET_MS)).lost).toEqual([])
    expect(toSeqs((await walk(NOW + QUIET_MS + 1)).lost)).toEqual([1])
  })

  it('keep what was recorded of them in between', async () => {
    await addWaiting([1, 2])
    const round = await patrol.walk(NOW, 100)
    await db
      .prepare(`UPDATE deliveries SET next_at = ?1 WHERE seq = 1`)
      .bind(NOW + HOUR_MS)
      .run()
    await db.prepare(`UPDATE deliveries SET status = 'delivered' WHERE seq = 2`).run()
    await round.advance()
    expect(await readDeliveries()).toMatchObject([
      { status: 'waiting', next_at: NOW + HOUR_MS },
      { status: 'delivered', next_at: QUIET },
    ])
  })

  it('are found of every target', async () => {
    const targets = ['a', 'b', 'crm', 'crm-2', 'zz']
    await addEvents(range(1, 5), { targets: '[]' })
    for (const [i, target] of targets.entries()) await addDeliveries([i + 1], WAITING, target)
    const { lost } = await walk()
    expect(lost.flatMap((one) => one.targets)).toEqual(targets)
  })

  it('are found behind any number that is not lost, in the end', async () => {
    await addWaiting(range(1, 250), { next_at: QUIET - 1 }, { lease_until: NOW })
    await addWaiting([251])
    const rounds = [await walk(), await walk(), await walk()]
    expect(rounds.map(({ lost }) => toSeqs(lost))).toEqual([[], [], [251]])
    expect(rounds.map(({ more }) => more)).toEqual([true, true, false])
  })

  it('do not keep others out when their event is gone', async () => {
    await addDeliveries(range(1, 100), { ...WAITING, next_at: QUIET - 1 })
    await addWaiting([101])
    const rounds = [await walk(), await walk()]
    expect(rounds.map(({ lost }) => toSeqs(lost))).toEqual([[], [101]])
  })

  it('cost a bounded number of rows, however many wait', async () => {
    for (const first of range(0, 9)) {
      const seqs = range(first * 1_000 + 1, first * 1_000 + 1_000)
      await addWaiting(seqs, { next_at: first < 5 ? QUIET : NOW }, { targets: '[]' })
    }
    await insertRows('cursors', [{ name: 'patrol', seq: 10_000 }])
    const { db: metered, cost } = createMeter()
    const round = await createPatrol(metered).walk(NOW, 100)
    expect(round).toMatchObject({ more: true })
    expect(round.lost).toHaveLength(100)
    expect(cost.read).toBeLessThan(1_000)
    await round.advance()
    expect(cost.read).toBeLessThan(2_000)
    expect(cost.written).toBeLessThanOrEqual(201)
  })
})
