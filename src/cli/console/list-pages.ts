/**
 * Events of the list until there are as many as were asked for. A page of a selective search may be empty
 * and not the last one: the API looks at a bounded stretch for each. So does this: MAX_PAGES.
 */
import type { ApiClient } from './client.ts'
import { read } from './client.ts'
import type { EventItem } from './event-words.ts'
import type { FilterQuery } from './filter.ts'

export interface Listed {
  items: EventItem[]
  /** Where to go on; null: there is nothing more. */
  next: string | null
  /** How far back it looked; null: through everything. */
  searchedTo: string | null
}

export type ReadPage = (limit: number, cursor: string | null) => Promise<Listed>

/** Each looks at 10,000 events at least. */
export const MAX_PAGES = 100
const PAGE = 100

/** @param onPage told after each page that was not the last one */
export async function listPages(
  readPage: ReadPage,
  limit: number,
  start: string | null,
  onPage: (searchedTo: string | null) => void = () => {},
): Promise<Listed> {
  const items: EventItem[] = []
  let cursor = start
  for (let pages = 1; ; pages += 1) {
    const page = await readPage(Math.min(PAGE, limit - items.length), cursor)
    items.push(...page.items)
    const { next, searchedTo } = page
    if (next === null || items.length >= limit || pages >= MAX_PAGES) {
      return { items, next, searchedTo }
    }
    cursor = next
    onPage(searchedTo)
  }
}

export function createReadPage(api: ApiClient, filter: FilterQuery): ReadPage {
  return async (limit, cursor) => {
    const query = { ...filter, limit: String(limit), ...(cursor !== null && { cursor }) }
    return read(api.events.$get({ query }))
  }
}
