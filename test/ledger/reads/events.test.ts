import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listEvents } from '../../../src/ledger/reads/events.ts'
import { listLive, readLastSeq } from '../../../src/ledger/reads/live.ts'
import type { EventFilter, EventRow } from '../../../src/ledger/reads/types.ts'
import {
  createMeter,
  db,
  HOUR_MS,
  insertRows,
  migrate,
  NOW,
  range,
  storeMessages,
  toDeliveryRow,
  toEventRow,
} from '../harness.ts'
import { toNoise } from '../requests.ts'
import {
  createPick,
  insertModel,
  listModel,
  makeRows,
  NUMBERS,
  TEXTS,
  toId,
  type Pick,
} from './model.ts'

beforeEach(() => migrate())
afterEach(() => reset())

/** A clock that stands still: no page ends for the time it took. */
const now = () => NOW

const toBare = ({ seq, outcome, deliveries, replays }: EventRow) => ({
  seq,
  outcome,
  deliveries,
  replays,
})

const KNOWN = NUMBERS.filter((one) => one !== null)

/** All pages, and how many they were. */
async function listAll(filter: EventFilter, limit: number) {
  const rows: EventRow[] = []
  let pages = 0
  let beforeSeq: number | null | undefined
  while (beforeSeq !== null) {
    const request = beforeSeq === undefined ? { limit } : { limit, beforeSeq }
    const page = await listEvents(db, filter, request, now)
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    expect(page.searchedTo === null).toBe(page.nextSeq === null)
    expect(page.nextSeq ?? 0).toBeLessThan(beforeSeq ?? Infinity)
    rows.push(...page.rows)
    pages += 1
    beforeSeq = page.nextSeq
  }
  return { rows, pages }
}

async function listAllLive(filter: EventFilter, limit: number) {
  const rows: EventRow[] = []
  let afterSeq = 0
  for (let more = true; more;) {
    const page = await listLive(db, filter, { afterSeq, limit })
    rows.push(...page.rows)
    ;({ afterSeq, more } = page)
  }
  return rows
}

const some = <T>(pick: Pick, values: readonly T[]): T | undefined =>
  pick(4) === 0 ? values[pick(values.length)] : undefined

/** About two conditions each. */
function makeFilter(pick: Pick): EventFilter {
  const from = some(
    pick,
    range(1, 200).map((minutes) => NOW - minutes * 60_000),
  )
  const filter = {
    endpoint: some(pick, ['sms', 'voice', 'none']),
    kind: some(pick, ['messaging.*', 'voice.inbound', '*', 'switchboard.*', '*.status', 'x']),
    target: some(pick, ['crm', 'erp', 'crm-2', '*', 'no']),
    outcome: some(pick, ['delivered', 'waiting', 'dead', 'unmatched'] as const),
    account: some(pick, ['AC1', 'AC3']),
    from,
    before: some(pick, [NOW - HOUR_MS, (from ?? NOW) + HOUR_MS]),
    numbers: some(pick, [...KNOWN.map((one) => [one]), KNOWN.slice(0, 2)]),
    numberPrefix: some(pick, ['+1500555000', 'client:', '%', '+']),
    sid: some(pick, ['CA1', 'SM1', toId(7), toId(1), 'evt_', 'CA2']),
    text: some(pick, [...TEXTS, 'hello', 'two', 'GRÖSSE', 'params', 'encoding', '_']),
  }
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
}

