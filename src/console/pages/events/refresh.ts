/**
 * What became of events that were waiting when a page showed them. One look at the list of all that waits
 * tells which of them do not any more; only those are read.
 */
import { ProblemError } from '../../api/problem.ts'
import { read, type ApiClient, toParam } from '../client.ts'
import type { EventItem } from './shapes.ts'

/** In one answer; the others are told with the next one. */
const MAX_READ = 10
const MAX_WAITING = '100'

/** @param waiting ids, as the script lists them */
export async function readRefreshed(client: ApiClient, waiting: string): Promise<EventItem[]> {
  const ids = waiting.split(',').filter((id) => id !== '')
  if (ids.length === 0) return []
  const query = { outcome: 'waiting' as const, limit: MAX_WAITING }
  const { items } = await read(client.events.$get({ query }))
  const still = new Set(items.map(({ id }) => id))
  const changed = ids.filter((id) => !still.has(id)).slice(0, MAX_READ)
  const events = await Promise.all(changed.map((id) => readEvent(client, id)))
  return events.filter((event) => event !== null)
}

/** Null: it is gone; its row stays as it is until the page is loaded again. */
async function readEvent(client: ApiClient, id: string): Promise<EventItem | null> {
  try {
    return (await read(client.events[':id'].$get({ param: toParam({ id }) }))).event
  } catch (error) {
    if (error instanceof ProblemError && error.problem.status === 404) return null
    throw error
  }
}
