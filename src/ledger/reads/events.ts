/**
 * The list of events: newest first in pages, by any filter. As they come: live.ts.
 *
 * There is no index for it: each would be one more row written for each event. Instead a page walks through
 * events in their own order, and looks at a bounded number of them: it ends when it is full, when it has
 * looked at enough, or when it took too long. Then it says how far it came, and the next one goes on there.
 *
 * What is not delivered is in an index of its own, and is found by that one while it is little.
 */
import { toRows } from '../d1.ts'
import { findCandidates, type Candidates } from './candidates.ts'
import { readLastSeq } from './live.ts'
import { createSearch, type Place } from './look.ts'
import { toEventRow } from './outcome.ts'
import { findStretch } from './seqs.ts'
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
  for (let looked = 0; ;) {
    const step = await walk.look(hi, limit - rows.length)
    rows.push(...step.rows)
    looked += step.looked
    if (!step.next) return { rows, nextSeq: null, searchedTo: null, lastSeq: last }
    const isOver = looked >= walk.events || now() - startedAt > PAGE_MS
    const { hi: nextSeq, receivedAt } = step.next
    if (rows.length >= limit || isOver)
      return { rows, nextSeq, searchedTo: receivedAt, lastSeq: last }
    hi = nextSeq
  }
}

interface Step {
  rows: EventRow[]
  /** At so many events, or at most. */
  looked: number
  /** Where to go on, and when what was looked at there last was received; null: nowhere. */
  next: { hi: number; receivedAt: number } | null
}

function createWalk(
  db: D1Database,
  filter: EventFilter,
  lo: number,
  candidates: Candidates | null,
) {
  const search = createSearch(db, filter)
  // Few, and known: all of them at once.
  const { events, atOnce } = candidates ? { events: Infinity, atOnce: Infinity } : search

  /** One more row than wanted tells whether there are more. */
  async function look(hi: number, wanted: number): Promise<Step> {
    const from = Math.max(lo, hi - atOnce)
    const range = { candidates, from, before: hi, isUp: false, limit: wanted + 1 }
    const { raw, stoppedAt, results } = await search.look(range, [db.prepare(BELOW).bind(from, lo)])
    const rows = raw.slice(0, wanted).map(toEventRow)
    const last = raw.length > wanted ? rows.at(-1) : stoppedAt
    if (last) {
      const next = { hi: last.seq, receivedAt: last.receivedAt }
      return { rows, looked: hi - last.seq, next }
    }
    const [below] = toRows<Place>(results[0])
    const next = below ? { hi: below.seq + 1, receivedAt: below.receivedAt } : null
    return { rows, looked: atOnce, next }
  }

  return { events, look }
}

/** The next one to look at: also beyond a gap, where many were deleted. */
const BELOW = `
  SELECT seq, received_at AS receivedAt FROM events WHERE seq < ?1 AND seq >= ?2
  ORDER BY seq DESC LIMIT 1`
