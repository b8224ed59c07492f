/** Whatever arrives: no throw, no 5xx, and nothing gets past the signature. */
import { reset } from 'cloudflare:test'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { signWebhook } from '../../src/twilio/signature.ts'
import { createHarness, ORIGIN, signedJson, signedPost, TOKEN, type Params } from './harness.ts'

beforeEach(reset)

const METHODS = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']
const TYPES = [
  'application/x-www-form-urlencoded',
  'application/json',
  'application/cloudevents-batch+json; charset=utf-8',
  'multipart/form-data; boundary=x',
  ';;;',
  '',
]

const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
})
const formText = fc
  .array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 30 })
  .map((pairs) => new URLSearchParams(pairs).toString())
const body = fc.oneof(
  formText,
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.uint8Array({ maxLength: 2_000 }),
  fc.constant('%'.repeat(500)),
  fc.constant('&'.repeat(2_000)),
  fc.constant('['.repeat(5_000)),
)
const path = fc.oneof(
  fc.constantFrom('/sms', '/sms/', '/app/x', '/healthz', '/__proto__', '//sms', '/sms%00'),
  fc.webPath(),
)
const query = fc.oneof(
  fc.constant(''),
  fc.webQueryParameters().map((text) => `?${text}`),
)

const request = fc
  .record({
    method: fc.constantFrom(...METHODS),
    path,
    query,
    body,
    type: fc.constantFrom(...TYPES),
    signature: fc.option(
      fc.oneof(
        headerText,
        fc.uint8Array({ minLength: 20, maxLength: 20 }).map((b) => b.toBase64()),
      ),
    ),
    token: fc.option(headerText),
    upgrade: fc.boolean(),
  })
  .map((part) => {
    const headers = new Headers()
    if (part.type !== '') headers.set('content-type', part.type)
    if (part.signature !== null) headers.set('x-twilio-signature', part.signature)
    if (part.token !== null) headers.set('i-twilio-idempotency-token', part.token)
    if (part.upgrade && part.method === 'GET') headers.set('upgrade', 'websocket')
    const hasBody = part.method !== 'GET' && part.method !== 'HEAD'
    return new Request(ORIGIN + part.path + part.query, {
      method: part.method,
      headers,
      ...(hasBody ? { body: part.body } : {}),
    })
  })

describe('an arbitrary request', () => {
  it(
    'is answered without a 5xx and publishes nothing, 10,000 times',
    { timeout: 120_000 },
    async () => {
      const gateway = createHarness({ endpoints: [{}, { name: 'app', path: '/app/*' }] })
      const statuses = new Set<number>()
      await fc.assert(
        fc.asyncProperty(request, async (arbitrary) => {
          const { status } = await gateway.fetch(arbitrary)
          statuses.add(status)
          return status < 500
        }),
        { numRuns: 10_000 },
      )
      expect(gateway.sent).toEqual([])
      expect(gateway.ownCalls()).toEqual([])
      expect(gateway.lines.filter(({ event }) => event !== 'webhook.received')).toEqual([])
      // The requests reached every stage before the signature.
      expect([...statuses].toSorted()).toEqual([200, 403, 404, 405, 413, 415])
    },
  )
})

describe('an arbitrary signed request', () => {
  const params: fc.Arbitrary<Params> = fc.array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'CallSid',
          'MessageSid',
          'Body',
          'EventType',
          'Digits',
          '__proto__',
          'MediaUrl0',
        ),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
      ),
      fc.string({ unit: 'grapheme' }),
    ),
    { maxLength: 20 },
  )

  it('is answered and stored, whatever its parameters are', { timeout: 120_000 }, async () => {
    const gateway = createHarness()
    await fc.assert(
      fc.asyncProperty(params, async (pairs) => {
        // Without a signed character nothing of the body is signed: such a form is refused.
        fc.pre(pairs.length === 0 || pairs.flat().some((text) => text !== ''))
        const before = gateway.sent.length
        const sms = signedPost('/sms', pairs)
        // The SDK sorts by UTF-16 units, Twilio by bytes: astral names would differ.
        const signature = signWebhook({ url: sms.url, pairs, token: TOKEN })
        sms.headers.set('x-twilio-signature', signature)
        const { status } = await gateway.fetch(sms)
        const isNew = gateway.line()?.verdict === 'accepted'
        return status < 300 && gateway.sent.length === before + Number(isNew)
      }),
      { numRuns: 1_000 },
    )
    expect(gateway.lines.filter(({ event }) => event !== 'webhook.received')).toEqual([])
  })

  it('is answered and stored, whatever its JSON is', { timeout: 120_000 }, async () => {
    const gateway = createHarness()
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const { status } = await gateway.fetch(signedJson('/sms', text))
        return status < 300
      }),
      { numRuns: 1_000 },
    )
  })
})
