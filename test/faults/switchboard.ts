/**
 * Switchboard with faults: both Workers in workerd, driven from the test's own process. The consumer's
 * bindings can be switched (fault.ts); the ledger is read around the switches.
 *
 * What comes in through `receive` goes the whole way: signature, gateway, queue, consumer, lanes.
 * `handOut` is the queue itself: it hands the consumer a batch and gets what the consumer says to it.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare, type MiniflareOptions } from 'miniflare'
import { bundleWorker } from '../../src/cli/bundle.ts'
import { toRealisticWebhook } from '../../src/cli/realistic.ts'
import { COMPATIBILITY_DATE, QUEUES } from '../../src/cli/runtime.ts'
import { sendWebhook, toSignedWebhook, type WebhookAnswer } from '../../src/cli/signed-webhook.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument } from '../../src/config/document.ts'
import { hash } from '../../src/events/identity.ts'
import type { Called, Fault } from './fault.ts'

const ROOT = join(import.meta.dirname, '../..')
const MIGRATIONS = join(ROOT, 'migrations')
const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
const ACCOUNT = `AC${'0'.repeat(32)}`
export const REPLY = '<Response><Message>Thanks, {{From}}!</Message></Response>'
const GATEWAY = 'switchboard'
const CONSUMER = 'switchboard-consumer'
const [EVENTS_QUEUE, DEAD_QUEUE] = QUEUES.map(({ name }) => name) as [string, string]

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
}

/** A message as a queue hands it out. */
export interface Handed {
  id: string
  body: unknown
  attempts?: number
  timestamp?: Date
}

/** What the consumer said of a batch. */
export interface Settled {
  outcome: string
  /** Ids of messages. */
  acked: string[]
  /** The delay in seconds of each message that is to be handed out again, by id. */
  retried: Map<string, number>
}

export interface DeliveryRow {
  target: string
  status: string
  attempts: number
  reason: string | null
}

export interface Switchboard {
  /** Sends an SMS as Twilio would; the same token is the same webhook. */
  receive: (body: string, token?: string) => Promise<{ eventId: string; answer: WebhookAnswer }>
  handOut: (messages: readonly Handed[], queue?: 'events' | 'dead') => Promise<Settled>
  /** Puts bodies into a queue. */
  enqueue: (bodies: readonly string[], queue?: 'events' | 'dead') => Promise<void>
  /** From now on. An empty list: all is well again. */
  setFaults: (faults: readonly Fault[]) => Promise<void>
  /** The consumer's and the lanes' calls since the faults were set. */
  called: () => Promise<Called[]>
  cron: () => Promise<void>
  putLarge: (key: string, text: string) => Promise<void>
  query: <Row>(sql: string, ...values: unknown[]) => Promise<Row[]>
  /** The deliveries of an event as it came, by target. */
  deliveries: (eventId: string) => Promise<DeliveryRow[]>
  /** Log lines of both Workers, by name. */
  lines: (event: string) => Record<string, unknown>[]
  stop: () => Promise<void>
}

/** The event that the gateway makes of a webhook with this token. */
export const toEventId = (token: string): string =>
  `evt_${hash(['token', ACCOUNT, 'sms', token]).slice(0, 32)}`

