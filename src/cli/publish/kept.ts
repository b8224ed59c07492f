/** A kept document by its version, or an error that says what to do. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { readKept } from '../../config/published/history.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import type { Publication } from '../../config/published/publication.ts'
import { findVersion } from '../../config/published/standing.ts'
import { UsageError } from '../terminal/errors.ts'

export function findKept(publications: readonly Publication[], version: string): Publication {
  const found = findVersion(publications, version)
  if (found.ok) return found.value
  if (found.error.reason === 'unknown') {
    throw new UsageError(`The history has no version "${version}".`, {
      code: 'version_unknown',
      next: 'switchboard history lists them. One of the last minute may not be seen yet.',
    })
  }
  const { versions } = found.error
  throw new UsageError(`Several versions start with "${version}": ${versions.join(', ')}.`, {
    code: 'version_ambiguous',
    next: 'Write more of it.',
  })
}

export async function readWhole(store: KvStore, publication: Publication): Promise<CompiledConfig> {
  const kept = await readKept(store, publication)
  if (kept.ok) return kept.value
  const { version } = publication
  const { reason } = kept.error
  if (reason === 'wrong_format') {
    throw new UsageError(
      `The kept document of ${version} is of another format than this command.`,
      {
        code: 'kept_other_format',
        next: 'Check out the config file as it was then, and publish it: switchboard push',
      },
    )
  }
  throw new UsageError(`The kept document of ${version} is broken (${reason}).`, {
    code: 'kept_broken',
    next: 'Name another version, or check out the config file as it was then: switchboard push',
  })
}
