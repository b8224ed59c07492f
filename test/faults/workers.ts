/** Both Workers in the local runtime, with the faulty entries of this folder. */
import type { Miniflare } from 'miniflare'
import { QUEUES } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument, type ConfigDocument } from '../../src/config/document.ts'
import { startLocalRuntime } from './local-runtime.ts'

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
const REPLY = '<Response><Message>Thanks, {{From}}!</Message></Response>'
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

export function startWorkers(
  folder: string,
  options: SwitchboardOptions,
  onLog: (text: string) => void,
): Promise<Miniflare> {
  const { gatewayEntry, leaseMs, maxDelaySeconds, isLive = false } = options
  const { keyRing = AUTH_TOKEN, document = toConfigDocument(options) } = options
  const texts = {
    ...(leaseMs !== undefined && { LEASE_MS: String(leaseMs) }),
    ...(maxDelaySeconds !== undefined && { MAX_DELAY_SECONDS: String(maxDelaySeconds) }),
    ...(isLive && { SWITCHBOARD_RELOAD: '1' }),
  }
  return startLocalRuntime({
    ...{ folder, document, keyRing, onLog },
    gateway: gatewayEntry === undefined ? {} : { entry: gatewayEntry },
    consumer: { entry: 'test/faults/consumer.ts', texts },
  })
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
