/**
 * The list of events: newest first in pages, by any filter. As they come: live.ts.
 *
 * There is no index for it: each would be one more row written for each event. Instead a page walks through
 * events in their own order, and looks at a bounded number of them: it ends when it is full, when it has
 * looked at enough, or when it took too long. Then it says how far it came, and the next one goes on there.
 *
 * What is not delivered is in an index of its own, and is found by that one while it is little.
 */
import { bounded } from '../d1.ts'
import { findCandidates, type Candidates } from './candidates.ts'
import { toConditions, toCost } from './conditions.ts'
import { readLastSeq } from './live.ts'
import { toEventRow, type RawEvent } from './outcome.ts'
import { findStretch } from './seqs.ts'
import { LOOKS, toStatement } from './statement.ts'
import type { EventFilter, EventPage, EventRow } from './types.ts'

export interface PageRequest {
  /** Rows of a page. */
  limit: number
  /** `nextSeq` of the page before; absent: from the newest on. */
  beforeSeq?: number
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
  const [stretch, candidates, last] = await Promise.all([
    findStretch(db, filter),
    findCandidates(db, filter),
    beforeSeq === undefined ? readLastSeq(db) : null,
  ])
  const walk = createWalk(db, filter, stretch.lo ?? 0, candidates)
  const rows: EventRow[] = []
  const top = beforeSeq ?? (last ?? 0) + 1
  let hi = Math.min(top, stretch.hi ?? top)
  for (let looked = 0; ; looked += walk.atOnce) {
    const step = await walk.look(hi, limit - rows.length)
    rows.push(...step.rows)
    if (!step.next) return { rows, nextSeq: null, searchedTo: null, lastSeq: last }
    const isOver = looked + walk.atOnce >= walk.events || now() - startedAt > PAGE_MS
    const { hi: nextSeq, receivedAt } = step.next
    if (rows.length >= limit || isOver)
      return { rows, nextSeq, searchedTo: receivedAt, lastSeq: last }
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
