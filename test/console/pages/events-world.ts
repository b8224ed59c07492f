/** Events in a real ledger, and the console's pages for an operator and for a viewer. */
import { env } from 'cloudflare:workers'
import { toDocument } from '../../../src/config/document.ts'
import { createBoundStore } from '../../../src/config/published/kv-store.ts'
import { publishDocument } from '../../../src/config/published/publish.ts'
import type { ConsoleEnv } from '../../../src/console/env.ts'
import type { EventMessage } from '../../../src/events/message.ts'
import { createConfig, createEndpoint, createTarget } from '../../config/configs.ts'
import {
  insertRows,
  migrate,
  NOW,
  storeMessages,
  toDeliveryRow,
  toEventRow,
  type Row,
} from '../../ledger/harness.ts'
import {
  ANNA,
  CSRF_COOKIE,
  createWorld,
  GUEST,
  logIn,
  ORIGIN,
  PASSWORDS,
  toForm,
} from '../access/world.ts'

export const ACCOUNT = `AC${'0'.repeat(32)}`
export const SID = `SM${'0'.repeat(31)}1`

const { KV } = env as unknown as ConsoleEnv

export async function prepare(): Promise<void> {
  await migrate()
  const config = createConfig({
    publicUrl: 'https://hooks.example.com',
    endpoints: [createEndpoint({ name: 'sms', path: '/sms' })],
    targets: [createTarget({ name: 'crm', url: 'https://crm.example.com/hooks?key=hidden' })],
  })
  const request = { by: 'test', at: NOW, how: 'push' as const }
  await publishDocument(createBoundStore(KV), toDocument(config, 'pages'), request)
}

/** As the ids of events are, which viewers may see. */
export const toId = (seq: number): string => `evt_${String(seq).padStart(32, '0')}`

interface Sent {
  /** Parameters of the form; more than those that every message has. */
  params?: Record<string, string>
  message?: Partial<EventMessage>
  row?: Row
  delivery?: Row | null
}

/** A message that came in, delivered to `crm` unless the test wants something else. */
export async function insertEvent(seq: number, { params, message, row, delivery }: Sent = {}) {
  const at = NOW + seq * 1_000
  const all = { MessageSid: SID, AccountSid: ACCOUNT, From: '+15005550006', Body: 'hi', ...params }
  const whole: EventMessage = {
    v: 1,
    event: {
      specversion: '1.0',
      id: toId(seq),
      source: '/endpoints/sms',
      type: 'com.twilio.messaging.inbound-message.received',
      subject: SID,
      time: new Date(at).toISOString(),
      datacontenttype: 'application/json',
      kind: 'messaging.inbound',
      account: ACCOUNT,
      traceparent: '00-0-0-01',
      data: { from: all.From, body: all.Body, params: all },
    },
    request: {
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded',
      query: '',
      body: new URLSearchParams(all).toString(),
      encoding: 'utf-8',
      keyName: 'primary',
    },
    reply: { status: 200, contentType: 'text/xml', body: '<Response/>', from: 'config' },
    ...message,
  }
  const known = {
    claim: toId(seq),
    event_id: toId(seq),
    kind: 'messaging.inbound',
    source: '/endpoints/sms',
    account: ACCOUNT,
    subject: SID,
    thread: SID,
    from_address: all.From,
    to_address: '+15005550010',
    took_ms: 12,
  }
  await insertRows('events', [toEventRow(seq, { recorded_at: at, ...known, ...row })])
  await storeMessages([{ seq, message: JSON.stringify(whole) }])
  if (delivery === null) return
  await insertRows('deliveries', [toDeliveryRow(seq, 'crm', { attempts: 1, ...delivery })])
}

export interface Looker {
  get(
    path: string,
    headers?: Record<string, string>,
  ): Promise<{ status: number; html: string; headers: Headers }>
  post(path: string, fields: Record<string, string>): Promise<Response>
}

/** Somebody who has logged in. */
export async function createLooker(who: typeof ANNA | typeof GUEST): Promise<Looker> {
  const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })
  const cookie = `${CSRF_COOKIE}; ${await logIn(world, who)}`
  return {
    async get(path, headers = {}) {
      const response = await world.ask(path, { headers: { cookie, ...headers } })
      return { status: response.status, html: await response.text(), headers: response.headers }
    },
    post: (path, fields) => world.ask(path, toForm(fields, { cookie, origin: ORIGIN })),
  }
}

/** What a form field holds. */
export const readField = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''

export const decode = (text: string): string => text.replaceAll('&amp;', '&')
