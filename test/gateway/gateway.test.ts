import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import { DOCUMENT_FORMAT } from '../../src/config/document.ts'
import {
  ACCOUNT,
  CALL,
  createHarness,
  ORIGIN,
  signedGet,
  signedJson,
  signedPost,
  SMS,
  withParams,
  type Params,
} from './harness.ts'

beforeEach(reset)

describe('a signed webhook', () => {
  it('gets its TwiML and its event is in the queue', async () => {
    const twiml = '<Response><Message>Hi {{From}}: {{Body}}</Message></Response>'
    const gateway = createHarness({
      endpoints: [{ replies: [{ type: 'twiml', twiml, when: null }] }],
    })
    const response = await gateway.post('/sms', SMS, { headers: { 'x-home-region': 'us1' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8')
    expect(await response.text()).toBe(
      '<Response><Message>Hi +15005550006: It&apos;s 5 &amp; &lt;b&gt; ☎</Message></Response>',
    )
    const [message] = gateway.messages()
    expect(message?.event).toMatchObject({
      specversion: '1.0',
      source: '/endpoints/sms',
      type: 'com.twilio.messaging.inbound-message.received',
      subject: 'SM00000000000000000000000000000001',
      kind: 'messaging.inbound',
      account: ACCOUNT,
      region: 'us1',
      data: { from: '+15005550006', numMedia: 0, params: Object.fromEntries(SMS) },
    })
    expect(message?.request).toEqual({
      method: 'POST',
      contentType: 'application/x-www-form-urlencoded',
      query: '',
      body: new URLSearchParams(SMS).toString(),
      encoding: 'utf-8',
      keyName: 'default',
    })
  })

  it('is answered only after its event is stored, and remembered only then', async () => {
    const gateway = createHarness({ endpoints: [{ remember: true }] })
    await gateway.post('/sms', SMS)
    const id = gateway.messages()[0]?.event.id
    expect(gateway.ownCalls()).toEqual([`get token:${id}`, 'send', `put token:${id}`])
  })

  it('is taken with GET, its parameters in the query', async () => {
    const gateway = createHarness()
    const response = await gateway.fetch(signedGet(`/sms?${new URLSearchParams(SMS)}`))
    expect(response.status).toBe(200)
    expect(gateway.messages()[0]?.event).toMatchObject({ kind: 'messaging.inbound' })
    expect(gateway.messages()[0]?.request.method).toBe('GET')
  })

  it('is taken with PUT', async () => {
    const gateway = createHarness()
    const response = await gateway.post('/sms', SMS, { method: 'PUT' })
    expect(response.status).toBe(200)
    expect(gateway.sent).toHaveLength(1)
  })

  it('is taken as JSON with bodySHA256, a batch as its own events', async () => {
    const events = ['EZ1', 'EZ2', 'EZ3'].map((id) => ({
      specversion: '1.0',
      id,
      type: 'com.twilio.messaging.message.delivered',
      source: '/x',
      time: '2026-11-20T09:59:59Z',
      datacontenttype: 'application/json',
      data: { n: id },
    }))
    const gateway = createHarness()
    const response = await gateway.fetch(signedJson('/sms', JSON.stringify(events)))
    expect(response.status).toBe(204)
    expect(gateway.ownCalls()).toEqual(['sendBatch'])
    expect(gateway.messages().map(({ event }) => event.id)).toEqual(['EZ1', 'EZ2', 'EZ3'])
    expect(gateway.messages().map(({ request }) => JSON.parse(request.body))).toEqual(
      events.map((event) => [event]),
    )
    expect(gateway.messages()[0]?.request.query).toBe('')
    expect(gateway.line()).toMatchObject({ events: 3, kind: 'event-streams' })
  })

  it('that is not recognised becomes kind unknown and loses nothing', async () => {
    const gateway = createHarness()
    const params: [string, string][] = [
      ['Zzz', '1'],
      ['Zzz', '2'],
      ['__proto__', 'x'],
    ]
    const response = await gateway.post('/sms', params)
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('<Response/>')
    const event = gateway.messages()[0]?.event
    expect(event?.kind).toBe('unknown')
    expect(JSON.stringify(event?.data)).toContain('"params":{"Zzz":["1","2"],"__proto__":"x"}')
  })

  it('keeps a body that is not UTF-8, byte for byte', async () => {
    const gateway = createHarness()
    const sms = signedPost('/sms', withParams(SMS, { Body: '\uFFFD' }))
    const bytes = new TextEncoder().encode(await sms.text())
    const at = bytes.findIndex((byte, i) => byte === 0x25 && bytes[i + 1] === 0x45)
    const broken = new Uint8Array([...bytes.slice(0, at), 0xff, ...bytes.slice(at + 9)])
    const response = await gateway.fetch(
      new Request(sms.url, { method: 'POST', headers: sms.headers, body: broken }),
    )
    expect(response.status).toBe(200)
    const request = gateway.messages()[0]?.request
    expect(request?.encoding).toBe('base64')
    expect(Uint8Array.fromBase64(request?.body ?? '')).toEqual(broken)
  })

  it('keeps a byte order mark, and takes JSON of any +json type', async () => {
    const gateway = createHarness()
    const contentType = 'application/cloudevents-batch+json; charset=utf-8'
    const response = await gateway.fetch(signedJson('/sms', '\uFEFF[1]', { contentType }))
    expect(response.status).toBe(200)
    expect(gateway.messages()[0]?.request.body).toBe('\uFEFF[1]')
  })

  it('carries Twilio’s token on, but none that no header can carry', async () => {
    const gateway = createHarness()
    for (const token of ['good-token', 'a b']) {
      await gateway.post('/sms', SMS, { headers: { 'i-twilio-idempotency-token': token } })
    }
    const tokens = gateway.messages().map(({ request }) => request.idempotencyToken)
    expect(tokens).toEqual(['good-token', undefined])
  })

  it('of an account that is not written as one is nobody’s', async () => {
    const gateway = createHarness()
    await gateway.post('/sms', withParams(SMS, { AccountSid: 'AC+15005550006' }))
    expect(gateway.line()?.account).toBeNull()
    expect(gateway.messages()[0]?.event).not.toHaveProperty('account')
  })

  it('is found below a wildcard path', async () => {
    const gateway = createHarness({ endpoints: [{ path: '/app/*' }] })
    expect((await gateway.post('/app/a/b', SMS)).status).toBe(200)
    expect((await gateway.post('/apple', SMS)).status).toBe(404)
  })

  it('is the kind that its endpoint pins', async () => {
    const gateway = createHarness({ endpoints: [{ kind: 'studio.http-request' }] })
    const response = await gateway.post('/sms', [['anything', '1']])
    expect(await response.json()).toEqual({})
    expect(gateway.messages()[0]?.event.kind).toBe('studio.http-request')
  })

  it('is checked against its own URL where no public one is configured', async () => {
    const gateway = createHarness({ config: { publicUrl: null } })
    const request = signedPost('/sms', SMS, { url: 'http://127.0.0.1:8787/sms' })
    expect((await gateway.fetch(request)).status).toBe(200)
  })

  it('is checked against the public URL, whatever host the request came through', async () => {
    const gateway = createHarness()
    const request = signedPost('/sms?a=%27', SMS, {
      url: 'http://10.0.0.1:99/sms?a=%27',
      signedUrl: `${ORIGIN}/sms?a=%27`,
    })
    expect((await gateway.fetch(request)).status).toBe(200)
  })
})

describe('the log line', () => {
  it('is one for each webhook and holds what an operator needs', async () => {
    const gateway = createHarness()
    await gateway.post('/sms', SMS, { headers: { 'x-home-region': 'us1' } })
    expect(gateway.lines).toHaveLength(1)
    expect(gateway.line()).toEqual({
      event: 'webhook.received',
      endpoint: 'sms',
      method: 'POST',
      kind: 'messaging.inbound',
      eventId: gateway.messages()[0]?.event.id,
      events: 1,
      verdict: 'accepted',
      reason: null,
      hint: null,
      status: 200,
      account: ACCOUNT,
      keyName: 'default',
      region: 'us1',
      stored: 'queue',
      reply: 'default',
      faults: [],
      ms: { config: 0, read: 0, lookup: 0, reply: 0, publish: 0, total: 0 },
    })
  })

  it('holds no number, body, token or query, good or refused', async () => {
    const gateway = createHarness()
    const sms = withParams(SMS, { Body: 'secret words' })
    await gateway.post('/sms?tenant=quiet', sms)
    await gateway.fetch(signedGet(`/sms?${new URLSearchParams(sms)}`))
    await gateway.post('/sms?tenant=quiet', sms, { token: 'f'.repeat(32) })
    const text = JSON.stringify(gateway.lines)
    expect(gateway.lines).toHaveLength(3)
    for (const secret of ['5005550', 'secret', 'quiet', 'tenant', '0123456789abcdef', 'ffffffff']) {
      expect(text).not.toContain(secret)
    }
  })

  it('ignores a region that does not look like one', async () => {
    const gateway = createHarness()
    await gateway.post('/sms', SMS, { headers: { 'x-home-region': '+15005550006' } })
    expect(gateway.line()?.region).toBeNull()
  })
})

describe('a WebSocket handshake', () => {
  const upgrade = { upgrade: 'websocket' }

  it('that is signed is answered 501 and logged', async () => {
    const gateway = createHarness()
    const signedUrl = 'wss://hooks.example.com/media'
    const response = await gateway.fetch(signedGet('/media', { signedUrl, headers: upgrade }))
    expect(response.status).toBe(501)
    expect(gateway.line()).toMatchObject({ reason: 'websocket', status: 501 })
    expect(gateway.ownCalls()).toEqual([])
  })

  it('is one in any letter case', async () => {
    const signedUrl = 'wss://hooks.example.com/media'
    const request = signedGet('/media', { signedUrl, headers: { upgrade: 'WebSocket' } })
    expect((await createHarness().fetch(request)).status).toBe(501)
  })

  it('that is not signed for wss is refused', async () => {
    const gateway = createHarness()
    const response = await gateway.fetch(signedGet('/media', { headers: upgrade }))
    expect(response.status).toBe(403)
  })
})

describe('/healthz', () => {
  const url = `${ORIGIN}/healthz`

  it('says that all is well', async () => {
    const response = await createHarness().fetch(new Request(url))
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'ok', problems: [], config: 'test', format: DOCUMENT_FORMAT },
    ])
  })

  it('names what is missing', async () => {
    const response = await createHarness({ tokens: null, builtIn: null }).fetch(new Request(url))
    expect(response.status).toBe(503)
    const { problems } = await response.json<{ problems: string[] }>()
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('TWILIO_AUTH_TOKENS')
  })

  it('says that no config is in use', async () => {
    const response = await createHarness({ builtIn: null }).fetch(new Request(url))
    expect(await response.json()).toMatchObject({ config: null, format: DOCUMENT_FORMAT })
  })
})

