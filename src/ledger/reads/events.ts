/**
 * The list of events: newest first in pages, or from one on as they come, by any filter.
 *
 * There is no index for it: each would be one more row written for each event. Instead a page walks through
 * events in their own order, and looks at a bounded number of them: it ends when it is full, when it has
 * looked at enough, or when it took too long. Then it says how far it came, and the next one goes on there.
 *
 * What is not delivered is in an index of its own, and is found by that one while it is little.
 */
import { bounded } from '../d1.ts'
import { findCandidates, type Candidates } from './candidates.ts'
import { toConditions, toCost, type Condition, type Cost } from './conditions.ts'
import { EVENT_COLUMNS, toEventRow, type RawEvent } from './outcome.ts'
import { findStretch } from './seqs.ts'
import type { EventFilter, EventPage, EventRow, LivePage } from './types.ts'

export interface PageRequest {
  /** Rows of a page. */
  limit: number
  /** `nextSeq` of the page before; absent: from the newest on. */
  beforeSeq?: number
}

/**
 * How many events a page looks at, and one statement of it. A message may have 128 KB and more, so few of
 * them at a time.
 */
const LOOKS: Readonly<Record<Cost, { events: number; atOnce: number }>> = {
  row: { events: 100_000, atOnce: 25_000 },
  lookups: { events: 25_000, atOnce: 5_000 },
  payload: { events: 10_000, atOnce: 2_000 },
}
/** A page that took so long does not begin another statement. */
const PAGE_MS = 100

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function listEvents(
  db: D1Database,
  filter: EventFilter,
  { limit, beforeSeq }: PageRequest,
  now: () => number,
): Promise<EventPage> {
  const startedAt = now()
  const [stretch, candidates, top] = await Promise.all([
    findStretch(db, filter),
    findCandidates(db, filter),
    beforeSeq ?? readTop(db),
  ])
  const walk = createWalk(db, filter, stretch.lo ?? 0, candidates)
  const rows: EventRow[] = []
  const lastSeq = beforeSeq === undefined ? top - 1 : null
  let hi = Math.min(top, stretch.hi ?? top)
  for (let looked = 0; ; looked += walk.atOnce) {
    const step = await walk.look(hi, limit - rows.length)
    rows.push(...step.rows)
    if (!step.next) return { rows, nextSeq: null, searchedTo: null, lastSeq }
    const isOver = looked + walk.atOnce >= walk.events || now() - startedAt > PAGE_MS
    const { hi: nextSeq, receivedAt } = step.next
    if (rows.length >= limit || isOver) return { rows, nextSeq, searchedTo: receivedAt, lastSeq }
    hi = nextSeq
  }
}

interface Step {
  rows: EventRow[]
  /** Where to go on, and when what was looked at there last was received; null: nowhere. */
  next: { hi: number; receivedAt: number } | null
}

function createWalk(
  db: D1Database,
  filter: EventFilter,
  lo: number,
  candidates: Candidates | null,
) {
  const conditions = toConditions(filter)
  // Few, and known: all of them at once.
  const { events, atOnce } = candidates
    ? { events: Infinity, atOnce: Infinity }
    : LOOKS[toCost(conditions)]

  /** One more row than wanted tells whether there are more. */
  async function look(hi: number, wanted: number): Promise<Step> {
    const floor = Math.max(lo, hi - atOnce)
    const [found, below] = await bounded(
      db.batch<RawEvent>([
        toStatement(db, conditions, {
          candidates,
          from: floor,
          before: hi,
          isUp: false,
          limit: wanted + 1,
        }),
        db.prepare(BELOW).bind(floor, lo),
      ]),
    )
    const raw = found?.results ?? []
    const rows = raw.slice(0, wanted).map(toEventRow)
    const last = rows.at(-1)
    if (raw.length > wanted && last) {
      return { rows, next: { hi: last.seq, receivedAt: last.receivedAt } }
    }
    const next = below?.results[0]
    return { rows, next: next ? { hi: next.seq + 1, receivedAt: next.receivedAt } : null }
  }

  return { events, atOnce, look }
}

/** The next one to look at: also beyond a gap, where many were deleted. */
const BELOW = `
  SELECT seq, received_at AS receivedAt FROM events WHERE seq < ?1 AND seq >= ?2
  ORDER BY seq DESC LIMIT 1`

interface Ends {
  top: number | null
}

const TOP = 'SELECT max(seq) AS top FROM events'

/** One above the last event. */
async function readTop(db: D1Database): Promise<number> {
  return ((await bounded(db.prepare(TOP).first<Ends>()))?.top ?? 0) + 1
}

interface Range {
  candidates: Candidates | null
  from: number
  before: number
  /** From the oldest on. */
  isUp: boolean
  limit: number
}

// First which events, then their columns: those cost more than most conditions. CROSS JOIN keeps SQLite from
// walking through all events in order to look each one up among the few.
function toStatement(
  db: D1Database,
  conditions: readonly Condition[],
  { candidates, from, before, isUp, limit }: Range,
): D1PreparedStatement {
  const order = isUp ? 'ASC' : 'DESC'
  const source = candidates
    ? `(SELECT DISTINCT seq FROM (${candidates.sql})) AS one CROSS JOIN events AS e ON e.seq = one.seq`
    : 'events AS e'
  const sql = `
    WITH page AS MATERIALIZED (
      SELECT e.seq FROM ${source}
      WHERE e.seq >= ? AND e.seq < ? AND ${conditions.map((one) => one.sql).join('\n AND ')}
      ORDER BY e.seq ${order} LIMIT ?
    )
    SELECT ${EVENT_COLUMNS} FROM page CROSS JOIN events AS e ON e.seq = page.seq
    ORDER BY page.seq ${order}`
  const values = [...(candidates?.values ?? []), from, before]
  return db.prepare(sql).bind(...values, ...conditions.flatMap((one) => one.values), limit)
}

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
  return (await readTop(db)) - 1
}
