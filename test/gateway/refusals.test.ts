/** Bad input: each row of the table has its status, its line in the log, and touches nothing. */
import { reset } from 'cloudflare:test'
import { beforeEach, describe, expect, it } from 'vitest'
import { toDocument } from '../../src/config/document.ts'
import {
  ACCOUNT,
  CALL,
  createHarness,
  endpoint,
  ORIGIN,
  signedGet,
  signedJson,
  signedPost,
  SMS,
  withParams,
} from './harness.ts'

beforeEach(reset)

const OTHER_ACCOUNT = `AC${'1'.repeat(32)}`
const OTHER_TOKEN = 'fedcba9876543210fedcba9876543210'

type Harness = ReturnType<typeof createHarness>

async function expectRefused(gateway: Harness, request: Request, reason: string) {
  const response = await gateway.fetch(request)
  expect([response.status, await response.text()]).toEqual([403, ''])
  expect(gateway.line()).toMatchObject({ verdict: 'refused', reason, status: 403 })
  expect(gateway.ownCalls()).toEqual([])
}

describe('a request that is not proven to be Twilio’s', () => {
  it('is refused without a signature', async () => {
    const request = signedPost('/sms', SMS)
    request.headers.delete('x-twilio-signature')
    await expectRefused(createHarness(), request, 'missing_signature')
  })

  it('is refused with another token’s signature', async () => {
    await expectRefused(createHarness(), signedPost('/sms', SMS, { token: OTHER_TOKEN }), 'unknown')
  })

  it('is refused when its body was changed', async () => {
    const { url, headers } = signedPost('/sms', SMS)
    const body = new URLSearchParams(withParams(SMS, { Body: 'other' })).toString()
    await expectRefused(
      createHarness(),
      new Request(url, { method: 'POST', headers, body }),
      'unknown',
    )
  })

  it('is refused when its JSON is not the one that was hashed', async () => {
    const { url, headers } = signedJson('/sms', '{"a":1}')
    const request = new Request(url, { method: 'POST', headers, body: '{"a":2}' })
    await expectRefused(createHarness(), request, 'body_hash')
  })

  it('is refused for an account without keys', async () => {
    const gateway = createHarness({ tokens: JSON.stringify({ [OTHER_ACCOUNT]: OTHER_TOKEN }) })
    await expectRefused(gateway, signedPost('/sms', SMS), 'unknown_account')
  })

  it('is refused when another account’s token signed it', async () => {
    const gateway = createHarness({
      tokens: JSON.stringify({ [ACCOUNT]: '0'.repeat(32), [OTHER_ACCOUNT]: OTHER_TOKEN }),
    })
    const request = signedPost('/sms', SMS, { token: OTHER_TOKEN })
    await expectRefused(gateway, request, 'other_accounts_token')
  })

  it('is refused when a JSON body speaks for another account than the token’s', async () => {
    const tokens = JSON.stringify({ [ACCOUNT]: '0'.repeat(32), [OTHER_ACCOUNT]: OTHER_TOKEN })
    const body = JSON.stringify({ account_sid: ACCOUNT, transcript_sid: 'GT1', event_type: 'x' })
    const request = signedJson('/sms', body, { token: OTHER_TOKEN })
    await expectRefused(createHarness({ tokens }), request, 'other_accounts_token')
  })

  it.each([
    ['scheme', 'http://hooks.example.com/sms'],
    ['trailing_slash', 'https://hooks.example.com/sms/'],
  ])('is refused, and the log says that it was the %s', async (reason, signedUrl) => {
    await expectRefused(createHarness(), signedPost('/sms', SMS, { signedUrl }), reason)
  })

  it('is refused, and the log says that it was the port', async () => {
    const request = signedPost('/sms', SMS, {
      signedUrl: 'https://hooks.example.com:8443/sms',
      headers: { host: 'hooks.example.com:8443' },
    })
    await expectRefused(createHarness(), request, 'port')
  })

  it('is refused, and the log says that a proxy changed the host', async () => {
    const request = signedPost('/sms', SMS, {
      signedUrl: 'https://number.example.org/sms',
      headers: { 'x-forwarded-host': 'number.example.org' },
    })
    await expectRefused(createHarness(), request, 'proxy_host')
  })

  it('is refused, and the log says that JSON was read as a form', async () => {
    const { url, headers } = signedJson('/sms', '{"a":1}')
    const form = new Headers(headers)
    form.set('content-type', 'application/x-www-form-urlencoded')
    const request = new Request(url, { method: 'POST', headers: form, body: '{"a":1}' })
    await expectRefused(createHarness(), request, 'json_read_as_form')
  })
})

