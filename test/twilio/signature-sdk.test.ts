/**
 * Twilio's own SDK as the oracle: what it signs is accepted, what is signed here it accepts, and one
 * changed character anywhere is refused.
 *
 * Left out: names and values in U+E000–U+FFFF, which the SDK for node sorts in UTF-16 order and the
 * docs in byte order (signed-text.test.ts), and parameters without a name (signature.test.ts).
 */
import { Buffer } from 'node:buffer'
import * as fc from 'fast-check'
import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import { parseForm, type Param } from '../../src/twilio/params.ts'
import {
  signWebhook,
  toSignedJsonUrl,
  verifySignature,
  type SignedRequest,
} from '../../src/twilio/signature.ts'

const { getExpectedBodyHash, getExpectedTwilioSignature } = twilio

const RESERVED = Array.from(` !"#$%&'()*+,-./:;<=>?@[]^_{|}~`)
const LETTERS = Array.from('aZ09ö中😀\u0000\uD7FF')

const text = fc.oneof(
  fc.array(fc.constantFrom(...RESERVED, ...LETTERS), { maxLength: 8 }).map((all) => all.join('')),
  fc.string({ unit: 'binary', maxLength: 8 }).map((any) => any.replaceAll(/[\uE000-\uFFFF]/g, 'x')),
)
const name = fc.oneof(
  fc.constantFrom('Body', 'To', 'From', 'SmsSid', 'Sms', '__proto__', '10', '9'),
  text.map((any) => `n${any}`),
)
const value = fc.oneof(fc.constantFrom('', '1', '10', '+15005550006'), text)

/** A parameter as it is, how its spaces are written, and where on the wire it comes. */
const field = fc.record({ name, value, plus: fc.boolean(), position: fc.nat() })
type Field = typeof field extends fc.Arbitrary<infer T> ? T : never

const encode = ({ name: key, value: content, plus }: Field): string => {
  const pair = `${encodeURIComponent(key)}=${encodeURIComponent(content)}`
  return plus ? pair.replaceAll('%20', '+') : pair
}
const toWire = (fields: Field[]) =>
  fields
    .toSorted((a, b) => a.position - b.position)
    .map(encode)
    .join('&')

const queryPart = fc.constantFrom(..."a = & ' %27 %20 + @ : %2B %C3%B6 ; / ? * ( ~".split(' '))
const url = fc
  .tuple(
    fc.constantFrom('https', 'http'),
    fc.constantFrom('hooks.example.com', 'h.example', '[::1]'),
    fc.constantFrom('', '', ':443', ':80', ':8443'),
    fc.constantFrom('', '/', '/sms', '/a/b.php', "/it's", '/%27%2F//'),
    fc.array(queryPart, { maxLength: 6 }).map((parts) => `?q=${parts.join('')}`),
  )
  .map(([scheme, host, port, path, query]) => `${scheme}://${host}${port}${path}${query}`)

const account: Param = ['AccountSid', `AC${'0'.repeat(32)}`]
const token = fc.stringMatching(/^[0-9a-f]{32}$/)

/** What Twilio sends, signed by the SDK. */
interface Sent {
  request: SignedRequest & { signature: string }
  /** As the application behind Express has them. */
  sdkParams: Record<string, string[]>
  token: string
}

const fields = fc.array(field, { maxLength: 12 })

const form = fc.tuple(url, fields, token).map(([to, others, key]): Sent => {
  const [first, sid] = account
  const all = [{ name: first, value: sid, plus: false, position: 5 }, ...others]
  const sdkParams = toSdkParams(all)
  const signature = getExpectedTwilioSignature(key, to, sdkParams)
  const wire = toWire(all)
  const body = Buffer.from(wire)
  const request = { url: to, signature, bodyType: 'form' as const, pairs: parseForm(wire), body }
  return { request, sdkParams, token: key }
})

const get = fc.tuple(url, fields, token).map(([base, others, key]): Sent => {
  const to = `${base}&${toWire(others)}`
  const signature = getExpectedTwilioSignature(key, to, {})
  const pairs = parseForm(to.slice(to.indexOf('?') + 1))
  const request = { url: to, signature, bodyType: 'none' as const, pairs, body: new Uint8Array() }
  return { request, sdkParams: {}, token: key }
})

const json = fc.tuple(url, text, token).map(([base, content, key]): Sent => {
  const body = JSON.stringify({ content })
  const to = `${base}&bodySHA256=${getExpectedBodyHash(body)}`
  const signature = getExpectedTwilioSignature(key, to, {})
  const bytes = Buffer.from(body)
  const request = { url: to, signature, bodyType: 'json' as const, pairs: [], body: bytes }
  return { request, sdkParams: {}, token: key }
})

const sent = fc.oneof({ weight: 3, arbitrary: form }, get, json)

const isAccepted = (request: SignedRequest, key: string) =>
  verifySignature(request, [{ name: 'primary', account: null, token: key }]).ok

/** Puts another character in the place of one. */
function change(original: string, at: number, seed: number): string {
  const characters = Array.from(original)
  const index = at % characters.length
  const others = Array.from("aB3?&#=%/@: '+é").filter((other) => other !== characters[index])
  characters[index] = others[seed % others.length] ?? 'x'
  return characters.join('')
}

