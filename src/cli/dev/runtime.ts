/**
 * Runs the Workers on this machine: workerd with local KV, queues and D1, kept in a state folder.
 *
 * The settings are those of the wrangler files (a test compares them; reading the files here would
 * cost two seconds at each start). The queues live in memory: what was in them before a stop is what the
 * ledger says is owed (requeue.ts), but for the last second, which it may not know of.
 */
import { writeFileSync } from 'node:fs'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import type { ConfigDocument } from '../../config/document.ts'
import { createBoundStore } from '../../config/published/kv-store.ts'
import { publishDocument } from '../../config/published/publish.ts'
import { toBindingName } from '../../events/shard-bindings.ts'
import { bundleWorker } from './bundle.ts'
import { CONSUMER, GATEWAY, toWorkers, type LocalQueue, type WorkerName } from './local-workers.ts'
import { requeueOpen, type Requeued } from './requeue.ts'
import { readMigrations } from './sql-statements.ts'

export const COMPATIBILITY_DATE = '2026-10-12'
const HOST = '127.0.0.1'
/** The consumer's cron is once a minute; here a person is waiting. */
const CRON_INTERVAL_MS = 10_000

export const QUEUES: LocalQueue[] = [
  {
    name: 'switchboard-events',
    maxBatchSize: 100,
    maxBatchTimeout: 1,
    maxRetries: 100,
    deadLetterQueue: 'switchboard-dead',
  },
  { name: 'switchboard-dead', maxBatchSize: 50, maxBatchTimeout: 5, maxRetries: 100 },
]

export interface RuntimeOptions {
  /** Where a Worker listens, on 127.0.0.1; one without a port cannot be called from outside. */
  ports: Partial<Record<WorkerName, number>>
  /** Folder that keeps KV and D1. */
  statePath: string
  /** Where the document is written that the Workers carry. */
  configPath: string
  /** What to start with. */
  document: ConfigDocument
  /** Secrets by name, for the Workers. */
  secrets: Record<string, string>
  /** How many queues and ledgers events are divided over. Absent: one. */
  shards?: number
  /** The consumer keeps house now and then: the default. */
  hasCron?: boolean
  /** Where workerd's inspector listens, for who looks into the heaps. Absent: there is none. */
  inspectorPort?: number
  /** A line that a Worker logged. */
  onLog: (text: string, at: Date) => void
}

export interface Runtime {
  /** From now on this config counts. */
  publish: (document: ConfigDocument) => Promise<void>
  /** The Workers' own, for who fills it or looks into it; of several the first. */
  ledger: () => Promise<D1Database>
  /** The events that waited in the queue when it was last stopped go back into it. */
  requeue: (targets: readonly string[]) => Promise<Requeued>
  stop: () => Promise<void>
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  writeFileSync(options.configPath, JSON.stringify(options.document))
  const miniflare = new Miniflare(await toMiniflareOptions(options))
  await miniflare.ready
  const shards = toNumbers(options)
  const openLedger = (shard: number) =>
    miniflare.getD1Database(toBindingName('LEDGER', shard), CONSUMER)
  for (const shard of shards) await migrate(await openLedger(shard))
  const kv = await miniflare.getKVNamespace('KV', GATEWAY)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the runtime's own type of the same thing
  const publish = createPublish(kv as unknown as KVNamespace)
  // What was published into this folder before would win over the config that was asked for.
  await publish(options.document)
  const consumer = await miniflare.getWorker(CONSUMER)
  const keepHouse = () => void consumer.scheduled({ cron: '* * * * *' }).catch(() => {})
  const cron = options.hasCron === false ? undefined : setInterval(keepHouse, CRON_INTERVAL_MS)
  return {
    publish,
    ledger: () => openLedger(1),
    async requeue(targets) {
      const all = { sent: 0, left: 0 }
      for (const shard of shards) {
        const db = await openLedger(shard)
        const events = await miniflare.getQueueProducer(toBindingName('EVENTS', shard), CONSUMER)
        const { sent, left } = await requeueOpen({ db, events, targets })
        all.sent += sent
        all.left += left
      }
      return all
    },
    async stop() {
      clearInterval(cron)
      await miniflare.dispose()
    },
  }
}

const toNumbers = ({ shards = 1 }: RuntimeOptions): number[] =>
  Array.from({ length: shards }, (_, i) => i + 1)

/** As a push does, so that the console has a history to show; the file wins over whatever is there. */
function createPublish(kv: KVNamespace): Runtime['publish'] {
  const store = createBoundStore(kv)
  return async (document) => {
    const request = { by: 'switchboard dev', at: Date.now(), how: 'push', force: true } as const
    const published = await publishDocument(store, document, request)
    if (!published.ok) throw new Error(`not published: ${published.error.reason}`)
  }
}

async function toMiniflareOptions(options: RuntimeOptions): Promise<MiniflareOptions> {
  const { ports, statePath, configPath, secrets, inspectorPort, onLog } = options
  const texts = Object.entries(secrets).map(([name, value]) => [name, { type: 'text', value }])
  const env = Object.fromEntries(texts)
  const workers = toWorkers(toNumbers(options), QUEUES).map(
    async ({ name, entry, bindings, ...more }) => {
      const port = ports[name]
      return {
        config: {
          ...toWorker(name, await bundleWorker(entry, configPath)),
          ...more,
          // The bindings last: a secret of their name must not take their place.
          env: { ...env, ...bindings },
        },
        ...(port !== undefined && { dev: { unsafeDirectSockets: [{ host: HOST, port }] } }),
      }
    },
  )
  return {
    resourcePersistencePath: statePath,
    ...(inspectorPort !== undefined && { inspectorPort }),
    handleStructuredLogs({ message, timestamp }) {
      if (!isNoise(message)) onLog(message, new Date(timestamp))
    },
    workers: await Promise.all(workers),
  }
}

/** What all Workers have: a name, and one module with everything in it. */
export function toWorker(name: string, contents: string) {
  return {
    name,
    compatibilityDate: COMPATIBILITY_DATE,
    manifest: {
      mainModule: 'index.js',
      modules: { 'index.js': { type: 'esm' as const, contents } },
    },
  }
}

/** Applies what is new in migrations/, in order, once each: the same table that wrangler keeps. */
async function migrate(ledger: D1Database): Promise<void> {
  await ledger.exec(
    'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ' +
      'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  )
  const { results } = await ledger.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const { name, statements } of readMigrations()) {
    if (applied.has(name)) continue
    await ledger.batch([
      ...statements.map((statement) => ledger.prepare(statement)),
      ledger.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}

/** For a name without an address workerd prints a stack of its own; the Worker's line says the same. */
export const isNoise = (message: string): boolean =>
  message.includes('sentryErrorContext = jsgInternalError') && message.includes('workerd@')
