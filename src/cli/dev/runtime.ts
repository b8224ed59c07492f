/**
 * Runs both Workers on this machine: workerd with local KV, queues and D1, kept in a state folder.
 *
 * The settings are those of the wrangler files (a test compares them; reading the files here would
 * cost two seconds at each start). The queues live in memory: what is in them is gone after a stop.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { CONFIG_KEY } from '../../config/source.ts'
import { bundleWorker } from './bundle.ts'
import { toStatements } from './sql-statements.ts'

export const COMPATIBILITY_DATE = '2026-10-12'
const MIGRATIONS = join(import.meta.dirname, '../../../migrations')
const HOST = '127.0.0.1'
/** The consumer's cron is once a minute; here a person is waiting. */
const CRON_INTERVAL_MS = 10_000

export const QUEUES = [
  {
    name: 'switchboard-events',
    maxBatchSize: 100,
    maxBatchTimeout: 1,
    maxRetries: 100,
    deadLetterQueue: 'switchboard-dead',
  },
  { name: 'switchboard-dead', maxBatchSize: 50, maxBatchTimeout: 5, maxRetries: 100 },
]

const KV = { type: 'kv', id: 'switchboard' } as const
const EVENTS = { type: 'queue', name: 'switchboard-events' } as const
const DEAD = { type: 'queue', name: 'switchboard-dead' } as const
const LEDGER = { type: 'd1', id: 'switchboard' } as const
/** Says that plain http and private addresses are fine, and that a restart empties the queues. */
const LOCAL = { type: 'text', value: '1' } as const
const CONSUMER = 'switchboard-consumer'
const LANES = { type: 'durable-object', worker: CONSUMER, exportName: 'Lane' } as const

export interface RuntimeOptions {
  port: number
  /** Folder that keeps KV and D1. */
  statePath: string
  /** The compiled document to start with. */
  configPath: string
  /** Secrets by name, for both Workers. */
  secrets: Record<string, string>
  /** A line that a Worker logged. */
  onLog: (text: string) => void
}

export interface Runtime {
  stop: () => Promise<void>
}

export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const [gateway, consumer] = await Promise.all([
    bundleWorker('src/gateway/index.ts', options.configPath),
    bundleWorker('src/consumer/index.ts', options.configPath),
  ])
  const miniflare = new Miniflare(toMiniflareOptions(gateway, consumer, options))
  await miniflare.ready
  await migrate(miniflare)
  // What was published into this folder before would win over the config that was asked for.
  const kv = await miniflare.getKVNamespace('KV', 'switchboard')
  await kv.delete(CONFIG_KEY)
  const consumerWorker = await miniflare.getWorker(CONSUMER)
  const cron = setInterval(() => {
    consumerWorker.scheduled({ cron: '* * * * *' }).catch(() => {})
  }, CRON_INTERVAL_MS)
  return {
    async stop() {
      clearInterval(cron)
      await miniflare.dispose()
    },
  }
}

function toMiniflareOptions(
  gateway: string,
  consumer: string,
  { port, statePath, secrets, onLog }: RuntimeOptions,
): MiniflareOptions {
  const texts = Object.entries(secrets).map(([name, value]) => [name, { type: 'text', value }])
  const env = Object.fromEntries(texts)
  return {
    resourcePersistencePath: statePath,
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: [
      {
        config: { ...toWorker('switchboard', gateway), env: { ...env, KV, EVENTS } },
        dev: { unsafeDirectSockets: [{ host: HOST, port }] },
      },
      {
        config: {
          ...toWorker(CONSUMER, consumer),
          env: { ...env, KV, EVENTS, DEAD, LEDGER, LANES, SWITCHBOARD_LOCAL: LOCAL },
          exports: { Lane: { type: 'durable-object' as const, storage: 'sqlite' as const } },
          triggers: QUEUES.map((queue) => ({ type: 'queue' as const, ...queue })),
        },
      },
    ],
  }
}

/** What both Workers have: a name, and one module with everything in it. */
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
async function migrate(miniflare: Miniflare): Promise<void> {
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  await ledger.exec(
    'CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, ' +
      'applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  )
  const { results } = await ledger.prepare('SELECT name FROM d1_migrations').all<{ name: string }>()
  const applied = new Set(results.map(({ name }) => name))
  for (const name of readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()) {
    if (applied.has(name)) continue
    const statements = toStatements(readFileSync(join(MIGRATIONS, name), 'utf8'))
    await ledger.batch([
      ...statements.map((statement) => ledger.prepare(statement)),
      ledger.prepare('INSERT INTO d1_migrations (name) VALUES (?)').bind(name),
    ])
  }
}
