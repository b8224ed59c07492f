/**
 * Deletes what is old beside the events: failed logins, replays in bulk that have ended, and replies
 * whose event the ledger does not have.
 *
 * Weak for the last: a call looks at a few of them, wherever chance has it begin, so that they go in the
 * course of days. There are none but those of an event that never came, or was gone when they came.
 */
import { bounded } from './d1.ts'

export interface ForgetRequest {
  /** As the events: milliseconds since the epoch. */
  olderThan: number
  now: number
}

/** An attempt to log in counts for minutes. */
const LOGIN_FAILURE_MS = 86_400_000
const MAX_REPLIES = 100

const LOGIN_FAILURES = 'DELETE FROM login_failures WHERE window < ?1'

const REPLAY_JOBS = `DELETE FROM replay_jobs WHERE state <> 'running' AND created_at < ?1`

// Ids of events are a hash behind `evt_`; those that Twilio gave to a stream's begin with `EZ`.
const REPLIES = `
  DELETE FROM replies WHERE event_id IN (
    SELECT event_id FROM (
      SELECT event_id, at FROM replies
      WHERE event_id >= (
        SELECT iif(random() % 2 = 0, 'evt_', 'EZ') || lower(hex(randomblob(4)))
      )
      ORDER BY event_id LIMIT ${MAX_REPLIES}
    ) AS some
    WHERE at < ?1 AND NOT EXISTS (SELECT 1 FROM events WHERE events.claim = some.event_id)
  )`

/** Rejects when D1 fails. */
export async function forget(db: D1Database, { olderThan, now }: ForgetRequest): Promise<void> {
  await bounded(
    db.batch([
      db.prepare(LOGIN_FAILURES).bind(now - LOGIN_FAILURE_MS),
      db.prepare(REPLAY_JOBS).bind(olderThan),
      db.prepare(REPLIES).bind(olderThan),
    ]),
  )
}
