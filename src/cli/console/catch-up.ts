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

export interface CatchUpParts {
  api: ApiClient
  filter: FilterQuery
  known: KnownEvents
  /** When the watching began, milliseconds since the epoch. */
  startedAt: number
  now: () => number
}

/** For one connection, from its beginning on. */
export interface CatchUp {
  /** In the order of time. Rejects when the API does not answer. */
  look(): Promise<News[]>
  /** Whatever may still happen is told by the connection. */
  isOver(): boolean
}

export const NOTHING_TO_CATCH_UP: CatchUp = { look: async () => [], isOver: () => true }

export function createCatchUp({ api, filter, known, startedAt, now }: CatchUpParts): CatchUp {
  const openedAt = now()
  const before = new Set(known.open(openedAt - WATCHED_MS).map(({ id }) => id))
  const { outcome, ...whole } = filter
  // With one by outcome there may be some that nobody was told of yet.
  const isWaiting = () => outcome !== undefined && now() - openedAt < WATCHED_MS

  /** When the first one of those that are meant came; Infinity: there is none. */
  function toFirst(): number {
    const since = now() - WATCHED_MS
    const open = known.open(since).filter(({ id }) => before.has(id))
    const starts = open.map(({ receivedAt }) => Date.parse(receivedAt))
    return Math.min(...starts, ...(isWaiting() ? [Math.max(since, startedAt)] : []))
  }

  return {
    isOver: () => toFirst() === Infinity,
    async look() {
      const first = toFirst()
      if (first === Infinity) return []
      const query = { ...whole, from: new Date(first).toISOString() }
      const { items } = await listPages(createReadPage(api, query), MAX_LISTED, null)
      return items.toReversed().flatMap((item): News[] => {
        // What came meanwhile comes by the stream.
        if (!known.has(item.id) && !(outcome && isWanted(item, filter))) return []
        const news = known.meet(item, null)
        return news ? [news] : []
      })
    },
  }
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