describe('a signed POST to /healthz', () => {
  const TEST: Params = [
    ['AccountSid', ACCOUNT],
    ['TestId', 'test_1'],
  ]

  it('is stored as a test, with the name of the key that signed it', async () => {
    // Whatever path an endpoint takes, this one stays the gateway's.
    const gateway = createHarness({ endpoints: [{ path: '/*', kind: 'messaging.inbound' }] })
    expect((await gateway.post('/healthz', TEST)).status).toBe(204)
    const [message] = gateway.messages()
    expect(message?.event).toMatchObject({
      kind: 'switchboard.test',
      type: 'switchboard.test',
      source: '/endpoints/healthz',
      subject: 'test_1',
      account: ACCOUNT,
    })
    expect(message?.request.keyName).toBe('default')
  })

  it('is one event however often it comes', async () => {
    const gateway = createHarness()
    await gateway.post('/healthz', TEST)
    await gateway.post('/healthz', TEST)
    expect(new Set(gateway.messages().map(({ event }) => event.id)).size).toBe(1)
  })

  it('is refused like any other without a good signature, and costs nothing', async () => {
    const gateway = createHarness()
    const response = await gateway.post('/healthz', TEST, { token: 'f'.repeat(32) })
    expect([response.status, await response.text()]).toEqual([403, ''])
    expect(gateway.ownCalls()).toEqual([])
  })
})

