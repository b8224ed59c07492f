/**
 * The few events that a filter can be about, where the ledger knows them without a walk: an event by its id,
 * and what is dead or waits while that is little.
 */
import { bounded } from '../d1.ts'
import { hasEvent, toParts } from './outcome.ts'
import type { EventFilter } from './types.ts'

/** A query for their `seq`. */
export interface Candidates {
  sql: string
  values: string[]
}

/** From then on a walk is as good: where much is open, much is found. */
const MAX_OPEN = 2_000
/**
 * What was claimed and has no delivery yet is not in the index of open deliveries. It is among the last
 * events, but for what a Worker left when it died: that is found once its message is handed out again.
 */
const UNRECORDED_EVENTS = 1_000

/** Null: it has to be looked for. Rejects when D1 fails. */
export async function findCandidates(
  db: D1Database,
  { sid, outcome, target }: EventFilter,
): Promise<Candidates | null> {
  if (sid !== undefined && (await hasEvent(db, sid))) return { sql: BY_ID, values: [sid, sid, sid] }
  if (outcome !== 'dead' && outcome !== 'waiting') return null
  const open = toOpen(outcome, target)
  const count = db.prepare(`SELECT count(*) AS count FROM (${open.sql} LIMIT ${MAX_OPEN + 1})`)
  const found = await bounded(count.bind(...open.values).first<{ count: number }>())
  if ((found?.count ?? 0) > MAX_OPEN) return null
  return toCandidates(open, outcome === 'waiting' ? UNRECORDED : '')
}

const BY_ID = `SELECT part.seq FROM events AS part WHERE ${toParts('?')}`

// SQLite takes a partial index only when its condition stands in the query word for word.
function toOpen(status: 'dead' | 'waiting', target: string | undefined): Candidates {
  const sql = `
    SELECT open.seq FROM deliveries AS open INDEXED BY open_deliveries
    WHERE open.status <> 'delivered' AND open.status = '${status}'`
  return target === undefined
    ? { sql, values: [] }
    : { sql: `${sql} AND open.target = ?`, values: [target] }
}

/** An event, also when only a replay of it is open. CROSS JOIN: from the few to what belongs to them. */
function toCandidates({ sql, values }: Candidates, unrecorded: string): Candidates {
  const originals = `
    SELECT part.seq FROM (${sql} ${unrecorded}) AS open
    CROSS JOIN events AS run ON run.seq = open.seq
    CROSS JOIN events AS part ON ${toParts('run.event_id')} AND part.replay IS NULL`
  return { sql: originals, values }
}

const UNRECORDED = `
  UNION ALL
  SELECT seq FROM (SELECT seq FROM events ORDER BY seq DESC LIMIT ${UNRECORDED_EVENTS})`
