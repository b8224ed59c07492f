/**
 * Gateway and consumer in workerd with the bindings of `switchboard dev` (src/cli/dev/local-workers.ts), for
 * who brings entries of their own: faulty ones, or some that count. No console, no cron, no live config but
 * for who asks for it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { bundleWorker } from '../../src/cli/dev/bundle.ts'
import { CONSUMER, GATEWAY, toWorkers, type WorkerName } from '../../src/cli/dev/local-workers.ts'
import { QUEUES, toWorker } from '../../src/cli/dev/runtime.ts'
import { readMigrations } from '../../src/cli/dev/sql-statements.ts'
import type { ConfigDocument } from '../../src/config/document.ts'

export interface LocalWorker {
  /** From the project's root. Default: the product's own. */
  entry?: string
  /** Text bindings besides the product's. */
  texts?: Readonly<Record<string, string>>
  /** On 127.0.0.1. Default: any free one. */
  port?: number
}

export interface LocalRuntimeOptions {
  /** Keeps the config, and what the Workers store. */
  folder: string
  document: ConfigDocument
  /** TWILIO_AUTH_TOKENS */
  keyRing: string
  gateway?: LocalWorker
  consumer?: LocalWorker
  onLog?: (text: string) => void
}

/** With its ledger's tables. */
export async function startLocalRuntime(options: LocalRuntimeOptions): Promise<Miniflare> {
  const configPath = join(options.folder, 'config.json')
  writeFileSync(configPath, JSON.stringify(options.document))
  const miniflare = new Miniflare(await toMiniflareOptions(options, configPath))
  await miniflare.ready
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  for (const statement of readMigrations().flatMap(({ statements }) => statements)) {
    await ledger.prepare(statement).run()
  }
  return miniflare
}

async function toMiniflareOptions(
  { folder, keyRing, gateway = {}, consumer = {}, onLog = () => {} }: LocalRuntimeOptions,
  configPath: string,
): Promise<MiniflareOptions> {
  const wanted = new Map<WorkerName, LocalWorker>([
    [GATEWAY, gateway],
    [CONSUMER, consumer],
  ])
  const workers = toWorkers([1], QUEUES)
    .filter(({ name }) => wanted.has(name))
    .map(async ({ name, entry, bindings, ...more }) => {
      const { entry: own = entry, texts = {}, port = 0 } = wanted.get(name) ?? {}
      const { SWITCHBOARD_RELOAD: _live, ...settled } = bindings
      const env = { ...toTexts({ TWILIO_AUTH_TOKENS: keyRing, ...texts }), ...settled }
      return {
        config: { ...toWorker(name, await bundleWorker(own, configPath)), ...more, env },
        dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port }] },
      }
    })
  return {
    resourcePersistencePath: join(folder, 'state'),
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: await Promise.all(workers),
  }
}

const toTexts = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(texts).map(([name, value]) => [name, { type: 'text', value } as const]),
  )
