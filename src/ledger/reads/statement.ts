/** The statements of all lists of events, and how many events they may look at. */
import { toReadableSql } from '../message-text.ts'
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
  message: { events: 10_000, atOnce: 2_000 },
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
 * conditions.
 */
export function toStatement(
  db: D1Database,
  conditions: readonly Condition[],
  range: Range,
): D1PreparedStatement {
  const order = toOrder(range)
  const sql = `
    WITH page AS MATERIALIZED (
      SELECT e.seq ${toPlaces(conditions, range)}
      ORDER BY e.seq ${order} LIMIT ?
    )
    SELECT ${EVENT_COLUMNS} FROM page CROSS JOIN events AS e ON e.seq = page.seq
    ORDER BY page.seq ${order}`
  return db.prepare(sql).bind(...toValues(conditions, range))
}

export interface MessageRow {
  seq: number
  receivedAt: number
  /** As unpackMessage takes it; null: behind what one answer may have in bytes. */
  message: string | null
}

/** Of what the ledger stores: so much in one answer, and the one that is more. */
const MAX_STORED_BYTES = 2_000_000

/** Gives a MessageRow for each event with a message, and no more than `limit`. */
export function toMessageStatement(
  db: D1Database,
  conditions: readonly Condition[],
  range: Range,
): D1PreparedStatement {
  const order = toOrder(range)
  const sql = `
    WITH
      page AS MATERIALIZED (
        SELECT e.seq, length(e.message) AS bytes ${toPlaces(conditions, range)}
          AND e.message IS NOT NULL
        ORDER BY e.seq ${order} LIMIT ?
      ),
      sized AS (SELECT seq, sum(bytes) OVER (ORDER BY seq ${order}) - bytes AS before FROM page)
    SELECT e.seq, e.received_at AS receivedAt,
           iif(before < ${MAX_STORED_BYTES}, ${toReadableSql('e.message')}, NULL) AS message
    FROM sized CROSS JOIN events AS e ON e.seq = sized.seq
    ORDER BY sized.seq ${order}`
  return db.prepare(sql).bind(...toValues(conditions, range))
}

const toOrder = ({ isUp }: Range) => (isUp ? 'ASC' : 'DESC')

/** CROSS JOIN keeps SQLite from walking through all events to look each one up among the few. */
function toPlaces(conditions: readonly Condition[], { candidates }: Range): string {
  const source = candidates
    ? `(SELECT DISTINCT seq FROM (${candidates.sql})) AS one CROSS JOIN events AS e ON e.seq = one.seq`
    : 'events AS e'
  return `FROM ${source}
    WHERE e.seq >= ? AND e.seq < ? AND ${conditions.map(({ sql }) => sql).join('\n AND ')}`
}

const toValues = (
  conditions: readonly Condition[],
  { candidates, from, before, limit }: Range,
): (string | number)[] => [
  ...(candidates?.values ?? []),
  from,
  before,
  ...conditions.flatMap(({ values }) => values),
  limit,
]
