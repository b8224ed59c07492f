/** How many HMACs a request costs: counted, not timed. */
import { createHmac } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { diagnoseRefusal, MAX_HMACS } from '../../src/twilio/diagnosis.ts'
import type { KeyRing, NamedKey } from '../../src/twilio/keyring.ts'
import { signWebhook, toSignedJsonUrl, verifySignature } from '../../src/twilio/signature.ts'

vi.mock(import('node:crypto'), { spy: true })

const hmac = vi.mocked(createHmac)
const FORGED = `${'A'.repeat(27)}=`
const URL = 'https://example.com/sms'
const KEYS = toKeys(2)

beforeEach(() => {
  hmac.mockClear()
})

describe('verifySignature', () => {
  it.each([
    ['a form', URL, 'form' as const, [['Body', 'Hi']] as const],
    ['a GET', `${URL}?Body=It%27s`, 'none' as const, []],
    ['the root', 'https://example.com/', 'none' as const, []],
  ])('needs one HMAC for %s signed with the first key', (_what, url, bodyType, pairs) => {
    const signature = signWebhook({ url, pairs, token: 'token-0' })
    hmac.mockClear()
    const request = { url, signature, bodyType, pairs, body: new Uint8Array() }
    expect(verifySignature(request, KEYS).ok).toBe(true)
    expect(hmac).toHaveBeenCalledTimes(1)
  })

  it('needs one HMAC for JSON', () => {
    const body = Buffer.from('{}')
    const url = toSignedJsonUrl(URL, body)
    const signature = signWebhook({ url, pairs: [], token: 'token-0' })
    hmac.mockClear()
    const request = { url, signature, bodyType: 'json' as const, pairs: [], body }
    expect(verifySignature(request, KEYS).ok).toBe(true)
    expect(hmac).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['two forms of the URL for each key', URL, FORGED, 4],
    ['none when the header is no signature', URL, 'forged', 0],
    ['none when there is no header', URL, null, 0],
  ])('needs for a forged request: %s', (_what, url, signature, count) => {
    verifySignature({ url, signature, bodyType: 'form', pairs: [], body: new Uint8Array() }, KEYS)
    expect(hmac).toHaveBeenCalledTimes(count)
  })

  it('stops early on a huge form that is tried with a whole ring', () => {
    const pairs = [['Body', 'x'.repeat(256 * 1024)] as const]
    const body = new Uint8Array(1)
    const request = { url: URL, signature: FORGED, bodyType: 'form' as const, pairs, body }
    expect(verifySignature(request, toKeys(128)).ok).toBe(false)
    expect(hmac).toHaveBeenCalledTimes(15)
  })
})

describe('diagnoseRefusal', () => {
  it('needs some 25 HMACs for one key, whatever the request', () => {
    diagnoseForged(toRing(toKeys(1)))
    expect(hmac.mock.calls.length).toBeGreaterThan(15)
    expect(hmac.mock.calls.length).toBeLessThanOrEqual(26)
  })

  it('never makes more than its bound', () => {
    diagnoseForged(toRing(toKeys(128)))
    expect(hmac).toHaveBeenCalledTimes(MAX_HMACS)
  })

  it('does not hash long parameters again and again', () => {
    diagnoseForged(toRing(toKeys(1)), 'x'.repeat(20_000))
    // What is left is the one variant without parameters.
    expect(hmac).toHaveBeenCalledTimes(2)
  })
})

function diagnoseForged(ring: KeyRing, value = 'Hi'): void {
  const request = {
    url: "https://example.com/sms?a=it's+@+%20",
    signature: FORGED,
    bodyType: 'form' as const,
    pairs: [['Body', value] as const],
    body: new Uint8Array(),
  }
  const hosts = { host: 'a.example', forwardedHost: 'b.example:8443' }
  const refusal = { reason: 'signature_mismatch' as const, account: null, ...hosts }
  expect(diagnoseRefusal(request, ring, refusal).code).toBe('unknown')
}

function toKeys(count: number): NamedKey[] {
  return Array.from({ length: count }, (_, i) => ({
    name: 'primary',
    account: null,
    token: `token-${i}`,
  }))
}

function toRing(keys: NamedKey[]): KeyRing {
  return { accounts: new Map(), others: keys, all: keys }
}
