/** Finds what is dead, for a replay: oldest first, in pages. */
import { bounded, toNames } from './d1.ts'

/** All that are given must hold; none: everything dead. */
export interface DeadFilter {
  eventIds?: readonly string[]
  target?: string
  reason?: string
  /** When the event was received, milliseconds since the epoch: from, and before. */
  from?: number
  before?: number
}

export interface DeadEvent {
  /** Of the first that is dead of the event, itself or a replay: where a page ends. */
  seq: number
  eventId: string
  /** Names, or `*`. */
  targets: string[]
}

// SQLite takes a partial index only when its condition stands in the query word for word.
//
// An event is found once, with all that is dead of it in itself and in its replays: one replay of one
// event has one claim, and of two orders with different targets one would be a copy. `~` and DEL are the
// ends of the range of all parts of one event in the unique index of events.claim.
//
// What was delivered since is not dead any more. Nor is `*`, once a replay has said to whom: what died
// of that one is found by itself. (Also a replay to a single target says so.) What nobody can read stays.
const FIND = `
  WITH dead AS (
    SELECT events.seq, events.event_id, deliveries.target
    FROM deliveries
    JOIN events ON events.seq = deliveries.seq
    WHERE deliveries.status <> 'delivered' AND deliveries.status = 'dead'
      AND events.kind IS NOT NULL
      AND (?2 IS NULL OR events.event_id IN (SELECT value FROM json_each(?2)))
      AND (?3 IS NULL OR deliveries.target = ?3)
      AND (?4 IS NULL OR deliveries.reason = ?4)
      AND (?5 IS NULL OR events.received_at >= ?5)
      AND (?6 IS NULL OR events.received_at < ?6)
      AND NOT EXISTS (
        SELECT 1
        FROM events AS part
        WHERE part.claim >= events.event_id AND part.claim < events.event_id || '~' || char(127)
          AND part.event_id = events.event_id
          AND CASE deliveries.target
            WHEN '*' THEN part.replay IS NOT NULL AND part.owner <> '' AND part.targets <> '[]'
            ELSE EXISTS (
              SELECT 1 FROM deliveries AS again
              WHERE again.seq = part.seq AND again.target = deliveries.target
                AND again.status = 'delivered') END)
  )
  SELECT min(seq) AS seq, event_id AS eventId, json_group_array(DISTINCT target) AS targets
  FROM dead
  GROUP BY event_id
  HAVING min(seq) > ?1
  ORDER BY min(seq)
  LIMIT ?7`

/** Rejects when D1 fails. */
export async function findDead(
  db: D1Database,
  { eventIds, target, reason, from, before }: DeadFilter,
  afterSeq: number,
  limit: number,
): Promise<DeadEvent[]> {
  const ids = eventIds ? JSON.stringify(eventIds) : null
  const found = db
    .prepare(FIND)
    .bind(afterSeq, ids, target ?? null, reason ?? null, from ?? null, before ?? null, limit)
    .all<{ seq: number; eventId: string; targets: string }>()
  const { results } = await bounded(found)
  return results.map((row) => ({ ...row, targets: toNames(row.targets) }))
}
