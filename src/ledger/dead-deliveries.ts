/**
 * The ledger's record of dead deliveries (migrations/0001).
 *
 * Promises: a row for an event and target that is already there is replaced by a later death and
 * left alone by a repetition of an earlier one, so that recording twice is recording once.
 */
export interface DeadDelivery {
  eventId: string
  /** A target's name, or `*`. */
  target: string
  kind: string | null
  reason: string
  attempts: number
  /** RFC 3339, UTC, milliseconds: compared as text. */
  deadAt: string
  /** The queue message as JSON text, for a replay. */
  message: string
}

/** D1 takes 2 MB in one bound value; quotes in JSON text are escaped once more on the way. */
export const MAX_RECORD_BYTES = 1_900_000

export interface DeadDeliveries {
  /** One statement, all rows or none. The rows' JSON has MAX_RECORD_BYTES at most. */
  record(rows: readonly DeadDelivery[]): Promise<void>
}

// D1 takes 100 bound parameters a statement: the rows go in one, as JSON. `WHERE true` keeps SQLite
// from reading ON CONFLICT as the ON of a join (https://sqlite.org/lang_upsert.html, §2.2).
const RECORD = `
  INSERT INTO dead_deliveries (event_id, target, kind, reason, attempts, dead_at, message)
  SELECT value ->> 'eventId', value ->> 'target', value ->> 'kind', value ->> 'reason',
         value ->> 'attempts', value ->> 'deadAt', value ->> 'message'
  FROM json_each(?1)
  WHERE true
  ON CONFLICT (event_id, target) DO UPDATE SET
    kind = excluded.kind, reason = excluded.reason, attempts = excluded.attempts,
    dead_at = excluded.dead_at, message = excluded.message
  WHERE excluded.dead_at >= dead_deliveries.dead_at`

export function createDeadDeliveries(db: D1Database): DeadDeliveries {
  return {
    async record(rows) {
      await db.prepare(RECORD).bind(JSON.stringify(rows)).run()
    },
  }
}
