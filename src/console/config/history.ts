/** The history with the standing of each publication, and what is live. */
import { listPublications } from '../../config/published/history.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import { readLive, toMark, type Live } from '../../config/published/live.ts'
import { placePublications, type Placed } from '../../config/published/standing.ts'

export interface History {
  live: Live
  /** The newest first. */
  placed: Placed[]
}

export async function readHistory(store: KvStore): Promise<History> {
  const [live, publications] = await Promise.all([readLive(store), listPublications(store)])
  return { live, placed: placePublications(publications, toMark(live)) }
}
