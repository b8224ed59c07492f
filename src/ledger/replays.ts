/**
 * Finds what is dead, for a replay and for people: oldest first, in pages.
 *
 * A page costs as much as it looks at, however much is dead behind it: it walks the index of open
 * deliveries from one `seq` to the next.
 */
import { bounded } from './d1.ts'
import { isSettled } from './settled.ts'

/** All that are given must hold; none: everything dead. */
export interface DeadFilter {
  eventIds?: readonly string[]
  target?: string
  reason?: string
  /** When the event was received, milliseconds since the epoch: from, and before. */
  from?: number
  before?: number
}

/** Leaves out what died after a certain moment, also of an event that was dead before. */
export interface DeadBound {
  /** Nothing behind it, events or replays. */
  untilSeq?: number
  /** Nothing that died later, milliseconds since the epoch by the clock of whoever recorded it. */
  diedUntil?: number
}

export interface Death {
  /** A name, or `*`. */
  target: string
  reason: string | null
  /** Milliseconds since the epoch. */
  at: number
}

export interface DeadEvent {
  /** Of the first that is dead of the event, itself or a replay: where a page ends. */
  seq: number
  eventId: string
  /** Names, or `*`. */
  targets: string[]
}

/** With each delivery that died, of the event itself and of its replays. */
export interface DiedEvent extends DeadEvent {
  deaths: Death[]
}

export interface DeadPage {
  events: DiedEvent[]
  /** Where the next page begins; null: there is nothing behind this one. */
  next: number | null
}

export interface DeadQuery {
  filter: DeadFilter
  bound?: DeadBound
  /** 0: from the beginning. */
  after: number
  /** How many events the page has at most. */
  limit: number
  /** How many are looked at, also of those that are none of the page. */
  scan: number
}

// SQLite takes a partial index only when its condition stands in the query word for word. A dead delivery
// has no next_at, so that of each target they stand in the index by seq.
const DEAD = `deliveries INDEXED BY open_deliveries
  WHERE deliveries.status <> 'delivered' AND deliveries.status = 'dead'`
const toNext = (after: string) => `(
  SELECT min((
    SELECT deliveries.seq FROM ${DEAD} AND deliveries.target = names.name
      AND deliveries.next_at IS NULL AND deliveries.seq > ${after}
    ORDER BY deliveries.seq LIMIT 1))
  FROM names)`

// An event is found once, at the first that is dead of it, with all that is dead of it in itself and in
// its replays: one replay of one event has one claim, and of two orders with different targets one would
// be a copy. `~` and DEL are the ends of the range of all parts of one event in the unique index of
// events.claim.
//
// What was delivered since is not dead any more. Nor is `*`, once a replay has said to whom: what died
// of that one is found by itself. (Also a replay to a single target says so.) What nobody can read stays.
//
// The plus keeps SQLite from making an index of all events by event_id for the occasion.
const WALK = `
  WITH RECURSIVE
    names (name) AS (
      SELECT coalesce(?3, (SELECT min(target) FROM ${DEAD}))
      UNION ALL
      SELECT (SELECT min(target) FROM ${DEAD} AND target > names.name) FROM names
      WHERE names.name IS NOT NULL AND ?3 IS NULL
    ),
    walk (seq) AS (
      SELECT ${toNext('?1')}
      UNION ALL
      SELECT ${toNext('walk.seq')} FROM walk WHERE walk.seq IS NOT NULL
      LIMIT ?7
    )
  SELECT walk.seq, event.event_id AS eventId, min(deliveries.seq) AS firstSeq,
    json_group_array(json_array(deliveries.target, deliveries.reason, deliveries.updated_at))
      FILTER (WHERE deliveries.seq IS NOT NULL) AS deaths
  FROM walk
  LEFT JOIN events AS event ON event.seq = walk.seq
  LEFT JOIN events AS own ON own.claim >= event.event_id
    AND own.claim < event.event_id || '~' || char(127)
    AND +own.event_id = event.event_id
    AND own.kind IS NOT NULL
    AND (?2 IS NULL OR own.event_id IN (SELECT value FROM json_each(?2)))
    AND (?5 IS NULL OR own.received_at >= ?5)
    AND (?6 IS NULL OR own.received_at < ?6)
    AND (?8 IS NULL OR own.seq <= ?8)
  LEFT JOIN deliveries ON deliveries.seq = own.seq AND deliveries.status = 'dead'
    AND (?3 IS NULL OR deliveries.target = ?3)
    AND (?4 IS NULL OR deliveries.reason = ?4)
    AND (?9 IS NULL OR deliveries.updated_at <= ?9)
    AND NOT EXISTS (
      SELECT 1
      FROM events AS part
      WHERE part.claim >= own.event_id AND part.claim < own.event_id || '~' || char(127)
        AND part.event_id = own.event_id
        AND CASE deliveries.target
          WHEN '*' THEN part.replay IS NOT NULL AND part.owner <> '' AND part.targets <> '[]'
          ELSE ${isSettled('part', 'deliveries.target')} OR EXISTS (
            SELECT 1 FROM deliveries AS again
            WHERE again.seq = part.seq AND again.target = deliveries.target
              AND again.status = 'delivered') END)
  WHERE walk.seq IS NOT NULL AND (?8 IS NULL OR walk.seq <= ?8)
  GROUP BY walk.seq
  ORDER BY walk.seq`

