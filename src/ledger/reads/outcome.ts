/**
 * An event as the console lists it, in SQL: its columns, and what became of it with its replays counted in.
 *
 * An event has one row of `events` for itself and one for each replay; `~` and DEL are the ends of their
 * range in the unique index of events.claim. For each target the best of them counts: delivered, then dead,
 * then waiting, as findDead (replays.ts) has it. What is owed and has no delivery yet waits.
 */
import { bounded } from '../d1.ts'
import type { DeliveryStatus } from '../ledger.ts'
import type { EventRow, Outcome, TargetOutcome } from './types.ts'

/**
 * The rows of an event, as `part`. For what is an event's id for sure: the range of what may be the beginning
 * of every id has all events in it, see hasEvent.
 *
 * @param id what gives the id in SQL
 */
export const toParts = (id: string) =>
  `part.claim >= ${id} AND part.claim < ${id} || '~' || char(127) AND part.event_id = ${id}`

const HAS_EVENT = `
  SELECT 1 FROM events WHERE claim = ?1
  UNION ALL
  SELECT 1 FROM events
  WHERE claim >= ?1 || '~' AND claim < ?1 || '~' || char(127) AND event_id = ?1
  LIMIT 1`

/** Whether there is an event, or anything of it, with this id. Rejects when D1 fails. */
export async function hasEvent(db: D1Database, id: string): Promise<boolean> {
  return (await bounded(db.prepare(HAS_EVENT).bind(id).first())) !== null
}

const PARTS = toParts('e.event_id')

// `*` is what nobody could say to whom it was owed. Once a replay has said so, that one's targets count.
const TOGETHER = `
  SELECT target, max(rank) AS rank, sum(attempts) AS attempts FROM (
    SELECT deliveries.target, deliveries.attempts,
           CASE deliveries.status WHEN 'delivered' THEN 3 WHEN 'dead' THEN 2 ELSE 1 END AS rank
    FROM events AS part JOIN deliveries ON deliveries.seq = part.seq WHERE ${PARTS}
    UNION ALL
    SELECT clean.key, 1, 3 FROM events AS part, json_each(part.settled) AS clean WHERE ${PARTS}
    UNION ALL
    SELECT owed.value, 0, 1 FROM events AS part, json_each(part.targets) AS owed WHERE ${PARTS}
  )
  GROUP BY target
  HAVING target <> '*' OR NOT EXISTS (
    SELECT 1 FROM events AS part
    WHERE ${PARTS} AND part.replay IS NOT NULL AND part.owner <> '' AND part.targets <> '[]'
  )`

const STATUS = `CASE rank WHEN 3 THEN 'delivered' WHEN 2 THEN 'dead' ELSE 'waiting' END`

/** Of the event `e`. */
export const OUTCOME = `(
  SELECT CASE
    WHEN count(*) = 0 THEN 'unmatched'
    WHEN max(rank = 2) THEN 'dead'
    WHEN max(rank = 1) THEN 'waiting'
    ELSE 'delivered' END
  FROM (${TOGETHER}))`

/** Of the delivery of `e` to the target that is bound to the `?`; NULL: it is not owed to it. */
export const TARGET_OUTCOME = `(SELECT ${STATUS} FROM (${TOGETHER}) WHERE target = ?)`

/** What toEventRow reads, of the event `e`. */
export const EVENT_COLUMNS = `
  e.seq, e.event_id AS eventId, e.received_at AS receivedAt, e.recorded_at AS recordedAt, e.kind, e.source,
  e.account, e.subject, e.thread, e.from_address AS fromAddress, e.to_address AS toAddress,
  e.took_ms AS tookMs,
  (SELECT json_group_array(json_object('target', target, 'status', ${STATUS}, 'attempts', attempts))
   FROM (${TOGETHER} ORDER BY target)) AS deliveries,
  (SELECT count(*) FROM events AS part WHERE ${PARTS} AND part.replay IS NOT NULL) AS replays`

export interface RawEvent extends Omit<EventRow, 'endpoint' | 'outcome' | 'deliveries'> {
  /** JSON: TargetOutcome[]. */
  deliveries: string
}

export function toEventRow(raw: RawEvent): EventRow {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as EVENT_COLUMNS makes it
  const deliveries = JSON.parse(raw.deliveries) as TargetOutcome[]
  return {
    ...raw,
    endpoint: toEndpoint(raw.source),
    outcome: decideOutcome(deliveries.map(({ status }) => status)),
    deliveries,
  }
}

/** The same choice as OUTCOME. */
export function decideOutcome(statuses: readonly DeliveryStatus[]): Outcome {
  if (statuses.length === 0) return 'unmatched'
  if (statuses.includes('dead')) return 'dead'
  return statuses.includes('waiting') ? 'waiting' : 'delivered'
}

const ENDPOINT_SOURCE = '/endpoints/'

export const toEndpointSource = (endpoint: string) => ENDPOINT_SOURCE + endpoint

function toEndpoint(source: string | null): string | null {
  return source?.startsWith(ENDPOINT_SOURCE) === true ? source.slice(ENDPOINT_SOURCE.length) : null
}
