/** How long replies took, from counts of times: percentiles and a histogram. Pure. */
import type { ReplyTimes } from './types.ts'

/** So many took that long, milliseconds. */
export interface TookGroup {
  tookMs: number
  count: number
}

/** Twilio waits 15 s at most, for some kinds 5 s. */
const EDGES_MS = [0, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000]

/** @param groups the quickest first */
export function toReplyTimes(groups: readonly TookGroup[]): ReplyTimes {
  const count = groups.reduce((all, group) => all + group.count, 0)
  return {
    count,
    p50: findPercentile(groups, count * 0.5),
    p95: findPercentile(groups, count * 0.95),
    p99: findPercentile(groups, count * 0.99),
    histogram: EDGES_MS.map((from, index) => {
      const below = EDGES_MS[index + 1] ?? null
      const within = groups.filter(
        ({ tookMs }) => tookMs >= from && (below === null || tookMs < below),
      )
      return { from, below, count: within.reduce((all, group) => all + group.count, 0) }
    }),
  }
}

/** The shortest time that so many did not exceed; null: there are none. */
function findPercentile(groups: readonly TookGroup[], wanted: number): number | null {
  let seen = 0
  for (const { tookMs, count } of groups) {
    seen += count
    if (seen >= wanted) return tookMs
  }
  return groups.at(-1)?.tookMs ?? null
}
