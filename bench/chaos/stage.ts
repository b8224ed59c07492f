/** The product in workerd with faulty Workers, the targets and the app: everything that a run plays with. */
import { CONSUMER, GATEWAY } from '../../src/cli/dev/local-workers.ts'
import { CONFIG_KEY } from '../../src/config/source.ts'
import type { Fault, Hit, WorkerReport } from '../../test/faults/fault.ts'
import { startTarget, type Target } from '../../test/faults/target.ts'
import { startWorkers } from '../../test/faults/workers.ts'
import { createFolder, removeFolder } from '../folders.ts'
import { toChaosDocument, type Addresses } from './config.ts'
import { countOpen } from './ledger.ts'

export interface Stage {
  gatewayUrl: string
  target: Target
  app: Target
  setFaults: (faults: readonly Fault[]) => Promise<void>
  /** What was hit since it was asked last. */
  takeHits: () => Promise<Hit[]>
  push: (number: number, isWrong: boolean) => Promise<void>
  cron: () => Promise<void>
  /** Paused targets go on. */
  resume: () => Promise<void>
  query: <Row>(sql: string, ...values: unknown[]) => Promise<Row[]>
  kvKeys: () => Promise<string[]>
  /** Messages in the queues, as far as the Workers know; waiting deliveries; keys in the outbox. */
  countLeft: () => Promise<{ messages: number; deliveries: number; outbox: number }>
  stop: () => Promise<void>
}

export interface StageOptions {
  leaseMs?: number
  /** TWILIO_AUTH_TOKENS */
  keyRing: string
  maxDelaySeconds: number
  onLog: (text: string) => void
}

export async function startStage({ onLog, ...options }: StageOptions): Promise<Stage> {
  const folder = createFolder('chaos')
  const [target, app] = await Promise.all([startTarget(), startTarget()])
  const addresses: Addresses = { target: target.url, app: app.url }
  const toDocument = (number: number, isWrong: boolean) =>
    toChaosDocument({ number, addresses, isWrong })
  const workers = {
    ...{ targets: {}, document: toDocument(0, false), isLive: true },
    gatewayEntry: 'test/faults/faulty-gateway.ts',
    ...options,
  }
  const miniflare = await startWorkers(folder, workers, onLog)
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  const kv = await miniflare.getKVNamespace('KV', GATEWAY)
  const consumer = await miniflare.getWorker(CONSUMER)
  const gatewayUrl = (await miniflare.unsafeGetDirectURL(GATEWAY)).href
  const both = [gatewayUrl, (await miniflare.unsafeGetDirectURL(CONSUMER)).href]
  const hits: Hit[] = []

  async function report(): Promise<WorkerReport[]> {
    const reports = await Promise.all(
      both.map(async (url): Promise<WorkerReport> => (await fetch(new URL('/report', url))).json()),
    )
    hits.push(...reports.flatMap((one) => one.hits))
    return reports
  }

  async function query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    const { results } = await ledger
      .prepare(sql)
      .bind(...values)
      .all<Row>()
    return results
  }

  async function kvKeys(prefix = ''): Promise<string[]> {
    const names: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await kv.list({ prefix, ...(cursor !== undefined && { cursor }) })
      names.push(...page.keys.map(({ name }) => name))
      if (page.list_complete) return names
      cursor = page.cursor
    }
  }

  return {
    ...{ gatewayUrl, target, app, query, kvKeys },
    async setFaults(faults) {
      const body = JSON.stringify(faults)
      await Promise.all(both.map((url) => fetch(new URL('/faults', url), { method: 'POST', body })))
    },
    async takeHits() {
      await report()
      return hits.splice(0)
    },
    async push(number, isWrong) {
      await kv.put(CONFIG_KEY, JSON.stringify(toDocument(number, isWrong)))
    },
    async cron() {
      await consumer.scheduled({ cron: '* * * * *' })
    },
    async resume() {
      await query('DELETE FROM paused_targets')
    },
    async countLeft() {
      const reports = await report()
      const sum = (of: (one: WorkerReport) => number) =>
        reports.reduce((total, one) => total + of(one), 0)
      const unseen = sum(({ written }) => written) - sum(({ handed }) => handed)
      return {
        messages: unseen + sum(({ open }) => open),
        deliveries: await countOpen(query),
        outbox: (await kvKeys('outbox:')).length,
      }
    },
    async stop() {
      await miniflare.dispose()
      await Promise.all([target.stop(), app.stop()])
      removeFolder(folder)
    },
  }
}
