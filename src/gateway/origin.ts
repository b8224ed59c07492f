/**
 * Asks the user's own app for the reply, within a deadline that covers its whole answer.
 *
 * The request is Twilio's, byte for byte, re-signed for the app's own URL with the key that matched,
 * so that an app behind Twilio's SDK middleware works unchanged. Cookies pass both ways. Redirects are
 * not followed: the signature is good for one URL only.
 */
import { ok, err, type Result } from '../result.ts'
import { signForUrl, type ForwardedWebhook } from '../twilio/forward.ts'
import type { Kind } from '../twilio/kind.ts'
import { MAX_TWIML_BYTES, parseTwiml } from '../twilio/twiml.ts'
import { readCapped } from './intake.ts'
import { TWIML_TYPE, type Reply } from './response.ts'

export interface OriginRequest extends ForwardedWebhook {
  method: string
  /** Content-Type as received. */
  contentType: string
  /** What matched the endpoint's `/*`, without a leading slash; else empty. */
  rest: string
  /** The auth token whose signature matched. */
  token: string
  headers: Headers
}

export type OriginFailure = {
  reason: 'timeout' | 'unreachable' | 'status' | 'too_large' | 'not_twiml' | 'not_json'
}

export type AskOrigin = (
  url: string,
  request: OriginRequest,
  kind: Kind,
  deadlineMs: number,
) => Promise<Result<Reply, OriginFailure>>

/** Headers of Twilio's that an app may use. Everything else is the platform's or not Twilio's. */
const PASSED_HEADERS = ['cookie', 'i-twilio-idempotency-token', 'user-agent', 'x-home-region']

export function createAskOrigin(fetch: typeof globalThis.fetch): AskOrigin {
  return async function askOrigin(url, request, kind, deadlineMs) {
    const signal = AbortSignal.timeout(Math.max(deadlineMs, 1))
    try {
      const response = await fetch(toOriginRequest(url, request), { signal, redirect: 'manual' })
      return await readReply(response, kind)
    } catch {
      return err({ reason: signal.aborted ? 'timeout' : 'unreachable' })
    }
  }
}

function toOriginRequest(configured: string, request: OriginRequest): Request {
  const { method, contentType, body, rest, token } = request
  const target = configured.endsWith('/*') ? configured.slice(0, -1) + rest : configured
  const { url, signature } = signForUrl(request, target, token)
  const headers = new Headers({ 'x-twilio-signature': signature })
  if (contentType !== '') headers.set('content-type', contentType)
  for (const name of PASSED_HEADERS) {
    const value = request.headers.get(name)
    if (value !== null) headers.set(name, value)
  }
  return new Request(url, { method, headers, body: method === 'GET' ? null : body })
}

const decoder = new TextDecoder()

async function readReply(response: Response, kind: Kind): Promise<Result<Reply, OriginFailure>> {
  const { status, headers } = response
  const accepted = (status >= 200 && status < 300) || kind.decidesByStatus(status)
  if (!accepted) {
    await response.body?.cancel()
    return err({ reason: 'status' })
  }
  const bytes = response.body ? await readCapped(response.body, MAX_TWIML_BYTES) : null
  if (response.body && !bytes) return err({ reason: 'too_large' })
  const body = bytes ? decoder.decode(bytes) : ''
  const shaped = toShaped(kind, status, headers.get('content-type'), body)
  return shaped.ok
    ? ok({ ...shaped.value, cookies: headers.getSetCookie(), from: 'origin' })
    : shaped
}

type Shaped = Pick<Reply, 'status' | 'contentType' | 'body'>

/** The answer in the form that the kind asks for. */
function toShaped(
  kind: Kind,
  status: number,
  contentType: string | null,
  body: string,
): Result<Shaped, OriginFailure> {
  switch (kind.reply) {
    case 'twiml':
      if (!parseTwiml(body).ok) return err({ reason: 'not_twiml' })
      return ok({ status: 200, contentType: TWIML_TYPE, body })
    case 'json':
      if (body === '') return ok({ status, contentType: null, body })
      if (!isJson(body)) return err({ reason: 'not_json' })
      return ok({ status, contentType: 'application/json', body })
    case 'none':
      return ok({ status: kind.okStatus, contentType: kind.contentType, body: '' })
    case 'any':
      return ok({ status, contentType, body })
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
