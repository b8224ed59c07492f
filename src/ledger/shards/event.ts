/** One event of several ledgers, and what else belongs to its call or message, wherever that is. */
import { readEvent, readStored, readStoredTogether, type LargeEvents } from '../reads/event.ts'
import { listEvents } from '../reads/events.ts'
import { listRelated } from '../reads/related.ts'
import { findSeqs } from '../reads/seqs.ts'
import type { EventDetail, EventRow, Related, StoredMessage } from '../reads/types.ts'
import type { Ledgers } from './ledgers.ts'
import { findLedger } from './locate.ts'
import { fromSeq } from './places.ts'

/** Null: no ledger has it. Rejects when D1 or KV fails. */
export async function readAnyEvent(
  dbs: Ledgers,
  large: LargeEvents,
  eventId: string,
): Promise<EventDetail | null> {
  const db = await findLedgerOf(dbs, eventId)
  return db && readEvent(db, large, eventId)
}

/** The stored message alone; null: no ledger has the event. Rejects when D1 or KV fails. */
export async function readAnyStored(
  dbs: Ledgers,
  large: LargeEvents,
  eventId: string,
): Promise<StoredMessage | null> {
  const db = await findLedgerOf(dbs, eventId)
  return db && readStored(db, large, eventId)
}

/** One is not asked whether it has it: who reads there finds out. */
const findLedgerOf = (dbs: Ledgers, eventId: string): Promise<D1Database | null> | D1Database =>
  dbs.length === 1 ? dbs[0] : findLedger(dbs, eventId)

/** Of rows that a list of all gave, in their order. Rejects when D1 or KV fails. */
export async function readAllStored(
  dbs: Ledgers,
  large: LargeEvents,
  rows: readonly EventRow[],
): Promise<StoredMessage[]> {
  const ids = rows.map(({ eventId }) => eventId)
  if (dbs.length === 1) return readStoredTogether(dbs[0], large, ids)
  const stored = rows.map((): StoredMessage => ({ state: 'gone' }))
  const byPart = Map.groupBy(rows.keys(), (place) => fromSeq(rows[place]?.seq ?? 0).part)
  await Promise.all(
    [...byPart].map(async ([part, places]) => {
      const db = dbs[part]
      if (!db) return
      const found = await readStoredTogether(
        db,
        large,
        places.map((place) => ids[place] ?? ''),
      )
      for (const [i, place] of places.entries()) stored[place] = found[i] ?? { state: 'gone' }
    }),
  )
  return stored
}

const DAY_MS = 86_400_000
/** As related.ts looks at behind the event. */
const NEAR_EVENTS = 25_000
const MAX_RELATED = 200
/** Of each other ledger. */
const MAX_OTHERS = 100

/** Null: there is no such event. Rejects when D1 fails. */
export async function listAllRelated(
  dbs: Ledgers,
  eventId: string,
  now: () => number,
): Promise<Related | null> {
  if (dbs.length === 1) return listRelated(dbs[0], eventId)
  const own = await findLedger(dbs, eventId)
  const related = own && (await listRelated(own, eventId))
  const event = related?.rows.find((row) => row.eventId === eventId)
  if (!related || !event || event.thread === null) return related
  const near = { thread: event.thread, event }
  const others = dbs.filter((db) => db !== own).map((db) => listNear(db, near, now))
  return mergeRelated(event, [related, ...(await Promise.all(others))])
}

/** Of the same thread, from a while after it backwards. */
async function listNear(
  db: D1Database,
  { thread, event }: { thread: string; event: EventRow },
  now: () => number,
): Promise<Related> {
  const [seq = 0] = await findSeqs(db, [event.recordedAt])
  const request = { limit: MAX_OTHERS, beforeSeq: seq + NEAR_EVENTS }
  const { rows, nextSeq, searchedTo } = await listEvents(db, { sid: thread }, request, now)
  const isCut = nextSeq !== null && (searchedTo ?? 0) > event.receivedAt - DAY_MS
  return { rows, isPartial: isCut }
}

function mergeRelated(event: EventRow, parts: readonly Related[]): Related {
  const distance = ({ receivedAt }: EventRow) => Math.abs(receivedAt - event.receivedAt)
  const nearest = parts.flatMap(({ rows }) => rows).toSorted((a, b) => distance(a) - distance(b))
  return {
    rows: nearest.slice(0, MAX_RELATED).toSorted((a, b) => a.receivedAt - b.receivedAt),
    isPartial: nearest.length > MAX_RELATED || parts.some(({ isPartial }) => isPartial),
  }
}
