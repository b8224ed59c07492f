/** What Twilio got back travels with the event, or follows it when an app was asked. */
import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CompiledReply } from '../../src/config/compiled.ts'
import type { AnswerMessage, EventMessage } from '../../src/events/message.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { parseKeyRing } from '../../src/twilio/keyring.ts'
import {
  CALL,
  createHarness,
  ORIGIN,
  signedJson,
  signedPost,
  SMS,
  TOKEN,
  withParams,
  type Params,
} from './harness.ts'

beforeEach(reset)

const TWIML_TYPE = 'text/xml; charset=utf-8'
const twimlReply = (twiml: string): CompiledReply => ({ type: 'twiml', twiml, when: null })
const STATUS: Params = [
  ['MessageSid', 'SM1'],
  ['MessageStatus', 'sent'],
]

describe('a reply that is computed in memory', () => {
  it('is in the message of its event', async () => {
    const gateway = createHarness({
      endpoints: [{ replies: [twimlReply('<Response><Say>{{From}}</Say></Response>')] }],
    })
    const response = await gateway.post('/sms', CALL)
    const body = '<Response><Say>+15005550006</Say></Response>'
    expect(await response.text()).toBe(body)
    expect(gateway.messages().map(({ reply }) => reply)).toEqual([
      { status: 200, contentType: TWIML_TYPE, body, from: 'config' },
    ])
  })

  it.each([
    ['a default', [], STATUS, { status: 204, contentType: null, body: '', from: 'default' }],
    [
      'one that does not fit the kind',
      [{ type: 'json', status: 200, json: { a: 1 }, when: null } satisfies CompiledReply],
      SMS,
      { status: 200, contentType: TWIML_TYPE, body: '<Response/>', from: 'mismatch' },
    ],
  ])('also %s', async (_name, replies, params, reply) => {
    const gateway = createHarness({ endpoints: [{ replies }] })
    await gateway.post('/sms', params)
    expect(gateway.messages()).toMatchObject([{ reply }])
    expect(gateway.sent).toHaveLength(1)
  })

  it.each([
    [16_384, 'kept'],
    [16_385, 'left out'],
  ])('of %i bytes is %s', async (size, kept) => {
    const body = `<Response><!--${'x'.repeat(size - 28)}--></Response>`
    expect(body).toHaveLength(size)
    const gateway = createHarness({ endpoints: [{ replies: [twimlReply(body)] }] })
    await gateway.post('/sms', SMS)
    expect(gateway.messages()[0]?.reply?.body).toBe(kept === 'kept' ? body : null)
  })

  it('does not make its event too large for the queue', async () => {
    const body = `<Response><!--${'x'.repeat(16_000)}--></Response>`
    const gateway = createHarness({ endpoints: [{ replies: [twimlReply(body)] }] })
    // An event has the text three times, in `data`, in its `params` and in the request.
    await gateway.post('/sms', withParams(SMS, { Body: 'x'.repeat(40_000) }))
    expect(gateway.messages()).toMatchObject([
      { event: { kind: 'messaging.inbound' }, reply: { status: 200, body: null } },
    ])
  })

  it('is in each message of a batch, within the space of one', async () => {
    const element = { specversion: '1.0', source: 's', type: 't' }
    const batch = JSON.stringify(['EZ1', 'EZ2'].map((id) => ({ ...element, id })))
    const toReply = (size: number): CompiledReply => ({
      ...{ type: 'json', status: 200, when: null },
      json: 'x'.repeat(size - 2),
    })
    const bodies = async (size: number) => {
      await reset()
      const gateway = createHarness({ endpoints: [{ replies: [toReply(size)] }] })
      await gateway.fetch(signedJson('/sms', batch))
      return gateway.messages().map(({ reply }) => reply?.body?.length ?? reply?.body)
    }
    expect(await bodies(8_192)).toEqual([8_192, 8_192])
    expect(await bodies(8_193)).toEqual([null, null])
  })

  it('waits in the outbox with its event, which is marked', async () => {
    const gateway = createHarness()
    gateway.faults.send = 'refuse'
    await gateway.post('/sms', SMS)
    const stored = await gateway.kv.get(`outbox:${gateway.line()?.eventId}`)
    expect(JSON.parse(stored ?? '')).toMatchObject({
      ...{ v: 1, outbox: true },
      reply: { body: '<Response/>', from: 'default' },
    })
  })

  it('is not said to have been given when the event is stored nowhere', async () => {
    const gateway = createHarness()
    Object.assign(gateway.faults, { send: 'refuse', put: 'refuse' })
    expect((await gateway.post('/sms', SMS)).status).toBe(503)
    const [line] = gateway.lines.filter(({ event }) => event === 'event.unstored')
    expect(Object.keys(Object(line?.['message']))).not.toContain('reply')
  })
})

describe('a reply that cannot be computed', () => {
  it('does not keep the event from being stored', async () => {
    const published: EventMessage[][] = []
    const ring = parseKeyRing(TOKEN)
    if (!ring.ok) throw new Error('a ring')
    const broken = () => {
      throw new TypeError('a defect')
    }
    const endpoint = { name: 'sms', path: '/sms', kind: null, deadlineMs: null, remembers: false }
    const reply = { type: 'status', status: 200, when: broken } as const
    const find = () => ({ endpoint: { ...endpoint, replies: [reply] }, rest: '' })
    const prepared = {
      ...{ publicUrl: ORIGIN, lookupBudgetMs: 50, endpoints: { find } },
      recordsProblemsOnly: () => false,
    }
    const lines: object[] = []
    const gateway = createGateway({
      config: { current: () => ({ prepared, version: 'test' }) },
      ring: ring.value,
      tokens: { lookup: async () => null, record: async () => {} },
      publisher: { publish: async (messages) => (published.push(messages), 'queue') },
      askOrigin: broken,
      reportAnswer: broken,
      log: (line) => lines.push(line),
      now: () => 0,
      nonce: () => 'nonce',
    })
    const response = await gateway(signedPost('/sms', SMS), () => {})
    expect(response.status).toBe(503)
    expect(lines).toMatchObject([{ event: 'gateway.defect' }, { status: 503 }])
    expect(published).toMatchObject([[{ event: { kind: 'messaging.inbound' } }]])
    expect(published.flat()[0]?.reply).toBeUndefined()
  })
})

