/**
 * A day of a small company's phone: what the pages are looked at with, and photographed. A day's events
 * are put into the ledger; the last ones come in as Twilio sends them. All numbers are Twilio's made-up ones.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { vi } from 'vitest'
import { seedLedger } from '../../bench/console-seed.ts'
import { startRuntime } from '../../src/cli/dev/runtime.ts'
import { toDocument, toVersion } from '../../src/config/document.ts'
import { packMessage, toReadableSql, toStoredSql, toText } from '../../src/ledger/message-text.ts'
import { createConfig } from '../config/configs.ts'
import { seedHistory } from './past.ts'
import { startProduct, startTarget, type Product, type Target } from './product.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const HOUR_MS = 3_600_000
const DAY_EVENTS = 1_500
const CALLER = '+15005550042'
const REFUSAL = '{"error":"unknown field CallDuration"}'
const SHOP = '+15005550010'
/** Its name leads nowhere, for good (RFC 6761). */
const publicUrl = 'https://hooks.flowers.example'

export interface Story {
  product: Product
  /** The caller's choice in the menu. */
  eventId: string
  close: () => Promise<void>
}

const MENU = `<Response>
  <Gather action="/voice" input="dtmf" numDigits="1" timeout="5">
    <Say>Welcome to the flower shop. For orders, press 1. For deliveries, press 2.</Say>
  </Gather>
  <Say>We did not get that. Goodbye.</Say>
  <Hangup/>
</Response>`
const ORDERS = `<Response>
  <Say>One moment, please.</Say>
  <Dial timeout="20" record="record-from-answer"><Number>+15005550020</Number></Dial>
</Response>`

function toConfig(
  thanks: string,
  targets: Record<'crm' | 'slack' | 'billing' | 'archive', Target>,
) {
  const { crm, slack, billing, archive } = targets
  return {
    endpoints: {
      sms: {
        path: '/sms',
        reply: { twiml: `<Response><Message>${thanks}</Message></Response>` },
      },
      voice: { path: '/voice', reply: [{ when: { Digits: '1' }, twiml: ORDERS }, { twiml: MENU }] },
      status: { path: '/status' },
    },
    targets: {
      crm: { url: crm.url, events: ['messaging.*', 'voice.*'] },
      slack: { url: slack.url, format: 'slack', events: ['messaging.inbound', 'switchboard.*'] },
      billing: {
        url: billing.url,
        events: ['voice.call.status'],
        where: { 'data.callStatus': 'completed' },
        retry: [],
      },
      archive: { url: archive.url, events: ['voice.recording.status'] },
    },
  }
}

export async function startStory(): Promise<Story> {
  const [crm, slack, billing, archive] = await Promise.all([
    startTarget(),
    startTarget(),
    startTarget(),
    startTarget(),
  ])
  const all = { crm, slack, billing, archive }
  Object.assign(billing, { status: 422, answer: REFUSAL })
  const product = await startProduct({
    config: JSON.stringify(toConfig('Thank you! We answer within the hour.', all)),
    async prepare(statePath) {
      await seedDay(statePath)
      const now = Date.now()
      await seedHistory(statePath, [
        {
          config: { publicUrl, ...toConfig('Thanks.', all) },
          request: { at: now - 90 * HOUR_MS, by: 'anna', how: 'push', message: 'The first one' },
        },
        {
          config: { publicUrl, ...toConfig('Thank you!', all) },
          request: { at: now - 20 * HOUR_MS, by: 'ben', how: 'push', message: 'A kinder answer' },
        },
      ])
    },
  })
  await post(product, 'targets/archive/pause', { reason: 'The disk is being replaced' })
  const eventId = await tell(product)
  await rollBack(product)
  return {
    product,
    eventId,
    async close() {
      await product.stop()
      await Promise.all(Object.values(all).map((target) => target.close()))
    },
  }
}

/** `billing` took the ends of calls until an hour ago; since then it does not know one of their fields. */
function toBilling(until: number): string[] {
  const isDead = `received_at > ${until - HOUR_MS}`
  const attempt = `json_object('at', recorded_at, 'durationMs', 30 + seq % 50,
    'status', iif(${isDead}, 422, 200), 'verdict', iif(${isDead}, 'dead', 'delivered'),
    'reason', iif(${isDead}, 'status 422', NULL), 'excerpt', iif(${isDead}, '${REFUSAL}', 'ok'),
    'nextAt', NULL)`
  const isEnd = `kind = 'voice.call.status' AND replay IS NULL`
  return [
    `UPDATE events SET targets = '["crm","billing"]' WHERE ${isEnd}`,
    `INSERT INTO deliveries
     SELECT seq, 'billing', iif(${isDead}, 'dead', 'delivered'), 1, NULL,
            iif(${isDead}, 'status_422', NULL), recorded_at, json_array(${attempt})
     FROM events WHERE ${isEnd}`,
  ]
}

