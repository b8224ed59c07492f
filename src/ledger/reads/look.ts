/**
 * One look at a stretch of events: those that a filter wants, in one round trip; with a text to search for
 * in two, since the ledger holds messages compressed, and they are read here and not in SQL.
 *
 * Bounded: a look at messages ends after so many of them, or so many bytes, and says where it stopped.
 */
import { bounded, toRows } from '../d1.ts'
import { unpackMessage } from '../message-text.ts'
import { toConditions, toCost, type Condition } from './conditions.ts'
import { EVENT_COLUMNS, type RawEvent } from './outcome.ts'
import { LOOKS, toMessageStatement, toStatement, type MessageRow, type Range } from './statement.ts'
import { createTextMatcher } from './text.ts'
import type { EventFilter } from './types.ts'

export interface Place {
  seq: number
  receivedAt: number
}

export interface Looked {
  /** As many as the range's limit at most, in its order. */
  raw: RawEvent[]
  /** The last event that was looked at, when not all of the range was. */
  stoppedAt: Place | null
  /** What `others` gave. */
  results: D1Result[]
}

export interface Search {
  /** How many events a page looks at, and one look. */
  events: number
  atOnce: number
  /** Rejects when D1 fails. @param others statements for the same round trip */
  look(range: Range, others: readonly D1PreparedStatement[]): Promise<Looked>
}

/** Messages in one look. */
const MAX_MESSAGES = 500

export function createSearch(db: D1Database, filter: EventFilter): Search {
  const conditions = toConditions(filter)
  const bounds = LOOKS[toCost(conditions, filter)]
  const { text } = filter
  if (text !== undefined) {
    const matches = createTextMatcher(text)
    return { ...bounds, look: (...at) => lookAtMessages(db, { conditions, matches }, ...at) }
  }
  return {
    ...bounds,
    async look(range, others) {
      const statements = [toStatement(db, conditions, range), ...others]
      const [found, ...results] = await bounded(db.batch(statements))
      return { raw: toRows<RawEvent>(found), stoppedAt: null, results }
    },
  }
}

interface Wanted {
  conditions: readonly Condition[]
  matches: (message: string) => boolean
}

async function lookAtMessages(
  db: D1Database,
  { conditions, matches }: Wanted,
  range: Range,
  others: readonly D1PreparedStatement[],
): Promise<Looked> {
  const statement = toMessageStatement(db, conditions, { ...range, limit: MAX_MESSAGES + 1 })
  const [found, ...results] = await bounded(db.batch([statement, ...others]))
  const rows = toRows<MessageRow>(found)
  const end = rows.findIndex(({ message }, index) => message === null || index === MAX_MESSAGES)
  const looked = end < 0 ? rows : rows.slice(0, end)
  const seqs = looked.filter(isMatch(matches)).map(({ seq }) => seq)
  const last = looked.at(-1)
  return {
    raw: await readRaw(db, seqs.slice(0, range.limit)),
    stoppedAt: end < 0 || !last ? null : { seq: last.seq, receivedAt: last.receivedAt },
    results,
  }
}

/** What cannot be read has no text. */
const isMatch =
  (matches: Wanted['matches']) =>
  ({ message }: MessageRow): boolean => {
    const unpacked = unpackMessage(message ?? '')
    return unpacked.ok && matches(unpacked.value)
  }

/** Events by their `seq`, in that order; what is not there is left out. */
export async function readRaw(db: D1Database, seqs: readonly number[]): Promise<RawEvent[]> {
  if (seqs.length === 0) return []
  const sql = `
    SELECT ${EVENT_COLUMNS} FROM json_each(?1) AS wanted CROSS JOIN events AS e ON e.seq = wanted.value
    ORDER BY wanted.key`
  const found = db.prepare(sql).bind(JSON.stringify(seqs)).all<RawEvent>()
  return (await bounded(found)).results
}
