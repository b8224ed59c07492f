/**
 * Deliveries that went well at once: they are recorded in the event's own row (migrations/0004, column
 * `settled`), all others in the table `deliveries`. Whatever reads or writes deliveries and means all of
 * them asks here.
 *
 * One rule keeps a delivery from being recorded in both: it is settled only while `deliveries` has no row
 * of it, and once it is settled no row is added (it is delivered, and stays so).
 */
import type { AttemptRecord, RecordedDelivery } from './ledger.ts'

/** Whether the row `events` has a target in `settled`. @param target what gives its name in SQL */
export const isSettled = (events: string, target: string) => `EXISTS (
  SELECT 1 FROM json_each(${events}.settled) AS clean WHERE clean.key = ${target})`

/** Whether nothing is recorded of a target of the row `events`. */
export const isUnrecorded = (events: string, target: string) => `(
  NOT ${isSettled(events, target)} AND NOT EXISTS (
    SELECT 1 FROM deliveries
    WHERE deliveries.seq = ${events}.seq AND deliveries.target = ${target}))`

export interface SettledDelivery extends RecordedDelivery {
  attempt: AttemptRecord
}

/** @param settled the column */
export function toSettledDeliveries(settled: string | null): SettledDelivery[] {
  if (settled === null) return []
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as records.ts writes it
  const attempts = JSON.parse(settled) as Record<string, AttemptRecord>
  return Object.entries(attempts).map(([target, attempt]) => ({
    target,
    status: 'delivered',
    attempts: 1,
    nextAt: null,
    reason: null,
    attempt,
  }))
}
