/**
 * From a signed webhook to real targets: a handler behind Twilio's own middleware, one that verifies
 * Standard Webhooks with the official library, and some that fail.
 */
import { readdirSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CloudEvent, HTTP } from 'cloudevents'
import express, { type Request } from 'express'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import type { SwitchboardEvent } from '../../src/events/event.ts'
import type { Param } from '../../src/twilio/params.ts'
import { AUTH_TOKEN, createWorkspace, SECRET, start, type Running } from './switchboard.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
const workspace = createWorkspace()
const events: SwitchboardEvent[] = []
const handled: Record<string, unknown>[] = []
const failures = new Map<string, number>()
let targets: Server
let gateway: Running

function createTargets() {
  const server = express()
  server.post('/events', express.text({ type: '*/*', limit: '1mb' }), (req, res) => {
    const headers = req.headers as Record<string, string>
    new Webhook(SECRET).verify(req.body, headers)
    const [event] = [HTTP.toEvent({ headers, body: req.body })].flat() as CloudEvent<unknown>[]
    event?.validate()
    events.push(JSON.parse(req.body))
    res.sendStatus(202)
  })
  server.post(
    '/twilio',
    express.urlencoded({ extended: false }),
    twilio.webhook({ validate: true }, AUTH_TOKEN),
    (req: Request, res) => {
      handled.push(req.body)
      res.type('text/xml').send('<Response/>')
    },
  )
  server.post('/fails', express.json({ type: '*/*' }), (req, res) => {
    const { id } = req.body as SwitchboardEvent
    failures.set(id, (failures.get(id) ?? 0) + 1)
    res.sendStatus(500)
  })
  return server
}

beforeAll(async () => {
  targets = createTargets().listen(0, '127.0.0.1')
  await new Promise((resolve) => targets.once('listening', resolve))
  const { port } = targets.address() as AddressInfo
  const at = `http://127.0.0.1:${port}`
  const config = workspace.config(`{
    endpoints: { sms: { path: '/sms' } },
    targets: {
      crm: { url: '${at}/events', events: ['messaging.*', 'event-streams'], secret: 'CRM_SECRET' },
      app: { url: '${at}/twilio', events: ['*'], where: { 'data.body': 'for the app' }, format: 'twilio' },
      broken: { url: '${at}/fails', events: ['voice.inbound'], retry: ['1s'] },
      gone: { url: 'http://127.0.0.1:9/x', events: ['voice.inbound'], retry: [] },
    },
  }`)
  gateway = await start(
    ['--config', config, '--port', '0', '--json', '--state', join(workspace.path, 'state')],
    { env: { TWILIO_AUTH_TOKENS: AUTH_TOKEN, CRM_SECRET: SECRET } },
  )
})
afterAll(async () => {
  await gateway.stop()
  targets.closeAllConnections()
  targets.close()
  workspace.remove()
})

async function send(kind: string, set: Param[] = []): Promise<string> {
  const before = gateway.lines('webhook.received').length
  const request = toSignedWebhook(toRealisticWebhook(kind, { account: ACCOUNT, set }), {
    to: `${gateway.url}/sms`,
    publicUrl: null,
    method: 'POST',
    authToken: AUTH_TOKEN,
    idempotencyToken: `${kind} ${before}`,
  })
  const { status } = await sendWebhook(request)
  expect(status).toBeLessThan(300)
  await gateway.waitFor(new RegExp(`(?:"webhook.received"[^]*){${before + 1}}`))
  return String(gateway.lines('webhook.received').at(-1)?.['eventId'])
}

const attempts = (eventId: string) =>
  gateway.lines('delivery.attempted').filter((line) => line['eventId'] === eventId)

const attempted = (eventId: string, target: string, verdict: string) =>
  gateway.waitFor(
    new RegExp(`"delivery.attempted"[^\\n]*"${eventId}"[^\\n]*"${target}"[^\\n]*"${verdict}"`),
  )

describe('an event', () => {
  it('reaches a target that verifies Standard Webhooks and CloudEvents', async () => {
    const id = await send('messaging.inbound', [['Body', 'hello ☎']])
    await attempted(id, 'crm', 'delivered')
    expect(events.find((event) => event.id === id)).toMatchObject({
      kind: 'messaging.inbound',
      data: { body: 'hello ☎' },
    })
    expect(attempts(id)).toHaveLength(1)
  })

  it('reaches a handler behind Twilio’s middleware, where its condition holds', async () => {
    const id = await send('messaging.inbound', [['Body', 'for the app']])
    await attempted(id, 'app', 'delivered')
    expect(handled).toMatchObject([{ Body: 'for the app', NumMedia: '0' }])
  })

  it('over 128 KB arrives whole', async () => {
    const body = 'x'.repeat(140_000)
    const id = await send('messaging.inbound', [['Body', body]])
    await attempted(id, 'crm', 'delivered')
    expect(events.find((event) => event.id === id)?.data).toMatchObject({ body })
  })

  it('of Event Streams keeps its id', async () => {
    await send('event-streams')
    await gateway.waitFor(/"delivery.attempted"[^\n]*"EZ[0-9a-f]{32}"[^\n]*"delivered"/)
    expect(events.at(-1)).toMatchObject({ kind: 'event-streams', id: expect.stringMatching(/^EZ/) })
  })

  it('is tried again by the schedule, then is dead and in the ledger', async () => {
    const id = await send('voice.inbound')
    await attempted(id, 'gone', 'dead')
    await attempted(id, 'broken', 'dead')
    expect(failures.get(id)).toBe(2)
    const verdicts = attempts(id).map(({ target, attempt, verdict }) => [target, attempt, verdict])
    expect(verdicts.toSorted()).toEqual([
      ['broken', 1, 'retry'],
      ['broken', 2, 'dead'],
      ['gone', 1, 'dead'],
    ])
    const recorded = [
      { target: 'broken', reason: 'status_500', attempts: 2 },
      { target: 'gone', reason: 'unreachable', attempts: 1 },
    ]
    await vi.waitFor(() => expect(readDead(id)).toEqual(recorded), { timeout: 15_000 })
  })
})

/** What the ledger's file says. */
function readDead(eventId: string) {
  const folder = join(workspace.path, 'state')
  const file = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (name) => /d1/i.test(name) && name.endsWith('.sqlite') && !name.includes('metadata'),
  )
  const database = new DatabaseSync(join(folder, file ?? ''), { readOnly: true })
  const rows = database
    .prepare(
      `SELECT target, reason, attempts FROM all_deliveries JOIN events USING (seq)
       WHERE event_id = ? AND status = 'dead' ORDER BY target`,
    )
    .all(eventId)
  database.close()
  return rows.map((row) => ({ ...row }))
}
