/** `switchboard rollback`: publishes a kept document again, under its own version. */
import { toDocument } from '../../config/document.ts'
import { listPublications } from '../../config/published/history.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import { readLive, toMark, type Live } from '../../config/published/live.ts'
import type { Publication } from '../../config/published/publication.ts'
import { decideRollback, type NoWayBack } from '../../config/published/standing.ts'
import { UsageError } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import { openCloud } from './cloud.ts'
import { findKept, readWhole } from './kept.ts'
import { release } from './release.ts'

export const defineRollback: DefineVerb = (verb) => {
  verb
    .argument('[version]', 'where to; may be shortened; default: what was live before')
    .option('--message <text>', 'why, for the history')
    .option(
      '--via <url>',
      'where the gateway answers; default: publicUrl of that config',
      parseHttpUrl,
    )
    .option('--wait', 'wait until the gateway uses it')
    .option('--dry-run', 'check and show the difference only')
    .option('--force', 'publish what could not be checked, lacks a secret, or changed meanwhile')
    .option('--yes', 'do not ask')
    .action(async (version, { json, ...options }) => {
      const cloud = await openCloud(process.env, process.cwd())
      const live = await readLive(cloud.store)
      const goal = await findGoal(cloud.store, live, version)
      const document = toDocument(await readWhole(cloud.store, goal), goal.version)
      const choice = { document, how: 'rollback', live, restores: goal.id } as const
      await release(createTerminal({ json }), cloud, choice, options)
    })
}

async function findGoal(
  store: KvStore,
  live: Live,
  version: string | undefined,
): Promise<Publication> {
  const publications = await listPublications(store)
  if (version !== undefined) return findKept(publications, version)
  const decided = decideRollback(publications, toMark(live), Date.now())
  if (decided.ok) return decided.value
  throw toError(decided.error)
}

function toError(problem: NoWayBack): UsageError {
  const { reason: code } = problem
  const next = 'Name a version: switchboard rollback <version>; switchboard history lists them.'
  switch (problem.reason) {
    case 'nothing_kept':
      return new UsageError('Nothing was published with this command yet.', { code })
    case 'nothing_before':
      return new UsageError('What is live was the first that was published.', { code, next })
    case 'not_kept':
      return new UsageError(`What was live before (${problem.mark}) is not in the history.`, {
        code,
        next,
      })
    case 'unsettled': {
      const { version, by } = problem.publication
      const message = `${by} published ${version} a moment ago, and KV does not show it yet.`
      return new UsageError(message, { code, next: `Run this again in a minute. Or: ${next}` })
    }
  }
}
