/**
 * `switchboard diff`: what differs between two configs: the live one, the config file, a kept version.
 * Exit codes as those of `diff`: 0 the same, 1 different, 2 trouble.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { diffConfigs } from '../../config/diff/config-diff.ts'
import { toDiffLines } from '../../config/diff/diff-text.ts'
import { toVersion } from '../../config/document.ts'
import { listPublications } from '../../config/published/history.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import { readLive } from '../../config/published/live.ts'
import { DEFAULT_CONFIG_FILE, loadConfigFile } from '../project/config-file.ts'
import { CommandError, EXIT, UsageError } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import { openCloud } from './cloud.ts'
import { findKept, readWhole } from './kept.ts'
import { paintDiff } from './paint-diff.ts'

const DIFFERENT = 1

export const defineDiff: DefineVerb = (verb) => {
  verb
    .argument('[from]', 'a version, which may be shortened, "live" or "local"', 'live')
    .argument('[to]', 'the same', 'local')
    .option('--config <file>', 'the config that "local" is', DEFAULT_CONFIG_FILE)
    .action(async (from, to, { config: file, json }) => {
      const [before, after] = await orTrouble(() => readBoth([from, to], file))
      const changes = diffConfigs(before.config, after.config)
      const isSame = changes.length === 0
      const title = [`- ${before.name} ${before.version}`, `+ ${after.name} ${after.version}`]
      const lines = isSame ? ['No difference.'] : [...title, '', ...toDiffLines(changes)]
      const data = { from: toData(before), to: toData(after), isSame, changes }
      createTerminal({ json }).result(data, paintDiff(lines, process.stdout).join('\n'))
      if (!isSame) process.exitCode = DIFFERENT
    })
}

interface Side {
  /** As it was asked for. */
  name: string
  version: string
  config: CompiledConfig
}

const toData = ({ name, version }: Side) => ({ name, version })

async function readBoth([from, to]: [string, string], file: string): Promise<[Side, Side]> {
  const local = [from, to].includes('local') ? await loadConfigFile(file, { local: false }) : null
  const { store } = await openCloud(process.env, process.cwd())
  const read = (name: string) => readSide(store, name, local)
  return Promise.all([read(from), read(to)])
}

async function readSide(store: KvStore, name: string, local: CompiledConfig | null): Promise<Side> {
  if (name === 'local' && local) return { name, version: toVersion(local), config: local }
  if (name === 'live') return readLiveSide(store)
  const publication = findKept(await listPublications(store), name)
  const { version } = publication
  return { name: 'version', version, config: await readWhole(store, publication) }
}

async function readLiveSide(store: KvStore): Promise<Side> {
  const live = await readLive(store)
  if (live.state === 'published') return { name: 'live', ...live }
  if (live.state === 'none') {
    throw new UsageError('Nothing is published: the config of the last deploy is live.', {
      code: 'nothing_published',
      next: 'switchboard push',
    })
  }
  throw new UsageError(`What is published is broken (${live.reason}).`, {
    code: 'live_broken',
    next: 'switchboard push, or: switchboard rollback',
  })
}

/** A script that asks for a difference must not take a failure for one. */
async function orTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.failed) throw error
    const { message, code, next } = error
    throw new UsageError(message, { code, ...(next === null ? {} : { next }) })
  }
}
