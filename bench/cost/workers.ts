/** Gateway and consumer in workerd as `switchboard dev` runs them, with the entries that count. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { bundleWorker } from '../../src/cli/dev/bundle.ts'
import { isNoise, QUEUES, toWorker } from '../../src/cli/dev/runtime.ts'
import { readMigrations } from '../../src/cli/dev/sql-statements.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument } from '../../src/config/document.ts'
import { AUTH_TOKEN } from '../webhooks.ts'
import { readChildrenCpuMs } from './cpu-time.ts'
import type { Tally } from './tally.ts'

export const GATEWAY = 'switchboard'
export const CONSUMER = 'switchboard-consumer'

export interface Workers {
  gatewayUrl: string
  /** What all of them have counted so far. */
  counted: () => Promise<Tally>
  /** How many events the ledger has. */
  countEvents: () => Promise<number>
  /** Deletes what is in the ledger, as the cron does when it is old; how many events that were. */
  prune: () => Promise<number>
  cron: () => Promise<void>
  databaseBytes: () => Promise<number>
  loggedBytes: () => number
  /** Of workerd, all threads; null where there is no /proc. */
  cpuMs: () => number | null
  stop: () => Promise<void>
}

export async function startWorkers(config: unknown): Promise<Workers> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-cost-'))
  const configPath = join(folder, 'config.json')
  writeFileSync(configPath, JSON.stringify(compile(config)))
  let loggedBytes = 0
  const onLog = (text: string) => {
    if (!isNoise(text)) loggedBytes += Buffer.byteLength(text)
  }
  const miniflare = new Miniflare(await toOptions(folder, configPath, onLog))
  await miniflare.ready
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  for (const statement of readMigrations().flatMap(({ statements }) => statements)) {
    await ledger.prepare(statement).run()
  }
  const consumer = await miniflare.getWorker(CONSUMER)
  const consumerUrl = await miniflare.unsafeGetDirectURL(CONSUMER)
  const gatewayUrl = (await miniflare.unsafeGetDirectURL(GATEWAY)).href
  const read = async (url: string | URL) => (await (await fetch(url)).json()) as Tally

  return {
    gatewayUrl,
    async counted() {
      const gateway = await read(new URL('/count', gatewayUrl))
      return addUp(gateway, await read(new URL('/', consumerUrl)))
    },
    async countEvents() {
      const row = await ledger
        .prepare('SELECT count(*) AS events FROM events')
        .first<{ events: number }>()
      return row?.events ?? 0
    },
    async prune() {
      const response = await fetch(new URL('/prune', consumerUrl), { method: 'POST' })
      const pruned: { deleted: number } = await response.json()
      return pruned.deleted
    },
    async cron() {
      await consumer.scheduled({ cron: '* * * * *' })
    },
    databaseBytes: async () => (await ledger.prepare('SELECT 1').all()).meta.size_after,
    loggedBytes: () => loggedBytes,
    cpuMs: readChildrenCpuMs,
    async stop() {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function compile(config: unknown) {
  const compiled = compileConfig(config, { readFile: () => '', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return toDocument(compiled.value.config, 'cost')
}

const addUp = (one: Tally, other: Tally): Tally => {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])]
  return Object.fromEntries(names.map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]))
}

/** Where the Workers' code starts, from the project's root. */
export interface Entries {
  gateway: string
  consumer: string
}

const COUNTING: Entries = { gateway: 'bench/cost/gateway.ts', consumer: 'bench/cost/consumer.ts' }

/** As src/cli/dev/runtime.ts has it, without its console and its live config. */
export async function toOptions(
  folder: string,
  configPath: string,
  onLog: (text: string) => void,
  entries = COUNTING,
): Promise<MiniflareOptions> {
  const KV = { type: 'kv', id: 'switchboard' } as const
  const [events, dead] = QUEUES.map(({ name }) => ({ type: 'queue', name }) as const)
  const EVENTS = events as NonNullable<typeof events>
  const DEAD = dead as NonNullable<typeof dead>
  const LEDGER = { type: 'd1', id: 'switchboard' } as const
  const LANES = { type: 'durable-object', worker: CONSUMER, exportName: 'Lane' } as const
  const toText = (value: string) => ({ type: 'text', value }) as const
  const secrets = { TWILIO_AUTH_TOKENS: toText(AUTH_TOKEN), SWITCHBOARD_LOCAL: toText('1') }
  const gateway = await bundleWorker(entries.gateway, configPath)
  const consumer = await bundleWorker(entries.consumer, configPath)
  return {
    resourcePersistencePath: join(folder, 'state'),
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: [
      { config: { ...toWorker(GATEWAY, gateway), env: { ...secrets, KV, EVENTS } } },
      {
        config: {
          ...toWorker(CONSUMER, consumer),
          env: { ...secrets, KV, EVENTS, DEAD, LEDGER, LANES },
          exports: { Lane: { type: 'durable-object' as const, storage: 'sqlite' as const } },
          triggers: QUEUES.map((queue) => ({ type: 'queue' as const, ...queue })),
        },
      },
    ].map((worker) => ({
      ...worker,
      dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
    })),
  }
}