describe('a gateway without keys', () => {
  it('refuses everything and says once a minute what to set', async () => {
    const gateway = createHarness({ tokens: null })
    await expectRefused(gateway, signedPost('/sms', SMS), 'empty_key_ring')
    await expectRefused(gateway, signedPost('/sms', SMS), 'empty_key_ring')
    const misconfigured = () =>
      gateway.lines.filter(({ event }) => event === 'gateway.misconfigured')
    expect(misconfigured()).toHaveLength(1)
    expect(misconfigured()[0]?.['problem']).toContain('TWILIO_AUTH_TOKENS is not set')
    gateway.clock.now += 60_001
    await gateway.fetch(signedPost('/sms', SMS))
    expect(misconfigured()).toHaveLength(2)
  })

  it('refuses everything when the secret is not readable', async () => {
    const gateway = createHarness({ tokens: '{"AC": ' })
    await expectRefused(gateway, signedPost('/sms', SMS), 'empty_key_ring')
  })
})

describe('a gateway without a usable config', () => {
  it.each([
    ['missing', undefined],
    ['broken', { format: 1, version: 'x', sha256: 'x', config: { endpoints: [], targets: [] } }],
  ])('that is %s answers 503 and logs it once a minute', async (_name, builtIn) => {
    const gateway = createHarness({ builtIn })
    for (let i = 0; i < 3; i++) {
      const response = await gateway.fetch(signedPost('/sms', SMS))
      expect([response.status, await response.text()]).toEqual([503, ''])
      gateway.clock.now += 2_000
    }
    expect(gateway.lines.filter(({ event }) => event === 'config.refused')).toHaveLength(1)
    expect(gateway.sent).toEqual([])
  })
})

describe('a request for what is not there', () => {
  it('is answered 404 for an unknown path', async () => {
    const gateway = createHarness()
    const response = await gateway.fetch(signedPost('/nowhere', SMS))
    expect([response.status, await response.text()]).toEqual([404, ''])
    expect(gateway.ownCalls()).toEqual([])
  })

  it.each(['DELETE', 'PATCH', 'OPTIONS', 'HEAD'])('is answered 405 for %s', async (method) => {
    const gateway = createHarness()
    const response = await gateway.fetch(new Request(`${ORIGIN}/sms`, { method }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST, PUT'])
    expect(gateway.ownCalls()).toEqual([])
  })

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'text/xml', ''])(
    'is answered 415 for the type %j',
    async (contentType) => {
      const gateway = createHarness()
      const request = signedPost('/sms', SMS)
      if (contentType === '') request.headers.delete('content-type')
      else request.headers.set('content-type', contentType)
      expect((await gateway.fetch(request)).status).toBe(415)
      expect(gateway.ownCalls()).toEqual([])
    },
  )

  it.each([
    'application/x-www-form-urlencoded; charset=UTF-8',
    'Application/X-WWW-Form-Urlencoded ;charset=iso-8859-1',
  ])('is taken for the type %j', async (contentType) => {
    const response = await createHarness().fetch(signedPost('/sms', SMS, { contentType }))
    expect(response.status).toBe(200)
  })
})

describe('a request that is too large', () => {
  it('is answered 413 by its Content-Length', async () => {
    const gateway = createHarness()
    const request = signedPost('/sms', withParams(SMS, { Body: 'x'.repeat(256 * 1024) }))
    const response = await gateway.fetch(request)
    expect([response.status, await response.text()]).toEqual([413, ''])
    expect(gateway.ownCalls()).toEqual([])
  })

  it('is answered 413 without one, and read no further than it must', async () => {
    let pulled = 0
    const body = new ReadableStream({
      pull(controller) {
        pulled += 1
        controller.enqueue(new Uint8Array(64 * 1024).fill(0x61))
      },
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = new Request(`${ORIGIN}/sms`, { method: 'POST', headers, body })
    expect((await createHarness().fetch(request)).status).toBe(413)
    expect(pulled).toBeLessThan(10)
  })

  it('is taken up to 256 KB', async () => {
    const gateway = createHarness()
    const room = 256 * 1024 - new URLSearchParams(withParams(SMS, { Body: '' })).toString().length
    const request = signedPost('/sms', withParams(SMS, { Body: 'x'.repeat(room) }))
    expect((await gateway.fetch(request)).status).toBe(200)
  })

  it('is answered 413 for more than 1,000 parameters, in a form or a query', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, i): [string, string] => [`p${i}`, '1'])
    const gateway = createHarness()
    expect((await gateway.fetch(signedPost('/sms', many(1_000)))).status).toBe(200)
    expect((await gateway.fetch(signedPost('/sms', many(1_001)))).status).toBe(413)
    const query = new URLSearchParams(many(1_001))
    expect((await gateway.fetch(signedGet(`/sms?${query}`))).status).toBe(413)
  })
})

