import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDeadRows } from '../../src/ledger/dead-letters.ts'
import type { ClaimRequest, DeliveryChange } from '../../src/ledger/ledger.ts'
import {
  findDead,
  readDeadPage,
  type DeadBound,
  type DeadFilter,
  type DeadQuery,
} from '../../src/ledger/replays.ts'
import {
  createMeter,
  db,
  HOUR_MS,
  insertRows,
  migrate,
  NOW,
  range,
  toDeliveryRow,
  toEventRow,
  type Row,
} from './harness.ts'
import { claimNew, ledger, toDeadRow, toDelivered, toDied, toRetried } from './requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const rows = createDeadRows(db)

/** A claimed event that died for each of its targets. */
async function die(changes: Partial<ClaimRequest>, dead: Partial<DeliveryChange> = {}) {
  const { targets = ['crm'] } = changes
  const seq = await claimNew({ ...changes, targets })
  await ledger.record(
    targets.map((target) => toDied(seq, 3, { target, ...dead })),
    [],
    NOW,
  )
  return seq
}

const toReplay = (eventId: string, id: string): Partial<ClaimRequest> => ({
  claim: `${eventId}~${id}`,
  replay: id,
  payload: null,
})

async function replay(
  eventId: string,
  id: string,
  ...changes: ((seq: number) => DeliveryChange)[]
) {
  const targets = changes.map((toChange) => toChange(0).target)
  const seq = await claimNew({ ...toReplay(eventId, id), targets })
  await ledger.record(
    changes.map((toChange) => toChange(seq)),
    [],
    NOW,
  )
  return seq
}

const find = (filter: DeadFilter = {}, after = 0, limit = 100) => findDead(db, filter, after, limit)
const ids = async (filter: DeadFilter = {}, after = 0, limit = 100) =>
  (await find(filter, after, limit)).map(({ eventId }) => eventId)

describe('what is dead', () => {
  it('is found by event, with the targets that it is dead for', async () => {
    const seq = await claimNew({ targets: ['crm', 'erp', 'bi', 'ops'] })
    await ledger.record(
      [
        toDied(seq, 3),
        toDelivered(seq, 1, { target: 'erp' }),
        toRetried(seq, 1, { target: 'bi' }),
        toDied(seq, 1, { target: 'ops', attempt: null, reason: 'target_removed' }),
      ],
      [],
      NOW,
    )
    await claimNew({ claim: 'evt_2' })
    expect(await find()).toEqual([{ seq, eventId: 'evt_1', targets: ['crm', 'ops'] }])
  })

  it('comes in the order in which it was recorded, in pages', async () => {
    for (const n of range(1, 7)) await die({ claim: `evt_${n}` })
    const pages: string[][] = []
    let after = 0
    for (;;) {
      const page = await find({}, after, 3)
      pages.push(page.map(({ eventId }) => eventId))
      const last = page.at(-1)
      if (!last || page.length < 3) break
      after = last.seq
    }
    expect(pages).toEqual([['evt_1', 'evt_2', 'evt_3'], ['evt_4', 'evt_5', 'evt_6'], ['evt_7']])
  })

  it('is found without a walk through all that was delivered', async () => {
    await insertRows(
      'events',
      range(1, 5_000).map((seq) => toEventRow(seq, { kind: 'x' })),
    )
    await insertRows(
      'deliveries',
      range(1, 5_000).map((seq) => toDeliveryRow(seq, 'crm')),
    )
    await die({ claim: 'evt_dead' })
    const { db: metered, cost } = createMeter()
    expect(await findDead(metered, {}, 0, 10)).toHaveLength(1)
    expect(cost.read).toBeLessThan(50)
  })

  it('that nobody can read stays', async () => {
    await rows.record([toDeadRow({ kind: null })])
    expect(await find()).toEqual([])
  })

  it('that was never claimed is for all', async () => {
    await rows.record([toDeadRow()])
    expect(await find()).toMatchObject([{ eventId: 'evt_1', targets: ['*'] }])
  })

  it('is not dead any more when its message comes after all', async () => {
    await rows.record([toDeadRow()])
    await claimNew()
    expect(await find()).toEqual([])
  })
})

