/**
 * What happened in the last hour, day or week: events and deliveries over time, how long replies took, how
 * each target does, what waits and what is dead.
 *
 * Bounded: of more than MAX_LOOKED events it looks at one of k, and multiplies; `sampledOneOf`
 * says so. What came late is counted when it was received. Replays are not counted in, but for what is dead.
 */
import { bounded } from '../d1.ts'
import { summarizeDead } from '../dead-summary.ts'
import { toReplyTimes, type TookGroup } from './reply-times.ts'
import { findSeqs, SKEW_MS } from './seqs.ts'
import type {
  Count,
  DeliveriesBucket,
  EventsBucket,
  Overview,
  OverviewRange,
  TargetRate,
} from './types.ts'

const MINUTE_MS = 60_000
const RANGES: Readonly<Record<OverviewRange, { bucketMs: number; buckets: number }>> = {
  '1h': { bucketMs: MINUTE_MS, buckets: 60 },
  '24h': { bucketMs: 30 * MINUTE_MS, buckets: 48 },
  '7d': { bucketMs: 180 * MINUTE_MS, buckets: 56 },
}

/** Their statements take less than 100 ms together. */
const MAX_LOOKED = 30_000
const MAX_WAITING = 100_000
const MAX_DEAD = 4_000
/** Besides `other`. */
const MAX_KINDS = 5
export const OTHER_KINDS = 'other'
export const UNREADABLE_KIND = 'unreadable'

// One of k blocks of a few neighbours, which are together in the table, each time another one of the k:
// webhooks come in patterns (a call has as many as the one before), and a fixed step could see one part of each.
const BLOCK = 16
const SAMPLE = `
  WITH RECURSIVE
    steps (n) AS (
      SELECT CAST(?1 AS INTEGER)
      UNION ALL SELECT n + ${BLOCK} * CAST(?3 AS INTEGER) FROM steps WHERE n + ${BLOCK} * ?3 < ?2
    ),
    blocks (first) AS (
      SELECT n + ${BLOCK} * ((n * 2654435761 >> 16) % CAST(?3 AS INTEGER)) FROM steps
    ),
    looked AS (
      SELECT CAST((e.received_at - ?4) / ?5 AS INTEGER) AS bucket, e.*
      FROM blocks
      CROSS JOIN events AS e ON e.seq >= first AND e.seq < first + ${BLOCK}
      WHERE e.received_at >= ?4 AND e.replay IS NULL
    )`
const ALL = `
  WITH looked AS (
    SELECT CAST((e.received_at - ?4) / ?5 AS INTEGER) AS bucket, e.*
    FROM events AS e
    WHERE e.seq >= ?1 AND e.seq < ?2 AND ?3 = 1 AND e.received_at >= ?4 AND e.replay IS NULL
  )`

const KINDS = `
  SELECT bucket, coalesce(kind, '${UNREADABLE_KIND}') AS kind, count(*) AS count,
         sum(targets = '[]') AS unmatched
  FROM looked GROUP BY 1, 2`
// To two digits and a bit: fine enough for percentiles, and few groups.
const TOOK = `
  SELECT CASE WHEN took_ms < 200 THEN took_ms
              WHEN took_ms < 2000 THEN took_ms / 10 * 10
              ELSE took_ms / 100 * 100 END AS tookMs, count(*) AS count
  FROM looked WHERE took_ms IS NOT NULL GROUP BY 1 ORDER BY 1`
const DELIVERIES = `
  SELECT bucket, target, status, count(*) AS count
  FROM looked CROSS JOIN deliveries ON deliveries.seq = looked.seq GROUP BY 1, 2, 3`

// SQLite takes a partial index only when its condition stands in the query word for word.
const WAITING = `
  SELECT count, (SELECT received_at FROM events WHERE seq = oldest) AS oldestReceivedAt
  FROM (
    SELECT count(*) AS count, min(seq) AS oldest FROM (
      SELECT seq FROM deliveries INDEXED BY open_deliveries
      WHERE deliveries.status <> 'delivered' AND deliveries.status = 'waiting' LIMIT ${MAX_WAITING + 1}
    )
  )`

interface KindGroup {
  bucket: number
  kind: string
  count: number
  unmatched: number
}

interface DeliveryGroup {
  bucket: number
  target: string
  status: 'waiting' | 'delivered' | 'dead'
  count: number
}

