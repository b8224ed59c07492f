import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { seedLedger } from '../../../bench/console-seed.ts'
import { readOverview } from '../../../src/ledger/reads/overview.ts'
import { toReplyTimes } from '../../../src/ledger/reads/reply-times.ts'
import {
  createMeter,
  DAY_MS,
  db,
  HOUR_MS,
  insertRows,
  migrate,
  NOW,
  range,
  toDeliveryRow,
  toEventRow,
} from '../harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const MINUTE_MS = 60_000
const toRow = (seq: number, agoMs: number, changes: Record<string, unknown> = {}) =>
  toEventRow(seq, { recorded_at: NOW - agoMs, kind: 'voice.inbound', took_ms: null, ...changes })

describe('an overview', () => {
  it('of an empty ledger is empty', async () => {
    expect(await readOverview(db, '24h', NOW)).toMatchObject({
      sampledOneOf: 1,
      total: 0,
      unmatched: 0,
      kinds: [],
      targets: [],
      replies: { count: 0, p50: null, p99: null },
      backlog: { count: 0, isAtLeast: false, oldestReceivedAt: null },
      dead: { count: 0, isAtLeast: false },
    })
  })

  it('counts what was received in its time, whenever it was recorded', async () => {
    await insertRows('events', [
      toRow(1, 2 * HOUR_MS),
      toRow(2, 30 * MINUTE_MS, { received_at: NOW - 2 * HOUR_MS }),
      toRow(3, 30 * MINUTE_MS, { took_ms: 5 }),
      toRow(4, 29 * MINUTE_MS, { received_at: NOW - 30 * MINUTE_MS, took_ms: 7_500 }),
      toRow(5, 10 * MINUTE_MS, { kind: null, targets: '["*"]' }),
      toRow(6, 10 * MINUTE_MS, { targets: '[]' }),
      toRow(7, 10 * MINUTE_MS, { replay: 'rpl_1' }),
      toRow(8, 0),
    ])
    await insertRows('deliveries', [
      toDeliveryRow(1, 'crm', { status: 'waiting', next_at: NOW }),
      toDeliveryRow(3, 'crm'),
      toDeliveryRow(4, 'crm', { status: 'dead' }),
      toDeliveryRow(4, 'erp'),
      toDeliveryRow(8, 'crm', { status: 'waiting', next_at: NOW + DAY_MS }),
    ])
    const { events, deliveries, replies, ...rest } = await readOverview(db, '1h', NOW)
    expect(rest).toEqual({
      range: '1h',
      from: NOW - 59 * MINUTE_MS,
      until: NOW,
      bucketMs: MINUTE_MS,
      sampledOneOf: 1,
      total: 5,
      unmatched: 1,
      kinds: ['voice.inbound', 'unreadable'],
      targets: [
        { target: 'crm', delivered: 1, waiting: 1, dead: 1, successRate: 0.5 },
        { target: 'erp', delivered: 1, waiting: 0, dead: 0, successRate: 1 },
      ],
      backlog: { count: 2, isAtLeast: false, oldestReceivedAt: NOW - 2 * HOUR_MS },
      dead: { count: 1, isAtLeast: false },
    })
    expect(events).toHaveLength(60)
    expect(events.filter(({ counts }) => counts.some((count) => count > 0))).toEqual([
      { at: NOW - 30 * MINUTE_MS, counts: [2, 0] },
      { at: NOW - 10 * MINUTE_MS, counts: [1, 1] },
      { at: NOW, counts: [1, 0] },
    ])
    expect(deliveries[29]).toEqual({ at: NOW - 30 * MINUTE_MS, delivered: 2, waiting: 0, dead: 1 })
    expect(replies).toMatchObject({ count: 2, p50: 5, p99: 7_500 })
  })

  it('puts rare kinds together', async () => {
    const kinds = range(1, 8).flatMap((n) => range(1, 9 - n).map(() => `kind.${n}`))
    await insertRows(
      'events',
      kinds.map((kind, index) => toRow(index + 1, 1_000, { kind })),
    )
    const { kinds: shown, events } = await readOverview(db, '7d', NOW)
    expect(shown).toEqual([...range(1, 5).map((n) => `kind.${n}`), 'other'])
    expect(events.at(-1)?.counts).toEqual([8, 7, 6, 5, 4, 3 + 2 + 1])
  })

  it('samples what is too much, near the truth, for a bounded cost', async () => {
    await seedLedger(db, { events: 12_000, from: NOW - 6 * DAY_MS, until: NOW })
    const { db: metered, cost } = createMeter()
    const all = await readOverview(metered, '7d', NOW)
    const whole = cost.read
    cost.read = 0
    expect(all).toMatchObject({ sampledOneOf: 1, total: 12_000 })
    expect(Math.min(all.dead.count, all.backlog.count)).toBeGreaterThan(0)
    const some = await readOverview(metered, '7d', NOW, 3_000)
    expect(cost.read).toBeLessThan(whole / 1.5)
    expect(some.sampledOneOf).toBe(5)
    // As the events come in fours, a fixed step would see one of the four only.
    expect(Math.abs(some.total - all.total)).toBeLessThan(all.total * 0.02)
    // Two kinds of calls are as frequent as each other: either may be among the others.
    const kinds = all.kinds.filter((kind) => kind !== 'other' && some.kinds.includes(kind))
    expect(kinds.length).toBeGreaterThan(3)
    const toShare = (overview: typeof all, kind: string) => {
      const place = overview.kinds.indexOf(kind)
      return overview.events.reduce((sum, { counts }) => sum + (counts[place] ?? 0), 0)
    }
    for (const kind of kinds) {
      const [counted, sampled] = [toShare(all, kind), toShare(some, kind)]
      expect(Math.abs(sampled - counted)).toBeLessThan(counted * 0.15)
    }
    // What is open is not sampled.
    expect(some.dead).toEqual(all.dead)
    expect(some.backlog).toEqual(all.backlog)
  })
})

describe('reply times', () => {
  it.each<[number[], (number | null)[]]>([
    [[], [null, null, null]],
    [[3], [3, 3, 3]],
    [range(1, 100), [50, 95, 99]],
    [range(1, 10), [5, 10, 10]],
  ])('of %o', (times, percentiles) => {
    const { p50, p95, p99, histogram, count } = toReplyTimes(
      times.map((tookMs) => ({ tookMs, count: 1 })),
    )
    expect([p50, p95, p99]).toEqual(percentiles)
    expect(count).toBe(times.length)
    expect(histogram.reduce((sum, bar) => sum + bar.count, 0)).toBe(times.length)
  })
})
