/**
 * How many shards the wrangler files give, and whether they agree: each shard is a queue, its dead-letter
 * queue and a ledger, the same in all Workers that have to do with it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readBindingNames, toBindingName, toQueueShard } from '../../events/shard-bindings.ts'
import { readWranglerFiles, WRANGLER_FILES } from '../cloudflare/wrangler-files.ts'
import type { Role, WranglerFile } from '../cloudflare/wrangler-files.ts'
import { UsageError } from '../terminal/errors.ts'

/** What each Worker has of a shard. */
export const SHARD_BINDINGS: Readonly<Record<Role, readonly string[]>> = {
  gateway: ['EVENTS'],
  consumer: ['EVENTS', 'DEAD', 'LEDGER'],
  console: ['LEDGER'],
}

/** `LEDGER`, `LEDGER_2`, … */
export const listLedgers = (shards: number): string[] =>
  Array.from({ length: shards }, (_, i) => toBindingName('LEDGER', i + 1))

/** Whether there are the wrangler files of a project; a config can stand alone. */
export const isProject = (folder: string): boolean =>
  [WRANGLER_FILES.consumer, WRANGLER_FILES.gateway].every((name) => existsSync(join(folder, name)))

/** Where there is no project, one. Throws a UsageError when the files do not agree. */
export function readShardCount(folder: string): number {
  return isProject(folder) ? requireShards(readWranglerFiles(folder)) : 1
}

/** Throws a UsageError when the files do not agree. */
export function requireShards(files: readonly WranglerFile[]): number {
  const { count, problems } = checkShards(files)
  const [problem] = problems
  if (problem === undefined) return count
  throw new UsageError(`The wrangler files do not agree about the shards: ${problem}.`, {
    code: 'shards_differ',
    next: 'Mend it there, or run: switchboard shards <n>',
  })
}

export interface CheckedShards {
  /** What the consumer's file says. */
  count: number
  /** In words. */
  problems: string[]
}

export function checkShards(files: readonly WranglerFile[]): CheckedShards {
  const counted = files.flatMap((file) =>
    SHARD_BINDINGS[file.role].map((name) => {
      const names = readBindingNames(listBindings(file), name)
      return { file, name, count: names.ok ? names.value.length : 0, names }
    }),
  )
  const gaps = counted.flatMap(({ file, names }) =>
    names.ok ? [] : [`in ${file.name} ${names.error}`],
  )
  const count = counted.find(({ file }) => file.role === 'consumer')?.count ?? 1
  if (gaps.length > 0) return { count, problems: gaps }
  const others = counted.filter((one) => one.count !== count)
  const problems = others.map(
    (one) => `${one.file.name} has ${one.count} of the binding ${one.name}, and not ${count}`,
  )
  if (problems.length > 0 || count === 1) return { count, problems }
  const twice = findShared(files)
  if (twice.length > 0) return { count, problems: twice }
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  return { count, problems: numbers.flatMap((shard) => checkShard(files, shard, count)) }
}

function listBindings({ settings }: WranglerFile): string[] {
  const bound = [...settings.queues.producers, ...settings.d1_databases]
  return bound.map(({ binding }) => binding)
}

/** A name is a database: two bindings of one name would be one ledger. */
function findShared(files: readonly WranglerFile[]): string[] {
  return files.flatMap(({ name, settings }) => {
    const ledgers = settings.d1_databases.filter(({ binding }) => /^LEDGER(?:_|$)/.test(binding))
    const names = ledgers.map((one) => one.database_name ?? 'switchboard')
    const shared = names.find((one, i) => names.indexOf(one) !== i)
    return shared === undefined ? [] : [`in ${name} two ledgers are the database ${shared}`]
  })
}

/** What Cloudflare would take, and what would lose events or mix them up. */
function checkShard(files: readonly WranglerFile[], shard: number, count: number): string[] {
  const queueOf = (name: string) => findQueues(files, toBindingName(name, shard))
  const [events = '', ...otherQueues] = queueOf('EVENTS')
  const [dead = ''] = queueOf('DEAD')
  const consumers = files.flatMap(({ settings }) => settings.queues.consumers)
  const consumer = consumers.find(({ queue }) => queue === events)
  const problems: (string | null)[] = [
    otherQueues.length > 0
      ? `${toBindingName('EVENTS', shard)} is not the same queue everywhere`
      : null,
    ...[events, dead].map((name) =>
      toQueueShard(name, count) === shard
        ? null
        : `the queue ${name} of shard ${shard} should ${shard === 1 ? 'not end in a number' : `end in -${shard}`}`,
    ),
    consumer ? null : `nobody consumes the queue ${events}`,
    consumer && consumer.dead_letter_queue !== dead
      ? `the dead-letter queue of ${events} should be ${dead}`
      : null,
    consumers.some(({ queue }) => queue === dead) ? null : `nobody consumes the queue ${dead}`,
  ]
  return problems.filter((problem) => problem !== null)
}

function findQueues(files: readonly WranglerFile[], binding: string): string[] {
  const producers = files.flatMap(({ settings }) => settings.queues.producers)
  const queues = producers.filter((one) => one.binding === binding).map(({ queue }) => queue)
  return [...new Set(queues)]
}
