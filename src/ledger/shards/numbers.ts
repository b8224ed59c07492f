/** How it all fares, of several ledgers: an event is in one of them, so that the numbers add up. */
import { readOverview, readParts, toOverview } from '../reads/overview.ts'
import type { Overview, OverviewRange } from '../reads/types.ts'
import {
  MAX_FAILURES,
  readTargetStats,
  type AllTargetStats,
  type AttemptCount,
  type BoundedCount,
  type TargetFailure,
  type TargetStats,
} from '../target-stats.ts'
import { askAll, type Ledgers } from './ledgers.ts'

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function readAllOverview(
  dbs: Ledgers,
  range: OverviewRange,
  now: number,
): Promise<Overview> {
  if (dbs.length === 1) return readOverview(dbs[0], range, now)
  return toOverview(range, now, await askAll(dbs, (db) => readParts(db, range, now)))
}

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function readAllTargetStats(
  dbs: Ledgers,
  targets: readonly string[],
  now: number,
): Promise<AllTargetStats> {
  const parts = await askAll(dbs, (db) => readTargetStats(db, targets, now))
  if (parts.length === 1) return parts[0]
  const byTarget = targets.map((name) => {
    const [first, ...others] = parts.flatMap((part) => part.byTarget.get(name) ?? [])
    if (!first) throw new Error('stats without a target that was asked for')
    return [name, others.reduce(addStats, first)] as const
  })
  return { byTarget: new Map(byTarget), since: Math.max(...parts.map(({ since }) => since)) }
}

function addStats(a: TargetStats, b: TargetStats): TargetStats {
  const oldest = [a, b].flatMap(({ waiting: { oldestReceivedAt: at } }) =>
    at === null ? [] : [at],
  )
  return {
    hour: addAttempts(a.hour, b.hour),
    day: addAttempts(a.day, b.day),
    failures: addFailures([...a.failures, ...b.failures]),
    waiting: {
      ...addCounts(a.waiting, b.waiting),
      oldestReceivedAt: oldest.length === 0 ? null : Math.min(...oldest),
    },
    dead: addCounts(a.dead, b.dead),
  }
}

const addAttempts = (a: AttemptCount, b: AttemptCount): AttemptCount => ({
  attempts: a.attempts + b.attempts,
  delivered: a.delivered + b.delivered,
})

const addCounts = (a: BoundedCount, b: BoundedCount): BoundedCount => ({
  count: a.count + b.count,
  isAtLeast: a.isAtLeast || b.isAtLeast,
})

function addFailures(failures: readonly TargetFailure[]): TargetFailure[] {
  const byReason = [...Map.groupBy(failures, ({ reason }) => reason).values()]
  return byReason
    .flatMap((some) => {
      const [last] = some.toSorted((a, b) => b.lastAt - a.lastAt)
      return last ? [{ ...last, count: some.reduce((all, { count }) => all + count, 0) }] : []
    })
    .toSorted((a, b) => b.count - a.count || b.lastAt - a.lastAt)
    .slice(0, MAX_FAILURES)
}
