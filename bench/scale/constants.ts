/**
 * What the product itself allows. Taken from the code, never copied: what a module exports is imported;
 * what it keeps to itself, or what only workerd can load, is read from its source, and a name that is not
 * there throws.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { QUEUES } from '../../src/cli/dev/runtime.ts'
import type { Bounds } from '../../src/consumer/pace.ts'
import { MAX_SHARDS } from '../../src/events/shard.ts'
import { PAGE_EVENTS } from '../../src/ledger/patrol.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Of `const NAME = 8` or `const NAME = 2 * 60_000`, a product of numbers. */
export function readConstant(path: string, name: string): number {
  const source = readFileSync(join(ROOT, path), 'utf8')
  const [, text = ''] =
    new RegExp(`^(?:export )?const ${name} = ([\\d_ *]+)$`, 'm').exec(source) ?? []
  const value = text
    .split('*')
    .reduce((product, factor) => product * Number(factor.replaceAll('_', '').trim() || NaN), 1)
  if (Number.isNaN(value)) throw new Error(`${path} has no number called ${name}`)
  return value
}

/** Of `const NAME = { forMs: 25_000, slowMs: 2_000 }`. */
function readBounds(path: string, name: string): Bounds {
  const source = readFileSync(join(ROOT, path), 'utf8')
  const pattern = new RegExp(`^const ${name} = \\{ forMs: ([\\d_]+), slowMs: ([\\d_]+) \\}$`, 'm')
  const [forMs, slowMs] = (pattern.exec(source) ?? [])
    .slice(1)
    .map((text) => Number(text.replaceAll('_', '')))
  if (forMs === undefined || slowMs === undefined) throw new Error(`${path} has no ${name}`)
  return { forMs, slowMs }
}

interface ConsumerFile {
  queues: { consumers: { max_concurrency?: number }[] }
}

/** The first queue of wrangler.consumer.toml is that of events; a test of the command compares the rest. */
function readConsumers(): number {
  const text = readFileSync(join(ROOT, 'wrangler.consumer.toml'), 'utf8')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file; what is missing throws
  const { queues } = parse(text) as unknown as ConsumerFile
  const consumers = queues.consumers[0]?.max_concurrency
  if (consumers === undefined) throw new Error('wrangler.consumer.toml has no max_concurrency')
  return consumers
}

const [events] = QUEUES
if (!events) throw new Error('no queue of events')

export const OURS = {
  batchSize: events.maxBatchSize,
  batchWaitMs: events.maxBatchTimeout * 1_000,
  /** Invocations of the consumer at a time, unless one changes the wrangler file. */
  consumers: readConsumers(),
  /** By the minute, for each ledger, up to so many ledgers; more of them share what those have. */
  fullShards: readConstant('src/consumer/housekeeping.ts', 'FULL_SHARDS'),
  prunedPerRun: readConstant('src/consumer/housekeeping.ts', 'MAX_PRUNED'),
  pruneStep: readConstant('src/ledger/prune.ts', 'STEP_EVENTS'),
  /** As long as there is time for it, and calls are quick. */
  pruneBounds: readBounds('src/consumer/housekeeping.ts', 'PRUNE'),
  patrolledPage: PAGE_EVENTS,
  patrolledPerRun: PAGE_EVENTS * readConstant('src/consumer/housekeeping.ts', 'MAX_ROUNDS'),
  patrolBounds: readBounds('src/consumer/housekeeping.ts', 'PATROL'),
  outboxPerRun:
    readConstant('src/consumer/outbox.ts', 'PAGE_KEYS') *
    readConstant('src/consumer/outbox.ts', 'MAX_PAGES'),
  cronMs: 60_000,
  laneQueue: readConstant('src/consumer/outlook.ts', 'MAX_QUEUED'),
  laneGatherMs: readConstant('src/consumer/lane.ts', 'GATHER_MS'),
  maxShards: MAX_SHARDS,
  maxConcurrency: readConstant('src/config/compile-targets.ts', 'MAX_CONCURRENCY'),
}