export async function startSwitchboard(options: SwitchboardOptions): Promise<Switchboard> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-faults-'))
  const configPath = join(folder, 'config.json')
  writeFileSync(configPath, JSON.stringify(toConfigDocument(options)))
  const { gatewayEntry = 'src/gateway/index.ts', leaseMs } = options
  const [gateway, consumer] = await Promise.all([
    bundleWorker(gatewayEntry, configPath),
    bundleWorker('test/faults/consumer.ts', configPath),
  ])
  const logged: string[] = []
  const miniflare = new Miniflare(
    toMiniflareOptions({ gateway, consumer, folder, leaseMs, onLog: (text) => logged.push(text) }),
  )
  await miniflare.ready
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
  for (const statement of readMigrations()) await ledger.prepare(statement).run()
  const worker = await miniflare.getWorker(CONSUMER)
  const gatewayUrl = await miniflare.unsafeGetDirectURL(GATEWAY)
  const consumerUrl = await miniflare.unsafeGetDirectURL(CONSUMER)

  async function query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    const { results } = await ledger
      .prepare(sql)
      .bind(...values)
      .all<Row>()
    return results
  }

  return {
    query,
    async receive(body, token = randomUUID()) {
      const webhook = toRealisticWebhook('messaging.inbound', {
        account: ACCOUNT,
        set: [['Body', body]],
      })
      const to = new URL('/sms', gatewayUrl).href
      const signing = { publicUrl: null, method: 'POST', authToken: AUTH_TOKEN }
      const answer = await sendWebhook(
        toSignedWebhook(webhook, { ...signing, to, idempotencyToken: token }),
      )
      return { eventId: toEventId(token), answer }
    },
    async handOut(messages, queue = 'events') {
      const handed = messages.map(({ id, body, attempts = 1, timestamp = new Date() }) => ({
        ...{ id, body, attempts, timestamp },
      }))
      const name = queue === 'events' ? EVENTS_QUEUE : DEAD_QUEUE
      const said = await worker.queue(name, handed)
      return {
        outcome: said.outcome,
        acked: said.explicitAcks,
        retried: new Map(said.retryMessages.map((one) => [one.msgId, one.delaySeconds ?? 0])),
      }
    },
    async enqueue(bodies, queue = 'events') {
      const binding = queue === 'events' ? 'EVENTS' : 'DEAD'
      const producer = await miniflare.getQueueProducer<string>(binding, CONSUMER)
      for (const body of bodies) await producer.send(body, { contentType: 'text' })
    },
    async setFaults(faults) {
      await fetch(new URL('/faults', consumerUrl), {
        method: 'POST',
        body: JSON.stringify(faults),
      })
    },
    async called() {
      const response = await fetch(new URL('/calls', consumerUrl))
      const called: Called[] = await response.json()
      return called
    },
    async cron() {
      await worker.scheduled({ cron: '* * * * *' })
    },
    async putLarge(key, text) {
      const kv = await miniflare.getKVNamespace('KV', CONSUMER)
      await kv.put(key, text)
    },
    deliveries: (eventId) =>
      query<DeliveryRow>(
        `SELECT target, status, attempts, deliveries.reason FROM deliveries JOIN events USING (seq)
         WHERE event_id = ?1 AND replay IS NULL ORDER BY target`,
        eventId,
      ),
    lines: (event) =>
      logged
        .filter((text) => text.startsWith(`{"event":"${event}"`))
        .map((text) => JSON.parse(text)),
    async stop() {
      await miniflare.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function toConfigDocument({ targets }: SwitchboardOptions) {
  const compiled = compileConfig(
    {
      endpoints: { sms: { path: '/sms', reply: { twiml: REPLY } } },
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
  leaseMs: number | undefined
  onLog: (text: string) => void
}

/** As src/cli/runtime.ts has it. */
function toMiniflareOptions(parts: Parts): MiniflareOptions {
  const { gateway, consumer, folder, leaseMs, onLog } = parts
  const KV = { type: 'kv', id: 'switchboard' } as const
  const EVENTS = { type: 'queue', name: EVENTS_QUEUE } as const
  const DEAD = { type: 'queue', name: DEAD_QUEUE } as const
  const LEDGER = { type: 'd1', id: 'switchboard' } as const
  const LANES = { type: 'durable-object', worker: CONSUMER, exportName: 'Lane' } as const
  const toText = (value: string) => ({ type: 'text', value }) as const
  const secrets = { TWILIO_AUTH_TOKENS: toText(AUTH_TOKEN), SWITCHBOARD_LOCAL: toText('1') }
  const lease = leaseMs === undefined ? {} : { LEASE_MS: toText(String(leaseMs)) }
  return {
    resourcePersistencePath: join(folder, 'state'),
    handleStructuredLogs: ({ message }) => onLog(message),
    workers: [
      { config: { ...toWorker(GATEWAY, gateway), env: { ...secrets, KV, EVENTS } } },
      {
        config: {
          ...toWorker(CONSUMER, consumer),
          env: { ...secrets, ...lease, KV, EVENTS, DEAD, LEDGER, LANES },
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

function toWorker(name: string, contents: string) {
  return {
    name,
    compatibilityDate: COMPATIBILITY_DATE,
    manifest: {
      mainModule: 'index.js',
      modules: { 'index.js': { type: 'esm' as const, contents } },
    },
  }
}

/** The statements of all migrations, in order: a semicolon at a line's end ends one. */
function readMigrations(): string[] {
  return readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .flatMap((name) => readFileSync(join(MIGRATIONS, name), 'utf8').split(/;\s*$/m))
    .map((statement) => statement.replaceAll(/^\s*--.*$/gm, '').trim())
    .filter((statement) => statement !== '')
}
