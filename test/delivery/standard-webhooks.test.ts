/** The official library is the judge: what it verifies is right, what it refuses is refused. */
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { parseSigningSecret, signStandardWebhook } from '../../src/delivery/standard-webhooks.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const body = new TextEncoder().encode('{"text":"Köln ✓"}')

function toKey(secret: string): Uint8Array {
  const key = parseSigningSecret(secret)
  if (!key.ok) throw new Error(key.error.reason)
  return key.value
}

function toHeaders(secrets: string[]) {
  const timestamp = Math.floor(Date.now() / 1000)
  const keys = secrets.map(toKey)
  return {
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signStandardWebhook({ id: 'evt_1', timestamp, body }, keys),
  }
}

const verify = (secret: string, headers: Record<string, string>, payload: Uint8Array = body) =>
  new Webhook(secret).verify(Buffer.from(payload), headers)

describe('signStandardWebhook', () => {
  it('makes the signature of the specification’s test vector', () => {
    const content = {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1614265330,
      body: new TextEncoder().encode('{"test": 2432232314}'),
    }
    expect(signStandardWebhook(content, [toKey(SECRET)])).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })

  it('is verified by the official library', () => {
    expect(verify(SECRET, toHeaders([SECRET]))).toEqual({ text: 'Köln ✓' })
  })

  it('is verified with either secret during a rotation', () => {
    const headers = toHeaders([OTHER, SECRET])
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2)
    expect(verify(SECRET, headers)).toEqual({ text: 'Köln ✓' })
    expect(verify(OTHER, headers)).toEqual({ text: 'Köln ✓' })
  })

  it('covers the id', () => {
    expect(() => verify(SECRET, { ...toHeaders([SECRET]), 'webhook-id': 'evt_2' })).toThrow(
      'No matching signature found',
    )
  })

  it('covers the timestamp', () => {
    const headers = toHeaders([SECRET])
    const later = String(Number(headers['webhook-timestamp']) + 1)
    expect(() => verify(SECRET, { ...headers, 'webhook-timestamp': later })).toThrow(
      'No matching signature found',
    )
  })

  it('covers the body', () => {
    const other = new TextEncoder().encode('{"text":"Köln"}')
    expect(() => verify(SECRET, toHeaders([SECRET]), other)).toThrow('No matching signature found')
  })

  it('depends on the secret', () => {
    expect(() => verify(OTHER, toHeaders([SECRET]))).toThrow('No matching signature found')
  })
})

describe('parseSigningSecret', () => {
  it.each([
    ['with the prefix', SECRET],
    ['without the prefix', SECRET.slice('whsec_'.length)],
    ['with a line end, as a pipe leaves it', `${SECRET}\n`],
    ['of one byte, padded', 'whsec_AA=='],
  ])('takes a secret %s', (_name, secret) => {
    expect(verify(secret.trim(), toHeaders([secret]))).toEqual({ text: 'Köln ✓' })
  })

  it.each([
    ['is plain text', 'correct-horse', 'incorrect characters'],
    ['is empty', '', 'be empty'],
    ['is a bare prefix', 'whsec_', 'be empty'],
  ])('refuses a secret that %s, as the official library does', (_name, secret, message) => {
    expect(parseSigningSecret(secret)).toEqual({ ok: false, error: { reason: 'secret_invalid' } })
    expect(() => new Webhook(secret)).toThrow(message)
  })

  // The JavaScript library reads such a secret, Python's does not: the receiver may be either.
  it.each(['whsec_AAAAA', 'whsec_AAA', 'whsec_AA='])('refuses %s, cut short', (secret) => {
    expect(parseSigningSecret(secret)).toEqual({ ok: false, error: { reason: 'secret_invalid' } })
  })
})