describe('the answer of an app', () => {
  const APP = 'https://app.example.com/'
  const HELLO = '<Response><Say>Hello</Say></Response>'
  const origin = (otherwise: string | null = null): CompiledReply => ({
    ...{ type: 'origin', url: APP, deadlineMs: 200, when: null },
    otherwise: otherwise === null ? null : { type: 'twiml', twiml: otherwise },
  })

  /** An app that takes three seconds by the clock. */
  function createAsked(answer: () => Response, replies = [origin()]) {
    const gateway = createHarness({
      endpoints: [{ replies }],
      fetch: async () => {
        gateway.clock.now += 3_000
        return answer()
      },
    })
    const answers = () =>
      gateway.sent
        .map((text): Partial<AnswerMessage> => JSON.parse(text))
        .flatMap(({ v, answered }) => (answered ? [{ v, ...answered }] : []))
    return Object.assign(gateway, { answers })
  }

  it('follows its event in a message of its own', async () => {
    const gateway = createAsked(() => new Response(HELLO, { headers: { 'set-cookie': 'a=1' } }))
    const at = gateway.clock.now + 3_000
    expect(await (await gateway.post('/sms', CALL)).text()).toBe(HELLO)
    const [event] = gateway.messages()
    expect(event?.reply).toBeUndefined()
    const answer = { status: 200, contentType: TWIML_TYPE, body: HELLO, from: 'origin' }
    expect(gateway.answers()).toEqual([
      { v: 1, eventId: event?.event.id, at, tookMs: 3_000, answer },
    ])
    expect(gateway.ownCalls()).toEqual(['send', 'sendBatch'])
  })

  it('is also what stands in for it', async () => {
    const otherwise = '<Response><Reject/></Response>'
    const gateway = createAsked(() => new Response(null, { status: 500 }), [origin(otherwise)])
    await gateway.post('/sms', CALL)
    expect(gateway.answers()).toMatchObject([
      { answer: { status: 200, body: otherwise, from: 'otherwise.status' } },
    ])
  })

  it('is not told again for a retry, which gets the recorded one', async () => {
    const gateway = createAsked(() => new Response(HELLO))
    const token = { headers: { 'i-twilio-idempotency-token': 'token-1' } }
    await gateway.post('/sms', CALL, token)
    await gateway.post('/sms', CALL, token)
    expect(gateway.line()?.verdict).toBe('duplicate')
    expect(gateway.sent).toHaveLength(2)
    expect(gateway.answers()).toHaveLength(1)
  })

  it('is not told of a kind that is recorded only when there is a problem', async () => {
    const gateway = createHarness({
      endpoints: [{ replies: [origin()] }],
      config: { recordProblemsOnly: ['voice.*'] },
      fetch: async () => new Response(HELLO),
    })
    expect(await (await gateway.post('/sms', CALL)).text()).toBe(HELLO)
    expect([gateway.line()?.kind, gateway.sent.length]).toEqual(['voice.inbound', 1])
    await gateway.post('/sms', SMS)
    expect([gateway.line()?.kind, gateway.sent.length]).toEqual(['messaging.inbound', 3])
  })

  it('leaves its body out when JSON makes it too large for the queue', async () => {
    const body = `<Response><!--${'"\\'.repeat(32_000)}--></Response>`
    const gateway = createAsked(() => new Response(body))
    expect(await (await gateway.post('/sms', CALL)).text()).toBe(body)
    expect(gateway.answers()).toMatchObject([{ answer: { from: 'origin', body: null } }])
  })

  it('is told for each event of a batch', async () => {
    const gateway = createAsked(() => new Response(null, { status: 204 }))
    const batch = Array.from({ length: 101 }, (_, i) => ({
      ...{ specversion: '1.0', id: `EZ${i}`, source: 's', type: 't' },
    }))
    await gateway.fetch(signedJson('/sms', JSON.stringify(batch)))
    expect(gateway.answers().map(({ eventId }) => eventId)).toEqual(batch.map(({ id }) => id))
  })

  it('is lost when the queue refuses it, and nothing else is', async () => {
    const gateway = createAsked(() => new Response(HELLO))
    gateway.failAfter('sendBatch', 0)
    const response = await gateway.post('/sms', CALL)
    expect([response.status, await response.text()]).toEqual([200, HELLO])
    expect(gateway.line()).toMatchObject({ verdict: 'accepted', stored: 'queue', faults: [] })
    expect(gateway.lines).toContainEqual({
      ...{ event: 'answer.unrecorded', eventId: gateway.line()?.eventId },
      ...{ error: 'Error', at: expect.anything() },
    })
  })

  it('of an event that is stored nowhere is not told', async () => {
    const gateway = createAsked(() => new Response(HELLO))
    Object.assign(gateway.faults, { send: 'refuse', put: 'refuse' })
    expect((await gateway.post('/sms', CALL)).status).toBe(200)
    expect(gateway.ownCalls().filter((call) => call === 'sendBatch')).toEqual([])
    expect(gateway.lines.map(({ event }) => event)).not.toContain('answer.unrecorded')
  })
})
