/**
 * KV, D1 and the deployed Workers, in one workerd: what the REST API writes is what the Workers read.
 * It starts with the first call that needs it, and again whenever another version is deployed.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { COMPATIBILITY_DATE, toWorker } from '../../../src/cli/dev/runtime.ts'
import type { Account } from './account.ts'
import { activeVersion, type Binding, type Script } from './scripts.ts'

const HOLDER = 'storage'

export function createStorage(account: Account) {
  const path = mkdtempSync(join(tmpdir(), 'cloudflare-'))
  let running: { miniflare: Miniflare; state: string } | null = null
  let last: Promise<unknown> = Promise.resolve()

  /** One start after the other. */
  function open(): Promise<Miniflare> {
    const next = last.then(start)
    last = next.catch(() => {})
    return next
  }

  async function start(): Promise<Miniflare> {
    const state = toState(account)
    if (running?.state === state) return running.miniflare
    await running?.miniflare.dispose()
    const miniflare = new Miniflare(toOptions(account, path))
    await miniflare.ready
    running = { miniflare, state }
    return miniflare
  }

  return {
    kv: async (id: string) => (await open()).getKVNamespace(id, HOLDER),
    d1: async (uuid: string) => (await open()).getD1Database(uuid, HOLDER),
    /** The Worker as the internet sees it; null: there is none. */
    worker: async (name: string) =>
      account.scripts.all.get(name)?.deployments.length ? (await open()).getWorker(name) : null,
    async stop() {
      await last
      await running?.miniflare.dispose()
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** Changes when another version is deployed or a queue is consumed by somebody else. */
function toState({ scripts, queues }: Account): string {
  const versions = [...scripts.all.values()].map((script) => activeVersion(script)?.id)
  const consumers = queues.map(({ consumers: some }) => some)
  return JSON.stringify([versions, consumers])
}

function toOptions(account: Account, path: string): MiniflareOptions {
  const kv = account.kvPool.map((id) => [id, { type: 'kv', id }] as const)
  const d1 = account.d1Pool.map((id) => [id, { type: 'd1', id }] as const)
  const holder = toWorker(HOLDER, 'export default { fetch: () => new Response() }')
  const scripts = [...account.scripts.all.values()].filter(activeVersion)
  return {
    resourcePersistencePath: path,
    handleStructuredLogs: () => {},
    workers: [
      { config: { ...holder, env: Object.fromEntries([...kv, ...d1]) } },
      ...scripts.map((script) => ({ config: toConfig(script, account) })),
    ],
  } as MiniflareOptions
}

function toConfig(script: Script, { queues }: Account) {
  const version = activeVersion(script)
  if (!version) throw new TypeError('not deployed')
  const objects = version.bindings.filter(({ type }) => type === 'durable_object_namespace')
  const modules = Object.entries(version.modules).filter(([file]) => !file.endsWith('.map'))
  return {
    name: script.name,
    compatibilityDate: script.compatibilityDate || COMPATIBILITY_DATE,
    manifest: { mainModule: version.mainModule, modules: Object.fromEntries(modules) },
    env: Object.fromEntries(version.bindings.map((each) => [each.name, toEnv(each, script.name)])),
    exports: Object.fromEntries(
      objects.map((each) => [each['class_name'], { type: 'durable-object', storage: 'sqlite' }]),
    ),
    triggers: queues.flatMap((queue) =>
      queue.consumers
        .filter((each) => each.script === script.name)
        .map(({ settings, dead_letter_queue: deadLetterQueue }) => ({
          type: 'queue',
          name: queue.queue_name,
          maxBatchSize: settings['batch_size'],
          maxBatchTimeout: Number(settings['max_wait_time_ms']) / 1000,
          maxRetries: settings['max_retries'],
          ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
        })),
    ),
  }
}

/** A binding of an upload, as the local runtime writes it. */
function toEnv(binding: Binding, script: string) {
  switch (binding.type) {
    case 'kv_namespace':
      return { type: 'kv', id: binding['namespace_id'] }
    case 'd1':
      return { type: 'd1', id: binding['id'] ?? binding['database_id'] }
    case 'queue':
      return { type: 'queue', name: binding['queue_name'] }
    case 'durable_object_namespace':
      return { type: 'durable-object', worker: script, exportName: binding['class_name'] }
    case 'service':
      return { type: 'worker', worker: binding['service'], exportName: binding['entrypoint'] }
    case 'secret_text':
    case 'plain_text':
      return { type: 'text', value: binding['text'] }
    default:
      throw new Error(`the stand-in knows no binding of type ${binding.type}`)
  }
}
