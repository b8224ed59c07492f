/**
 * Walks through the events, oldest first, a page at a time (migrations/0002, table cursors).
 *
 * A page is read here; the cursor moves in the transaction of whoever has dealt with it, and only if
 * nobody else has moved it: of two walkers with one page, one counts.
 */
export type CursorName = 'prune' | 'patrol'

/** The events with `seq` above `from`, up to `until`. */
export interface Page {
  /** Where the cursor stands. */
  from: number
  /** `from` when the page is empty. */
  until: number
  /** How many events the page has. */
  seen: number
  /** The event behind it is too young, or there is none. */
  isEnd: boolean
}

// The search for the first young event ends where it finds it, or after as many as a page can have.
const READ = `
  WITH
    place (cursor) AS MATERIALIZED (
      SELECT coalesce((SELECT seq FROM cursors WHERE name = ?1), 0)
    ),
    bounds (cursor, young) AS MATERIALIZED (
      SELECT cursor, (
        SELECT seq FROM (
          SELECT seq, recorded_at FROM events WHERE seq > cursor ORDER BY seq LIMIT ?3
        )
        WHERE recorded_at >= ?2
        LIMIT 1
      )
      FROM place
    ),
    page (seq) AS (
      SELECT seq FROM events
      WHERE seq > (SELECT cursor FROM bounds)
        AND seq < (SELECT coalesce(young, 9223372036854775807) FROM bounds)
      ORDER BY seq LIMIT ?3
    )
  SELECT cursor, (SELECT count(*) FROM page) AS seen, (SELECT max(seq) FROM page) AS last
  FROM bounds`

interface Row {
  cursor: number
  seen: number
  last: number | null
}

/** @param olderThan of `recorded_at`, milliseconds since the epoch: a page ends before what is younger */
export async function readPage(
  db: D1Database,
  name: CursorName,
  olderThan: number,
  maxEvents: number,
): Promise<Page> {
  const row = await db.prepare(READ).bind(name, olderThan, maxEvents).first<Row>()
  if (!row) throw new Error('an aggregate without a row')
  const { cursor, seen, last } = row
  return { from: cursor, until: last ?? cursor, seen, isEnd: seen < maxEvents }
}

const MOVE = `
  INSERT INTO cursors (name, seq) VALUES (?1, ?3)
  ON CONFLICT (name) DO UPDATE SET seq = excluded.seq
  WHERE cursors.seq = ?2 AND cursors.seq <> excluded.seq`

export function moveCursor(
  db: D1Database,
  name: CursorName,
  { from }: Page,
  to: number,
): D1PreparedStatement {
  return db.prepare(MOVE).bind(name, from, to)
}

// SQLite numbers the next event after the highest that is there.
const PULL_BACK = `
  UPDATE cursors SET seq = coalesce((SELECT max(seq) FROM events), 0)
  WHERE seq > coalesce((SELECT max(seq) FROM events), 0)`

/**
 * Belongs into each transaction that deletes events or moves a cursor: when the last ones go, their
 * numbers are given again, and a cursor behind them would miss the new ones.
 */
export function pullBackCursors(db: D1Database): D1PreparedStatement {
  return db.prepare(PULL_BACK)
}
