/** The rules of https://www.twilio.com/docs/usage/security, one test each. */
import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { isSignedBy, parseSignature, toSignature } from '../../src/twilio/hmac.ts'
import type { NamedKey } from '../../src/twilio/keyring.ts'
import type { Param } from '../../src/twilio/params.ts'
import {
  signWebhook,
  toBodyHash,
  toSignedJsonUrl,
  verifySignature,
  withoutBodyHash,
  type SignedRequest,
} from '../../src/twilio/signature.ts'

const TOKEN = '12345'
const URL = 'https://example.com/sms?a=1'
const PAIRS: Param[] = [
  ['To', '+15005550006'],
  ['Body', 'Grüße'],
]
const JSON_BODY = Buffer.from('{"a":"é"}')
const NO_BODY = new Uint8Array()

const key = (name: string, token: string): NamedKey => ({ name, account: null, token })
const KEYS = [key('primary', TOKEN)]

const sign = (url: string, pairs: readonly Param[] = []) =>
  signWebhook({ url, pairs, token: TOKEN })

const form: SignedRequest = {
  url: URL,
  signature: sign(URL, PAIRS),
  bodyType: 'form',
  pairs: PAIRS,
  body: Buffer.from('To=%2B15005550006&Body=Gr%C3%BC%C3%9Fe'),
}
const get: SignedRequest = {
  url: URL,
  signature: sign(URL),
  bodyType: 'none',
  pairs: [],
  body: NO_BODY,
}
const JSON_URL = toSignedJsonUrl(URL, JSON_BODY)
const json: SignedRequest = {
  url: JSON_URL,
  signature: sign(JSON_URL),
  bodyType: 'json',
  pairs: [],
  body: JSON_BODY,
}
const upgrade: SignedRequest = {
  ...get,
  url: 'https://example.com/media',
  signature: toSignature(TOKEN, 'wss://example.com/media'),
  upgrade: true,
}

function verdict(request: SignedRequest, keys: readonly NamedKey[] = KEYS): string {
  const result = verifySignature(request, keys)
  return result.ok ? 'valid' : result.error.reason
}