interface Waiting {
  count: number
  oldestReceivedAt: number | null
}

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function readOverview(
  db: D1Database,
  range: OverviewRange,
  now: number,
  maxLooked = MAX_LOOKED,
): Promise<Overview> {
  const { bucketMs, buckets } = RANGES[range]
  const from = (Math.floor(now / bucketMs) - buckets + 1) * bucketMs
  const [groups, dead] = await Promise.all([
    readGroups(db, { from, bucketMs, maxLooked }),
    summarizeDead(db, {}, {}, MAX_DEAD),
  ])
  const { sampledOneOf, kinds: kindGroups, took, deliveries, waiting } = groups
  const ats = Array.from({ length: buckets }, (_, index) => from + index * bucketMs)
  const kinds = toKinds(kindGroups)
  return {
    range,
    from,
    until: now,
    bucketMs,
    sampledOneOf,
    total: sum(kindGroups.map(({ count }) => count)),
    unmatched: sum(kindGroups.map(({ unmatched }) => unmatched)),
    kinds,
    events: toEventsBuckets(ats, kinds, kindGroups),
    replies: toReplyTimes(took),
    deliveries: toDeliveriesBuckets(ats, deliveries),
    targets: toTargets(deliveries),
    backlog: { ...toCount(waiting.count, MAX_WAITING), oldestReceivedAt: waiting.oldestReceivedAt },
    dead: { count: dead.events, isAtLeast: !dead.isComplete },
  }
}

interface Look {
  from: number
  bucketMs: number
  maxLooked: number
}

async function readGroups(db: D1Database, { from, bucketMs, maxLooked }: Look) {
  // Behind the last event is where there is none that was recorded later than ever.
  const [lo = 0, hi = 0] = await findSeqs(db, [from - SKEW_MS, Number.MAX_SAFE_INTEGER])
  const sampledOneOf = Math.max(1, Math.ceil((hi - lo) / maxLooked))
  const looked = sampledOneOf === 1 ? ALL : SAMPLE
  const values = [lo, hi, sampledOneOf, from, bucketMs]
  const [kinds, took, deliveries, waiting] = await bounded(
    db.batch([
      ...[KINDS, TOOK, DELIVERIES].map((sql) => db.prepare(looked + sql).bind(...values)),
      db.prepare(WAITING),
    ]),
  )
  const multiply = <T extends { count: number }>(row: T): T => ({
    ...row,
    count: row.count * sampledOneOf,
  })
  return {
    sampledOneOf,
    kinds: toRows<KindGroup>(kinds).map((row) => ({
      ...multiply(row),
      unmatched: row.unmatched * sampledOneOf,
    })),
    took: toRows<TookGroup>(took).map(multiply),
    deliveries: toRows<DeliveryGroup>(deliveries).map(multiply),
    waiting: toRows<Waiting>(waiting)[0] ?? { count: 0, oldestReceivedAt: null },
  }
}

/** The columns of the statements above, as they name them. */
function toRows<T>(result: D1Result | undefined): T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- D1 has no types of its own
  return (result?.results ?? []) as T[]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const toCount = (count: number, most: number): Count => ({
  count: Math.min(count, most),
  isAtLeast: count > most,
})

function toKinds(groups: readonly KindGroup[]): string[] {
  const counts = new Map<string, number>()
  for (const { kind, count } of groups) counts.set(kind, (counts.get(kind) ?? 0) + count)
  const frequent = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const kinds = frequent.slice(0, MAX_KINDS).map(([kind]) => kind)
  return frequent.length > MAX_KINDS ? [...kinds, OTHER_KINDS] : kinds
}

function toEventsBuckets(
  ats: readonly number[],
  kinds: readonly string[],
  groups: readonly KindGroup[],
): EventsBucket[] {
  const buckets = ats.map((at) => ({ at, counts: kinds.map(() => 0) }))
  for (const { bucket, kind, count } of groups) {
    const counts = buckets[bucket]?.counts
    const place = kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length - 1
    if (counts) counts[place] = (counts[place] ?? 0) + count
  }
  return buckets
}

function toDeliveriesBuckets(
  ats: readonly number[],
  groups: readonly DeliveryGroup[],
): DeliveriesBucket[] {
  const buckets = ats.map((at) => ({ at, delivered: 0, waiting: 0, dead: 0 }))
  for (const { bucket, status, count } of groups) {
    const found = buckets[bucket]
    if (found) found[status] += count
  }
  return buckets
}

const toTotal = ({ delivered, waiting, dead }: TargetRate) => delivered + waiting + dead

/** The busiest first. */
function toTargets(groups: readonly DeliveryGroup[]): TargetRate[] {
  const byTarget = Map.groupBy(groups, ({ target }) => target)
  const rates = [...byTarget].map(([target, own]) => {
    const of = (status: DeliveryGroup['status']) =>
      sum(own.filter((group) => group.status === status).map(({ count }) => count))
    const [delivered, waiting, dead] = [of('delivered'), of('waiting'), of('dead')]
    const finished = delivered + dead
    const successRate = finished === 0 ? null : delivered / finished
    return { target, delivered, waiting, dead, successRate }
  })
  return rates.toSorted((a, b) => toTotal(b) - toTotal(a) || (a.target < b.target ? -1 : 1))
}
