/** The words and the ranges of the overview. */
import type { OverviewRange } from '../../../ledger/reads/types.ts'
import { toKindLabel } from '../../format/kinds.ts'
import type { ApiClient, Good } from '../client.ts'

/** As the API gives it. */
export type OverviewAnswer = Good<Awaited<ReturnType<ApiClient['overview']['$get']>>>

export const RANGES = ['1h', '24h', '7d'] as const satisfies readonly OverviewRange[]

interface RangeWords {
  label: string
  words: string
  /** How often the page renews itself: a bar of a week does not change in a quarter of a minute. */
  refresh: string
}

export const RANGE_WORDS: Readonly<Record<OverviewRange, RangeWords>> = {
  '1h': { label: '1 h', words: 'the last hour', refresh: '15s' },
  '24h': { label: '24 h', words: 'the last 24 hours', refresh: '60s' },
  '7d': { label: '7 d', words: 'the last 7 days', refresh: '300s' },
}

/** What is not in the list counts as the first. */
export function parseRange(text: string | undefined): OverviewRange {
  return RANGES.find((range) => range === text) ?? '1h'
}

export const toRangePath = (range: OverviewRange): string =>
  range === '1h' ? '/' : `/?range=${range}`

const OTHER = 'other'

/**
 * By name, and the rest last: the API has the most frequent one first, and a kind would get another colour
 * whenever one overtakes another.
 *
 * @returns the places of `kinds`, in the order in which they are shown
 */
export function toStableOrder(kinds: readonly string[]): number[] {
  const toKey = (at: number): string => (kinds[at] === OTHER ? '~' : (kinds[at] ?? ''))
  return [...kinds.keys()].toSorted((a, b) => (toKey(a) < toKey(b) ? -1 : 1))
}

/** The two names that are no kinds: what else came, and what nobody can read. */
export function toKindTitle(kind: string): string {
  if (kind === OTHER) return 'Other'
  return toKindLabel(kind === 'unreadable' ? null : kind).title
}
