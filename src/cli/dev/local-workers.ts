/** What the local Workers are made of: their bindings, one of each for a shard, and what calls them. */
import { toBindingName } from '../../events/shard-bindings.ts'

/** As wrangler.consumer.toml has it for the first shard. */
export interface LocalQueue {
  name: string
  maxBatchSize: number
  maxBatchTimeout: number
  maxRetries: number
  deadLetterQueue?: string
}

/** Of the first shard the name alone. */
const toName = (name: string, shard: number): string => (shard === 1 ? name : `${name}-${shard}`)

const toQueues = (shards: readonly number[], queues: readonly LocalQueue[]) =>
  shards.flatMap((shard) =>
    queues.map(({ name, deadLetterQueue, ...settings }) => ({
      name: toName(name, shard),
      ...settings,
      ...(deadLetterQueue !== undefined && { deadLetterQueue: toName(deadLetterQueue, shard) }),
    })),
  )

/** A binding of each shard, by their names. */
function toBindings<T>(name: string, shards: readonly number[], toOne: (shard: number) => T) {
  return Object.fromEntries(shards.map((shard) => [toBindingName(name, shard), toOne(shard)]))
}

const KV = { type: 'kv', id: 'switchboard' } as const
const toEvents = (shard: number) =>
  ({ type: 'queue', name: toName('switchboard-events', shard) }) as const
const toDead = (shard: number) =>
  ({ type: 'queue', name: toName('switchboard-dead', shard) }) as const
const toLedger = (shard: number) => ({ type: 'd1', id: toName('switchboard', shard) }) as const
/** Plain http and private addresses are fine. */
const SWITCHBOARD_LOCAL = { type: 'text', value: '1' } as const
/** What is published counts at once. */
const SWITCHBOARD_RELOAD = { type: 'text', value: '1' } as const
export const GATEWAY = 'switchboard'
export const CONSUMER = 'switchboard-consumer'
const CONSOLE = 'switchboard-console'
const LANES = { type: 'durable-object', worker: CONSUMER, exportName: 'Lane' } as const
const OPERATIONS = { type: 'worker', worker: CONSUMER, exportName: 'Operations' } as const

/** What a Worker is made of, besides its name, its code and the secrets. */
export function toWorkers(shards: readonly number[], queues: readonly LocalQueue[]) {
  const events = toBindings('EVENTS', shards, toEvents)
  const dead = toBindings('DEAD', shards, toDead)
  const ledgers = toBindings('LEDGER', shards, toLedger)
  return [
    {
      name: GATEWAY as WorkerName,
      entry: 'src/gateway/index.ts',
      bindings: { KV, ...events, SWITCHBOARD_RELOAD },
    },
    {
      name: CONSUMER as WorkerName,
      entry: 'src/consumer/index.ts',
      bindings: {
        KV,
        ...events,
        ...dead,
        ...ledgers,
        LANES,
        SWITCHBOARD_LOCAL,
        SWITCHBOARD_RELOAD,
      },
      exports: { Lane: { type: 'durable-object' as const, storage: 'sqlite' as const } },
      triggers: toQueues(shards, queues).map((queue) => ({ type: 'queue' as const, ...queue })),
    },
    {
      name: CONSOLE as WorkerName,
      entry: 'src/console/index.ts',
      bindings: {
        KV,
        ...ledgers,
        CONSUMER: OPERATIONS,
        SWITCHBOARD_LOCAL,
        SWITCHBOARD_RELOAD,
      },
    },
  ]
}

export type WorkerName = typeof GATEWAY | typeof CONSUMER | typeof CONSOLE
