/** The words and the ranges of the overview. */
import type { OverviewRange } from '../../../ledger/reads/types.ts'
import { toKindLabel } from '../../format/kinds.ts'
import type { ApiClient, Good } from '../client.ts'

/** As the API gives it. */
export type OverviewAnswer = Good<Awaited<ReturnType<ApiClient['overview']['$get']>>>

export const RANGES: readonly { range: OverviewRange; label: string; words: string }[] = [
  { range: '1h', label: '1 h', words: 'the last hour' },
  { range: '24h', label: '24 h', words: 'the last 24 hours' },
  { range: '7d', label: '7 d', words: 'the last 7 days' },
]

/** What is not in the list counts as the first. */
export function parseRange(text: string | undefined): OverviewRange {
  return RANGES.find(({ range }) => range === text)?.range ?? '1h'
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
