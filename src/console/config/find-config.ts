/** A config by what it is called in a request: `live`, the id of a publication, or a version. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { listPublications, readKept } from '../../config/published/history.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import type { Publication } from '../../config/published/publication.ts'
import { findVersion } from '../../config/published/standing.ts'
import { ProblemError } from '../api/problem.ts'
import type { ActiveConfig, LiveConfig } from '../live-config.ts'
import { LIVE, type Side } from './side.ts'

/** One side of a difference. */
export async function findSide(
  store: KvStore,
  liveConfig: LiveConfig,
  name: string,
): Promise<Side> {
  if (name === LIVE) {
    const { version, config } = await requireActive(liveConfig)
    return { name, version, config }
  }
  const publication = findPublication(await listPublications(store), name)
  return { name, version: publication.version, config: await readWhole(store, publication) }
}

export async function requireActive(liveConfig: LiveConfig): Promise<ActiveConfig> {
  const active = await liveConfig.current()
  if (active) return active
  throw new ProblemError({
    status: 503,
    code: 'config_unusable',
    title: 'There is no config that can be used, neither published nor deployed.',
    detail: 'Publish one: switchboard push.',
  })
}

/** A version may be shortened as long as it names only one. */
export function findPublication<T extends Publication>(
  publications: readonly T[],
  name: string,
): T {
  const exact = publications.find(({ id }) => id === name)
  if (exact) return exact
  const found = findVersion(publications, name)
  if (found.ok) return found.value
  if (found.error.reason === 'unknown') {
    throw new ProblemError({
      status: 404,
      code: 'version_unknown',
      title: 'The history has no such version.',
      detail: 'One that was published within the last minute may not be seen yet.',
    })
  }
  throw new ProblemError({
    status: 409,
    code: 'version_ambiguous',
    title: 'Several versions start so.',
    detail: `Write more of it: ${found.error.versions.join(', ')}`,
  })
}

export async function readWhole(store: KvStore, publication: Publication): Promise<CompiledConfig> {
  const kept = await readKept(store, publication)
  if (kept.ok) return kept.value
  const { reason } = kept.error
  throw reason === 'wrong_format'
    ? new ProblemError({
        status: 409,
        code: 'kept_other_format',
        title: 'The kept document is of another format than this Switchboard reads.',
        detail: 'Check out the config file as it was then, and publish it: switchboard push.',
      })
    : new ProblemError({
        status: 409,
        code: 'kept_broken',
        title: `The kept document is broken (${reason}).`,
        detail:
          'Name another version, or publish the config file as it was then: switchboard push.',
      })
}
