/**
 * The lists of events over several ledgers: newest first in pages, and as they come.
 *
 * Promises: with one ledger they are that one's own. Each event comes once, however a list is gone on
 * with, also when there are more ledgers meanwhile. Weak: across ledgers they are ordered by when they
 * were recorded, by the clocks of several Workers; two that came within the same moment may change places.
 */
import { listEvents } from '../reads/events.ts'
import { listLive, readLastSeq, readRows } from '../reads/live.ts'
import type { EventFilter, EventRow } from '../reads/types.ts'
import { askAll, type Ledgers } from './ledgers.ts'
import {
  fromSeq,
  mergeParts,
  toCursor,
  toNext,
  toPosition,
  toSeq,
  type Cursor,
  type Part,
  type Place,
} from './places.ts'

export interface AllEvents {
  /** Newest first. Of several ledgers `seq` is no place in any of them, but still a row's own. */
  rows: EventRow[]
  /** Where the next page begins; null: there is nothing left to look at. */
  next: Cursor | null
  /** As EventPage's. */
  searchedTo: number | null
  /** Of a first page: where a live list goes on. */
  live: Cursor | null
}

export interface AllEventsRequest {
  limit: number
  /** `next` of the page before; absent: from the newest on. */
  before?: Cursor
}

interface EventsPart extends Part<EventRow> {
  searchedTo: number | null
  lastSeq: number | null
}

const NOTHING: EventsPart = { rows: [], from: null, next: null, searchedTo: null, lastSeq: null }

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function listAllEvents(
  dbs: Ledgers,
  filter: EventFilter,
  { limit, before }: AllEventsRequest,
  now: () => number,
): Promise<AllEvents> {
  const parts = await askAll(dbs, async (db, i): Promise<EventsPart> => {
    const position = toPosition(before, i)
    if (position === null) return NOTHING
    const request = { limit, ...(position !== undefined && { beforeSeq: position }) }
    const { nextSeq, ...page } = await listEvents(db, filter, request, now)
    return { ...page, from: position ?? (page.lastSeq ?? 0) + 1, next: nextSeq }
  })
  const lasts = parts.map(({ lastSeq }) => lastSeq)
  const live = lasts.includes(null) ? null : toCursor(lasts)
  if (parts.length === 1) {
    const [{ rows, next, searchedTo }] = parts
    return { rows: [...rows], next, searchedTo, live }
  }
  const mayPass = (row: EventRow, part: number) =>
    row.recordedAt >= (parts[part]?.searchedTo ?? Infinity)
  const { rows, place } = mergeParts(parts, { limit, compare: newestFirst, mayPass })
  const next = toNext(place)
  return {
    rows: rows.map(({ row, part }) => ({ ...row, seq: toSeq(row.seq, part) })),
    next,
    searchedTo: next && Math.max(...parts.map((part, i) => toFrontier(part, place[i]))),
    live,
  }
}

const newestFirst = (a: EventRow, b: EventRow): number => b.recordedAt - a.recordedAt
const oldestFirst = (a: EventRow, b: EventRow): number => a.recordedAt - b.recordedAt

/** Until when a ledger was looked at: to its first row that is left, or as far as it says. */
function toFrontier(
  { rows, searchedTo, next }: EventsPart,
  position: number | null | undefined,
): number {
  if (position === null || position === undefined) return -Infinity
  const left = rows.find(({ seq }) => seq < position)
  return position !== next && left ? left.receivedAt : (searchedTo ?? -Infinity)
}

export interface AllLive {
  /** Oldest first; `seq` as in AllEvents. */
  rows: EventRow[]
  /** What to go on with. */
  after: Cursor
  /** There is more right now. */
  more: boolean
  /** What to go on with behind one of the rows. */
  cursorOf: (row: EventRow) => Cursor
}

interface LivePart extends Part<EventRow> {
  from: number
  more: boolean
}

/** Rejects when D1 fails. */
export async function listAllLive(
  dbs: Ledgers,
  filter: EventFilter,
  { after, limit }: { after: Cursor; limit: number },
): Promise<AllLive> {
  const parts = await askAll(dbs, async (db, i): Promise<LivePart> => {
    // All of a ledger that was not there has come since.
    const from = toPosition(after, i) ?? 0
    const { rows, afterSeq, more } = await listLive(db, filter, { afterSeq: from, limit })
    return { rows, from, next: afterSeq, more }
  })
  if (parts.length === 1) {
    const [{ rows, next, from, more }] = parts
    return { rows: [...rows], after: next ?? from, more, cursorOf: ({ seq }) => seq }
  }
  const mayPass = (_: EventRow, part: number) => parts[part]?.more === false
  const merged = mergeParts(parts, { limit, compare: oldestFirst, mayPass })
  const rows = merged.rows.map(({ row, part }) => ({ ...row, seq: toSeq(row.seq, part) }))
  const taken = (part: number) => rows.filter(({ seq }) => fromSeq(seq).part === part).length
  return {
    rows,
    after: merged.place,
    more: parts.some((part, i) => part.more || taken(i) < part.rows.length),
    cursorOf: (row) =>
      toPlaceAfter(
        rows.slice(0, rows.indexOf(row) + 1),
        parts.map(({ from }) => from),
      ),
  }
}

function toPlaceAfter(rows: readonly EventRow[], from: readonly number[]): Place {
  const place = [...from]
  for (const row of rows) {
    const { seq, part } = fromSeq(row.seq)
    place[part] = seq
  }
  return place
}

/** Where a live list begins that wants only what is to come. Rejects when D1 fails. */
export async function readAllLast(dbs: Ledgers): Promise<Cursor> {
  return toCursor(await askAll(dbs, readLastSeq))
}

/** Events as they are now, by the `seq` that a list of all gave. Rejects when D1 fails. */
export async function readAllRows(dbs: Ledgers, seqs: readonly number[]): Promise<EventRow[]> {
  if (dbs.length === 1) return readRows(dbs[0], seqs)
  const byPart = Map.groupBy(seqs.map(fromSeq), ({ part }) => part)
  const found = await Promise.all(
    [...byPart].map(async ([part, own]) => {
      const db = dbs[part]
      if (!db) return []
      const rows = await readRows(
        db,
        own.map(({ seq }) => seq),
      )
      return rows.map((row) => ({ ...row, seq: toSeq(row.seq, part) }))
    }),
  )
  return found.flat()
}
