/** Composes the consumer from its bindings: everything that is not pure is handed out here, once. */
import { createValueHash, redactMessage } from '../events/redact.ts'
import { toQueueShard, type Bound } from '../events/shard-bindings.ts'
import { pickShard } from '../events/shard.ts'
import { createLedger } from '../ledger/d1-ledger.ts'
import { createDeadRows } from '../ledger/dead-letters.ts'
import { createPauses } from '../ledger/pauses.ts'
import { withGrowth } from '../ledger/shards/growth.ts'
import { createShardedPauses } from '../ledger/shards/pauses.ts'
import { createRareLog, writeLog, type Log } from '../log.ts'
import { createAlerts } from './alerts.ts'
import type { Redact } from './claim.ts'
import { consumeEvents, type ConsumeDeps } from './consume.ts'
import { recordDeadLetters } from './dead-letters.ts'
import type { ConsumerEnv } from './env.ts'
import { runHousekeeping } from './housekeeping.ts'
import { postpone } from './postpone.ts'
import { createSettings } from './settings.ts'
import { readShards, toDatabases, toShardLanes, type Shard } from './shards.ts'

const now = () => Date.now()

export interface Consumer {
  consume(batch: MessageBatch, context: ExecutionContext): Promise<void>
  /** What the cron does. Never rejects. */
  keepHouse(context: ExecutionContext): Promise<void>
}

export interface ConsumerOptions {
  log?: Log
  /** How long a claimed event is left to whoever claimed it, milliseconds. */
  leaseMs?: number
}

/** Queue names with `dead` for a part of them: `switchboard-dead`, `switchboard-dead-staging`. */
const DEAD_QUEUE = /(?:^|-)dead(?:-|$)/

/** @param builtIn the config document that the Worker was deployed with */
export function createConsumer(
  env: ConsumerEnv,
  builtIn: unknown,
  { log = writeLog, leaseMs }: ConsumerOptions = {},
): Consumer {
  const shards = readShards(env)
  if (shards.ok) return createWhole(env, shards.value, builtIn, { log, leaseMs })
  const { error: problem } = shards
  const say = () => log({ event: 'consumer.misconfigured', problem })
  return {
    async consume({ messages }) {
      say()
      for (const message of messages) postpone(message)
    },
    keepHouse: async () => say(),
  }
}

function createWhole(
  env: ConsumerEnv,
  shards: Bound<Shard>,
  builtIn: unknown,
  { log, leaseMs }: { log: Log; leaseMs: number | undefined },
): Consumer {
  const isLive = env['SWITCHBOARD_RELOAD'] === '1'
  const loadSettings = createSettings(env.KV, builtIn, { now, log, isLive })
  const events = (eventId: string) => pickShard(shards, eventId).events
  const alerts = createAlerts({ events, outbox: env.KV, now, log })
  const shared = { alerts, redact: createRedact(env, log), store: env.KV, now, log }
  const parts = shards.map((shard) => ({ ...shared, ...toParts(shard, shards, env, leaseMs) }))

  return {
    async consume(batch, context) {
      const number = toQueueShard(batch.queue, shards.length)
      const part = number === null ? undefined : parts[number - 1]
      const deps = part && { ...part, loadSettings: () => loadSettings(context) }
      if (!deps) {
        // A queue of a shard that is gone from the bindings: nobody knows whose ledger it is.
        log({ event: 'queue.unknown', queue: batch.queue, count: batch.messages.length })
        for (const message of batch.messages) postpone(message)
      } else if (DEAD_QUEUE.test(batch.queue)) await recordDeadLetters(batch, deps)
      else await consumeEvents(batch, deps)
    },
    keepHouse: (context) =>
      runHousekeeping({
        outbox: env.KV,
        events,
        dead: env.DEAD,
        shards,
        pauses: createShardedPauses(toDatabases(shards)),
        loadSettings: () => loadSettings(context),
        alerts,
        now,
        log,
      }),
  }
}

/** What a batch works with that is its shard's own. */
function toParts(
  { number, events, dead, db }: Shard,
  shards: Bound<Shard>,
  env: ConsumerEnv,
  leaseMs: number | undefined,
) {
  const growth = { dbs: toDatabases(shards), shard: number }
  const ofBatch: Pick<
    ConsumeDeps,
    'ledger' | 'pauses' | 'events' | 'dead' | 'lanes' | 'buryUnreadable'
  > = {
    ledger: withGrowth(createLedger(db, leaseMs), growth),
    pauses: createPauses(db),
    lanes: toShardLanes(env.LANES, number),
    events,
    dead,
    buryUnreadable: (body) => dead.send(body, { contentType: toContentType(body) }),
  }
  return { ...ofBatch, rows: createDeadRows(db) }
}

/** Without a key nothing but the fact is kept: a hash that anybody could make hides no phone number. */
function createRedact(env: ConsumerEnv, log: Log): Redact {
  const rareLog = createRareLog(log, now)
  const key = env.REDACT_KEY ?? ''
  const hash = createValueHash(key)
  return (message, names) => {
    if (key === '') rareLog('unkeyed', { event: 'redact.unkeyed', name: 'REDACT_KEY' })
    return redactMessage(message, names, key === '' ? () => 'redacted' : hash)
  }
}

/** As it came, so that it is no larger than it was. */
function toContentType(body: unknown): QueueContentType {
  if (typeof body === 'string') return 'text'
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? 'bytes' : 'v8'
}
