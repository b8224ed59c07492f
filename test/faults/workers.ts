/** Both Workers in workerd, as src/cli/runtime.ts runs them, with the faulty entries of this folder. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { bundleWorker } from '../../src/cli/dev/bundle.ts'
import { QUEUES, toWorker } from '../../src/cli/dev/runtime.ts'
import { readMigrations } from '../../src/cli/dev/sql-statements.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument, type ConfigDocument } from '../../src/config/document.ts'

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
const REPLY = '<Response><Message>Thanks, {{From}}!</Message></Response>'
export const GATEWAY = 'switchboard'
export const CONSUMER = 'switchboard-consumer'
const [eventsQueue = '', deadQueue = ''] = QUEUES.map(({ name }) => name)
export const QUEUE_NAMES = { events: eventsQueue, dead: deadQueue }

export interface TargetSettings {
  url: string
  retry?: string[]
  timeout?: string
  rate?: { limit: number; per: string }
  events?: string[]
  concurrency?: number
}

export interface SwitchboardOptions {
  /** An event goes to the targets whose names are words of its Body. */
  targets: Record<string, TargetSettings>
  /** Another entry file for the gateway, from the project's root. */
  gatewayEntry?: string
  /** How long a claim holds. */
  leaseMs?: number
  /** Whether the gateway looks webhooks up in KV, and records its reply there. */
  remember?: boolean
  /** Kinds of which the ledger hears only when there is a problem. */
  recordProblemsOnly?: string[]
  /** Instead of the one that follows from the targets. */
  document?: ConfigDocument
  /** Messages that want to be handed out later than that are handed out then. */
  maxDelaySeconds?: number
  /** What is published counts at once for the consumer. */
  isLive?: boolean
  /** TWILIO_AUTH_TOKENS; default: the one token. */
  keyRing?: string
}

export async function startWorkers(
  folder: string,
  options: SwitchboardOptions,
  onLog: (text: string) => void,
): Promise<Miniflare> {
  const configPath = join(folder, 'config.json')
  const { gatewayEntry = 'src/gateway/index.ts', document = toConfigDocument(options) } = options
  writeFileSync(configPath, JSON.stringify(document))
  const [gateway, consumer] = await Promise.all([
    bundleWorker(gatewayEntry, configPath),
    bundleWorker('test/faults/consumer.ts', configPath),
  ])
  const parts = { gateway, consumer, folder, options, onLog }
  const miniflare = new Miniflare(toMiniflareOptions(parts))
  await miniflare.ready
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  for (const statement of readMigrations().flatMap(({ statements }) => statements)) {
    await ledger.prepare(statement).run()
  }
  return miniflare
}

function toConfigDocument(options: SwitchboardOptions) {
  const { targets, remember = false, recordProblemsOnly = [] } = options
  const compiled = compileConfig(
    {
      recordProblemsOnly,
      endpoints: { sms: { path: '/sms', reply: { twiml: REPLY }, remember } },
      targets: Object.fromEntries(
        Object.entries(targets).map(([name, settings]) => [name, toTarget(name, settings)]),
      ),
    },
    { readFile: () => '', local: true },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return toDocument(compiled.value.config, 'faults')
}

function toTarget(name: string, settings: TargetSettings) {
  const { events = ['messaging.*'] } = settings
  const where = { 'data.body': { $regex: `(^| )${name}( |$)` } }
  return { ...settings, events, ...(settings.events ? {} : { where }) }
}

interface Parts {
  gateway: string
  consumer: string
  folder: string
  options: SwitchboardOptions
  onLog: (text: string) => void
}

/** As src/cli/runtime.ts has it. */
function toMiniflareOptions(parts: Parts): MiniflareOptions {
  const { gateway, consumer, folder, options, onLog } = parts
  const KV = { type: 'kv', id: 'switchboard' } as const
  const EVENTS = { type: 'queue', name: QUEUE_NAMES.events } as const
  const DEAD = { type: 'queue', name: QUEUE_NAMES.dead } as const
  const LEDGER = { type: 'd1', id: 'switchboard' } as const
  const LANES = { type: 'durable-object', worker: CONSUMER, exportName: 'Lane' } as const
  const toText = (value: string) => ({ type: 'text', value }) as const
  const { keyRing = AUTH_TOKEN, leaseMs, maxDelaySeconds, isLive = false } = options
  const secrets = { TWILIO_AUTH_TOKENS: toText(keyRing), SWITCHBOARD_LOCAL: toText('1') }
  const settings = {
    ...(leaseMs !== undefined && { LEASE_MS: toText(String(leaseMs)) }),
    ...(maxDelaySeconds !== undefined && { MAX_DELAY_SECONDS: toText(String(maxDelaySeconds)) }),
    ...(isLive && { SWITCHBOARD_RELOAD: toText('1') }),
  }
  return {
    resourcePersistencePath: join(folder, 'state'),
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: [
      { config: { ...toWorker(GATEWAY, gateway), env: { ...secrets, KV, EVENTS } } },
      {
        config: {
          ...toWorker(CONSUMER, consumer),
          env: { ...secrets, ...settings, KV, EVENTS, DEAD, LEDGER, LANES },
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