describe('verifySignature', () => {
  it.each([
    ['a form', form],
    ['a GET', get],
    ['a JSON body', json],
    ['a WebSocket handshake', upgrade],
    ['a POST without parameters', { ...get, bodyType: 'form' as const }],
    ['a form in another order', { ...form, pairs: PAIRS.toReversed() }],
    ['a form with a repeated pair', { ...form, pairs: [...PAIRS, ...PAIRS] }],
    ['a form whose URL holds bodySHA256', signedForm(`${URL}&bodySHA256=0`)],
    ['a GET with parameters decoded from its query', { ...get, pairs: [['a', '1']] as Param[] }],
  ])('accepts %s', (_what, request) => {
    expect(verdict(request)).toBe('valid')
  })

  it.each<[what: string, reason: string, request: SignedRequest]>([
    ['no signature', 'missing_signature', { ...form, signature: null }],
    ['an empty signature', 'missing_signature', { ...form, signature: '' }],
    [
      'a changed value',
      'signature_mismatch',
      {
        ...form,
        pairs: [
          ['To', '+1'],
          ['Body', 'Grüße'],
        ],
      },
    ],
    ['a parameter more', 'signature_mismatch', { ...form, pairs: [...PAIRS, ['x', '']] }],
    ['a parameter less', 'signature_mismatch', { ...form, pairs: PAIRS.slice(1) }],
    ['another path', 'signature_mismatch', { ...form, url: 'https://example.com/sm?a=1' }],
    ['another query', 'signature_mismatch', { ...form, url: 'https://example.com/sms?a=2' }],
    ['a re-ordered query', 'signature_mismatch', reordered()],
    ['another scheme', 'signature_mismatch', { ...form, url: URL.replace('https', 'http') }],
    ['another host', 'signature_mismatch', { ...form, url: URL.replace('.com', '.org') }],
    [
      'a host in capitals',
      'signature_mismatch',
      { ...form, url: URL.replace('example', 'Example') },
    ],
    ['a slash more', 'signature_mismatch', { ...form, url: 'https://example.com/sms/?a=1' }],
    ['a form signed as a GET is', 'signature_mismatch', { ...form, signature: get.signature }],
    ['a GET signed as a form is', 'signature_mismatch', { ...get, signature: form.signature }],
    ['JSON without bodySHA256', 'body_hash_missing', { ...json, url: URL, signature: sign(URL) }],
    ['another JSON body', 'body_hash_mismatch', { ...json, body: Buffer.from('{"a":"e"}') }],
    ['JSON with its body taken away', 'body_hash_mismatch', { ...json, body: NO_BODY }],
    ['the same as a GET', 'body_hash_mismatch', { ...json, bodyType: 'none', body: NO_BODY }],
    ['the same as a form', 'body_hash_mismatch', { ...json, bodyType: 'form', body: NO_BODY }],
    [
      'JSON parameters behind its hash',
      'signature_mismatch',
      { ...json, bodyType: 'form', pairs: PAIRS },
    ],
    ['a changed hash', 'signature_mismatch', { ...json, url: toSignedJsonUrl(URL, NO_BODY) }],
    ['a hash in capitals', 'body_hash_mismatch', withHash(toBodyHash(JSON_BODY).toUpperCase())],
    ['a hash cut short', 'body_hash_mismatch', withHash(toBodyHash(JSON_BODY).slice(0, -2))],
    ['a body that a GET does not sign', 'body_hash_missing', { ...get, body: JSON_BODY }],
    ['a body that decodes to nothing', 'body_hash_missing', emptyForm()],
    [
      'a handshake signed as https',
      'signature_mismatch',
      { ...upgrade, signature: sign(upgrade.url) },
    ],
    ['a GET signed as wss', 'signature_mismatch', { ...upgrade, upgrade: false }],
  ])('refuses %s', (_what, reason, request) => {
    expect(verdict(request)).toBe(reason)
  })

  it.each<[what: string, signed: string, received: string]>([
    ['with the port that HTTPS voice drops', 'https://h.example/a', 'https://h.example:8443/a'],
    ['with the port that others keep', 'https://h.example:8443/a', 'https://h.example:8443/a'],
    ['with the default port', 'https://h.example:443/a', 'https://h.example/a'],
    ['with the default port of http', 'http://h.example:80/a', 'http://h.example/a'],
    ['with a raw apostrophe', "https://h.example/a?b='", 'https://h.example/a?b=%27'],
    ['with an escaped apostrophe', 'https://h.example/a?b=%27', "https://h.example/a?b='"],
    ['without the credentials', 'https://h.example/a', 'https://u:p@h.example/a'],
    ['without the fragment', 'https://h.example/a', 'https://h.example/a#rc=2'],
    ['without the slash of the root', 'https://h.example', 'https://h.example/'],
  ])('accepts a URL signed %s', (_what, signed, received) => {
    const signature = toSignature(TOKEN, signed)
    expect(verdict({ ...get, url: received, signature })).toBe('valid')
  })

  it.each<[what: string, signed: string, received: string]>([
    ['another port', 'https://h.example:8443/a', 'https://h.example:8444/a'],
    ['a port that the gateway does not have', 'https://h.example:8443/a', 'https://h.example/a'],
    ['the default port of another scheme', 'https://h.example:80/a', 'https://h.example/a'],
    ['another escape in the query', 'https://h.example/a?b=%40', 'https://h.example/a?b=@'],
    ['an apostrophe escaped in the path', 'https://h.example/%27', "https://h.example/'"],
    ['a slash at the end', 'https://h.example/a/', 'https://h.example/a'],
    ['two slashes for the root', 'https://h.example//', 'https://h.example/'],
  ])('refuses a URL signed with %s', (_what, signed, received) => {
    const signature = toSignature(TOKEN, signed)
    expect(verdict({ ...get, url: received, signature })).toBe('signature_mismatch')
  })

  it('accepts a handshake signed with a slash behind the path', () => {
    const signature = toSignature(TOKEN, 'wss://example.com/media/')
    expect(verdict({ ...upgrade, signature })).toBe('valid')
  })

  it('gives the key that matched, wherever it is in the list', () => {
    const previous = key('previous', TOKEN)
    const result = verifySignature(form, [key('primary', 'another'), previous])
    expect(result).toEqual({ ok: true, value: previous })
  })

  it('refuses a signature made with another token', () => {
    expect(verdict(form, [key('primary', '12346')])).toBe('signature_mismatch')
  })

  it('refuses everything without a key', () => {
    expect(verdict(form, [])).toBe('no_key')
  })

  it.each<[what: string, change: (signature: string) => string]>([
    ['the ignored bits of the last letter set', (text) => text.replace(/.=$/, nextLetter)],
    ['its padding left out', (text) => text.slice(0, -1)],
    ['more padding', (text) => `${text}=`],
    ['a space around it', (text) => ` ${text}`],
    ['the letters of base64url', (text) => `-${text.slice(1)}`],
    [
      'a letter of the same low byte',
      (text) => String.fromCharCode(text.charCodeAt(0) + 256) + text.slice(1),
    ],
    ['a second one behind a comma', (text) => `${text}, ${text}`],
    ['a line end', (text) => `${text}\n`],
  ])('refuses the right signature with %s', (_what, change) => {
    const signature = change(form.signature ?? '')
    expect(verdict({ ...form, signature })).toBe('signature_mismatch')
  })
})

