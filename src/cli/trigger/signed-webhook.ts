/** A webhook as Twilio would send it: signed, with Twilio's headers, over HTTP. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { signWebhook, toSignedJsonUrl } from '../../twilio/signature.ts'
import type { RealisticWebhook } from './realistic.ts'

export interface SigningOptions {
  /** Where it goes. */
  to: string
  /** Whose origin is signed instead of that of `to`; null: what is called is signed. */
  publicUrl: string | null
  method: string
  authToken: string
  idempotencyToken: string
}

export interface SignedWebhook {
  url: string
  method: string
  headers: Record<string, string>
  body: string | null
  /** A WebSocket handshake. */
  isHandshake: boolean
}

export function toSignedWebhook(
  webhook: RealisticWebhook,
  { to, publicUrl, method, authToken, idempotencyToken }: SigningOptions,
): SignedWebhook {
  const form = new URLSearchParams(webhook.pairs.map(([name, value]) => [name, value])).toString()
  const json = webhook.json === undefined ? null : JSON.stringify(webhook.json)
  const isForm = json === null && method !== 'GET'
  const url = toUrl(to, isForm || json !== null ? '' : form, json)
  const signedUrl = toSignedUrl(url, publicUrl, webhook.isHandshake)
  const pairs = isForm ? webhook.pairs : []
  const headers: Record<string, string> = {
    'user-agent': webhook.isHandshake ? 'Twilio.TmeWs/1.0' : 'TwilioProxy/1.1',
    'x-twilio-signature': signWebhook({ url: signedUrl, pairs, token: authToken }),
    // Twilio's media streams send none of these.
    ...(webhook.isHandshake
      ? {}
      : { accept: '*/*', 'i-twilio-idempotency-token': idempotencyToken, 'x-home-region': 'us1' }),
  }
  if (isForm) headers['content-type'] = 'application/x-www-form-urlencoded; charset=UTF-8'
  if (json !== null) headers['content-type'] = 'application/json'
  return { url, method, headers, body: isForm ? form : json, isHandshake: webhook.isHandshake }
}

/** As it will be on the wire: serialised once, without credentials and fragment, as Twilio does. */
function toUrl(to: string, query: string, json: string | null): string {
  const url = new URL(to)
  url.hash = ''
  url.username = ''
  url.password = ''
  if (query !== '') url.search = url.search === '' ? query : `${url.search}&${query}`
  return json === null ? url.href : toSignedJsonUrl(url.href, Buffer.from(json))
}

function toSignedUrl(url: string, publicUrl: string | null, isHandshake: boolean): string {
  const { origin } = new URL(url)
  const signed = publicUrl === null ? url : new URL(publicUrl).origin + url.slice(origin.length)
  return isHandshake ? signed.replace(/^http/, 'ws') : signed
}

export interface WebhookAnswer {
  status: number
  contentType: string
  text: string
  durationMs: number
}

const TIMEOUT_MS = 20_000

/** Rejects when nobody answers within 20 s. */
export async function sendWebhook(webhook: SignedWebhook): Promise<WebhookAnswer> {
  const started = performance.now()
  const { url, method, headers, body, isHandshake } = webhook
  const response = isHandshake
    ? await shakeHands(url, headers)
    : await fetch(url, {
        method,
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
  const text = await response.text()
  const contentType = response.headers.get('content-type') ?? ''
  return { status: response.status, contentType, text, durationMs: performance.now() - started }
}

/** `fetch` cannot ask for an upgrade. The socket is closed again whatever the answer is. */
function shakeHands(url: string, headers: Record<string, string>): Promise<Response> {
  const upgrade = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const open = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = open(url, { headers: { ...headers, ...upgrade }, timeout: TIMEOUT_MS })
    const settle = ({ statusCode = 0 }: { statusCode?: number | undefined }) => {
      request.destroy()
      // Response knows no 101: it is only shown.
      resolve(new Response(null, { status: statusCode === 101 ? 200 : statusCode }))
    }
    request.on('response', settle).on('upgrade', settle).on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.end()
  })
}
