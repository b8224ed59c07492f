/** What is stored, in which order, and what happens when a part of it refuses, hangs or dies. */
import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CompiledReply } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import {
  CALL,
  createHarness,
  endpoint as toEndpoint,
  ORIGIN,
  signedJson,
  SMS,
  withParams,
  type Fault,
  type Harness,
  type Params,
} from './harness.ts'

beforeEach(reset)

const TOKEN = { 'i-twilio-idempotency-token': '6f1e0c2a-0000-4000-8000-000000000001' }
const GATHER = withParams(CALL, { CallStatus: 'in-progress', Digits: '1' })

const twiml = (text: string) => `<Response><Message>${text}</Message></Response>`
const saying = (text: string): CompiledReply => ({ type: 'twiml', twiml: twiml(text), when: null })
const REMEMBERING = { endpoints: [{ remember: true }] }

const idsOf = (gateway: Harness) => new Set(gateway.messages().map(({ event }) => event.id))

describe('a retry of a webhook', () => {
  it('gets the reply that the first one got, computed again: one event, and no KV', async () => {
    const gateway = createHarness({ endpoints: [{ replies: [saying('{{Body}}')] }] })
    const post = async () => (await gateway.post('/sms', SMS, { headers: TOKEN })).text()
    const texts = [await post(), await post()]
    expect(texts).toEqual([twiml('It&apos;s 5 &amp; &lt;b&gt; ☎'), texts[0]])
    expect(gateway.ownCalls()).toEqual(['send', 'send'])
    expect(idsOf(gateway).size).toBe(1)
    expect(gateway.messages()[1]?.reply).toEqual(gateway.messages()[0]?.reply)
    expect(gateway.line()).toMatchObject({ verdict: 'accepted', reply: 'config' })
  })

  it.each([
    ['changed', {}, 'new'],
    ['changed, at an endpoint that remembers', { remember: true }, 'old'],
  ])('after the config has %s', async (_how, endpoint, expected) => {
    const gateway = createHarness({ endpoints: [{ ...endpoint, replies: [saying('old')] }] })
    const post = async (headers: Record<string, string>) =>
      (await gateway.post('/sms', SMS, { headers })).text()
    expect(await post(TOKEN)).toBe(twiml('old'))
    const endpoints = [{ ...toEndpoint(endpoint), replies: [saying('new')] }]
    const config = { publicUrl: ORIGIN, lookupBudgetMs: 50, endpoints, targets: [] }
    await gateway.kv.put('config:current', JSON.stringify(toDocument(config, 'new')))
    gateway.clock.now += 31_000
    await post({ 'i-twilio-idempotency-token': 'another, which lets it look' })
    expect(await post(TOKEN)).toBe(twiml(expected))
  })

  it('gets the reply of the hour at which the first one came', async () => {
    const open = { $time: { zone: 'UTC', from: '09:00', to: '11:00' } }
    const replies = [{ ...saying('open'), when: open }, saying('closed')]
    const gateway = createHarness({ endpoints: [{ replies }] })
    const post = async (headers: Record<string, string>) =>
      (await gateway.post('/sms', SMS, { headers })).text()
    expect(await post(TOKEN)).toBe(twiml('open'))
    gateway.clock.now += 3_600_000
    expect([await post(TOKEN), await post({})]).toEqual([twiml('open'), twiml('closed')])
    expect(gateway.sent).toHaveLength(2)
  })
})