describe('a defect', () => {
  it('is answered 503 and logged by its class, not its message', async () => {
    const gateway = createHarness()
    const broken = {
      method: 'POST',
      url: `${ORIGIN}/sms`,
      get headers(): Headers {
        throw new RangeError('+15005550006')
      },
    }
    expect((await gateway.fetch(broken as Request)).status).toBe(503)
    expect(gateway.lines).toMatchObject([
      { event: 'gateway.defect', error: 'RangeError' },
      { event: 'webhook.received', status: 503, reason: 'defect' },
    ])
    expect(JSON.stringify(gateway.lines)).not.toContain('5005550')
  })
})

describe('the default reply', () => {
  it('is an empty document for a call', async () => {
    const gateway = createHarness()
    const response = await gateway.post('/sms', CALL)
    expect([response.status, await response.text()]).toEqual([200, '<Response/>'])
  })

  it('is 204 for a status callback', async () => {
    const gateway = createHarness()
    const status: [string, string][] = [
      ['MessageSid', 'SM1'],
      ['MessageStatus', 'delivered'],
    ]
    expect((await gateway.post('/sms', status)).status).toBe(204)
  })

  it('apologises to a caller whose primary URL failed, and makes an event of it', async () => {
    const gateway = createHarness()
    const failed = withParams(CALL, { ErrorCode: '11200', ErrorUrl: 'https://x.example/voice' })
    const response = await gateway.post('/sms', failed)
    expect(await response.text()).toContain('<Say>')
    expect(gateway.messages()[0]?.event.kind).toBe('fallback')
  })
})