describe('a filter', () => {
  beforeEach(async () => {
    await die({ claim: 'evt_1', receivedAt: NOW - 3 * HOUR_MS })
    await die({ claim: 'evt_2', receivedAt: NOW - 2 * HOUR_MS, targets: ['erp'] })
    await die({ claim: 'evt_3', receivedAt: NOW - HOUR_MS }, { reason: 'timeout' })
    await die({ claim: 'evt_4', receivedAt: NOW, targets: ['crm', 'erp'] }, { reason: 'timeout' })
  })

  it.each<[string, DeadFilter, string[]]>([
    ['nothing', {}, ['evt_1', 'evt_2', 'evt_3', 'evt_4']],
    ['events', { eventIds: ['evt_3', 'evt_1', 'evt_9'] }, ['evt_1', 'evt_3']],
    ['no events', { eventIds: [] }, []],
    ['a target', { target: 'erp' }, ['evt_2', 'evt_4']],
    ['a reason', { reason: 'status_500' }, ['evt_1', 'evt_2']],
    ['from', { from: NOW - 2 * HOUR_MS }, ['evt_2', 'evt_3', 'evt_4']],
    ['before', { before: NOW - HOUR_MS }, ['evt_1', 'evt_2']],
    ['from and before', { from: NOW - 2 * HOUR_MS, before: NOW }, ['evt_2', 'evt_3']],
    ['several', { target: 'crm', reason: 'timeout', from: NOW - 1 }, ['evt_4']],
    ['a target that is none', { target: '' }, []],
  ])('by %s', async (_name, filter, found) => {
    expect(await ids(filter)).toEqual(found)
  })

  it('by target finds that target only', async () => {
    expect(await find({ target: 'erp', eventIds: ['evt_4'] })).toMatchObject([{ targets: ['erp'] }])
  })
})

describe('what a replay has changed', () => {
  beforeEach(() => die({ targets: ['crm', 'erp'] }))

  it('is not dead when it was delivered since', async () => {
    await replay('evt_1', 'rpl_1', (seq) => toDelivered(seq, 1))
    expect(await find()).toMatchObject([{ eventId: 'evt_1', targets: ['erp'] }])
    await replay('evt_1', 'rpl_2', (seq) => toDelivered(seq, 1, { target: 'erp' }))
    expect(await find()).toEqual([])
  })

  it.each<[string, (seq: number) => DeliveryChange]>([
    ['waits', (seq) => toRetried(seq, 1)],
    ['is dead too', (seq) => toDied(seq, 3)],
  ])('is dead while the replay %s', async (_name, toChange) => {
    await replay('evt_1', 'rpl_1', toChange)
    expect(await find()).toEqual([{ seq: 1, eventId: 'evt_1', targets: ['crm', 'erp'] }])
  })

  it('is nothing to another event', async () => {
    await die({ claim: 'evt_10' })
    await replay('evt_10', 'rpl_1', (seq) => toDelivered(seq, 1))
    expect(await find()).toMatchObject([{ eventId: 'evt_1', targets: ['crm', 'erp'] }])
    await replay('evt_1', 'rpl_1', (seq) => toDelivered(seq, 1))
    await replay('evt_1', 'rpl_2', (seq) => toDelivered(seq, 1, { target: 'erp' }))
    await die({ claim: 'evt_1x' })
    expect(await ids()).toEqual(['evt_1x'])
  })

  it('is one order for an event, with what died in it and in its replays', async () => {
    await die({ claim: 'evt_2' })
    await replay('evt_1', 'rpl_1', (seq) => toDied(seq, 1, { target: 'bi' }))
    expect(await find()).toEqual([
      { seq: 1, eventId: 'evt_1', targets: ['bi', 'crm', 'erp'] },
      { seq: 2, eventId: 'evt_2', targets: ['crm'] },
    ])
    expect(await ids({}, 1)).toEqual(['evt_2'])
  })

  it('finds what only a replay died for', async () => {
    await claimNew({ claim: 'evt_2' })
    const seq = await replay('evt_2', 'rpl_1', (of) => toDied(of, 3))
    expect(await find({}, 1)).toEqual([{ seq, eventId: 'evt_2', targets: ['crm'] }])
  })

  it('finds a replay that was never claimed', async () => {
    await claimNew({ claim: 'evt_2' })
    await rows.record([
      toDeadRow({ claim: 'evt_2~rpl_1', replay: 'rpl_1', targets: ['bi'], kind: null }),
    ])
    expect(await find({ target: 'bi' })).toMatchObject([{ eventId: 'evt_2', targets: ['bi'] }])
  })
})

describe('what messages of an older version brought in parts', () => {
  it('is not dead when the event itself was delivered', async () => {
    await rows.record([toDeadRow({ claim: 'evt_1~crm', targets: ['crm'] })])
    expect(await ids()).toEqual(['evt_1'])
    const seq = await claimNew()
    await ledger.record([toDelivered(seq, 1)], [], NOW)
    expect(await ids()).toEqual([])
  })

  it('is one order', async () => {
    await die({ claim: 'evt_1~crm', targets: ['crm'] })
    await die({ claim: 'evt_1~erp', targets: ['erp'] })
    expect(await find()).toEqual([{ seq: 1, eventId: 'evt_1', targets: ['crm', 'erp'] }])
  })
})

