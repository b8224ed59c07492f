/**
 * The numbers of an overview, counted by SQL: over all events of its time, or over one of k when there are more
 * than it may look at; counts are then multiplied by k. Four walks and one count, in one round trip.
 */
import { bounded } from '../d1.ts'
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
/** Not the message, which would be copied. */
const LOOKED = 'e.seq, e.kind, e.targets, e.took_ms, e.settled'
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
      SELECT CAST((e.received_at - ?4) / ?5 AS INTEGER) AS bucket, ${LOOKED}
      FROM blocks
      CROSS JOIN events AS e ON e.seq >= first AND e.seq < first + ${BLOCK}
      WHERE e.received_at >= ?4 AND e.replay IS NULL
    )`
const ALL = `
  WITH looked AS (
    SELECT CAST((e.received_at - ?4) / ?5 AS INTEGER) AS bucket, ${LOOKED}
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
const SETTLED = `
  SELECT bucket, clean.key AS target, 'delivered' AS status, count(*) AS count
  FROM looked CROSS JOIN json_each(looked.settled) AS clean GROUP BY 1, 2`

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
  const [kinds, took, deliveries, settled, waiting] = await bounded(
    db.batch([
      ...[KINDS, TOOK, DELIVERIES, SETTLED].map((sql) => db.prepare(looked + sql).bind(...values)),
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
    deliveries: [deliveries, settled].flatMap(toRows<DeliveryGroup>).map(multiply),
    waiting: toRows<Waiting>(waiting)[0] ?? { count: 0, oldestReceivedAt: null },
  }
}

/** The columns of the statements above, as they name them. */
function toRows<T>(result: D1Result | undefined): T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- D1 has no types of its own
  return (result?.results ?? []) as T[]
}
