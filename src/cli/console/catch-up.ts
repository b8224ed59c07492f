/**
 * What a new connection cannot know: the stream says what becomes of the events that it sent itself, and a
 * filter by outcome waits for events of one connection. So after a loss the list is asked what became of
 * those from before.
 */
import type { ApiClient } from './client.ts'
import type { EventItem } from './event-words.ts'
import type { FilterQuery } from './filter.ts'
import type { KnownEvents, News } from './known-events.ts'
import { createReadPage, listPages } from './list-pages.ts'

/** As long as the stream itself watches an event, and as many. */
const WATCHED_MS = 600_000
const MAX_LISTED = 500

export interface CatchUp {
  api: ApiClient
  filter: FilterQuery
  known: KnownEvents
  /** When the watching began, milliseconds since the epoch. */
  startedAt: number
  now: () => number
}

/** In the order of time. Rejects when the API does not answer. */
export async function catchUp({ api, filter, known, startedAt, now }: CatchUp): Promise<News[]> {
  const since = now() - WATCHED_MS
  const open = known.open(since).map(({ receivedAt }) => Date.parse(receivedAt))
  // With one by outcome there may be some that nobody was told of yet.
  const first = Math.min(...open, ...(filter.outcome ? [Math.max(since, startedAt)] : []))
  if (first === Infinity) return []
  const { outcome: _, ...whole } = filter
  const query = { ...whole, from: new Date(first).toISOString() }
  const { items } = await listPages(createReadPage(api, query), MAX_LISTED, null)
  return items.toReversed().flatMap((item): News[] => {
    // What came meanwhile comes by the stream.
    if (!known.has(item.id) && !(filter.outcome && isWanted(item, filter))) return []
    const news = known.meet(item, null)
    return news ? [news] : []
  })
}

/** As the stream decides it. */
export function isWanted(
  { outcome: whole, deliveries }: EventItem,
  { outcome, target }: FilterQuery,
): boolean {
  if (outcome === undefined) return true
  if (target === undefined) return whole === outcome
  return deliveries.some((one) => one.target === target && one.status === outcome)
}