describe('a list of events', () => {
  it.each(range(1, 3))('is what a look at each event gives, ledger %i', async (seed) => {
    const pick = createPick(seed * 7_919)
    const rows = makeRows(pick, 200)
    await insertModel(rows)
    for (const _ of range(1, 24)) {
      const filter = makeFilter(pick)
      const wanted = listModel(rows, filter)
      const { rows: found } = await listAll(filter, 10 + pick(60))
      expect({ filter, found: found.map(toBare) }).toEqual({ filter, found: wanted.toReversed() })
      const live = await listAllLive(filter, 10 + pick(60))
      expect({ filter, live: live.map(toBare) }).toEqual({ filter, live: wanted })
    }
  })

  it('is empty in an empty ledger', async () => {
    const empty = { rows: [], nextSeq: null, searchedTo: null, lastSeq: 0 }
    expect(await listEvents(db, {}, { limit: 10 }, now)).toEqual(empty)
    expect(await listEvents(db, { from: 1, before: NOW }, { limit: 10 }, now)).toEqual(empty)
    expect(await listEvents(db, { outcome: 'waiting' }, { limit: 10 }, now)).toEqual(empty)
    expect(await readLastSeq(db)).toBe(0)
  })

  it('has rows of before there were addresses and times', async () => {
    await insertRows('events', [
      toEventRow(1, { kind: 'voice.inbound', source: '/endpoints/voice', subject: 'CA1' }),
      toEventRow(2, { kind: 'event-streams', source: 'AC1.stream' }),
    ])
    const { rows } = await listEvents(db, {}, { limit: 10 }, now)
    expect(rows).toEqual([
      expect.objectContaining({ seq: 2, endpoint: null, source: 'AC1.stream' }),
      {
        seq: 1,
        eventId: 'evt_1',
        receivedAt: NOW,
        recordedAt: NOW,
        kind: 'voice.inbound',
        endpoint: 'voice',
        source: '/endpoints/voice',
        account: null,
        subject: 'CA1',
        thread: null,
        fromAddress: null,
        toAddress: null,
        tookMs: null,
        outcome: 'waiting',
        deliveries: [{ target: 'crm', status: 'waiting', attempts: 0 }],
        replays: 0,
      },
    ])
  })

  it('finds what was recorded hours after it was received', async () => {
    await insertRows('events', [
      ...range(1, 5).map((n) => toEventRow(n, { recorded_at: NOW - (20 - n) * HOUR_MS })),
      toEventRow(6, { recorded_at: NOW, received_at: NOW - 18 * HOUR_MS }),
    ])
    const filter = { from: NOW - 18 * HOUR_MS, before: NOW - 17 * HOUR_MS }
    const { rows } = await listEvents(db, filter, { limit: 10 }, now)
    expect(rows.map(({ seq }) => seq)).toEqual([6, 2])
  })
})

describe('a search for text', () => {
  const toText = (body: string) => JSON.stringify({ v: 1, event: { data: { body } } })
  const NEEDLES = [1, 2, 499, 500, 501, 700, 1_000, 1_001, 1_002, 1_300]

  beforeEach(async () => {
    await insertRows(
      'events',
      range(1, 1_300).map((seq) => toEventRow(seq, { claim: toId(seq), event_id: toId(seq) })),
    )
    const messages = range(1, 1_300).map((seq) => ({
      seq,
      message: toText(NEEDLES.includes(seq) ? 'a Needle' : 'hay'),
    }))
    await storeMessages(messages)
    // More than one answer may have in bytes, and one that is so large alone.
    const noise = toNoise(150_000)
    const large = { seq: 1_001, message: toText(`${toNoise(1_800_000)} needle`) }
    const many = range(690, 710).map((seq) => ({ seq, message: toText(`${noise} needle`) }))
    await storeMessages(many)
    await storeMessages([large])
  })

  it.each([3, 50])('finds all, each once, wherever a look stops: %i a page', async (limit) => {
    const wanted = [...new Set([...NEEDLES, ...range(690, 710)])].toSorted((a, b) => a - b)
    const { rows } = await listAll({ text: 'NEEDLE' }, limit)
    expect(rows.map(({ seq }) => seq)).toEqual(wanted.toReversed())
    const live = await listAllLive({ text: 'nEEDLE' }, limit)
    expect(live.map(({ seq }) => seq)).toEqual(wanted)
  })

  it('does not begin another look when one took its time', async () => {
    const late = { time: NOW }
    const slow = () => (late.time += 1_000)
    const page = await listEvents(db, { text: 'nothing' }, { limit: 50 }, slow)
    expect(page).toMatchObject({ rows: [], nextSeq: 801, searchedTo: NOW })
  })
})

