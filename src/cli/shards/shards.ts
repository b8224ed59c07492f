/**
 * `switchboard shards`: how many queues and ledgers events are divided over. It writes the bindings of
 * more of them into the wrangler files; `deploy` makes them. Never fewer: what is in one that goes would
 * be out of reach.
 */
import { MAX_SHARDS } from '../../events/shard.ts'
import {
  parseSettings,
  readWranglerFiles,
  type WranglerFile,
} from '../cloudflare/wrangler-files.ts'
import { checkShards, requireShards, SHARD_BINDINGS } from '../project/shards.ts'
import { stageFile } from '../project/write-whole.ts'
import { UsageError } from '../terminal/errors.ts'
import { createTerminal } from '../terminal/terminal.ts'
import { InvalidArgumentError, type DefineVerb } from '../terminal/verb.ts'
import { addShards } from './add-shards.ts'

export const defineShards: DefineVerb = (verb) => {
  verb
    .argument('[n]', 'how many there are to be; without it, say how many there are', parseCount)
    .action((count, options) => {
      const files = readWranglerFiles(process.cwd())
      const from = requireShards(files)
      const terminal = createTerminal(options)
      if (count === undefined || count === from) {
        return terminal.result({ shards: from, changed: [] }, `${toWords(from)}.`)
      }
      const changed = setShards(files, from, count)
      terminal.result({ shards: count, changed }, toText(count, changed))
    })
}

function parseCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= MAX_SHARDS) return count
  throw new InvalidArgumentError(`It is a number from 1 to ${MAX_SHARDS}.`)
}

const toWords = (count: number): string =>
  count === 1
    ? 'Events go through one queue and one ledger'
    : `Events are divided over ${count} shards`

const toText = (count: number, changed: readonly string[]): string =>
  [
    `${toWords(count)}: written into ${changed.join(', ')}.`,
    'Next: switchboard deploy. It makes the queues and databases, and uploads who receives first.',
    'From then on there can be more, but not fewer.',
  ].join('\n')

/** All files, or none. Gives the names of those that changed. */
function setShards(files: readonly WranglerFile[], from: number, to: number): string[] {
  if (to < from) {
    throw new UsageError(`There are ${from} shards, and there cannot be fewer: they hold events.`, {
      code: 'shards_fewer',
      next: 'Leave them: each keeps the events that it was given.',
    })
  }
  const changed = files.map((file): WranglerFile => {
    const added = addShards(file.text, { ...toNames(files, file), from, to })
    if (!added.ok) throw toUnreadable(`${file.name} has ${added.error}`)
    return { ...file, text: added.value, settings: parseSettings(added.value, file.name) }
  })
  const [problem] = checkShards(changed).problems
  if (problem !== undefined) throw toUnreadable(problem)
  const staged = changed.map(({ path, text }) => stageFile(path, text))
  try {
    for (const file of staged) file.commit()
  } finally {
    for (const file of staged) file.discard()
  }
  return changed.map(({ name }) => name)
}

function toNames(files: readonly WranglerFile[], { role, settings }: WranglerFile) {
  const producers = files.flatMap((file) => file.settings.queues.producers)
  const ofFirst = producers.filter(({ binding }) => ['EVENTS', 'DEAD'].includes(binding))
  const consumed = settings.queues.consumers
    .map(({ queue }) => queue)
    .filter((queue) => ofFirst.some((one) => one.queue === queue))
  return { bindings: SHARD_BINDINGS[role], consumed }
}

const toUnreadable = (problem: string) =>
  new UsageError(`The wrangler files cannot be extended: ${problem}. Nothing was changed.`, {
    code: 'shards_unwritable',
    next: 'Write the bindings by hand, as docs/command.md has them.',
  })