interface Row {
  seq: number
  eventId: string | null
  /** Null: nothing of the event is dead and wanted. */
  firstSeq: number | null
  /** JSON: `[target, reason, at]` of each death. */
  deaths: string
}

/** Rejects when D1 fails. */
export async function readDeadPage(db: D1Database, query: DeadQuery): Promise<DeadPage> {
  const { after, limit, scan, bound = {} } = query
  const { eventIds, target, reason, from, before } = query.filter
  const wanted = [target, reason, from, before].map((one) => one ?? null)
  const ids = eventIds ? JSON.stringify(eventIds) : null
  const bounds = [bound.untilSeq ?? null, bound.diedUntil ?? null]
  const found = db.prepare(WALK).bind(after, ids, ...wanted, scan, ...bounds)
  const { results: rows } = await bounded(found.all<Row>())
  // Found before, at an earlier one, unless it is its first.
  const events = rows.filter((row) => row.firstSeq === row.seq).map(toDied)
  const page = events.slice(0, limit)
  const last = events.length > limit ? page.at(-1) : rows.at(-1)
  const isEnd = events.length <= limit && rows.length < scan
  return { events: page, next: isEnd || !last ? null : last.seq }
}

/** All that are given of these pages' events. Rejects when D1 fails. */
export async function findDead(
  db: D1Database,
  filter: DeadFilter,
  afterSeq: number,
  limit: number,
): Promise<DeadEvent[]> {
  const found: DeadEvent[] = []
  let after: number | null = afterSeq
  while (after !== null && found.length < limit) {
    const wanted = limit - found.length
    const page: DeadPage = await readDeadPage(db, { filter, after, limit: wanted, scan: limit })
    found.push(...page.events.map(({ seq, eventId, targets }) => ({ seq, eventId, targets })))
    after = page.next
  }
  return found
}

function toDied({ seq, eventId, deaths: json }: Row): DiedEvent {
  const deaths = toDeaths(json)
  const targets = [...new Set(deaths.map(({ target }) => target))].toSorted()
  return { seq, eventId: eventId ?? '', targets, deaths }
}

/** As the statement made it. */
function toDeaths(json: string): Death[] {
  const list: unknown = JSON.parse(json)
  if (!Array.isArray(list)) return []
  return list.map((one: unknown) => {
    const [target, reason, at]: unknown[] = Array.isArray(one) ? one : []
    return {
      target: String(target),
      reason: typeof reason === 'string' ? reason : null,
      at: Number(at),
    }
  })
}
