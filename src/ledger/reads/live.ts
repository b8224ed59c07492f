/** Events as they come: those after one that was seen, and what has become of some. */
import { bounded } from '../d1.ts'
import { toConditions, toCost } from './conditions.ts'
import { EVENT_COLUMNS, toEventRow, type RawEvent } from './outcome.ts'
import { LOOKS, toStatement } from './statement.ts'
import type { EventFilter, EventRow, LivePage } from './types.ts'

interface Ends {
  top: number | null
}

const TOP = 'SELECT max(seq) AS top FROM events'

export interface LiveRequest {
  /** `afterSeq` of the call before. */
  afterSeq: number
  limit: number
}

/**
 * Events that came after one, by the same filters; one statement. An outcome is that of the moment: what has
 * just come waits. Rejects when D1 fails.
 */
export async function listLive(
  db: D1Database,
  filter: EventFilter,
  { afterSeq, limit }: LiveRequest,
): Promise<LivePage> {
  const conditions = toConditions(filter)
  const before = afterSeq + 1 + LOOKS[toCost(conditions)].atOnce
  const [found, ends, above] = await bounded(
    db.batch<RawEvent & Ends>([
      toStatement(db, conditions, {
        candidates: null,
        from: afterSeq + 1,
        before,
        isUp: true,
        limit: limit + 1,
      }),
      db.prepare(TOP),
      db.prepare('SELECT min(seq) AS top FROM events WHERE seq >= ?1').bind(before),
    ]),
  )
  const raw = found?.results ?? []
  const rows = raw.slice(0, limit).map(toEventRow)
  const last = rows.at(-1)
  if (raw.length > limit && last) return { rows, afterSeq: last.seq, more: true }
  // Behind a gap it goes on; numbers that were given again, when all was deleted, are not missed.
  const next = above?.results[0]?.top ?? null
  if (next !== null) return { rows, afterSeq: next - 1, more: true }
  return { rows, afterSeq: ends?.results[0]?.top ?? 0, more: false }
}

/** Events as they are now, by their `seq`. Rejects when D1 fails. */
export async function readRows(db: D1Database, seqs: readonly number[]): Promise<EventRow[]> {
  const sql = `
    SELECT ${EVENT_COLUMNS} FROM json_each(?1) AS wanted CROSS JOIN events AS e ON e.seq = wanted.value`
  const found = db.prepare(sql).bind(JSON.stringify(seqs)).all<RawEvent>()
  return (await bounded(found)).results.map(toEventRow)
}

/** Where a live list begins that wants only what is to come. Rejects when D1 fails. */
export async function readLastSeq(db: D1Database): Promise<number> {
  return (await bounded(db.prepare(TOP).first<Ends>()))?.top ?? 0
}
