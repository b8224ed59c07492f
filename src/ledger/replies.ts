/**
 * What apps behind `origin` answered (migrations/0003, table replies).
 *
 * Promises: an answer may come before its event or after it, and more than once; of several for one
 * event, which copies of a webhook may cause, the earliest stays, in whatever order they come.
 */
import { toBatches } from '../events/batches.ts'
import type { Answer } from '../events/message.ts'
import { MAX_BOUND_BYTES } from './d1.ts'

export interface RecordedReply {
  eventId: string
  /** When it left, milliseconds since the epoch. */
  at: number
  tookMs: number
  answer: Answer
}

// The whole row decides, so that two with one time end the same in either order.
const RECORD = `
  INSERT INTO replies (event_id, at, took_ms, answer)
  SELECT value ->> 'eventId', value ->> 'at', value ->> 'tookMs', value -> 'answer'
  FROM json_each(?1)
  WHERE true
  ON CONFLICT (event_id) DO UPDATE SET
    at = excluded.at, took_ms = excluded.took_ms, answer = excluded.answer
  WHERE (excluded.at, excluded.took_ms, excluded.answer)
      < (replies.at, replies.took_ms, replies.answer)`

/** One transaction, and one statement for as much as D1 takes. */
export async function recordReplies(
  db: D1Database,
  replies: readonly RecordedReply[],
): Promise<void> {
  const batches = toBatches(
    replies.map((reply) => JSON.stringify(reply)),
    { count: 1_000, bytes: MAX_BOUND_BYTES },
    (text) => `${text},`,
  )
  const statements = batches.map((texts) => db.prepare(RECORD).bind(`[${texts.join(',')}]`))
  if (statements.length > 0) await db.batch(statements)
}
