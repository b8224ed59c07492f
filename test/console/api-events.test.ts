/** Events by the API, through the whole console: what is given to whom, and what is not taken. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createToken, createTokens } from '../../src/console/access/tokens.ts'
import type { Role } from '../../src/console/access/identity.ts'
import { createValueHash } from '../../src/events/redact.ts'
import {
  db,
  insertRows,
  migrate,
  range,
  storeMessages,
  toDeliveryRow,
  toEventRow,
} from '../ledger/harness.ts'
import { createWorld, NOW, PASSWORDS, readCode, type World } from './access/world.ts'

const SID = `SM${'1'.repeat(32)}`
const ID = `evt_${'a'.repeat(32)}`
const FROM = '+15005550006'
const BODY = 'Where is my order?'

const MESSAGE = {
  v: 1,
  event: {
    specversion: '1.0',
    id: ID,
    source: '/endpoints/sms',
    type: 'com.twilio.messaging.inbound-message.received',
    subject: SID,
    time: new Date(NOW).toISOString(),
    datacontenttype: 'application/json',
    kind: 'messaging.inbound',
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    data: { from: FROM, body: BODY, params: { From: FROM, Body: BODY } },
  },
  request: {
    method: 'POST',
    contentType: 'application/x-www-form-urlencoded',
    query: '',
    body: new URLSearchParams({ From: FROM, Body: BODY }).toString(),
    encoding: 'utf-8',
    keyName: 'primary',
  },
  reply: {
    status: 200,
    contentType: 'text/xml',
    body: `<Response><Say>${BODY}</Say></Response>`,
    from: 'config',
  },
}

const ATTEMPT = {
  at: NOW,
  durationMs: 20,
  status: 503,
  verdict: 'retry',
  reason: 'answered 503',
  excerpt: `no, ${FROM}`,
  nextAt: NOW + 5_000,
}

let world: World
const tokens: Record<Role, string> = { viewer: '', operator: '' }

beforeEach(async () => {
  await migrate()
  world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })
  for (const role of ['viewer', 'operator'] as const) {
    tokens[role] = createToken()
    const row = { id: `tok_${role}`, name: role, role, createdAt: NOW, createdBy: 'anna' }
    const made = { ...row, expiresAt: null, revokedAt: null }
    await createTokens(db, () => NOW).insert(made, tokens[role])
  }
  const shared = { kind: 'messaging.inbound', source: '/endpoints/sms', thread: SID }
  const none = { from_address: null, to_address: null, took_ms: null }
  const own = { claim: ID, event_id: ID, subject: SID, recorded_at: NOW }
  const known = { from_address: FROM, to_address: '+15005550010', took_ms: 12 }
  await insertRows('events', [
    toEventRow(1, { ...shared, ...own, ...known }),
    toEventRow(2, { ...shared, ...own, ...none, claim: `${ID}~rpl_1`, replay: 'rpl_1' }),
    ...range(3, 6).map((seq) =>
      toEventRow(seq, { ...shared, ...none, recorded_at: NOW + seq * 1_000, targets: '[]' }),
    ),
  ])
  await insertRows('deliveries', [
    toDeliveryRow(1, 'crm', {
      status: 'dead',
      attempts: 1,
      reason: 'answered 503',
      history: JSON.stringify([ATTEMPT]),
    }),
    toDeliveryRow(2, 'crm', { status: 'delivered', attempts: 1 }),
  ])
  await storeMessages([{ seq: 1, message: JSON.stringify(MESSAGE) }])
})
afterEach(() => reset())

const ask = (path: string, role: Role = 'operator'): Promise<Response> =>
  world.ask(`/api/v1${path}`, { headers: { authorization: `Bearer ${tokens[role]}` } })

interface Body {
  items: { id: string; from: string | null; outcome: string }[]
  next: string | null
  live: string | null
  after: string
  more: boolean
}

async function read<T = Body>(path: string, role: Role = 'operator'): Promise<T> {
  const response = await ask(path, role)
  expect(response.status).toBe(200)
  return response.json()
}

const toIds = ({ items }: Body) => items.map(({ id }) => id)

describe('GET /events', () => {
  it('pages from the newest to the oldest', async () => {
    const first = await read('/events?limit=3')
    expect(toIds(first)).toEqual(['evt_6', 'evt_5', 'evt_4'])
    const second = await read(`/events?limit=3&cursor=${first.next}`)
    expect(toIds(second)).toEqual(['evt_3', ID])
    expect(second).toMatchObject({ next: null, live: null, searchedTo: null })
    expect(second.items[1]).toEqual({
      id: ID,
      receivedAt: '2026-11-20T10:00:00.000Z',
      kind: 'messaging.inbound',
      endpoint: 'sms',
      source: '/endpoints/sms',
      account: null,
      subject: SID,
      thread: SID,
      from: FROM,
      to: '+15005550010',
      tookMs: 12,
      outcome: 'delivered',
      deliveries: [{ target: 'crm', status: 'delivered', attempts: 2 }],
      replays: 1,
    })
  })

  it('takes filters', async () => {
    expect(toIds(await read('/events?outcome=unmatched&limit=1'))).toEqual(['evt_6'])
    expect(toIds(await read(`/events?number=${encodeURIComponent(FROM)}`))).toEqual([ID])
    expect(toIds(await read('/events?numberPrefix=%2B1500'))).toEqual([ID])
    expect(toIds(await read('/events?text=MY%20ORDER'))).toEqual([ID])
    expect(toIds(await read('/events?before=2026-11-20T10:00:03Z&kind=messaging.*'))).toEqual([ID])
    expect(toIds(await read('/events?from=2026-11-20T11:00:05%2B01:00'))).toEqual([
      'evt_6',
      'evt_5',
    ])
  })

  it.each([
    'cursor=nonsense',
    `cursor=${btoa('{"before":-1}')}`,
    `cursor=${btoa('{"after":1}')}`,
    'limit=0',
    'limit=101',
    'outcome=lost',
    'kind=a%27b',
    'from=yesterday',
    'target=a%20b',
    'sid=',
  ])('does not take %s', async (query) => {
    const response = await ask(`/events?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await readCode(response)).toBe('request_invalid')
  })

  it('goes on with what is new', async () => {
    const { live } = await read('/events')
    const none = await read(`/events/live?after=${live}`)
    expect(none).toMatchObject({ items: [], more: false })
    await insertRows('events', [toEventRow(7), toEventRow(8)])
    const some = await read(`/events/live?after=${none.after}&limit=1`)
    expect(some).toMatchObject({ items: [{ id: 'evt_7' }], more: true })
    const rest = await read(`/events/live?after=${some.after}`)
    expect(rest).toMatchObject({ items: [{ id: 'evt_8' }], more: false })
    expect(toIds(await read('/events/live?after='))).toEqual([])
  })
})

describe('GET /events/{id}', () => {
  it('is the event whole', async () => {
    expect(await read(`/events/${ID}`)).toMatchObject({
      event: { id: ID, outcome: 'delivered' },
      stored: { state: 'whole', message: { event: MESSAGE.event, request: MESSAGE.request } },
      reply: MESSAGE.reply,
      runs: [
        {
          replay: null,
          targets: ['crm'],
          deliveries: [
            {
              target: 'crm',
              status: 'dead',
              history: [
                {
                  number: 1,
                  status: 503,
                  excerpt: `no, ${FROM}`,
                  nextAt: '2026-11-20T10:00:05.000Z',
                },
              ],
            },
          ],
        },
        { replay: 'rpl_1', deliveries: [{ status: 'delivered', history: [] }] },
      ],
    })
  })

  it('has what an app answered', async () => {
    const answer = { status: 200, contentType: 'text/xml', body: '<Response/>', from: 'origin' }
    await insertRows('replies', [
      { event_id: 'evt_3', at: NOW, took_ms: 90, answer: JSON.stringify(answer) },
    ])
    expect(await read('/events/evt_3')).toMatchObject({ stored: { state: 'gone' }, reply: answer })
  })

  it('is not there, also when it is how ids begin', async () => {
    for (const path of ['/events/evt_', '/events/evt_/related', '/events/evt_9/message']) {
      const response = await ask(path)
      expect([response.status, await readCode(response)]).toEqual([404, 'event_unknown'])
    }
  })

  it('has everything of its thread, in order', async () => {
    const related = await read('/events/evt_4/related')
    expect(toIds(related)).toEqual([ID, 'evt_3', 'evt_4', 'evt_5', 'evt_6'])
    expect(related).toMatchObject({ isPartial: false })
  })
})

describe('a viewer', () => {
  it('sees neither numbers nor bodies anywhere', async () => {
    const paths = [
      '/events',
      `/events/${ID}`,
      `/events/${ID}/related`,
      '/events/live?after=',
      '/overview',
    ]
    for (const path of paths) {
      const response = await ask(path, 'viewer')
      expect(response.status).toBe(200)
      const text = await response.text()
      expect(text).not.toContain('500555')
      expect(text).not.toContain('order')
    }
    const detail = await read<{ event: object }>(`/events/${ID}`, 'viewer')
    expect(detail.event).toMatchObject({
      subject: SID,
      source: '/endpoints/sms',
      from: '+1•••••••06',
    })
  })

  it.each([
    '/events?text=order',
    '/events?numberPrefix=%2B1',
    '/events/live?text=x',
    `/events/${ID}/message`,
  ])('may not ask for %s', async (path) => {
    const response = await ask(path, 'viewer')
    expect([response.status, await readCode(response)]).toEqual([403, 'operators_only'])
  })

  it('finds a number of which the ledger has the hash', async () => {
    const hash = createValueHash('not-a-secret-but-of-the-tests')(FROM)
    await db.prepare('UPDATE events SET from_address = ?1 WHERE claim = ?2').bind(hash, ID).run()
    expect(toIds(await read(`/events?number=${encodeURIComponent(FROM)}`))).toEqual([ID])
    expect(toIds(await read(`/events?number=${encodeURIComponent(hash)}`))).toEqual([ID])
    expect(toIds(await read('/events?number=%2B15005550007'))).toEqual([])
  })

  it('may search for a whole number', async () => {
    expect(toIds(await read(`/events?number=${encodeURIComponent(FROM)}`, 'viewer'))).toEqual([ID])
  })
})

it('gives an operator the whole stored message', async () => {
  expect(await read(`/events/${ID}/message`)).toMatchObject({
    state: 'whole',
    message: { request: MESSAGE.request },
  })
})

it('gives an overview', async () => {
  const overview = await read<{ events: { counts: number[] }[] }>('/overview?range=1h')
  expect(overview).toMatchObject({ range: '1h', sampledOneOf: 1, bucketMs: 60_000 })
  expect(overview.events).toHaveLength(60)
  expect((await ask('/overview?range=2h')).status).toBe(400)
})

it('describes its routes', async () => {
  const { paths } = await read<{ paths: Record<string, { get?: { parameters?: object[] } }> }>(
    '/openapi.json',
  )
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining([
      '/events',
      '/events/live',
      '/events/{id}',
      '/events/{id}/related',
      '/events/{id}/message',
      '/overview',
      '/stream',
    ]),
  )
  expect(paths['/stream']?.get?.parameters).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'after', in: 'query', required: false }),
    ]),
  )
})