describe('odd input', () => {
  const raw = (body: string | null, params: [string, string][]) => {
    const { url, headers } = signedPost('/sms', params)
    return new Request(url, { method: 'POST', headers, body })
  }

  it.each([
    [
      'invalid percent-encoding',
      'Body=100%&X=%zz',
      [
        ['Body', '100%'],
        ['X', '%zz'],
      ],
    ],
    ['invalid UTF-8', 'Body=%ff%c3', [['Body', '\uFFFD\uFFFD']]],
    [
      'repeated names',
      'A=2&A=1&A=2',
      [
        ['A', '1'],
        ['A', '2'],
      ],
    ],
    [
      '__proto__ as a name',
      '__proto__=x&constructor=y',
      [
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ],
    ],
    [
      'a name without a value',
      'A&B=',
      [
        ['A', ''],
        ['B', ''],
      ],
    ],
    ['empty pairs', '&&A=1&', [['A', '1']]],
    ['plus and %20', 'A=x+y%20z', [['A', 'x y z']]],
  ] satisfies [string, string, [string, string][]][])(
    'reads %s as the SDK does',
    async (_name, body, params) => {
      const gateway = createHarness()
      expect((await gateway.fetch(raw(body, params))).status).toBe(200)
      expect(gateway.messages()[0]?.request.body).toBe(body)
    },
  )

  it('takes an empty body', async () => {
    const gateway = createHarness()
    expect((await gateway.fetch(raw('', []))).status).toBe(200)
    expect((await gateway.fetch(raw(null, []))).status).toBe(200)
  })

  it('takes JSON that is none, and loses nothing of it', async () => {
    const gateway = createHarness()
    expect((await gateway.fetch(signedJson('/sms', '{"a":'))).status).toBe(200)
    expect(gateway.messages()[0]?.event.kind).toBe('unknown')
    expect(gateway.messages()[0]?.request.body).toBe('{"a":')
  })
})

describe('a config document in KV', () => {
  const document = (path: string) =>
    toDocument(
      { publicUrl: ORIGIN, lookupBudgetMs: 50, endpoints: [endpoint({ path })], targets: [] },
      path,
    )

  it('wins over the one that was deployed', async () => {
    const gateway = createHarness()
    await gateway.kv.put('config:current', JSON.stringify(document('/new')))
    expect((await gateway.post('/new', SMS)).status).toBe(200)
    expect((await gateway.post('/sms', SMS)).status).toBe(404)
  })

  it('is taken over within 30 s, in the background', async () => {
    const gateway = createHarness()
    expect((await gateway.post('/sms', SMS)).status).toBe(200)
    await gateway.kv.put('config:current', JSON.stringify(document('/new')))
    expect((await gateway.post('/new', SMS)).status).toBe(404)
    gateway.clock.now += 30_001
    // The request that starts the refresh does not wait for it.
    expect((await gateway.post('/new', SMS)).status).toBe(404)
    expect((await gateway.post('/new', SMS)).status).toBe(200)
  })

  it('that is broken is refused and logged, and the last good one stays', async () => {
    const gateway = createHarness()
    await gateway.kv.put('config:current', JSON.stringify(document('/good')))
    expect((await gateway.post('/good', SMS)).status).toBe(200)
    const edited = JSON.stringify(document('/edited')).replaceAll('/edited', '/forged')
    await gateway.kv.put('config:current', edited)
    gateway.clock.now += 30_001
    await gateway.post('/good', SMS)
    expect((await gateway.post('/good', withParams(CALL, { CallSid: 'CA2' }))).status).toBe(200)
    expect(gateway.lines.filter(({ event }) => event === 'config.refused')).toEqual([
      { event: 'config.refused', source: 'kv', reason: 'checksum' },
    ])
  })

  it('that cannot be read leaves the one that was deployed', async () => {
    const gateway = createHarness()
    gateway.faults.get = 'refuse'
    expect((await gateway.post('/sms', SMS)).status).toBe(200)
  })

  it('that does not come in time leaves the one that was deployed', async () => {
    const gateway = createHarness()
    gateway.faults.get = 'hang'
    expect((await gateway.post('/sms', SMS)).status).toBe(200)
  })
})

describe('a body that breaks off', () => {
  it('is no defect: the sender is gone', async () => {
    const gateway = createHarness()
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('A=1'))
        controller.error(new Error('reset'))
      },
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const request = new Request(`${ORIGIN}/sms`, { method: 'POST', headers, body })
    expect((await gateway.fetch(request)).status).toBe(400)
    expect(gateway.line()).toMatchObject({ verdict: 'rejected', reason: 'incomplete' })
    expect(gateway.ownCalls()).toEqual([])
  })
})
