/**
 * The `twilio` format: the original request byte for byte, signed again for the target's URL, so
 * that a handler behind the middleware of Twilio's SDKs works unchanged.
 */
import { Buffer } from 'node:buffer'
import type { EventMessage, OriginalRequest } from '../events/message.ts'
import { err, ok, type Result } from '../result.ts'
import { signForUrl, type ForwardedWebhook } from '../twilio/forward.ts'
import { parseForm } from '../twilio/params.ts'
import type { Content, Receiver, RequestContext, RequestProblem } from './format.ts'

const FORM = 'application/x-www-form-urlencoded'

export function toTwilioContent(
  { event, request }: EventMessage,
  target: Receiver,
  context: RequestContext,
): Result<Content, RequestProblem> {
  const token = context.authToken(event.account)
  if (token === undefined) return err({ reason: 'token_missing', name: event.account ?? '' })
  const { method, contentType, idempotencyToken } = request
  const webhook = toForwarded(request)
  const { url, signature } = signForUrl(webhook, target.url, token)
  const headers: [string, string][] = [['x-twilio-signature', signature]]
  if (contentType !== '') headers.push(['content-type', contentType])
  if (idempotencyToken !== undefined) {
    headers.push(['i-twilio-idempotency-token', idempotencyToken])
  }
  return ok({ url, method, headers, body: method === 'GET' ? null : webhook.body })
}

function toForwarded(request: OriginalRequest): ForwardedWebhook {
  const { query } = request
  const body = toBytes(request)
  if (request.method === 'GET') return { bodyType: 'none', pairs: [], body, query }
  if (!isForm(request)) return { bodyType: 'json', pairs: [], body, query }
  return { bodyType: 'form', pairs: parseForm(toText(body)), body, query }
}

/** A POST without a body has no type and no parameters: Twilio signs its URL alone. */
function isForm({ contentType, body }: OriginalRequest): boolean {
  const [mediaType = ''] = contentType.split(';', 1)
  return mediaType.trim().toLowerCase() === FORM || (contentType === '' && body === '')
}

function toBytes({ body, encoding }: OriginalRequest): Uint8Array {
  return encoding === 'base64' ? Buffer.from(body, 'base64') : new TextEncoder().encode(body)
}

/** Invalid UTF-8 becomes U+FFFD, as in the form decoder of every SDK; a byte order mark stays. */
function toText(body: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(body)
}
