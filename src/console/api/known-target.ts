/** Names of targets, checked against the config, so that nothing is done, or recorded, for one that is none. */
import { requireActive } from '../config/find-config.ts'
import type { ConsoleDeps } from '../deps.ts'
import { ProblemError } from './problem.ts'

export const unknownTarget = () =>
  new ProblemError({
    status: 404,
    code: 'target_unknown',
    title: 'The config has no target of this name.',
  })

/** Rejects with a problem. */
export async function requireTargets(
  names: readonly string[],
  { liveConfig }: Pick<ConsoleDeps, 'liveConfig'>,
): Promise<void> {
  const { config } = await requireActive(liveConfig)
  const known = new Set(config.targets.map(({ name }) => name))
  if (!names.every((name) => known.has(name))) throw unknownTarget()
}
