import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import {
  diagnoseRefusal,
  DIAGNOSES,
  type DiagnosisCode,
  type RefusalContext,
} from '../../src/twilio/diagnosis.ts'
import { toSignature } from '../../src/twilio/hmac.ts'
import { EMPTY_KEY_RING, keysFor, parseKeyRing } from '../../src/twilio/keyring.ts'
import type { Param } from '../../src/twilio/params.ts'
import {
  signWebhook,
  toSignedJsonUrl,
  verifySignature,
  type SignedRequest,
} from '../../src/twilio/signature.ts'

const A = `AC${'a1'.repeat(16)}`
const B = `AC${'b2'.repeat(16)}`
const parsed = parseKeyRing(JSON.stringify({ [A]: 'token-a', [B]: 'token-b' }))
const RING = parsed.ok ? parsed.value : EMPTY_KEY_RING

const PAIRS: Param[] = [
  ['AccountSid', A],
  ['Body', 'a b'],
]
const FORM = Buffer.from(`AccountSid=${A}&Body=a+b`)
const JSON_BODY = Buffer.from('{"a":1}')
const URL = 'https://hooks.example.com/sms?a=b+c'

/** A request that Twilio signed for `signedUrl`, seen by the gateway as it says. */
function receive(
  signedUrl: string,
  seen: Partial<SignedRequest> = {},
  signedPairs = PAIRS,
): SignedRequest {
  const signature = signWebhook({ url: signedUrl, pairs: signedPairs, token: 'token-a' })
  return { url: URL, signature, bodyType: 'form', pairs: PAIRS, body: FORM, ...seen }
}

const asJson = { bodyType: 'json', pairs: [], body: JSON_BODY } as const
const asGet = { bodyType: 'none', pairs: [], body: new Uint8Array() } as const
const sub = (from: string, to: string) => URL.replace(from, to)

interface Case {
  request: SignedRequest
  ring?: typeof RING
  context?: Partial<RefusalContext>
}

const CASES: [what: string, code: DiagnosisCode, input: Case][] = [
  ['no header', 'missing_signature', { request: receive(URL, { signature: null }) }],
  ['no token at all', 'empty_key_ring', { request: receive(URL), ring: EMPTY_KEY_RING }],
  [
    'an account without keys',
    'unknown_account',
    { request: receive(URL), context: { account: `AC${'0'.repeat(32)}` } },
  ],
  [
    'TLS ended before the gateway',
    'scheme',
    { request: receive(URL, { url: sub('https', 'http') }) },
  ],
  ['http in Twilio', 'scheme', { request: receive(sub('https', 'http')) }],
  [
    'a handshake signed as https',
    'scheme',
    {
      request: receive(
        'https://hooks.example.com/ws',
        { ...asGet, url: 'https://hooks.example.com/ws', upgrade: true },
        [],
      ),
    },
  ],
  [
    'Twilio calls the workers.dev host, publicUrl is another',
    'proxy_host',
    {
      request: receive(sub('hooks.example.com', 'gw.workers.dev')),
      context: { host: 'gw.workers.dev' },
    },
  ],
  [
    'no publicUrl behind a proxy',
    'proxy_host',
    {
      request: receive(URL, { url: sub('hooks.example.com', '127.0.0.1:8787') }),
      context: { host: '127.0.0.1:8787', forwardedHost: 'hooks.example.com, inner.example' },
    },
  ],
  [
    'host and scheme both',
    'proxy_host',
    {
      request: receive(URL, { url: 'http://localhost:8787/sms?a=b+c' }),
      context: { host: 'localhost:8787', forwardedHost: 'Hooks.example.com'.toLowerCase() },
    },
  ],
  [
    'a port in Twilio that publicUrl has not',
    'port',
    { request: receive(sub('.com', '.com:8443')), context: { host: 'hooks.example.com:8443' } },
  ],
  [
    'a slash added on the way',
    'trailing_slash',
    { request: receive(URL, { url: sub('/sms', '/sms/') }) },
  ],
  ['a slash removed on the way', 'trailing_slash', { request: receive(sub('/sms', '/sms/')) }],
  [
    'JSON with the content type of a form',
    'json_read_as_form',
    {
      request: receive(
        toSignedJsonUrl(URL, JSON_BODY),
        { url: toSignedJsonUrl(URL, JSON_BODY), pairs: [['{"a":1}', '']], body: JSON_BODY },
        [],
      ),
    },
  ],
  [
    'a form said to be JSON',
    'form_read_as_json',
    { request: receive(URL, { ...asJson, body: FORM }) },
  ],
  [
    'a form said to be JSON, hash and all',
    'form_read_as_json',
    {
      request: receive(toSignedJsonUrl(URL, FORM), {
        ...asJson,
        url: toSignedJsonUrl(URL, FORM),
        body: FORM,
      }),
    },
  ],
  [
    'bodySHA256 lost',
    'query_missing',
    { request: receive(toSignedJsonUrl(URL, JSON_BODY), asJson, []) },
  ],
  ['JSON that Twilio did not sign', 'body_hash', { request: receive(URL, { ...asJson }, []) }],
  [
    'a body changed on the way',
    'body_hash',
    {
      request: receive(
        toSignedJsonUrl(URL, JSON_BODY),
        { ...asJson, url: toSignedJsonUrl(URL, JSON_BODY), body: Buffer.from('{"a": 1}') },
        [],
      ),
    },
  ],
  [
    'a query added on the way',
    'query_changed',
    { request: receive('https://hooks.example.com/sms') },
  ],
  ['a query with %20 for +', 'query_changed', { request: receive(URL, { url: sub('+', '%20') }) }],
  ['a query with + for %20', 'query_changed', { request: receive(sub('+', '%20')) }],
  [
    'a query encoded again',
    'query_changed',
    { request: receive(sub('b+c', 'x%40y'), { url: sub('b+c', 'x@y') }) },
  ],
  [
    'the token of another account',
    'other_accounts_token',
    {
      request: {
        ...receive(URL),
        signature: signWebhook({ url: URL, pairs: PAIRS, token: 'token-b' }),
      },
    },
  ],
  [
    'a token that nobody has',
    'unknown',
    { request: { ...receive(URL), signature: toSignature('x', URL) } },
  ],
  ['a header that is no signature', 'unknown', { request: receive(URL, { signature: 'forged' }) }],
  ['a URL that is none', 'unknown', { request: receive(URL, { url: 'rubbish' }) }],
  [
    'hosts that are none',
    'unknown',
    {
      request: receive('https://x.example/sms'),
      context: { host: 'a b', forwardedHost: 'x.example/sms?' },
    },
  ],
]

describe('diagnoseRefusal', () => {
  it.each(CASES)('%s: %s', (_what, code, { request, ring = RING, context = {} }) => {
    const account = context.account ?? A
    const refused = verifySignature(request, keysFor(ring, account))
    expect(refused.ok).toBe(false)
    if (refused.ok) return
    const { reason } = refused.error
    const full = { host: 'hooks.example.com', forwardedHost: null, ...context, reason, account }
    expect(diagnoseRefusal(request, ring, full)).toEqual({ code, hint: DIAGNOSES[code] })
  })

  it('has a case for every code', () => {
    const covered = new Set(CASES.map(([, code]) => code))
    expect([...covered].toSorted()).toEqual(Object.keys(DIAGNOSES).toSorted())
  })
})
