/**
 * The history: each published document is kept in KV under a key of its own.
 *
 * Nothing here is a proof. Whoever may write to the namespace may write a history too.
 */
import { err, ok, type Result } from '../../result.ts'
import type { CompiledConfig } from '../compiled.ts'
import { parseDocument, type ConfigDocument, type DocumentProblem } from '../document.ts'
import type { KvStore } from './kv-store.ts'
import {
  HISTORY_PREFIX,
  parsePublication,
  toKey,
  toMetadata,
  type Publication,
} from './publication.ts'

/** The newest first. Eventually consistent: one of the last minute may be missing. */
export async function listPublications(store: KvStore): Promise<Publication[]> {
  const keys = await store.list(HISTORY_PREFIX)
  return keys
    .flatMap(({ name, metadata }) => parsePublication(name, metadata) ?? [])
    .toSorted((a, b) => b.at - a.at)
}

export async function keep(
  store: KvStore,
  document: ConfigDocument,
  publication: Publication,
): Promise<void> {
  await store.put(toKey(publication.id), JSON.stringify(document), toMetadata(publication))
}

/** `version`: it is another document than its key says. */
export type KeptProblem = DocumentProblem | { reason: 'version' }

/** The kept document, unless it was cut off, edited by hand, or made by another version of Switchboard. */
export async function readKept(
  store: KvStore,
  { id, version }: Publication,
): Promise<Result<CompiledConfig, KeptProblem>> {
  const text = await store.get(toKey(id))
  if (text === null) return err({ reason: 'broken' })
  const parsed = parseDocument(text)
  if (!parsed.ok) return parsed
  return parsed.value.version === version ? ok(parsed.value.config) : err({ reason: 'version' })
}
