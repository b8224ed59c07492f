/**
 * Records: what became of deliveries (migrations/0002, table deliveries).
 *
 * An attempt counts once: a change that tells of an attempt is taken only if it is a later one than the
 * row knows. A change without an attempt (paused, breaker open) never touches what is finished, and one
 * that waits never takes an attempt back. Dead ends only by a delivery: nobody would come back for what
 * waits then.
 */
import { toBatches } from '../events/batches.ts'
import { MAX_BOUND_BYTES } from './d1.ts'
import type { DeliveryChange } from './ledger.ts'

const STAYS_DEAD = `deliveries.status = 'dead' AND excluded.status = 'waiting'`

const RECORD = `
  INSERT INTO deliveries (seq, target, status, attempts, next_at, reason, updated_at, history)
  SELECT value ->> 'seq', value ->> 'target', value ->> 'status', value ->> 'attempts',
         value ->> 'nextAt', value ->> 'reason', ?2, value -> 'history'
  FROM json_each(?1)
  WHERE true
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
  const rows = changes.map(({ attempt, ...change }) => ({
    ...change,
    history: attempt ? [attempt] : [],
  }))
  const statements = toBatches(rows, { count: 1_000, bytes: MAX_BOUND_BYTES }, (row) =>
    JSON.stringify(row),
  ).map((some) => db.prepare(RECORD).bind(JSON.stringify(some), now))
  if (released.length > 0) statements.push(db.prepare(RELEASE).bind(JSON.stringify(released), now))
  if (statements.length > 0) await db.batch(statements)
}
