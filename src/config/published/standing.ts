/**
 * Reads a history: which publication is live, which never took effect, and where a rollback goes. Pure.
 *
 * A publication says what it replaced. So the next one tells whether it took effect: one that found the
 * same in place as its predecessor found did not see that predecessor at work.
 */
import { err, ok, type Result } from '../../result.ts'
import { BROKEN_MARK } from './live.ts'
import type { Publication } from './publication.ts'

export type Standing =
  | 'live'
  | 'replaced'
  /** Kept, and never found in place: it broke off, was overtaken, or KV does not show it yet. */
  | 'unfinished'

export type Placed = Publication & { standing: Standing }

/** `mark`: what is in place now. The newest first, as they come from KV. */
export function placePublications(
  publications: readonly Publication[],
  mark: string | null,
): Placed[] {
  let isLiveFound = false
  return publications.map((publication, i) => {
    const next = publications[i - 1]
    const found = next ? next.replaces : mark
    const { version, replaces } = publication
    if (found !== version && found === replaces) return { ...publication, standing: 'unfinished' }
    const isLive = !isLiveFound && version === mark
    isLiveFound ||= isLive
    return { ...publication, standing: isLive ? 'live' : 'replaced' }
  })
}

/** KV says that a write is seen everywhere after this long, or a little longer. */
const SETTLE_MS = 60_000

/** The newest publication, when KV may simply not show it yet. */
export function findUnsettled(placed: readonly Placed[], now: number): Placed | null {
  const [newest] = placed
  if (newest?.standing !== 'unfinished') return null
  return Math.abs(now - newest.at) < SETTLE_MS ? newest : null
}

export type NoWayBack =
  /** Nothing was ever published with this command. */
  | { reason: 'nothing_kept' }
  /** What is live was the first. */
  | { reason: 'nothing_before' }
  /** What came before was not published with this command, and so is not kept. */
  | { reason: 'not_kept'; mark: string }
  /** One is on its way, and KV does not show it yet. */
  | { reason: 'unsettled'; publication: Publication }

/**
 * The publication before the live one. Each rollback goes one further back, like "undo": after a
 * rollback from 3 to 2 the next one goes to 1, since 3 is what had to be left.
 */
export function decideRollback(
  publications: readonly Publication[],
  mark: string | null,
  now: number,
): Result<Publication, NoWayBack> {
  const placed = placePublications(publications, mark)
  const unsettled = findUnsettled(placed, now)
  if (unsettled) {
    // A rollback that broke off a moment ago is done again, not taken one further back.
    const goal = publications.find(({ id }) => id === unsettled.restores)
    return goal ? ok(goal) : err({ reason: 'unsettled', publication: unsettled })
  }
  const live = placed.find(({ standing }) => standing === 'live')
  if (live) return findBefore(live, publications)
  // Something else is in place: back to the last that was published.
  const last = placed.find(({ standing }) => standing === 'replaced')
  return last ? ok(last) : err({ reason: 'nothing_kept' })
}

function findBefore(
  live: Publication,
  publications: readonly Publication[],
): Result<Publication, NoWayBack> {
  let place = live
  for (;;) {
    const older = publications.filter(({ at }) => at < place.at)
    const restored = older.find(({ id }) => id === place.restores)
    if (!restored && place.replaces === null) return err({ reason: 'nothing_before' })
    const before = restored ?? older.find(({ version }) => version === place.replaces)
    if (!before) return err({ reason: 'not_kept', mark: place.replaces ?? BROKEN_MARK })
    // A restored one is the same document: what counts is what that one replaced.
    if (before.version !== live.version) return ok(before)
    place = before
  }
}

export type VersionProblem = { reason: 'unknown' } | { reason: 'ambiguous'; versions: string[] }

/** The newest publication of a version, which may be shortened as long as it names only one. */
export function findVersion<T extends Publication>(
  publications: readonly T[],
  text: string,
): Result<T, VersionProblem> {
  const exact = publications.find(({ version }) => version === text)
  if (exact) return ok(exact)
  const matching = publications.filter(({ version }) => version.startsWith(text))
  const versions = [...new Set(matching.map(({ version }) => version))]
  if (versions.length > 1) return err({ reason: 'ambiguous', versions })
  const [first] = matching
  return first ? ok(first) : err({ reason: 'unknown' })
}