async function seedDay(statePath: string): Promise<void> {
  const config = createConfig()
  const runtime = await startRuntime({
    ports: {},
    statePath,
    configPath: join(statePath, 'seed.json'),
    document: toDocument(config, toVersion(config)),
    secrets: {},
    onLog: () => {},
  })
  try {
    const ledger = await runtime.ledger()
    const until = Date.now() - HOUR_MS / 12
    await seedLedger(ledger, { events: DAY_EVENTS, from: until - 24 * HOUR_MS, until })
    // Most of it in the middle, as days are; the order stays.
    const part = `((received_at - ${until - 24 * HOUR_MS}) / ${24 * HOUR_MS}.0 - 0.5)`
    const move = `CAST(${24 * HOUR_MS} * (2.2 * ${part} * ${part} * ${part} - 0.55 * ${part}) AS INTEGER)`
    // A hundred numbers, which are nobody's.
    const from = `'+150055500' || printf('%02d', seq % 97)`
    await rename(ledger, from)
    await ledger.batch(
      [
        `UPDATE events SET from_address = ${from}, account = '${ACCOUNT}',
           received_at = received_at + ${move}, recorded_at = recorded_at + ${move}`,
        ...toBilling(until),
      ].map((sql) => ledger.prepare(sql)),
    )
  } finally {
    await runtime.stop()
  }
}

/** In the messages, too. @param from the new address in SQL */
async function rename(ledger: D1Database, from: string): Promise<void> {
  const { results } = await ledger
    .prepare(
      `SELECT seq, from_address AS old, ${from} AS new, ${toReadableSql('message')} AS message
       FROM events WHERE message IS NOT NULL`,
    )
    .all<{ seq: number; old: string; new: string; message: string }>()
  const rows = results.map((row) => ({
    seq: row.seq,
    ...packMessage(toText(row.message).replaceAll(row.old, row.new)),
  }))
  const sql = `
    UPDATE events SET message = ${toStoredSql('value')} FROM json_each(?1)
    WHERE events.seq = value ->> 'seq'`
  await ledger.prepare(sql).bind(JSON.stringify(rows)).run()
}

/** To what ben had published: from then on Twilio's URLs are those of the real address. */
async function rollBack(product: Product): Promise<void> {
  const versions = await fetch(`${product.consoleUrl}/api/v1/config/versions`)
  const { items } = (await versions.json()) as { items: { id: string; by: string }[] }
  const to = items.find(({ by }) => by === 'ben')?.id ?? ''
  const plan = await fetch(`${product.consoleUrl}/api/v1/config/rollback?to=${to}`)
  const { expected } = (await plan.json()) as { expected: string | null }
  await post(product, 'config/rollback', { to, expected, message: 'Shorter texts again' })
}

async function post({ consoleUrl }: Product, path: string, body: object): Promise<void> {
  const csrf = 'c'.repeat(43)
  const answer = await fetch(`${consoleUrl}/api/v1/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: consoleUrl,
      cookie: `switchboard-csrf=${csrf}`,
      'x-csrf-token': csrf,
    },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
}

const toSid = (prefix: string, number: number): string =>
  prefix + createHash('md5').update(`story ${number}`).digest('hex')

/** @returns the event of the caller's choice, when all of it is in the ledger */
async function tell(product: Product): Promise<string> {
  const account = { AccountSid: ACCOUNT, ApiVersion: '2010-04-01' }
  const call = { ...account, CallSid: toSid('CA', 1), From: CALLER, To: SHOP, Direction: 'inbound' }
  const steps: [path: string, params: Record<string, string>][] = [
    [
      '/status',
      {
        ...call,
        CallStatus: 'ringing',
        SequenceNumber: '0',
        CallbackSource: 'call-progress-events',
      },
    ],
    ['/voice', { ...call, CallStatus: 'ringing' }],
    [
      '/voice',
      { ...call, CallStatus: 'in-progress', msg: 'Gather End', Digits: '1', FinishedOnKey: '' },
    ],
    [
      '/status',
      {
        ...call,
        CallStatus: 'completed',
        CallDuration: '74',
        Duration: '2',
        SequenceNumber: '3',
        CallbackSource: 'call-progress-events',
      },
    ],
    [
      '/status',
      {
        ...account,
        CallSid: call.CallSid,
        RecordingSid: toSid('RE', 2),
        RecordingStatus: 'completed',
        RecordingDuration: '61',
        RecordingChannels: '2',
        RecordingSource: 'DialVerb',
        RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${ACCOUNT}/Recordings/${toSid('RE', 2)}`,
      },
    ],
  ]
  for (const [number, body] of TEXTS.entries()) {
    const text = { ...account, MessageSid: toSid('SM', number + 3), Body: body, NumMedia: '0' }
    steps.push(['/sms', { ...text, From: `+1500555006${number}`, To: SHOP }])
  }
  for (const [path, params] of steps) {
    const { status } = await product.send(path, params)
    if (status >= 300) throw new Error(`${path} was answered ${status}`)
  }
  return waitForAll(product, call.CallSid)
}

const TEXTS = ['Do you have peonies?', 'Two bunches for Saturday, please', 'Thank you 🌷']

async function waitForAll({ consoleUrl }: Product, sid: string): Promise<string> {
  interface Item {
    id: string
    kind: string
    outcome: string
  }
  return vi.waitUntil(
    async () => {
      const answer = await fetch(`${consoleUrl}/api/v1/events?sid=${sid}`)
      const { items } = (await answer.json()) as { items: Item[] }
      const choice = items.find(({ kind }) => kind === 'voice.gather.action')
      const isThere = items.length === 5 && items.some(({ outcome }) => outcome === 'dead')
      return isThere ? choice?.id : undefined
    },
    { timeout: 20_000, interval: 100 },
  )
}
