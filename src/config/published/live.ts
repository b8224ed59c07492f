/** What is in KV under the key that the Workers read. Their own parser decides whether it is whole. */
import type { CompiledConfig } from '../compiled.ts'
import { parseDocument, type DocumentProblem } from '../document.ts'
import { CONFIG_KEY } from '../source.ts'
import type { KvStore } from './kv-store.ts'

export type Live =
  /** Nothing was published: the document that the deploy carries counts. */
  | { state: 'none'; text: null }
  /** The Workers refuse it: running ones keep what they have, new ones take the deploy's. */
  | { state: 'broken'; text: string; reason: DocumentProblem['reason'] }
  | { state: 'published'; text: string; version: string; config: CompiledConfig }

/** Eventually consistent, as all of KV: what was written in the last minute may not be seen yet. */
export async function readLive(store: KvStore): Promise<Live> {
  const text = await store.get(CONFIG_KEY)
  if (text === null) return { state: 'none', text }
  const parsed = parseDocument(text)
  if (!parsed.ok) return { state: 'broken', text, reason: parsed.error.reason }
  return { state: 'published', text, ...parsed.value }
}

/** Stands for a document that cannot be read; no version looks like it. */
export const BROKEN_MARK = '(broken)'

/** What a publication says that it replaced. */
export function toMark(live: Live): string | null {
  if (live.state === 'published') return live.version
  return live.state === 'none' ? null : BROKEN_MARK
}
