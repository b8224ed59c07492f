/** Twilio's own SDK is the judge: a handler behind its middleware must take the forwarded request. */
import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import type { OriginalRequest } from '../../src/events/message.ts'
import type { RequestContext } from '../../src/delivery/format.ts'
import { toDeliveryRequest } from '../../src/delivery/request.ts'
import { ACCOUNT, FORM_BODY, toEvent, toMessage, toRequest, toTarget } from './sample.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'
const context: RequestContext = {
  now: Date.now(),
  secret: () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  authToken: (account) => (account === ACCOUNT ? TOKEN : undefined),
}

function build(request: Partial<OriginalRequest> = {}, url = 'https://app.example.com/sms?a=1') {
  const message = toMessage({ request: toRequest(request) })
  const built = toDeliveryRequest(message, toTarget({ format: 'twilio', url }), context)
  if (!built.ok) throw new Error(built.error.reason)
  const signature = built.value.headers.get('x-twilio-signature') ?? ''
  return { ...built.value, signature, bytes: built.value.body && Buffer.from(built.value.body) }
}

/** Parameters as a form parser behind the SDK's middleware gives them: repeated ones as an array. */
function toParams(form: string): Record<string, string | string[]> {
  const params = new URLSearchParams(form)
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const all = params.getAll(name)
      return [name, all.length > 1 ? all : (all[0] ?? '')]
    }),
  )
}

describe('the twilio format', () => {
  it.each(['POST', 'PUT'])('passes a form on with %s, byte for byte', (method) => {
    const { url, bytes, headers, ...built } = build({ method })
    expect(built.method).toBe(method)
    expect(url).toBe('https://app.example.com/sms?a=1')
    expect(bytes?.toString('utf8')).toBe(FORM_BODY)
    expect(headers.get('content-type')).toBe('application/x-www-form-urlencoded; charset=UTF-8')
    expect(twilio.validateRequest(TOKEN, built.signature, url, toParams(FORM_BODY))).toBe(true)
  })

  it('signs with the token of the account and for the URL of the target', () => {
    const { url, signature } = build()
    const params = toParams(FORM_BODY)
    expect(twilio.validateRequest('another', signature, url, params)).toBe(false)
    expect(twilio.validateRequest(TOKEN, signature, `${url}2`, params)).toBe(false)
    expect(twilio.validateRequest(TOKEN, signature, url, { ...params, Body: 'x' })).toBe(false)
  })

  it.each([
    ['a repeated parameter', 'A=1&A=2&A=1&B=3'],
    ['empty and missing values', 'A=&B&C=1'],
    ['an invalid percent sequence', 'A=100%&B=%zz'],
    ['no parameter', ''],
  ])('signs %s as the SDK reads it', (_name, body) => {
    const { url, signature } = build({ body })
    expect(twilio.validateRequest(TOKEN, signature, url, toParams(body))).toBe(true)
  })

  it('keeps bytes that are no UTF-8', () => {
    const original = Buffer.concat([
      Buffer.from('Body=caf'),
      Buffer.from([0xe9]),
      Buffer.from('&A=1'),
    ])
    const { bytes, signature, url } = build({
      body: original.toString('base64'),
      encoding: 'base64',
    })
    expect(bytes).toEqual(original)
    const params = { Body: 'caf\u{FFFD}', A: '1' }
    expect(twilio.validateRequest(TOKEN, signature, url, params)).toBe(true)
  })

  it('gives a GET its parameters in the query, behind the target’s own', () => {
    const query = 'Body=K%C3%B6ln+%26&From=%2B15005550006&msg=a%27b'
    const request = { method: 'GET', query, body: '', contentType: '' }
    const { url, method, body, headers, signature } = build(request)
    expect({ url, method, body }).toEqual({
      url: `https://app.example.com/sms?a=1&${query}`,
      method: 'GET',
      body: null,
    })
    expect(headers.has('content-type')).toBe(false)
    expect(twilio.validateRequest(TOKEN, signature, url, {})).toBe(true)
  })

  it.each([
    ['https://app.example.com/sms', 'https://app.example.com/sms?A=1'],
    ['https://app.example.com/sms?', 'https://app.example.com/sms?A=1'],
    ['https://app.example.com/sms#top', 'https://app.example.com/sms?A=1'],
    ['https://APP.example.com', 'https://app.example.com/?A=1'],
    ['https://app.example.com:8443/sms', 'https://app.example.com:8443/sms?A=1'],
  ])('signs %s as it is sent', (target, sent) => {
    const request = { method: 'GET', query: 'A=1', body: '', contentType: '' }
    const { url, signature } = build(request, target)
    expect(url).toBe(sent)
    // What `fetch` will make of it: the receiver must see the URL that is signed.
    expect(new Request(url).url).toBe(url)
    expect(twilio.validateRequest(TOKEN, signature, sent, {})).toBe(true)
  })

  it('gives a JSON body its hash in the URL', () => {
    const body = '[{"specversion":"1.0","data":"Köln"}]'
    const { url, bytes, signature } = build({ body, contentType: 'application/json' })
    expect(new URL(url).searchParams.get('a')).toBe('1')
    expect(bytes?.toString('utf8')).toBe(body)
    expect(twilio.validateRequestWithBody(TOKEN, signature, url, body)).toBe(true)
    expect(twilio.validateRequestWithBody(TOKEN, signature, url, `${body} `)).toBe(false)
  })

  it.each([['f1fe8a28-6d4b-4e17-8b0c-7d5a3e2c9b10'], [undefined]])(
    'sends Twilio’s idempotency token on: %s',
    (idempotencyToken) => {
      const message = toMessage()
      if (idempotencyToken !== undefined) message.request.idempotencyToken = idempotencyToken
      const built = toDeliveryRequest(message, toTarget({ format: 'twilio' }), context)
      const sent = built.ok && built.value.headers.get('i-twilio-idempotency-token')
      expect(sent).toBe(idempotencyToken ?? null)
    },
  )

  it('makes no request for an account whose token is unknown', () => {
    const message = toMessage({ event: toEvent({ account: 'AC00000000000000000000000000000009' }) })
    expect(toDeliveryRequest(message, toTarget({ format: 'twilio' }), context)).toEqual({
      ok: false,
      error: { reason: 'token_missing', name: 'AC00000000000000000000000000000009' },
    })
  })

  it('carries the event’s id, and its own signature when the target names a secret', () => {
    const target = toTarget({ format: 'twilio', secrets: ['ANY'] })
    const built = toDeliveryRequest(toMessage(), target, context)
    expect(built.ok && built.value.headers.get('webhook-id')).toBe(toMessage().event.id)
    expect(built.ok && built.value.headers.get('webhook-signature')).toMatch(/^v1,/)
  })
})
