/**
 * Finds deliveries that nobody works on any more. The queue message of an event is what brings it back
 * until it is finished; should the message be lost, only the ledger knows what is still owed.
 *
 * An event counts as lost when nobody has had its message in hand for QUIET_MS: a queue can hold a
 * message back for 24 h and no longer, each hand-out renews the event's lease, and an hour is left for a
 * queue that is behind. One that is behind for longer makes copies of what it still holds; the claim
 * tells them from the message itself.
 *
 * Two things are found. Deliveries that wait and are overdue. And, on one walk through the events, what
 * is owed to a target of which the ledger has no delivery yet: it becomes a delivery that waits, so that
 * from then on it is one of the former. Promises: what is found is found again until `advance` (a crash
 * between them repeats, it does not lose), then not for QUIET_MS; a round reads a bounded number of
 * rows, however much waits.
 */
import { moveCursor, pullBackCursors, readPage, type Page } from './cursors.ts'
import { bounded, toNames } from './d1.ts'
import { isUnrecorded } from './settled.ts'

export interface LostEvent {
  seq: number
  claim: string
  eventId: string
  /** The queue message that was responsible for it; '' when there was none. */
  owner: string
  /** Which targets it is still owed to. */
  targets: string[]
}

export interface Round {
  lost: LostEvent[]
  /** There is more to find: another round need not wait. */
  more: boolean
  /** To be called when `lost` is back in the queue. Rejects when D1 fails. */
  advance(): Promise<void>
}

export interface Patrol {
  /**
   * Rejects when D1 fails.
   *
   * @param now milliseconds since the epoch
   * @param maxEvents so many are found at most, 1 or more
   */
  walk(now: number, maxEvents: number): Promise<Round>
}

const HOUR_MS = 3_600_000
export const QUIET_MS = 25 * HOUR_MS
/** An event has its first lease when it is recorded; the walk comes when that one can be over. */
export const WALK_AFTER_MS = QUIET_MS + HOUR_MS
/** So many the walk goes past in one round. */
export const PAGE_EVENTS = 5_000

const WITHOUT_DELIVERY = `
  FROM events, json_each(events.targets) AS owed
  WHERE events.seq > ?1 AND events.seq <= ?2
    AND ${isUnrecorded('events', 'owed.value')}`

const UNRECORDED = `
  SELECT events.seq, json_group_array(owed.value) AS targets, events.lease_until < ?3 AS isLost
  ${WITHOUT_DELIVERY}
  GROUP BY events.seq ORDER BY events.seq LIMIT ?4`

// SQLite takes a partial index only when its condition stands in the query word for word, and this
// index only by target: so first the names, each found behind the one before, then each one's oldest.
const WAITING = `deliveries INDEXED BY open_deliveries
  WHERE deliveries.status <> 'delivered' AND deliveries.status = 'waiting'`
const OVERDUE = `
  WITH RECURSIVE
    names (name) AS (
      SELECT min(target) FROM ${WAITING}
      UNION ALL
      SELECT (SELECT min(target) FROM ${WAITING} AND target > name) FROM names
      WHERE name IS NOT NULL
    ),
    overdue AS (
      SELECT deliveries.seq, deliveries.target FROM names CROSS JOIN ${WAITING}
        AND deliveries.target = name AND deliveries.next_at < ?1
      LIMIT ?2
    )
  SELECT overdue.seq, json_group_array(overdue.target) AS targets, events.lease_until < ?1 AS isLost
  FROM overdue LEFT JOIN events ON events.seq = overdue.seq
  GROUP BY overdue.seq`

const DESCRIBE = `
  SELECT events.seq, events.claim, events.event_id AS eventId, events.owner
  FROM json_each(?1) AS wanted
  JOIN events ON events.seq = wanted.value
  ORDER BY events.seq`

/** From now on they wait: due, and not overdue before QUIET_MS have passed. */
const RECORD = `
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT events.seq, owed.value, 'waiting', 0, ?3, 'lost', ?3, '[]'
  ${WITHOUT_DELIVERY}
  ON CONFLICT DO NOTHING`

/** Also those that somebody has in hand: else they would stand in front of others in every round. */
const RENEW = `
  UPDATE deliveries SET next_at = ?2
  WHERE (seq, target) IN (SELECT value ->> 'seq', value ->> 'target' FROM json_each(?1))
    AND status = 'waiting' AND next_at < ?3`

interface Owed {
  seq: number
  /** JSON: names. */
  targets: string
  /** 1 when nobody has it in hand. */
  isLost: number | null
}

export function createPatrol(db: D1Database): Patrol {
  return {
    async walk(now, maxEvents) {
      const quietSince = now - QUIET_MS
      const page = await bounded(readPage(db, 'patrol', now - WALK_AFTER_MS, PAGE_EVENTS))
      const { from } = page
      const unrecorded = await read<Owed>(db, UNRECORDED, from, page.until, quietSince, maxEvents)
      const isFull = unrecorded.length === maxEvents
      // What is behind the last one found is walked past in the next round.
      const until = isFull ? (unrecorded.at(-1)?.seq ?? from) : page.until
      const left = maxEvents - unrecorded.length
      const overdue = await read<Owed>(db, OVERDUE, quietSince, left)
      const deliveries = overdue.flatMap(toDeliveries)
      return {
        lost: await describe(db, [...unrecorded, ...overdue]),
        more: !page.isEnd || deliveries.length === left,
        advance: () => advance(db, { page, until, deliveries, now }),
      }
    },
  }
}

interface Walked {
  page: Page
  until: number
  deliveries: readonly Delivery[]
  now: number
}

async function advance(db: D1Database, { page, until, deliveries, now }: Walked): Promise<void> {
  await bounded(
    db.batch([
      db.prepare(RECORD).bind(page.from, until, now),
      db.prepare(RENEW).bind(JSON.stringify(deliveries), now, now - QUIET_MS),
      moveCursor(db, 'patrol', page, until),
      pullBackCursors(db),
    ]),
  )
}

async function describe(db: D1Database, owed: readonly Owed[]): Promise<LostEvent[]> {
  const lost = owed.filter(({ isLost }) => isLost === 1).flatMap(toDeliveries)
  if (lost.length === 0) return []
  const bySeq = Map.groupBy(lost, ({ seq }) => seq)
  const seqs = JSON.stringify([...bySeq.keys()])
  const rows = await read<Omit<LostEvent, 'targets'>>(db, DESCRIBE, seqs)
  return rows.map((row) => {
    const targets = bySeq.get(row.seq)?.map(({ target }) => target) ?? []
    return { ...row, targets: [...new Set(targets)] }
  })
}

interface Delivery {
  seq: number
  target: string
}

function toDeliveries({ seq, targets }: Owed): Delivery[] {
  return toNames(targets).map((target) => ({ seq, target }))
}

/** The rows as the statement names their columns. */
async function read<T>(
  db: D1Database,
  sql: string,
  ...values: readonly (string | number)[]
): Promise<T[]> {
  const { results } = await bounded(
    db
      .prepare(sql)
      .bind(...values)
      .all<T>(),
  )
  return results
}
