/**
 * The least that a Worker behind a Twilio number can do, written by hand for speed: read the form, check
 * one HMAC-SHA1, answer a fixed document. The cheapest way of each step, as measured in workerd.
 */
import type { BenchEnv } from './env.ts'
import { storeWebhook } from './store-webhook.ts'

const TWIML = '<Response><Message>Thanks</Message></Response>'

const HMAC = { name: 'HMAC', hash: 'SHA-1' }
const FORBIDDEN = { status: 403 }
const XML = { headers: { 'content-type': 'text/xml' } }
const encoder = new TextEncoder()

let key: CryptoKey | undefined

export default {
  async fetch(request, env, context) {
    const form = await request.text()
    const text = encoder.encode(request.url + toSortedParams(form))
    const signature = Uint8Array.fromBase64(request.headers.get('x-twilio-signature') ?? '')
    key ??= await importKey(env.TWILIO_AUTH_TOKENS)
    // Slightly cheaper than createHmac of node:crypto, which sets up a stream for each digest.
    if (!(await crypto.subtle.verify('HMAC', key, signature, text))) {
      return new Response(null, FORBIDDEN)
    }
    await storeWebhook(request, form, TWIML, env, context)
    return new Response(TWIML, XML)
  },
} satisfies ExportedHandler<BenchEnv>

function importKey(token: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', encoder.encode(token), HMAC, false, ['verify'])
}

function toSortedParams(form: string): string {
  const pairs = form.split('&').map((pair): [string, string] => {
    const equals = pair.indexOf('=')
    return [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))]
  })
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  let text = ''
  for (const [name, value] of pairs) text += name + value
  return text
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeURIComponent(spaced) : spaced
}
