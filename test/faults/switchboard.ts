/**
 * Switchboard with faults: both Workers in workerd, driven from the test's own process. The consumer's
 * bindings can be switched (fault.ts); the ledger is read around the switches.
 *
 * What comes in through `receive` goes the whole way: signature, gateway, queue, consumer, lanes.
 * `handOut` is the queue itself: it hands the consumer a batch and gets what the consumer says to it.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONSUMER, GATEWAY } from '../../src/cli/dev/local-workers.ts'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import {
  sendWebhook,
  toSignedWebhook,
  type WebhookAnswer,
} from '../../src/cli/trigger/signed-webhook.ts'
import { hash } from '../../src/events/identity.ts'
import type { Called, Fault } from './fault.ts'
import { AUTH_TOKEN, QUEUE_NAMES, startWorkers } from './workers.ts'
import type { SwitchboardOptions } from './workers.ts'

export const ACCOUNT = `AC${'0'.repeat(32)}`

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
export const toEventId = (token: string, endpoint = 'sms'): string =>
  `evt_${hash(['token', ACCOUNT, endpoint, token]).slice(0, 32)}`

export async function startSwitchboard(options: SwitchboardOptions): Promise<Switchboard> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-faults-'))
  const logged: string[] = []
  const miniflare = await startWorkers(folder, options, (text) => logged.push(text))
  const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
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
      const said = await worker.queue(QUEUE_NAMES[queue], handed)
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
        `SELECT target, status, attempts, all_deliveries.reason FROM all_deliveries JOIN events USING (seq)
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
