/**
 * The numbers of an overview, counted by SQL: over all events of its time, or over one of k when there are more
 * than it may look at; counts are then multiplied by k. One walk and one count, in one round trip.
 */
import { bounded, toRows } from '../d1.ts'
import type { TookGroup } from './reply-times.ts'
import { findSeqs, SKEW_MS } from './seqs.ts'

/** Their statements take less than 100 ms together. */
export const MAX_LOOKED = 30_000
export const MAX_WAITING = 100_000
/** What stands for a kind where there is none. */
const UNREADABLE_KIND = 'unreadable'

// One of k blocks of a few neighbours, which are together in the table, each time another one of the k:
// webhooks come in patterns (a call has as many as the one before), and a fixed step could see one part of each.
const BLOCK = 16
/** Of an event; not its message, which would be copied. */
const COLUMNS = `
  CAST((e.received_at - ?4) / ?5 AS INTEGER) AS bucket, e.seq, e.kind, e.targets = '[]' AS isUnmatched,
  e.took_ms AS tookMs, e.settled`
const SAMPLE = `
  WITH RECURSIVE
    steps (n) AS (
      SELECT CAST(?1 AS INTEGER)
      UNION ALL SELECT n + ${BLOCK} * CAST(?3 AS INTEGER) FROM steps WHERE n + ${BLOCK} * ?3 < ?2
    ),
    blocks (first) AS (
      SELECT n + ${BLOCK} * ((n * 2654435761 >> 16) % CAST(?3 AS INTEGER)) FROM steps
    ),
    looked AS MATERIALIZED (
      SELECT ${COLUMNS}
      FROM blocks
      CROSS JOIN events AS e ON e.seq >= first AND e.seq < first + ${BLOCK}
      WHERE e.received_at >= ?4 AND e.replay IS NULL
    )`
const ALL = `
  WITH looked AS MATERIALIZED (
    SELECT ${COLUMNS}
    FROM events AS e
    WHERE e.seq >= ?1 AND e.seq < ?2 AND ?3 = 1 AND e.received_at >= ?4 AND e.replay IS NULL
  )`

// All groups in one statement: it walks through the events once.
const GROUPS = `
  SELECT 'kind' AS what, bucket, coalesce(kind, '${UNREADABLE_KIND}') AS name, NULL AS status,
         count(*) AS count, sum(isUnmatched) AS unmatched
  FROM looked GROUP BY bucket, kind
  UNION ALL
  SELECT 'took', ${toRounded('tookMs')}, NULL, NULL, count(*), NULL
  FROM looked WHERE tookMs IS NOT NULL GROUP BY 2
  UNION ALL
  SELECT 'delivery', bucket, target, status, count(*), NULL
  FROM looked CROSS JOIN deliveries ON deliveries.seq = looked.seq GROUP BY bucket, target, status
  UNION ALL
  SELECT 'delivery', bucket, clean.key, 'delivered', count(*), NULL
  FROM looked CROSS JOIN json_each(looked.settled) AS clean GROUP BY bucket, clean.key`

/** To two digits and a bit: fine enough for percentiles, and few groups. */
function toRounded(tookMs: string): string {
  return `CASE WHEN ${tookMs} < 200 THEN ${tookMs}
    WHEN ${tookMs} < 2000 THEN ${tookMs} / 10 * 10
    ELSE ${tookMs} / 100 * 100 END`
}

// SQLite takes a partial index only when its condition stands in the query word for word.
const WAITING = `
  SELECT count, (SELECT received_at FROM events WHERE seq = oldest) AS oldestReceivedAt
  FROM (
    SELECT count(*) AS count, min(seq) AS oldest FROM (
      SELECT seq FROM deliveries INDEXED BY open_deliveries
      WHERE deliveries.status <> 'delivered' AND deliveries.status = 'waiting' LIMIT ${MAX_WAITING + 1}
    )
  )`

export interface KindGroup {
  bucket: number
  kind: string
  count: number
  unmatched: number
}

export interface DeliveryGroup {
  bucket: number
  target: string
  status: 'waiting' | 'delivered' | 'dead'
  count: number
}

/** Of `took`, `bucket` is the time; what a group has not is null. */
interface Group {
  what: 'kind' | 'took' | 'delivery'
  bucket: number
  name: string
  status: DeliveryGroup['status']
  count: number
  unmatched: number
}

interface Waiting {
  count: number
  oldestReceivedAt: number | null
}

interface Look {
  from: number
  bucketMs: number
  maxLooked: number
}

/** Rejects when D1 fails. */
export async function readGroups(db: D1Database, { from, bucketMs, maxLooked }: Look) {
  // Behind the last event is where there is none that was recorded later than ever.
  const [lo = 0, hi = 0] = await findSeqs(db, [from - SKEW_MS, Number.MAX_SAFE_INTEGER])
  const sampledOneOf = Math.max(1, Math.ceil((hi - lo) / maxLooked))
  const looked = sampledOneOf === 1 ? ALL : SAMPLE
  const values = [lo, hi, sampledOneOf, from, bucketMs]
  const [found, waiting] = await bounded(
    db.batch([db.prepare(looked + GROUPS).bind(...values), db.prepare(WAITING)]),
  )
  const rows = toRows<Group>(found).map((row) => ({ ...row, count: row.count * sampledOneOf }))
  return {
    sampledOneOf,
    kinds: rows.filter(({ what }) => what === 'kind').map((row) => toKind(row, sampledOneOf)),
    took: rows
      .filter(({ what }) => what === 'took')
      .map(({ bucket: tookMs, count }): TookGroup => ({ tookMs, count }))
      .toSorted((a, b) => a.tookMs - b.tookMs),
    deliveries: rows.filter(({ what }) => what === 'delivery').map(toDelivery),
    waiting: toRows<Waiting>(waiting)[0] ?? { count: 0, oldestReceivedAt: null },
  }
}

const toKind = ({ bucket, name, count, unmatched }: Group, sampledOneOf: number): KindGroup => ({
  bucket,
  kind: name,
  count,
  unmatched: unmatched * sampledOneOf,
})

const toDelivery = ({ bucket, name, status, count }: Group): DeliveryGroup => ({
  bucket,
  target: name,
  status,
  count,
})
