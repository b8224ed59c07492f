/** What a chart over time shows: stretches of time, counted in parts; and the same in words. Pure. */
import { formatCount } from '../format/numbers.ts'
import type { Paint } from './pattern.tsx'

export interface Part {
  label: string
  paint: Paint
}

export interface Bucket {
  /** When it begins. Milliseconds since the epoch. */
  at: number
  /** As many as there are parts, in their order; the first one stands on the base. */
  counts: readonly number[]
}

export const toTotal = ({ counts }: Bucket): number => counts.reduce((sum, count) => sum + count, 0)

/** Of one stretch; UTC, since it is no element that the script could rewrite. */
export function toTitle(bucket: Bucket, parts: readonly Part[]): string {
  const shown = parts.flatMap(({ label }, i) => {
    const count = bucket.counts[i] ?? 0
    return count === 0 ? [] : [`${label} ${formatCount(count)}`]
  })
  return `${new Date(bucket.at).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${shown.join(', ')}`
}

export interface Counted {
  /** What is counted, and in what: `webhooks per 5 min`. */
  unit: string
  parts: readonly Part[]
  buckets: readonly Bucket[]
}

/** The whole, and how it is divided: the largest part first. */
export function toSummary({ parts, buckets, unit }: Counted): string {
  const noun = unit.split(' ')[0] ?? unit
  const totals = parts.map(({ label }, i) => ({
    label,
    count: buckets.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0),
  }))
  const all = totals.reduce((sum, { count }) => sum + count, 0)
  if (all === 0) return `No ${noun} in this time.`
  const shown = totals
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .map(({ label, count }) => `${label} ${formatCount(count)}`)
  return `${formatCount(all)} ${noun}: ${shown.join(', ')}.`
}
