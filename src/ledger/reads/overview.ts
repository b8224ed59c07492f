/**
 * What happened in the last hour, day or week: events and deliveries over time, how long replies took, how
 * each target does, what waits and what is dead.
 *
 * Bounded: of more than MAX_LOOKED events it looks at one of k, and multiplies; `sampledOneOf`
 * says so. What came late is counted when it was received. Replays are not counted in, but for what is dead.
 */
import { summarizeDead, type DeadSummary } from '../dead-summary.ts'
import {
  MAX_LOOKED,
  MAX_WAITING,
  readGroups,
  type DeliveryGroup,
  type KindGroup,
} from './overview-looks.ts'
import { toReplyTimes } from './reply-times.ts'
import type {
  Count,
  DeliveriesBucket,
  EventsBucket,
  Overview,
  OverviewRange,
  TargetRate,
} from './types.ts'

const MINUTE_MS = 60_000
const RANGES: Readonly<Record<OverviewRange, { bucketMs: number; buckets: number }>> = {
  '1h': { bucketMs: MINUTE_MS, buckets: 60 },
  '24h': { bucketMs: 30 * MINUTE_MS, buckets: 48 },
  '7d': { bucketMs: 180 * MINUTE_MS, buckets: 56 },
}

const MAX_DEAD = 4_000
/** Besides `other`. */
const MAX_KINDS = 5
const OTHER_KINDS = 'other'

/** What one ledger told. */
export interface OverviewParts {
  groups: Awaited<ReturnType<typeof readGroups>>
  dead: DeadSummary
}

/** Rejects when D1 fails. @param now milliseconds since the epoch */
export async function readOverview(
  db: D1Database,
  range: OverviewRange,
  now: number,
  maxLooked = MAX_LOOKED,
): Promise<Overview> {
  return toOverview(range, now, [await readParts(db, range, now, maxLooked)])
}

/** Rejects when D1 fails. */
export async function readParts(
  db: D1Database,
  range: OverviewRange,
  now: number,
  maxLooked = MAX_LOOKED,
): Promise<OverviewParts> {
  const { bucketMs } = RANGES[range]
  const [groups, dead] = await Promise.all([
    readGroups(db, { from: toFrom(range, now), bucketMs, maxLooked }),
    summarizeDead(db, {}, {}, MAX_DEAD),
  ])
  return { groups, dead }
}

function toFrom(range: OverviewRange, now: number): number {
  const { bucketMs, buckets } = RANGES[range]
  return (Math.floor(now / bucketMs) - buckets + 1) * bucketMs
}

/** @param parts of one ledger, or of several: an event is in one of them, so that counts add up */
export function toOverview(
  range: OverviewRange,
  now: number,
  parts: readonly OverviewParts[],
): Overview {
  const { bucketMs, buckets } = RANGES[range]
  const from = toFrom(range, now)
  const all = parts.map(({ groups }) => groups)
  const kindGroups = all.flatMap((groups) => groups.kinds)
  const deliveries = all.flatMap((groups) => groups.deliveries)
  const ats = Array.from({ length: buckets }, (_, index) => from + index * bucketMs)
  const kinds = toKinds(kindGroups)
  const took = all.flatMap((groups) => groups.took).toSorted((a, b) => a.tookMs - b.tookMs)
  return {
    range,
    from,
    until: now,
    bucketMs,
    sampledOneOf: Math.max(...all.map((groups) => groups.sampledOneOf)),
    total: sum(kindGroups.map(({ count }) => count)),
    unmatched: sum(kindGroups.map(({ unmatched }) => unmatched)),
    kinds,
    events: toEventsBuckets(ats, kinds, kindGroups),
    replies: toReplyTimes(took),
    deliveries: toDeliveriesBuckets(ats, deliveries),
    targets: toTargets(deliveries),
    backlog: toBacklog(all.map(({ waiting }) => waiting)),
    dead: {
      count: sum(parts.map(({ dead }) => dead.events)),
      isAtLeast: parts.some(({ dead }) => !dead.isComplete),
    },
  }
}

function toBacklog(all: readonly OverviewParts['groups']['waiting'][]): Overview['backlog'] {
  const counts = all.map(({ count }) => toCount(count, MAX_WAITING))
  const oldest = all.flatMap(({ oldestReceivedAt: at }) => (at === null ? [] : [at]))
  return {
    count: sum(counts.map(({ count }) => count)),
    isAtLeast: counts.some(({ isAtLeast }) => isAtLeast),
    oldestReceivedAt: oldest.length === 0 ? null : Math.min(...oldest),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

const toCount = (count: number, most: number): Count => ({
  count: Math.min(count, most),
  isAtLeast: count > most,
})

function toKinds(groups: readonly KindGroup[]): string[] {
  const counts = new Map<string, number>()
  for (const { kind, count } of groups) counts.set(kind, (counts.get(kind) ?? 0) + count)
  const frequent = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const kinds = frequent.slice(0, MAX_KINDS).map(([kind]) => kind)
  return frequent.length > MAX_KINDS ? [...kinds, OTHER_KINDS] : kinds
}

function toEventsBuckets(
  ats: readonly number[],
  kinds: readonly string[],
  groups: readonly KindGroup[],
): EventsBucket[] {
  const buckets = ats.map((at) => ({ at, counts: kinds.map(() => 0) }))
  for (const { bucket, kind, count } of groups) {
    const counts = buckets[bucket]?.counts
    const place = kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length - 1
    if (counts) counts[place] = (counts[place] ?? 0) + count
  }
  return buckets
}

function toDeliveriesBuckets(
  ats: readonly number[],
  groups: readonly DeliveryGroup[],
): DeliveriesBucket[] {
  const buckets = ats.map((at) => ({ at, delivered: 0, waiting: 0, dead: 0 }))
  for (const { bucket, status, count } of groups) {
    const found = buckets[bucket]
    if (found) found[status] += count
  }
  return buckets
}

const toTotal = ({ delivered, waiting, dead }: TargetRate) => delivered + waiting + dead

/** The busiest first. */
function toTargets(groups: readonly DeliveryGroup[]): TargetRate[] {
  const byTarget = Map.groupBy(groups, ({ target }) => target)
  const rates = [...byTarget].map(([target, own]) => {
    const of = (status: DeliveryGroup['status']) =>
      sum(own.filter((group) => group.status === status).map(({ count }) => count))
    const [delivered, waiting, dead] = [of('delivered'), of('waiting'), of('dead')]
    const finished = delivered + dead
    const successRate = finished === 0 ? null : delivered / finished
    return { target, delivered, waiting, dead, successRate }
  })
  return rates.toSorted((a, b) => toTotal(b) - toTotal(a) || (a.target < b.target ? -1 : 1))
}
