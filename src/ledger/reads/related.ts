/**
 * What else belongs to the same call or message: the events with the same thread, in the order of time.
 *
 * The ledger has no index of threads. It looks at NEAR_EVENTS before the event and as many after it: all of
 * a call's life, unless that many other events came meanwhile. `isPartial` says that this may be so: that
 * what it did not look at came within a day.
 */
import { bounded } from '../d1.ts'
import { EVENT_COLUMNS, hasEvent, toEventRow, toParts, type RawEvent } from './outcome.ts'
import type { Related } from './types.ts'

/** By their numbers; about 10 ms each way. */
const NEAR_EVENTS = 25_000
const MAX_RELATED = 200

// From the event outwards, half of what is shown each way; what is found is put in order afterwards.
const toSide = (comparison: string, order: 'ASC' | 'DESC') => `
  WITH near AS MATERIALIZED (
    SELECT seq FROM events AS e
    WHERE ${comparison} AND e.replay IS NULL AND (e.thread = ?2 OR e.subject = ?2)
    ORDER BY seq ${order} LIMIT ?3
  )
  SELECT ${EVENT_COLUMNS} FROM near CROSS JOIN events AS e ON e.seq = near.seq`

const BEFORE = toSide(`e.seq <= ?1 AND e.seq > ?1 - ${NEAR_EVENTS}`, 'DESC')
const AFTER = toSide(`e.seq > ?1 AND e.seq <= ?1 + ${NEAR_EVENTS}`, 'ASC')

// The nearest ones that it does not look at.
const BEYOND = `
  SELECT (SELECT recorded_at FROM events WHERE seq <= ?1 - ${NEAR_EVENTS} ORDER BY seq DESC LIMIT 1)
           AS before,
         (SELECT recorded_at FROM events WHERE seq > ?1 + ${NEAR_EVENTS} ORDER BY seq LIMIT 1)
           AS after`

/** A call lasts 24 h at most (https://www.twilio.com/docs/voice/api/call-resource, TimeLimit). */
const THREAD_MS = 24 * 3_600_000

const ITSELF = `
  SELECT ${EVENT_COLUMNS} FROM events AS e
  WHERE e.seq = (SELECT min(part.seq) FROM events AS part
    WHERE ${toParts('?1')} AND part.replay IS NULL)`

/** Null: there is no such event. Rejects when D1 fails. */
export async function listRelated(db: D1Database, eventId: string): Promise<Related | null> {
  if (!(await hasEvent(db, eventId))) return null
  const event = await bounded(db.prepare(ITSELF).bind(eventId).first<RawEvent>())
  if (!event) return null
  const { seq, thread } = event
  if (thread === null) return { rows: [toEventRow(event)], isPartial: false }
  const half = MAX_RELATED / 2
  const [before, after, beyond] = await bounded(
    db.batch<RawEvent & Beyond>([
      db.prepare(BEFORE).bind(seq, thread, half + 1),
      db.prepare(AFTER).bind(seq, thread, half + 1),
      db.prepare(BEYOND).bind(seq),
    ]),
  )
  const sides = [before, after].map((side) => side?.results ?? [])
  const rows = sides.flatMap((side) => side.slice(0, half).map(toEventRow))
  return {
    rows: rows.toSorted((a, b) => a.receivedAt - b.receivedAt || a.seq - b.seq),
    isPartial: isCut(event, beyond?.results[0]) || sides.some((side) => side.length > half),
  }
}

interface Beyond {
  before: number | null
  after: number | null
}

/** Whether what is too far away to be looked at came soon enough to belong to it. */
function isCut({ recordedAt }: RawEvent, beyond: Beyond | undefined): boolean {
  const { before = null, after = null } = beyond ?? {}
  return (
    (before !== null && recordedAt - before < THREAD_MS) ||
    (after !== null && after - recordedAt < THREAD_MS)
  )
}
