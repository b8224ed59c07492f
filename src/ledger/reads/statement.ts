/** The one statement of all lists of events, and how many events it may look at. */
import type { Candidates } from './candidates.ts'
import type { Condition, Cost } from './conditions.ts'
import { EVENT_COLUMNS } from './outcome.ts'

/**
 * How many events a page looks at, and one statement of it. A message may have 128 KB and more, so few of
 * them at a time.
 */
export const LOOKS: Readonly<Record<Cost, { events: number; atOnce: number }>> = {
  row: { events: 100_000, atOnce: 25_000 },
  lookups: { events: 25_000, atOnce: 5_000 },
  payload: { events: 10_000, atOnce: 2_000 },
}

export interface Range {
  /** Null: all events are. */
  candidates: Candidates | null
  from: number
  before: number
  /** From the oldest on. */
  isUp: boolean
  limit: number
}

/**
 * Gives rows as toEventRow reads them. First which events, then their columns: those cost more than most
 * conditions. CROSS JOIN keeps SQLite from walking through all events to look each one up among the few.
 */
export function toStatement(
  db: D1Database,
  conditions: readonly Condition[],
  { candidates, from, before, isUp, limit }: Range,
): D1PreparedStatement {
  const order = isUp ? 'ASC' : 'DESC'
  const source = candidates
    ? `(SELECT DISTINCT seq FROM (${candidates.sql})) AS one CROSS JOIN events AS e ON e.seq = one.seq`
    : 'events AS e'
  const sql = `
    WITH page AS MATERIALIZED (
      SELECT e.seq FROM ${source}
      WHERE e.seq >= ? AND e.seq < ? AND ${conditions.map((one) => one.sql).join('\n AND ')}
      ORDER BY e.seq ${order} LIMIT ?
    )
    SELECT ${EVENT_COLUMNS} FROM page CROSS JOIN events AS e ON e.seq = page.seq
    ORDER BY page.seq ${order}`
  const values = [...(candidates?.values ?? []), from, before]
  return db.prepare(sql).bind(...values, ...conditions.flatMap((one) => one.values), limit)
}