describe('parseSignature', () => {
  it('reads exactly what toSignature writes', () => {
    const signature = toSignature(TOKEN, 'text')
    const digest = parseSignature(signature)
    expect(digest && Buffer.from(digest).toString('base64')).toBe(signature)
    expect(digest && isSignedBy(TOKEN, 'text', digest)).toBe(true)
  })
})

describe('signWebhook', () => {
  it('leaves credentials and fragment out, as Twilio does', () => {
    const plain = signWebhook({ url: URL, pairs: PAIRS, token: TOKEN })
    const url = `${URL.replace('//', '//user:pass@')}#rc=2`
    expect(signWebhook({ url, pairs: PAIRS, token: TOKEN })).toBe(plain)
  })
})

describe('toSignedJsonUrl', () => {
  const hash = toBodyHash(JSON_BODY)

  it.each([
    ['https://h.example/a', `https://h.example/a?bodySHA256=${hash}`],
    ['https://h.example/a?b=1', `https://h.example/a?b=1&bodySHA256=${hash}`],
    ['https://h.example/a#rc=2', `https://h.example/a?bodySHA256=${hash}`],
  ])('%s', (url, expected) => {
    expect(toSignedJsonUrl(url, JSON_BODY)).toBe(expected)
  })
})

describe('withoutBodyHash', () => {
  it.each([
    ['', ''],
    ['a=1&b=2', 'a=1&b=2'],
    ['bodySHA256=00', ''],
    ['a=%27+1&bodySHA256=00', 'a=%27+1'],
    ['bodySHA256=00&&a', '&a'],
    ['xbodySHA256=00', 'xbodySHA256=00'],
  ])('%j', (query, expected) => {
    expect(withoutBodyHash(query)).toBe(expected)
  })
})

function signedForm(url: string): SignedRequest {
  return { ...form, url, signature: sign(url, PAIRS) }
}

function reordered(): SignedRequest {
  return { ...get, url: `${URL}&b=2`, signature: sign('https://example.com/sms?b=2&a=1') }
}

function withHash(hash: string): SignedRequest {
  const url = `${URL}&bodySHA256=${hash}`
  return { ...json, url, signature: sign(url) }
}

/** `=&=`: two parameters without name and value, which add nothing to the signed text. */
function emptyForm(): SignedRequest {
  return {
    ...get,
    bodyType: 'form',
    pairs: [
      ['', ''],
      ['', ''],
    ],
    body: Buffer.from('=&='),
  }
}

/** The letter after this one in the base64 alphabet: the same 20 bytes to a lenient decoder. */
function nextLetter(end: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  return `${alphabet[alphabet.indexOf(end.charAt(0)) + 1]}=`
}
