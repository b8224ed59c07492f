/** A page of what is dead, event by event, for people: in the order in which a replay would send it. */
import { bounded } from './d1.ts'
import { readDeadPage, type DeadFilter, type Death } from './replays.ts'

export interface DeadEventRow {
  seq: number
  eventId: string
  /** Null: nobody knows. */
  kind: string | null
  /** Milliseconds since the epoch. */
  receivedAt: number
  deaths: Death[]
}

/** So many dead deliveries are looked at for a page, when few of them pass the filter. */
const SCAN = 1_000

const DESCRIBE = `
  SELECT events.seq, events.kind, events.received_at AS receivedAt
  FROM json_each(?1) AS wanted JOIN events ON events.seq = wanted.value`

interface Row {
  seq: number
  kind: string | null
  receivedAt: number
}

/** Rejects when D1 fails. @returns `next`: where the next page begins; null: this was the last one */
export async function listDead(
  db: D1Database,
  filter: DeadFilter,
  { after, limit }: { after: number; limit: number },
): Promise<{ rows: DeadEventRow[]; next: number | null }> {
  const { events, next } = await readDeadPage(db, { filter, after, limit, scan: SCAN })
  const seqs = JSON.stringify(events.map(({ seq }) => seq))
  const { results } = await bounded(db.prepare(DESCRIBE).bind(seqs).all<Row>())
  const bySeq = new Map(results.map((row) => [row.seq, row]))
  return {
    rows: events.flatMap(({ seq, eventId, deaths }) => {
      const row = bySeq.get(seq)
      // Deleted between the two: it is not there any more.
      return row ? [{ ...row, eventId, deaths }] : []
    }),
    next,
  }
}
