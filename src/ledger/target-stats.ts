/**
 * How targets fare: how many attempts went well, why the others failed, what waits and what is dead.
 *
 * Bounded: it looks at the events of the last day, and at so many of them at most, the newest. Attempts
 * for events that came before that are not counted. What waits is counted up to a number.
 */
import type { UnsentReason } from '../delivery/decide.ts'
import { describeOutcome } from '../delivery/describe.ts'
import { bounded, toRows } from './d1.ts'
import { findSeqs, SKEW_MS } from './reads/seqs.ts'

export interface AttemptCount {
  attempts: number
  delivered: number
}

export interface TargetFailure {
  /** As deliveries have it: `status_500`, `timeout`, `secret_missing`, … */
  reason: string
  /** Attempts of the last day. */
  count: number
  /** Milliseconds since the epoch. */
  lastAt: number
  /** Of the last one. */
  eventId: string
}

/** `isAtLeast`: there are more. */
export interface BoundedCount {
  count: number
  isAtLeast: boolean
}

export interface TargetStats {
  hour: AttemptCount
  day: AttemptCount
  /** The most frequent first. */
  failures: TargetFailure[]
  /** Deliveries. */
  waiting: BoundedCount & { oldestReceivedAt: number | null }
  /** Deliveries that died, also those that were replayed since. */
  dead: BoundedCount
}

export interface AllTargetStats {
  byTarget: Map<string, TargetStats>
  /** From when on events were looked at, milliseconds since the epoch: a day ago, or later. */
  since: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MAX_LOOKED = 10_000
const MAX_COUNTED = 10_000
export const MAX_FAILURES = 10

// With max() the other columns are those of its row (https://sqlite.org/lang_select.html#bareagg).
const ATTEMPTS = `
  SELECT grouped.*, events.event_id AS eventId FROM (
    SELECT attempt.target, attempt.value ->> 'verdict' = 'delivered' AS isGood,
      attempt.value ->> 'status' AS status,
      iif(attempt.value ->> 'status' IS NULL, attempt.value ->> 'reason', NULL) AS words,
      count(*) AS day, count(*) FILTER (WHERE attempt.value ->> 'at' >= ?3) AS hour,
      max(attempt.value ->> 'at') AS lastAt, attempt.seq
    FROM (
      SELECT deliveries.seq, deliveries.target, one.value
      FROM deliveries, json_each(deliveries.history) AS one WHERE deliveries.seq >= ?1
      UNION ALL
      SELECT events.seq, clean.key, clean.value
      FROM events, json_each(events.settled) AS clean WHERE events.seq >= ?1
    ) AS attempt
    WHERE attempt.value ->> 'at' >= ?2
    GROUP BY attempt.target, isGood, status, words
  ) AS grouped
  LEFT JOIN events ON events.seq = grouped.seq`

// SQLite takes a partial index only when its condition stands in the query word for word.
const toOpen = (status: string) => `
  SELECT deliveries.seq FROM deliveries INDEXED BY open_deliveries
  WHERE deliveries.status <> 'delivered' AND deliveries.status = '${status}'
    AND deliveries.target = name.value
  LIMIT ${MAX_COUNTED + 1}`
const OPEN = `
  SELECT counted.*, events.received_at AS oldestReceivedAt FROM (
    SELECT name.value AS target,
      (SELECT count(*) FROM (${toOpen('waiting')})) AS waiting,
      (SELECT min(seq) FROM (${toOpen('waiting')})) AS oldestSeq,
      (SELECT count(*) FROM (${toOpen('dead')})) AS dead
    FROM json_each(?1) AS name
  ) AS counted
  LEFT JOIN events ON events.seq = counted.oldestSeq`

const REACH = `
  SELECT max(?1, coalesce((SELECT max(seq) FROM events), 0) - ?2 + 1) AS seq,
    (SELECT recorded_at FROM events WHERE seq >= coalesce((SELECT max(seq) FROM events), 0) - ?2 + 1
     ORDER BY seq LIMIT 1) AS recordedAt`

interface AttemptGroup {
  target: string
  isGood: number
  status: number | null
  /** Of an attempt without an answer. */
  words: string | null
  day: number
  hour: number
  lastAt: number
  eventId: string | null
}

interface OpenCount {
  target: string
  waiting: number
  dead: number
  oldestReceivedAt: number | null
}

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function readTargetStats(
  db: D1Database,
  targets: readonly string[],
  now: number,
  maxLooked = MAX_LOOKED,
): Promise<AllTargetStats> {
  const [dayAgoSeq = 0] = await findSeqs(db, [now - DAY_MS - SKEW_MS])
  const statement = db.prepare(REACH).bind(dayAgoSeq, maxLooked)
  const reach = await bounded(statement.first<{ seq: number; recordedAt: number | null }>())
  const from = reach?.seq ?? dayAgoSeq
  const [groups, open] = await bounded(
    db.batch([
      db.prepare(ATTEMPTS).bind(from, now - DAY_MS, now - HOUR_MS),
      db.prepare(OPEN).bind(JSON.stringify(targets)),
    ]),
  )
  const byTarget = Map.groupBy(toRows<AttemptGroup>(groups), ({ target }) => target)
  const counts = new Map(toRows<OpenCount>(open).map((row) => [row.target, row]))
  return {
    byTarget: new Map(
      targets.map((name) => [name, toStats(byTarget.get(name) ?? [], counts.get(name))]),
    ),
    since: from > dayAgoSeq ? Math.max(reach?.recordedAt ?? 0, now - DAY_MS) : now - DAY_MS,
  }
}

function toStats(groups: readonly AttemptGroup[], open: OpenCount | undefined): TargetStats {
  const sum = (of: (group: AttemptGroup) => number) =>
    groups.reduce((total, group) => total + of(group), 0)
  return {
    hour: {
      attempts: sum(({ hour }) => hour),
      delivered: sum(({ hour, isGood }) => hour * isGood),
    },
    day: { attempts: sum(({ day }) => day), delivered: sum(({ day, isGood }) => day * isGood) },
    failures: toFailures(groups.filter(({ isGood }) => isGood === 0)),
    waiting: { ...toCount(open?.waiting ?? 0), oldestReceivedAt: open?.oldestReceivedAt ?? null },
    dead: toCount(open?.dead ?? 0),
  }
}

function toFailures(groups: readonly AttemptGroup[]): TargetFailure[] {
  const byReason = Map.groupBy(groups, toReason)
  const failures = [...byReason].map(([reason, some]): TargetFailure => {
    const last = some.reduce((a, b) => (b.lastAt > a.lastAt ? b : a))
    const count = some.reduce((total, { day }) => total + day, 0)
    return { reason, count, lastAt: last.lastAt, eventId: last.eventId ?? '' }
  })
  return failures
    .toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt)
    .slice(0, MAX_FAILURES)
}

const UNSENT_REASONS: readonly UnsentReason[] = [
  'secret_missing',
  'secret_invalid',
  'token_missing',
  'url_invalid',
  'request_invalid',
]
/** From the words of an attempt back to the reason. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ...UNSENT_REASONS.map(
    (reason) => [describeOutcome({ type: 'unsent', reason }, 0), reason] as const,
  ),
  [describeOutcome({ type: 'unreachable' }, 0), 'unreachable'] as const,
])

function toReason({ status, words }: AttemptGroup): string {
  if (status !== null) return `status_${status}`
  // The only ones with a number in their words: the time-out's.
  return REASONS.get(words ?? '') ?? 'timeout'
}

const toCount = (count: number): BoundedCount => ({
  count: Math.min(count, MAX_COUNTED),
  isAtLeast: count > MAX_COUNTED,
})