function changeBody(body: Uint8Array, at: number, seed: number): Uint8Array {
  return body.map((byte, i) => (i === at % body.length ? byte ^ (1 + (seed % 255)) : byte))
}

/** The same pairs with one character of a name (0) or value (1) changed. */
function changePairs(pairs: readonly Param[], part: 0 | 1, at: number, seed: number): Param[] {
  const filled = pairs.filter((pair) => pair[part] !== '')
  const chosen = filled[at % filled.length]
  return pairs.map((pair) => {
    if (pair !== chosen) return pair
    const changed = change(pair[part], at, seed)
    return part === 0 ? [changed, pair[1]] : [pair[0], changed]
  })
}

/** Five forgeries of each request. What a GET and JSON say is in the URL and in the hashed body. */
function forge({ request, token: key }: Sent, at: number, seed: number): [SignedRequest, string][] {
  const isForm = request.bodyType === 'form'
  const withUrl = (start: number) => {
    const kept = request.url.slice(0, start)
    return { ...request, url: kept + change(request.url.slice(start), at, seed) }
  }
  const inQuery = withUrl(request.url.indexOf('?') + 1)
  const inContent =
    request.bodyType === 'json'
      ? { ...request, body: changeBody(request.body, at, seed) }
      : withUrl(request.url.lastIndexOf('&'))
  return [
    [withUrl(0), key],
    [isForm ? { ...request, pairs: changePairs(request.pairs, 0, at, seed) } : inQuery, key],
    [isForm ? { ...request, pairs: changePairs(request.pairs, 1, at, seed) } : inContent, key],
    [{ ...request, signature: change(request.signature, at, seed) }, key],
    [request, change(key, at, seed)],
  ]
}

describe('verifySignature and the official SDK', () => {
  it('accepts what the SDK signed, and refuses each of five forgeries of it', () => {
    fc.assert(
      fc.property(sent, fc.nat(), fc.nat(), (message, at, seed) => {
        expect(isAccepted(message.request, message.token)).toBe(true)
        const forgeries = forge(message, at, seed)
        expect(forgeries.map(([request, key]) => isAccepted(request, key))).toEqual(
          forgeries.map(() => false),
        )
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('signWebhook and the official SDK', () => {
  it('signs forms and GETs as the SDK does', () => {
    fc.assert(
      fc.property(fc.oneof(form, get), ({ request, sdkParams, token: key }) => {
        const pairs = request.bodyType === 'form' ? request.pairs : []
        const signature = signWebhook({ url: request.url, pairs, token: key })
        expect(signature).toBe(request.signature)
        expect(twilio.validateRequest(key, signature, request.url, sdkParams)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('signs JSON so that the SDK accepts it', () => {
    fc.assert(
      fc.property(url, text, token, (to, content, key) => {
        const body = JSON.stringify({ content })
        const signed = toSignedJsonUrl(to, Buffer.from(body))
        const signature = signWebhook({ url: signed, pairs: [], token: key })
        expect(twilio.validateRequestWithBody(key, signature, signed, body)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('where the SDK for node is left behind', () => {
  const key = '12345'

  it.each<[what: string, signedUrl: string, receivedUrl: string]>([
    // C# asserts the opposite; Twilio signs the host as it is configured.
    ['a host in other letter case', 'https://h.example/a', 'https://H.example/a'],
    ['a query encoded again', 'https://h.example/a?b=%20', 'https://h.example/a?b=+'],
  ])('refuses %s', (_what, signedUrl, receivedUrl) => {
    const signature = getExpectedTwilioSignature(key, signedUrl, {})
    const request = { url: receivedUrl, signature, pairs: [], body: new Uint8Array() }
    expect(twilio.validateRequest(key, signature, receivedUrl, {})).toBe(true)
    expect(isAccepted({ ...request, bodyType: 'none' }, key)).toBe(false)
  })

  it('refuses form parameters that bodySHA256 in the URL makes its middleware skip', () => {
    const body = Buffer.from('{}')
    const to = toSignedJsonUrl('https://h.example/a', body)
    const signature = getExpectedTwilioSignature(key, to, {})
    const pairs: Param[] = [['Body', 'forged']]
    const incoming = {
      originalUrl: to.replace('https://h.example', ''),
      protocol: 'https',
      headers: { host: 'h.example' },
      header: () => signature,
      body: Object.fromEntries(pairs),
      rawBody: '{}',
    }
    // The application would go on to use `request.body`, of which nothing is signed.
    expect(twilio.validateExpressRequest(incoming, key)).toBe(true)
    expect(isAccepted({ url: to, signature, bodyType: 'form', pairs, body }, key)).toBe(false)
  })
})

/** A repeated name becomes a list, as Express makes it. */
function toSdkParams(all: { name: string; value: string }[]): Record<string, string[]> {
  const params = new Map<string, string[]>()
  for (const { name: key, value: content } of all) {
    params.set(key, [...(params.get(key) ?? []), content])
  }
  return Object.fromEntries(params)
}