describe('a retry at an endpoint that remembers', () => {
  it('gets the recorded reply, and nothing is published', async () => {
    const endpoints = [{ remember: true, replies: [saying('{{Body}}')] }]
    const gateway = createHarness({ endpoints })
    const first = await gateway.post('/sms', withParams(SMS, { Body: 'one' }), { headers: TOKEN })
    // A retry is the same request; another body shows that the reply is not computed anew.
    const second = await gateway.post('/sms', withParams(SMS, { Body: 'two' }), { headers: TOKEN })
    expect(await first.text()).toBe(twiml('one'))
    expect([second.status, second.headers.get('content-type'), await second.text()]).toEqual([
      200,
      'text/xml; charset=utf-8',
      twiml('one'),
    ])
    expect(gateway.sent).toHaveLength(1)
    expect(gateway.line()).toMatchObject({ verdict: 'duplicate', reply: 'recorded', stored: null })
  })

  it('is told by its natural key where no token came', async () => {
    const gateway = createHarness(REMEMBERING)
    await gateway.post('/sms', SMS)
    await gateway.post('/sms', SMS)
    expect(gateway.sent).toHaveLength(1)
  })

  it('is not mixed up between endpoints or accounts', async () => {
    const two = { name: 'two', path: '/two', remember: true }
    const gateway = createHarness({ endpoints: [{ remember: true }, two] })
    await gateway.post('/sms', SMS, { headers: TOKEN })
    await gateway.post('/two', SMS, { headers: TOKEN })
    const other = withParams(SMS, { AccountSid: `AC${'1'.repeat(32)}` })
    await gateway.post('/sms', other, { headers: TOKEN })
    expect(idsOf(gateway).size).toBe(3)
  })

  it('of a status callback is told from the next status', async () => {
    const gateway = createHarness(REMEMBERING)
    const status = (MessageStatus: string): Params => [
      ['MessageSid', 'SM1'],
      ['MessageStatus', MessageStatus],
    ]
    for (const value of ['sent', 'delivered', 'sent']) await gateway.post('/sms', status(value))
    expect(gateway.messages().map(({ event }) => event.type)).toEqual([
      'com.twilio.messaging.message.sent',
      'com.twilio.messaging.message.delivered',
    ])
  })

  it('gets the cookies of the first one, too', async () => {
    const cookies: [string, string][] = [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ]
    const url = 'https://app.example.com/x'
    const reply = { type: 'origin', url, deadlineMs: 1_000, otherwise: null, when: null } as const
    const gateway = createHarness({
      endpoints: [{ replies: [reply] }],
      fetch: async () => new Response('<Response/>', { headers: cookies }),
    })
    await gateway.post('/sms', CALL, { headers: TOKEN })
    const retry = await gateway.post('/sms', CALL, { headers: TOKEN })
    expect(gateway.line()?.verdict).toBe('duplicate')
    expect(retry.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('of an Event Streams batch publishes nothing', async () => {
    const gateway = createHarness(REMEMBERING)
    const batch = JSON.stringify([
      { specversion: '1.0', id: 'EZ1', source: 's', type: 't', data: 1 },
    ])
    await gateway.fetch(signedJson('/sms', batch))
    await gateway.fetch(signedJson('/sms', batch))
    expect(gateway.sent).toHaveLength(1)
  })
})

describe('a request that repeats for good reason', () => {
  it.each([
    ['a Gather loop', GATHER],
    ['a call that is redirected to the same URL', CALL],
    ['a wait URL', withParams(CALL, { QueueSid: 'QU1', QueuePosition: '1' })],
  ])('is new each time without a token: %s', async (_name, params) => {
    const gateway = createHarness()
    await gateway.post('/sms', params)
    await gateway.post('/sms', params)
    expect(idsOf(gateway).size).toBe(2)
  })

  it('has nothing to be looked up, and nothing to record, without a token', async () => {
    const gateway = createHarness(REMEMBERING)
    await gateway.post('/sms', GATHER)
    await gateway.post('/sms', GATHER)
    expect(gateway.ownCalls()).toEqual(['send', 'send'])
  })

  it('is known by its token', async () => {
    const gateway = createHarness()
    await gateway.post('/sms', GATHER, { headers: TOKEN })
    await gateway.post('/sms', GATHER, { headers: TOKEN })
    expect(idsOf(gateway).size).toBe(1)
  })
})

describe('copies that arrive together', () => {
  it('are published under one event id', async () => {
    const gateway = createHarness()
    await Promise.all([1, 2, 3].map(() => gateway.post('/sms', SMS, { headers: TOKEN })))
    expect(idsOf(gateway).size).toBe(1)
  })
})

describe('the look-up', () => {
  it.each(['refuse', 'throw', 'hang'] satisfies Fault[])(
    'that does %s means new',
    async (fault) => {
      const gateway = createHarness(REMEMBERING)
      await gateway.post('/sms', GATHER)
      gateway.faults.get = fault
      const response = await gateway.post('/sms', SMS)
      expect(response.status).toBe(200)
      expect(gateway.sent).toHaveLength(2)
      expect(gateway.line()?.faults).toEqual([fault === 'hang' ? 'lookup.late' : 'lookup.failed'])
    },
  )

  it('that finds rubbish means new', async () => {
    const gateway = createHarness(REMEMBERING)
    await gateway.post('/sms', SMS)
    const key = `token:${gateway.messages()[0]?.event.id}`
    const records = [0, 101, 1_000].map((status) =>
      JSON.stringify({ status, type: null, body: '' }),
    )
    const shapes = ['', 'x', 'null', '{}', '{"status":200}', '{"status":"200","body":""}']
    for (const rubbish of [...shapes, ...records]) {
      await gateway.kv.put(key, rubbish)
      expect((await gateway.post('/sms', SMS)).status).toBe(200)
    }
    expect(gateway.sent).toHaveLength(10)
  })
})

describe('the queue', () => {
  it.each(['refuse', 'throw'] satisfies Fault[])(
    'that does %s leaves the event to the outbox',
    async (fault) => {
      const gateway = createHarness(REMEMBERING)
      gateway.faults.send = fault
      const response = await gateway.post('/sms', SMS)
      expect(response.status).toBe(200)
      const { eventId } = gateway.line() ?? {}
      const stored = await gateway.kv.get(`outbox:${eventId}`)
      expect(JSON.parse(stored ?? '{}')).toMatchObject({ v: 1, event: { id: eventId } })
      expect(gateway.line()).toMatchObject({ stored: 'outbox', faults: ['queue.failed'] })
      // Stored is stored: the retry finds the token.
      await gateway.post('/sms', SMS)
      expect(gateway.line()).toMatchObject({ verdict: 'duplicate' })
    },
  )

  it('that hangs is given up in time', async () => {
    const gateway = createHarness({ endpoints: [{ deadlineMs: 500 }] })
    gateway.faults.send = 'hang'
    const response = await gateway.post('/sms', SMS)
    expect(response.status).toBe(200)
    expect(gateway.line()).toMatchObject({ stored: 'outbox', faults: ['queue.late'] })
  })

  it('that fails for a batch leaves each event to the outbox', async () => {
    const gateway = createHarness()
    gateway.faults.send = 'refuse'
    const batch = ['EZ1', 'EZ2'].map((id) => ({ specversion: '1.0', id, source: 's', type: 't' }))
    const response = await gateway.fetch(signedJson('/sms', JSON.stringify(batch)))
    expect(response.status).toBe(204)
    const { keys } = await gateway.kv.list({ prefix: 'outbox:' })
    expect(keys.map(({ name }) => name)).toEqual(['outbox:EZ1', 'outbox:EZ2'])
  })
})

describe('when queue and outbox refuse', () => {
  it('the answer is 503, the event is in the log, and no token is recorded', async () => {
    const gateway = createHarness(REMEMBERING)
    gateway.faults.send = 'refuse'
    gateway.faults.put = 'refuse'
    const response = await gateway.post('/sms', SMS)
    expect([response.status, await response.text()]).toEqual([503, ''])
    expect(gateway.line()).toMatchObject({ verdict: 'unstored', stored: 'nowhere', status: 503 })
    const unstored = gateway.lines.filter(({ event }) => event === 'event.unstored')
    expect(unstored).toMatchObject([{ message: { event: { kind: 'messaging.inbound' } } }])
    expect(gateway.calls.filter((call) => call.startsWith('put token:'))).toEqual([])
    // Twilio's retry is new.
    gateway.faults.send = 'none'
    gateway.faults.put = 'none'
    expect((await gateway.post('/sms', SMS)).status).toBe(200)
    expect(gateway.sent).toHaveLength(1)
  })

  it('a status callback of a call is for Twilio to retry', async () => {
    const gateway = createHarness()
    Object.assign(gateway.faults, { put: 'refuse', send: 'refuse' })
    const ended = withParams(CALL, {
      CallStatus: 'completed',
      CallbackSource: 'call-progress-events',
    })
    expect((await gateway.post('/sms', ended)).status).toBe(503)
  })

  it('for a part of a batch, the batch is not acknowledged', async () => {
    const gateway = createHarness()
    const batch = Array.from({ length: 120 }, (_, i) => ({
      specversion: '1.0',
      id: `EZ${i}`,
      source: 's',
      type: 't',
    }))
    gateway.faults.put = 'refuse'
    gateway.failAfter('sendBatch', 1)
    expect((await gateway.fetch(signedJson('/sms', JSON.stringify(batch)))).status).toBe(503)
    expect(gateway.sent).toHaveLength(100)
  })

  it('a caller on the line gets the answer all the same', async () => {
    const body = '<Response><Say>Hello</Say></Response>'
    const gateway = createHarness({
      endpoints: [{ replies: [{ type: 'twiml', twiml: body, when: null }] }],
    })
    gateway.faults.send = 'refuse'
    gateway.faults.put = 'refuse'
    const response = await gateway.post('/sms', CALL)
    expect([response.status, await response.text()]).toEqual([200, body])
    expect(gateway.line()).toMatchObject({ verdict: 'unstored', status: 200 })
    expect(gateway.lines.filter(({ event }) => event === 'event.unstored')).toHaveLength(1)
  })

  it('by hanging, the answer still comes below the deadline', async () => {
    const gateway = createHarness({ endpoints: [{ deadlineMs: 400 }] })
    gateway.faults.send = 'hang'
    gateway.faults.put = 'hang'
    expect((await gateway.post('/sms', SMS)).status).toBe(503)
  })
})

describe('what is put into KV', () => {
  it('has its end: a token after a day, a large event after 15', async () => {
    const gateway = createHarness(REMEMBERING)
    await gateway.post('/sms', withParams(SMS, { Body: 'x'.repeat(130_000) }))
    const { keys } = await gateway.kv.list()
    const days = keys.map(({ name, expiration = 0 }) => [
      name.split(':', 1)[0],
      Math.round((expiration - Date.now() / 1_000) / 86_400),
    ])
    expect(Object.fromEntries(days)).toEqual({ event: 15, token: 1 })
  })
})

describe('recording the token', () => {
  it('that fails costs nothing but a line in the log', async () => {
    const gateway = createHarness(REMEMBERING)
    gateway.faults.put = 'refuse'
    expect((await gateway.post('/sms', SMS)).status).toBe(200)
    expect(gateway.lines.map(({ event }) => event)).toContain('token.unrecorded')
    expect(gateway.sent).toHaveLength(1)
  })
})

describe('an event over 128 KB', () => {
  const large = withParams(SMS, { Body: 'x'.repeat(130_000) })

  it('travels by reference', async () => {
    const gateway = createHarness()
    expect((await gateway.post('/sms', large)).status).toBe(200)
    const { eventId } = gateway.line() ?? {}
    expect(gateway.sent).toEqual([JSON.stringify({ v: 1, ref: `event:${eventId}` })])
    const whole = JSON.parse((await gateway.kv.get(`event:${eventId}`)) ?? '{}')
    expect(whole).toMatchObject({ event: { id: eventId, data: { body: large[6]?.[1] } } })
  })

  it('is not acknowledged when KV refuses it', async () => {
    const gateway = createHarness()
    gateway.faults.put = 'refuse'
    expect((await gateway.post('/sms', large)).status).toBe(503)
    expect(gateway.sent).toEqual([])
  })
})

describe('a large Event Streams batch', () => {
  it('is sent in batches that the queue takes', async () => {
    const gateway = createHarness()
    const batch = Array.from({ length: 120 }, (_, i) => ({
      specversion: '1.0',
      id: `EZ${i}`,
      source: 's',
      type: 't',
      data: 'x'.repeat(1_000),
    }))
    expect((await gateway.fetch(signedJson('/sms', JSON.stringify(batch)))).status).toBe(204)
    expect(gateway.sent).toHaveLength(120)
    expect(gateway.calls.filter((call) => call === 'sendBatch').length).toBeGreaterThan(1)
  })
})
