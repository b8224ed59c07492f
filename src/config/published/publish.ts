/**
 * Publishes a document: first it is kept in the history, then it is put where the Workers read it.
 *
 * Promises: what the Workers read is the old document or the new one, whole; every document that went
 * live is kept first. Who dies between the two writes leaves an "unfinished" publication behind, and
 * publishing again finishes the work.
 *
 * Weak where KV is, which has no compare-and-set. Two who publish at once are told apart by announcing
 * first and looking afterwards: each keeps its own document, then looks for another's. Of two at least
 * one sees the other and stops, as long as KV shows both what was just written. It need not: within a
 * minute each may see an older state, and then the last one wins. Both documents are in the history. Two
 * who publish the same version do not stop each other: it is one document.
 */
import { err, ok, type Result } from '../../result.ts'
import { toDocument, type ConfigDocument } from '../document.ts'
import { CONFIG_KEY } from '../source.ts'
import { keep, listPublications } from './history.ts'
import type { KvStore } from './kv-store.ts'
import { readLive, toMark, type Live } from './live.ts'
import { toId, type How, type Publication } from './publication.ts'
import { findUnsettled, placePublications } from './standing.ts'

export interface PublishRequest {
  by: string
  /** Milliseconds since the epoch. */
  at: number
  how: How
  /** Cut when it is longer than KV's metadata has room for: some 900 bytes. */
  message?: string | undefined
  /** What the caller decided on. Another state than this one is not overwritten. */
  seen?: Live | undefined
  /** Of a rollback: the id of the publication that it goes back to. */
  restores?: string | undefined
  /** Overwrite whatever is there. */
  force?: boolean | undefined
}

export type PublishProblem =
  /** `mark`: what is in place, or about to be; null: nothing. Nothing was overwritten. */
  | { reason: 'changed_meanwhile'; mark: string | null }
  /** Somebody else's is on its way, and KV does not show it yet. */
  | { reason: 'unsettled'; publication: Publication }
  /** Nothing was changed. */
  | { reason: 'not_kept'; cause: unknown }
  /** The document is kept, and it is not known to be live. */
  | { reason: 'not_live'; cause: unknown }

export type Published = 'published' | 'unchanged'

/** Rejects when KV cannot be read; nothing was changed then. Safe to repeat. */
export async function publishDocument(
  store: KvStore,
  document: ConfigDocument,
  request: PublishRequest,
): Promise<Result<Published, PublishProblem>> {
  const [live, before] = await Promise.all([readLive(store), listPublications(store)])
  const { seen = live, at, how, force = false } = request
  if (!force && seen.text !== live.text) return changedMeanwhile(toMark(live))
  const unsettled = findUnsettled(placePublications(before, toMark(live)), at)
  // Whoever runs again after a failure finishes their own; a rollback leaves whatever is on its way.
  const isOthers = unsettled && unsettled.version !== document.version && how !== 'rollback'
  if (isOthers && !force) return err({ reason: 'unsettled', publication: unsettled })
  // What KV does not show yet may be something else by now: then it is written again.
  if (isSame(live, document) && !unsettled) return ok('unchanged')
  const publication = toPublication(document, request, live, before)
  const kept = await attempt('not_kept', () => keep(store, document, publication))
  if (!kept.ok) return kept
  const known = [publication, ...before]
  const overtaken = force ? null : await findOvertaking(store, document, { live, known })
  if (overtaken) return changedMeanwhile(overtaken.mark)
  return attempt('not_live', () => store.put(CONFIG_KEY, JSON.stringify(document)))
}

/** The same version, and whole: the parser looked at its checksum. */
export function isSame(live: Live, { version, sha256 }: ConfigDocument): boolean {
  if (live.state !== 'published' || live.version !== version) return false
  return toDocument(live.config, live.version).sha256 === sha256
}

function toPublication(
  { version }: ConfigDocument,
  { by, at, how, message = '', restores }: PublishRequest,
  live: Live,
  [newest]: readonly Publication[],
): Publication {
  // Clocks differ between machines; the order of the history must not.
  const instant = newest ? Math.max(at, newest.at + 1) : at
  return {
    id: toId(instant, version),
    version,
    at: instant,
    by,
    how,
    message: message.trim() || null,
    replaces: toMark(live),
    restores: restores ?? null,
  }
}

/** Who came between our look and our writes with another document; null: nobody that KV shows. */
async function findOvertaking(
  store: KvStore,
  document: ConfigDocument,
  seen: { live: Live; known: readonly Publication[] },
): Promise<{ mark: string | null } | null> {
  const [live, after] = await Promise.all([readLive(store), listPublications(store)])
  const fresh = after.filter(({ id }) => !seen.known.some((one) => one.id === id))
  const other = fresh.find(({ version }) => version !== document.version)
  if (other) return { mark: other.version }
  const isOurs = live.text === seen.live.text || isSame(live, document)
  return isOurs ? null : { mark: toMark(live) }
}

const changedMeanwhile = (mark: string | null) =>
  err({ reason: 'changed_meanwhile' as const, mark })

async function attempt(
  reason: 'not_kept' | 'not_live',
  work: () => Promise<void>,
): Promise<Result<'published', PublishProblem>> {
  try {
    await work()
    return ok('published')
  } catch (cause) {
    return err({ reason, cause })
  }
}
