/** A row of the account for each kind and each enemy: how many, what they were answered, how fast. Pure. */
import type { Sent } from './summary.ts'

export interface Row {
  /** The kind, or the enemy. */
  name: string
  sent: number
  good: number
  statuses: Record<string, number>
  p50: number
  p95: number
  p99: number
}

export function toRows(all: readonly Sent[]): Row[] {
  const groups = Map.groupBy(all, ({ enemy, kind }) => enemy ?? kind)
  const enemies = new Set<string>(all.flatMap(({ enemy }) => enemy ?? []))
  return [...groups]
    .toSorted(([one], [other]) => {
      const order = Number(enemies.has(one)) - Number(enemies.has(other))
      return order === 0 ? one.localeCompare(other) : order
    })
    .map(([name, group]) => toRow(name, group))
}

function toRow(name: string, group: readonly Sent[]): Row {
  const times = group.map(({ durationMs }) => durationMs).toSorted((one, other) => one - other)
  const statuses: Record<string, number> = {}
  for (const { status, loss } of group) {
    const outcome = loss ?? String(status)
    statuses[outcome] = (statuses[outcome] ?? 0) + 1
  }
  return {
    name,
    sent: group.length,
    good: group.filter(({ isGood }) => isGood).length,
    statuses,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
  }
}

/** The nearest rank, in tenths of a millisecond. */
function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return Math.round(value * 10) / 10
}
