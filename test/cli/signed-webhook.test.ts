import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import {
  toSignedWebhook,
  type SignedWebhook,
  type SigningOptions,
} from '../../src/cli/trigger/signed-webhook.ts'
import { KINDS } from '../../src/twilio/kinds.ts'
import type { Param } from '../../src/twilio/params.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
const TOKEN = '0123456789abcdef0123456789abcdef'

function make(
  kind: string,
  options: Partial<SigningOptions> = {},
  set: Param[] = [],
): SignedWebhook {
  return toSignedWebhook(toRealisticWebhook(kind, { account: ACCOUNT, set }), {
    to: 'https://hooks.example.com/twilio?tenant=1',
    publicUrl: null,
    method: 'POST',
    authToken: TOKEN,
    idempotencyToken: 'token',
    ...options,
  })
}

/** What the official SDK says to it. */
function isValid({ url, headers, body }: SignedWebhook, signedUrl = url): boolean {
  const signature = headers['x-twilio-signature'] ?? ''
  if (headers['content-type'] === 'application/json') {
    return twilio.validateRequestWithBody(TOKEN, signature, signedUrl, body ?? '')
  }
  const params: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(body ?? '')) (params[name] ??= []).push(value)
  return twilio.validateRequest(TOKEN, signature, signedUrl, params)
}

const sendable = KINDS.filter(({ body }) => body !== 'websocket')

describe('a signed webhook', () => {
  it.each(sendable.map(({ name }) => name))('of kind %s passes the official SDK', (kind) => {
    expect(isValid(make(kind))).toBe(true)
    expect(isValid(make(kind, { authToken: 'f'.repeat(32) }))).toBe(false)
  })

  it('passes with GET and with PUT', () => {
    const get = make('messaging.inbound', { method: 'GET' })
    expect(get.body).toBeNull()
    expect(new URL(get.url).searchParams.get('tenant')).toBe('1')
    expect(new URL(get.url).searchParams.get('From')).toBe('+15005550006')
    expect(isValid(get)).toBe(true)
    expect(isValid(make('messaging.inbound', { method: 'PUT' }))).toBe(true)
  })

  it('is signed for the public URL where one is given', () => {
    const webhook = make('messaging.inbound', {
      to: 'http://127.0.0.1:8787/sms?a=1',
      publicUrl: 'https://hooks.example.com/ignored',
    })
    expect(webhook.url).toBe('http://127.0.0.1:8787/sms?a=1')
    expect(isValid(webhook, 'https://hooks.example.com/sms?a=1')).toBe(true)
  })

  it('leaves credentials and fragment out, as Twilio does', () => {
    const webhook = make('messaging.inbound', { to: 'https://user:pass@h.example.com/sms#rc=2' })
    expect(webhook.url).toBe('https://h.example.com/sms')
    expect(isValid(webhook)).toBe(true)
  })

  it('carries the parameters that were set, also twice and empty', () => {
    const set: Param[] = [
      ['Body', ''],
      ['X', '1'],
      ['X', '2'],
    ]
    const webhook = make('messaging.inbound', {}, set)
    const form = new URLSearchParams(webhook.body ?? '')
    expect([form.getAll('Body'), form.getAll('X')]).toEqual([[''], ['1', '2']])
    expect(isValid(webhook)).toBe(true)
  })

  it('of a media stream is a handshake, signed for wss', () => {
    const webhook = make('voice.websocket.media-stream', { method: 'GET' })
    expect(webhook).toMatchObject({ isHandshake: true, body: null })
    expect(isValid(webhook, 'wss://hooks.example.com/twilio?tenant=1')).toBe(true)
  })
})
