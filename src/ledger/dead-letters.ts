/**
 * Records what came out of the dead-letter queue: events that were never delivered, or never claimed.
 *
 * Promises: what is delivered stays delivered; recorded twice is recorded once. An event that was not
 * in the ledger before belongs to nobody yet, so that a message of it that still comes can claim it.
 */
import { bounded } from './d1.ts'
import { packMessage, toStoredSql } from './message-text.ts'
import { isSettled } from './settled.ts'

export interface DeadRow {
  claim: string
  eventId: string
  replay: string | null
  /** Null: all to whom the ledger says it is owed; `*` should it not know the event. */
  targets: readonly string[] | null
  /** Null when the event itself cannot be read, as what follows. */
  kind: string | null
  source: string | null
  account: string | null
  subject: string | null
  from: string | null
  to: string | null
  thread: string | null
  keyName: string | null
  /** When the event was received, milliseconds since the epoch; null: nobody can say. */
  receivedAt: number | null
  reason: string
  attempts: number
  /** Milliseconds since the epoch. */
  deadAt: number
  /** The message as JSON text; the body as it came when it could not be read. */
  payload: string
}

// A replay of which only the reference came is described by the event itself, should that be there. What
// belongs to nobody was known by its dead targets only: each letter may add one.
const EVENTS = `
  INSERT INTO events (claim, event_id, replay, owner, lease_until, received_at, recorded_at,
                      kind, source, account, subject, targets, from_address, to_address, thread,
                      key_name, message)
  SELECT value ->> 'claim', value ->> 'eventId', value ->> 'replay', '', 0,
         coalesce(value ->> 'receivedAt', event.received_at, value ->> 'deadAt'),
         value ->> 'deadAt', coalesce(value ->> 'kind', event.kind),
         coalesce(value ->> 'source', event.source), coalesce(value ->> 'account', event.account),
         coalesce(value ->> 'subject', event.subject), coalesce(value ->> 'targets', '["*"]'),
         coalesce(value ->> 'from', event.from_address), coalesce(value ->> 'to', event.to_address),
         coalesce(value ->> 'thread', event.thread), value ->> 'keyName',
         ${toStoredSql('value')}
  FROM json_each(?1)
  LEFT JOIN events AS event ON event.claim = value ->> 'eventId'
  WHERE true
  ON CONFLICT (claim) DO UPDATE SET
    targets = (
      SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(events.targets)
        UNION SELECT value FROM json_each(excluded.targets)
      )
    ),
    message = coalesce(events.message, excluded.message)
  WHERE events.owner = ''`

const DELIVERIES = `
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT events.seq, owed.value, 'dead', letter.value ->> 'attempts', NULL,
         letter.value ->> 'reason', letter.value ->> 'deadAt', '[]'
  FROM json_each(?1) AS letter
  JOIN events ON events.claim = letter.value ->> 'claim'
  JOIN json_each(coalesce(letter.value ->> 'targets', events.targets)) AS owed
  WHERE NOT ${isSettled('events', 'owed.value')}
  ON CONFLICT (seq, target) DO UPDATE SET
    status = 'dead', next_at = NULL, reason = excluded.reason, updated_at = excluded.updated_at,
    attempts = max(deliveries.attempts, excluded.attempts)
  WHERE deliveries.status = 'waiting'`

export interface DeadRows {
  /** One transaction, all rows or none. Their JSON has MAX_BOUND_BYTES at most. */
  record(rows: readonly DeadRow[]): Promise<void>
}

/** Rejects when D1 fails. */
export function createDeadRows(db: D1Database): DeadRows {
  return {
    async record(rows) {
      const json = JSON.stringify(
        rows.map(({ payload, ...row }) => ({ ...row, ...packMessage(payload) })),
      )
      await bounded(db.batch([EVENTS, DELIVERIES].map((sql) => db.prepare(sql).bind(json))))
    },
  }
}