describe('what a page costs', () => {
  const EVENTS = 12_000
  const fill = async (changes: (seq: number) => Record<string, unknown>) => {
    // All of one length, as ids are: none is the beginning of another.
    const toIds = (seq: number) => {
      const id = `evt_${String(seq).padStart(6, '0')}`
      return { claim: id, event_id: id }
    }
    await insertRows(
      'events',
      range(1, EVENTS).map((seq) => toEventRow(seq, { ...toIds(seq), ...changes(seq) })),
    )
    await insertRows(
      'deliveries',
      range(1, EVENTS).map((seq) => toDeliveryRow(seq, 'crm')),
    )
  }

  it('is little for the newest, and for a time long ago', async () => {
    await fill((seq) => ({ recorded_at: NOW - (EVENTS - seq) * 60_000, kind: 'x' }))
    const { db: metered, cost } = createMeter()
    await listEvents(metered, {}, { limit: 50 }, now)
    expect(cost.read).toBeLessThan(3_000)
    cost.read = 0
    const [from, before] = [NOW - 6_000 * 60_000, NOW - 5_990 * 60_000]
    const page = await listEvents(metered, { from, before }, { limit: 50 }, now)
    expect(page).toMatchObject({ rows: { length: 10 }, nextSeq: null })
    expect(cost.read).toBeLessThan(3_000)
  })

  it('is little for what is dead, however long ago', async () => {
    await fill(() => ({ kind: 'x' }))
    const dead = { status: 'dead', reason: 'timeout' }
    await insertRows('deliveries', [toDeliveryRow(3, 'erp', dead), toDeliveryRow(9, 'crm-2', dead)])
    const { db: metered, cost } = createMeter()
    const page = await listEvents(metered, { outcome: 'dead' }, { limit: 50 }, now)
    expect(page).toMatchObject({ rows: [{ seq: 9 }, { seq: 3 }], nextSeq: null })
    expect(cost.read).toBeLessThan(200)
  })

  it('is little for what waits, also without a delivery yet', async () => {
    await fill(() => ({ kind: 'x' }))
    const waiting = { status: 'waiting', next_at: NOW }
    await insertRows('deliveries', [toDeliveryRow(3, 'erp', waiting)])
    await db.prepare('DELETE FROM deliveries WHERE seq = 11990').run()
    const { db: metered, cost } = createMeter()
    const page = await listEvents(metered, { outcome: 'waiting' }, { limit: 50 }, now)
    expect(page).toMatchObject({ rows: [{ seq: 11_990 }, { seq: 3 }], nextSeq: null })
    expect(cost.read).toBeLessThan(25_000)
  })

  it('is little for an id that may be the beginning of every id', async () => {
    await fill(() => ({}))
    const { db: metered, cost } = createMeter()
    const from = NOW + HOUR_MS
    const page = await listEvents(metered, { sid: 'evt_', from }, { limit: 50 }, now)
    expect(page).toMatchObject({ rows: [], nextSeq: null })
    expect(cost.read).toBeLessThan(200)
  })

  it('ends before everything was looked at, and says so', async () => {
    await fill((seq) => ({ recorded_at: NOW - (EVENTS - seq) * 1_000 }))
    const late = { time: NOW }
    const slow = () => (late.time += 1_000)
    const page = await listEvents(db, { text: 'nothing' }, { limit: 50 }, slow)
    expect(page).toMatchObject({ rows: [], nextSeq: 10_001, searchedTo: NOW - 2_000 * 1_000 })
    const quick = await listEvents(db, { text: 'nothing' }, { limit: 50 }, now)
    expect(quick).toMatchObject({ rows: [], nextSeq: 2_001 })
  })
})

describe('a live list', () => {
  it('goes on when all was deleted and numbers are given again', async () => {
    await insertRows('events', [toEventRow(1), toEventRow(2)])
    const page = await listLive(db, {}, { afterSeq: 500, limit: 10 })
    expect(page).toEqual({ rows: [], afterSeq: 2, more: false })
  })

  it('passes what the filter does not want, and replays', async () => {
    await insertRows('events', [toEventRow(1), toEventRow(2), toEventRow(3, { replay: 'rpl_1' })])
    expect(await listLive(db, { account: 'AC1' }, { afterSeq: 0, limit: 10 })).toEqual({
      rows: [],
      afterSeq: 3,
      more: false,
    })
  })
})
