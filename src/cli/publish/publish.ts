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
 * minute each may see an older state, and then the last one wins. Both documents are in the history.
 */
import { toDocument, type ConfigDocument } from '../../config/document.ts'
import { CONFIG_KEY } from '../../config/source.ts'
import type { KvStore } from '../cloudflare/kv.ts'
import { toReason, WorkError } from '../terminal/errors.ts'
import { readLive, toMark, type Live } from './live.ts'
import { keep, listPublications, toId, type How, type Publication } from './publications.ts'
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

export async function publishDocument(
  store: KvStore,
  document: ConfigDocument,
  request: PublishRequest,
): Promise<'published' | 'unchanged'> {
  const [live, before] = await Promise.all([readLive(store), listPublications(store)])
  const { seen = live, at, how, force = false } = request
  if (!force && seen.text !== live.text) throw changedMeanwhile(toMark(live))
  const unsettled = findUnsettled(placePublications(before, toMark(live)), at)
  // Whoever runs again after a failure finishes their own; a rollback leaves whatever is on its way.
  const isOthers = unsettled && unsettled.version !== document.version && how !== 'rollback'
  if (isOthers && !force) throw toUnsettled(unsettled, at)
  // What KV does not show yet may be something else by now: then it is written again.
  if (isSame(live, document) && !unsettled) return 'unchanged'
  const publication = toPublication(document, request, live, before)
  await attempt(keep(store, document, publication), NOT_KEPT)
  if (!force) await refuseIfOvertaken(store, live, [publication, ...before])
  await attempt(store.put(CONFIG_KEY, JSON.stringify(document)), NOT_LIVE)
  return 'published'
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

async function refuseIfOvertaken(
  store: KvStore,
  live: Live,
  known: readonly Publication[],
): Promise<void> {
  const [liveNow, after] = await Promise.all([readLive(store), listPublications(store)])
  const other = after.find(({ id }) => !known.some((one) => one.id === id))
  if (other) throw changedMeanwhile(other.version)
  if (liveNow.text !== live.text) throw changedMeanwhile(toMark(liveNow))
}

function changedMeanwhile(mark: string | null): WorkError {
  const what = mark === null ? 'Somebody removed what was live' : `Somebody published ${mark}`
  return new WorkError(`${what} meanwhile. Nothing was overwritten.`, {
    code: 'changed_meanwhile',
    next: 'Look at "switchboard history" and "switchboard diff", then run this again.',
  })
}

function toUnsettled({ version, by, at }: Publication, now: number): WorkError {
  const seconds = Math.max(Math.round((now - at) / 1_000), 0)
  const message = `${by} published ${version} ${seconds} s ago, and KV does not show it yet.`
  return new WorkError(message, {
    code: 'unsettled',
    next: 'Run this again in a minute; or pass --force if that one broke off.',
  })
}

const NOT_KEPT = { code: 'not_kept', message: 'Nothing was changed: the document was not kept.' }
const NOT_LIVE = {
  code: 'not_live',
  message: 'The document is kept, and it is not known to be live.',
}

async function attempt(work: Promise<void>, { code, message }: typeof NOT_KEPT): Promise<void> {
  try {
    await work
  } catch (error) {
    const next = 'Run this again: it goes on where it stopped.'
    throw new WorkError(`${message} ${toReason(error)}`, { code, next })
  }
}
