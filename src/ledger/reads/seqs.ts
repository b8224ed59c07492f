/**
 * From instants to places in the ledger. `events.seq` grows as `recorded_at` does, so that a place is found by
 * halving, in about twenty look-ups among a million events, and not by a scan.
 *
 * Nearly: Workers have clocks of their own, and what is recorded was received before, in an outage long
 * before. So places are looked for with some slack, and whoever asks checks received_at of each event.
 */
import { bounded } from '../d1.ts'

const MINUTE_MS = 60_000
/** Between the clocks of two Workers. */
export const SKEW_MS = 5 * MINUTE_MS
/** What came late, from a queue that was behind or from the outbox, is found up to this late … */
const LATE_MS = 24 * 60 * MINUTE_MS
/** … but so many events are looked through for it at most. */
const LATE_EVENTS = 20_000

// A probe is the first event at or behind the middle: numbers have gaps where events were deleted.
const FIND = `
  WITH RECURSIVE search (place, instant, lo, hi) AS (
    SELECT key, value, coalesce((SELECT min(seq) FROM events), 1),
           coalesce((SELECT max(seq) FROM events), 0) + 1
    FROM json_each(?1)
    UNION ALL
    SELECT place, instant, iif(probe.recorded_at < instant, probe.seq + 1, lo),
           iif(probe.recorded_at < instant, hi, (lo + hi) / 2)
    FROM search
    JOIN events AS probe
      ON probe.seq = (SELECT seq FROM events WHERE seq >= (lo + hi) / 2 ORDER BY seq LIMIT 1)
    WHERE lo < hi
  )
  SELECT place, lo AS seq FROM search WHERE lo >= hi ORDER BY place`

/**
 * For each instant the first event that was recorded then or later, give or take what SKEW_MS is for;
 * one behind the last event when there is none. Rejects when D1 fails.
 */
export async function findSeqs(db: D1Database, instants: readonly number[]): Promise<number[]> {
  if (instants.length === 0) return []
  const found = db.prepare(FIND).bind(JSON.stringify(instants)).all<{ seq: number }>()
  return (await bounded(found)).results.map(({ seq }) => seq)
}

/** `seq` from `lo` up to, not including, `hi`; null: no bound. */
export interface Stretch {
  lo: number | null
  hi: number | null
}

/** Where events are that were received from `from` and before `before`, and few others. */
export async function findStretch(
  db: D1Database,
  { from, before }: { from?: number; before?: number },
): Promise<Stretch> {
  const instants = [
    ...(from === undefined ? [] : [from - SKEW_MS]),
    ...(before === undefined ? [] : [before + SKEW_MS, before + LATE_MS]),
  ]
  const seqs = await findSeqs(db, instants)
  const lo = from === undefined ? null : (seqs.shift() ?? null)
  const [soon, late] = seqs
  const hasEnd = soon !== undefined && late !== undefined
  return { lo, hi: hasEnd ? Math.max(soon, Math.min(late, soon + LATE_EVENTS)) : null }
}
