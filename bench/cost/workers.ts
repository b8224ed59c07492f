/** Gateway and consumer in workerd as `switchboard dev` runs them, with the entries that count. */
import { CONSUMER, GATEWAY } from '../../src/cli/dev/local-workers.ts'
import { isNoise } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument } from '../../src/config/document.ts'
import { startLocalRuntime } from '../../test/faults/local-runtime.ts'
import { createFolder, removeFolder } from '../folders.ts'
import { AUTH_TOKEN } from '../webhooks.ts'
import { readChildrenCpuMs } from './cpu-time.ts'
import type { Tally } from './tally.ts'

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
  const folder = createFolder('cost')
  let loggedBytes = 0
  const onLog = (text: string) => {
    if (!isNoise(text)) loggedBytes += Buffer.byteLength(text)
  }
  const miniflare = await startLocalRuntime({
    ...{ folder, document: compile(config), keyRing: AUTH_TOKEN, onLog },
    gateway: { entry: 'bench/cost/gateway.ts' },
    consumer: { entry: 'bench/cost/consumer.ts' },
  })
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
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
      removeFolder(folder)
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
