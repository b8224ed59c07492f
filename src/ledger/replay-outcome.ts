/** What became of a replay: of the events that it brought, how many are delivered, dead or waiting. */
import { bounded } from './d1.ts'
import { isSettled } from './settled.ts'

export interface ReplayOutcome {
  /** How many events have come out of the queue. */
  events: number
  /** Deliveries of these events. */
  delivered: number
  dead: number
  waiting: number
  /** False: there are more behind what was looked at. */
  isComplete: boolean
}

/** What a replay brings comes soon after it began, among everything else that comes. */
const MAX_SCANNED = 20_000

// There is no index by replay: each event would pay for it.
const COUNT = `
  WITH
    stretch AS MATERIALIZED (
      SELECT seq, replay, targets, settled FROM events WHERE seq > ?2 ORDER BY seq LIMIT ?3
    ),
    replayed AS (SELECT seq, targets, settled FROM stretch WHERE replay = ?1),
    statuses AS (
      SELECT iif(${isSettled('replayed', 'owed.value')}, 'delivered',
                 coalesce(deliveries.status, 'waiting')) AS status
      FROM replayed
      CROSS JOIN json_each(replayed.targets) AS owed
      LEFT JOIN deliveries ON deliveries.seq = replayed.seq AND deliveries.target = owed.value
    )
  SELECT
    (SELECT count(*) FROM stretch) AS seen,
    (SELECT count(*) FROM replayed) AS events,
    count(*) FILTER (WHERE status = 'delivered') AS delivered,
    count(*) FILTER (WHERE status = 'dead') AS dead,
    count(*) FILTER (WHERE status = 'waiting') AS waiting
  FROM statuses`

type Row = Omit<ReplayOutcome, 'isComplete'> & { seen: number }

/**
 * Rejects when D1 fails.
 *
 * @param startSeq what it brought is behind it
 */
export async function readReplayOutcome(
  db: D1Database,
  replay: string,
  startSeq: number,
  maxScanned = MAX_SCANNED,
): Promise<ReplayOutcome> {
  const found = db.prepare(COUNT).bind(replay, startSeq, maxScanned).first<Row>()
  const row = await bounded(found)
  if (!row) throw new Error('an aggregate without a row')
  const { seen, ...counts } = row
  return { ...counts, isComplete: seen < maxScanned }
}