describe('what was dead for all', () => {
  beforeEach(() => rows.record([toDeadRow()]))

  it('is dead no more once a replay has said to whom', async () => {
    await replay('evt_1', 'rpl_1', (seq) => toDelivered(seq, 1))
    expect(await find()).toEqual([])
  })

  it('is from then on dead for those that the replay died for', async () => {
    await replay(
      'evt_1',
      'rpl_1',
      (seq) => toDelivered(seq, 1),
      (seq) => toDied(seq, 3, { target: 'erp' }),
    )
    expect(await find()).toMatchObject([{ eventId: 'evt_1', targets: ['erp'] }])
  })

  it('stays so when only a part of it came, in a message of an older version', async () => {
    const seq = await claimNew({ claim: 'evt_1~crm' })
    await ledger.record([toDelivered(seq, 1)], [], NOW)
    expect(await find()).toMatchObject([{ targets: ['*'] }])
  })

  it('stays so while the replay matched nobody', async () => {
    await replay('evt_1', 'rpl_1')
    expect(await find()).toMatchObject([{ targets: ['*'] }])
  })

  it('stays so when the replay was never claimed', async () => {
    await rows.record([toDeadRow({ claim: 'evt_1~rpl_1', replay: 'rpl_1', kind: null })])
    expect(await find()).toMatchObject([{ seq: 1, targets: ['*'] }])
  })
})

it('rejects when D1 fails', async () => {
  await db.prepare('DROP TABLE deliveries').run()
  await expect(find()).rejects.toThrow('deliveries')
})

describe('a page', () => {
  const read = (query: Partial<DeadQuery> = {}, database = db) =>
    readDeadPage(database, { filter: {}, after: 0, limit: 100, scan: 100, ...query })

  async function addDead(seqs: readonly number[], changes: (seq: number) => Row = () => ({})) {
    await insertRows(
      'events',
      // Of one length, as real ones: none is the beginning of another.
      seqs.map((seq) => {
        const id = `evt_${10_000 + seq}`
        return toEventRow(seq, { kind: 'x', owner: 'm', claim: id, event_id: id })
      }),
    )
    const dead = { status: 'dead', reason: 'timeout', updated_at: NOW }
    await insertRows(
      'deliveries',
      seqs.map((seq) => toDeliveryRow(seq, 'crm', { ...dead, ...changes(seq) })),
    )
  }

  it('costs as much as it looks at, however much is dead behind it', async () => {
    const costs: number[] = []
    for (const last of [200, 4_000]) {
      await addDead(range(last === 200 ? 1 : 201, last))
      const { db: metered, cost } = createMeter()
      expect((await read({ after: 50 }, metered)).events).toHaveLength(100)
      costs.push(cost.read)
    }
    const [few = 0, many = 0] = costs
    expect(many).toBe(few)
    expect(many).toBeLessThan(1_500)
  })

  it('looks at so many at most, and says where to go on', async () => {
    await addDead(range(1, 250), (seq) => ({ reason: seq === 250 ? 'status_500' : 'timeout' }))
    const filter = { reason: 'status_500' }
    expect(await read({ filter })).toEqual({ events: [], next: 100 })
    expect(await read({ filter, after: 100 })).toEqual({ events: [], next: 200 })
    expect(await read({ filter, after: 200 })).toMatchObject({ events: [{ seq: 250 }], next: null })
    expect(await read({ limit: 7 })).toMatchObject({ next: 7 })
    expect(await read({ after: 150 })).toMatchObject({ next: 250 })
    expect(await read({ after: 250 })).toEqual({ events: [], next: null })
  })

  it('says of each death to whom, why and when', async () => {
    await addDead([1])
    await insertRows('deliveries', [
      toDeliveryRow(1, 'bi', { status: 'dead', reason: null, updated_at: NOW - 1 }),
    ])
    const { events } = await read()
    expect(events).toMatchObject([{ eventId: 'evt_10001', targets: ['bi', 'crm'] }])
    expect(new Set(events[0]?.deaths)).toEqual(
      new Set([
        { target: 'bi', reason: null, at: NOW - 1 },
        { target: 'crm', reason: 'timeout', at: NOW },
      ]),
    )
  })

  it('leaves out what is behind its bounds', async () => {
    await addDead(range(1, 4), (seq) => ({ updated_at: NOW + seq }))
    const seqs = async (bound: DeadBound) => (await read({ bound })).events.map(({ seq }) => seq)
    expect(await seqs({ untilSeq: 2 })).toEqual([1, 2])
    expect(await seqs({ diedUntil: NOW + 3 })).toEqual([1, 2, 3])
    expect(await read({ bound: { untilSeq: 2 }, scan: 2 })).toMatchObject({ next: 2 })
    expect(await read({ bound: { untilSeq: 2 }, scan: 2, after: 2 })).toMatchObject({ next: null })
  })
})
