/**
 * Records: what became of deliveries (migrations/0002, table deliveries; 0004, events.settled).
 *
 * What was delivered at its first attempt is settled in the event's row, all its targets in one statement;
 * unless something was recorded of it before. Everything else is a row of `deliveries`.
 *
 * An attempt counts once: a change that tells of an attempt is taken only if it is a later one than the
 * row knows. A change without an attempt (paused, breaker open) never touches what is finished, and one
 * that waits never takes an attempt back. Dead ends only by a delivery: nobody would come back for what
 * waits then.
 */
import { toBatches } from '../events/batches.ts'
import { MAX_BOUND_BYTES } from './d1.ts'
import type { DeliveryChange } from './ledger.ts'
import { isSettled, isUnrecorded } from './settled.ts'

// Of what is new in it: the first record stays.
const IS_NEW = isUnrecorded('events', 'one.key')
const SETTLE = `
  UPDATE events SET settled = (
    SELECT json_group_object(key, json(value)) FROM (
      SELECT key, value FROM json_each(events.settled)
      UNION ALL
      SELECT one.key, one.value FROM json_each(fresh.value -> 'settled') AS one WHERE ${IS_NEW}
    )
  )
  FROM json_each(?1) AS fresh
  WHERE events.seq = fresh.value ->> 'seq'
    AND EXISTS (SELECT 1 FROM json_each(fresh.value -> 'settled') AS one WHERE ${IS_NEW})`

const STAYS_DEAD = `deliveries.status = 'dead' AND excluded.status = 'waiting'`

const RECORD = `
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT change.value ->> 'seq', change.value ->> 'target', change.value ->> 'status',
         change.value ->> 'attempts', change.value ->> 'nextAt', change.value ->> 'reason', ?2,
         change.value -> 'history'
  FROM json_each(?1) AS change
  LEFT JOIN events ON events.seq = change.value ->> 'seq'
  WHERE NOT ${isSettled('events', "change.value ->> 'target'")}
  ON CONFLICT (seq, target) DO UPDATE SET
    status = iif(${STAYS_DEAD}, 'dead', excluded.status),
    next_at = iif(${STAYS_DEAD}, NULL, excluded.next_at),
    reason = iif(${STAYS_DEAD}, deliveries.reason, excluded.reason),
    attempts = max(deliveries.attempts, excluded.attempts),
    updated_at = excluded.updated_at,
    history = CASE excluded.history
      WHEN '[]' THEN deliveries.history
      ELSE json_insert(deliveries.history, '$[#]', excluded.history -> 0) END
  WHERE deliveries.status <> 'delivered'
    AND CASE excluded.history
      WHEN '[]' THEN deliveries.status = 'waiting'
        AND (excluded.status = 'dead' OR excluded.attempts >= deliveries.attempts)
      ELSE excluded.attempts > deliveries.attempts END`

const RELEASE = `
  UPDATE events SET lease_until = ?2 WHERE seq IN (SELECT value FROM json_each(?1))`

export async function recordChanges(
  db: D1Database,
  changes: readonly DeliveryChange[],
  released: readonly number[],
  now: number,
): Promise<void> {
  const statements = [
    ...toTexts(toSettled(changes)).map((text) => db.prepare(SETTLE).bind(text)),
    // Also what was settled just now, should there have been a row of it: that one says so then.
    ...toTexts(changes.map(toRow)).map((text) => db.prepare(RECORD).bind(text, now)),
  ]
  if (released.length > 0) statements.push(db.prepare(RELEASE).bind(JSON.stringify(released), now))
  if (statements.length > 0) await db.batch(statements)
}

/** All that is clean of an event is one change of its row. */
function toSettled(changes: readonly DeliveryChange[]): object[] {
  const bySeq = Map.groupBy(changes.filter(isClean), ({ seq }) => seq)
  return [...bySeq].map(([seq, some]) => {
    // Of two for one target the first counts.
    const attempts = some.toReversed().map(({ target, attempt }) => [target, attempt] as const)
    return { seq, settled: Object.fromEntries(attempts) }
  })
}

const isClean = ({ status, attempts, attempt }: DeliveryChange) =>
  status === 'delivered' && attempts === 1 && attempt !== null

const toRow = ({ attempt, ...change }: DeliveryChange) => ({
  ...change,
  history: attempt ? [attempt] : [],
})

/** JSON arrays, each within what D1 takes. */
function toTexts(rows: readonly object[]): string[] {
  const texts = rows.map((row) => JSON.stringify(row))
  const batches = toBatches(texts, { count: 1_000, bytes: MAX_BOUND_BYTES }, (text) => `${text},`)
  return batches.map((some) => `[${some.join(',')}]`)
}
