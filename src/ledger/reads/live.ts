/** Events as they come: those after one that was seen, and what has become of some. */
import { bounded, toRows } from '../d1.ts'
import { createSearch, readRaw } from './look.ts'
import { toEventRow } from './outcome.ts'
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
 * Events that came after one, by the same filters; one look. An outcome is that of the moment: what has
 * just come waits. Rejects when D1 fails.
 */
export async function listLive(
  db: D1Database,
  filter: EventFilter,
  { afterSeq, limit }: LiveRequest,
): Promise<LivePage> {
  const search = createSearch(db, filter)
  const before = afterSeq + 1 + search.atOnce
  const range = { candidates: null, from: afterSeq + 1, before, isUp: true, limit: limit + 1 }
  const { raw, stoppedAt, results } = await search.look(range, [
    db.prepare(TOP),
    db.prepare('SELECT min(seq) AS top FROM events WHERE seq >= ?1').bind(before),
  ])
  const [top, next] = results.map(toTop)
  const rows = raw.slice(0, limit).map(toEventRow)
  const last = raw.length > limit ? rows.at(-1) : stoppedAt
  if (last) return { rows, afterSeq: last.seq, more: true }
  // Behind a gap it goes on; numbers that were given again, when all was deleted, are not missed.
  if (typeof next === 'number') return { rows, afterSeq: next - 1, more: true }
  return { rows, afterSeq: top ?? 0, more: false }
}

const toTop = (result: D1Result): number | null => toRows<Ends>(result)[0]?.top ?? null

/** Events as they are now, by their `seq`. Rejects when D1 fails. */
export async function readRows(db: D1Database, seqs: readonly number[]): Promise<EventRow[]> {
  return (await readRaw(db, seqs)).map(toEventRow)
}

/** Where a live list begins that wants only what is to come. Rejects when D1 fails. */
export async function readLastSeq(db: D1Database): Promise<number> {
  return (await bounded(db.prepare(TOP).first<Ends>()))?.top ?? 0
}
