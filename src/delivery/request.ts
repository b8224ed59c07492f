/**
 * An event as the HTTP request that one target gets.
 *
 * Promises: the same `webhook-id` on every attempt, so that a target can tell a repetition; a fresh
 * timestamp and signature on each, so that a target that refuses old ones (Standard Webhooks advises
 * five minutes) still takes a retry; never unsigned when the target names a secret. A URL that is a
 * secret is in the request and nowhere else.
 */
import { parseReachableUrl } from '../config/outbound-url.ts'
import type { EventMessage } from '../events/message.ts'
import { err, ok, type Result } from '../result.ts'
import type {
  Content,
  DeliveryRequest,
  Receiver,
  RequestContext,
  RequestProblem,
} from './format.ts'
import { toSlackContent } from './slack-format.ts'
import { parseSigningSecret, signStandardWebhook } from './standard-webhooks.ts'
import { toTwilioContent } from './twilio-format.ts'

export const USER_AGENT = 'Switchboard/0.1.0'

type ToContent = (
  message: EventMessage,
  target: Receiver,
  context: RequestContext,
) => Result<Content, RequestProblem>

const FORMATS: Record<Receiver['format'], ToContent> = {
  cloudevents: toCloudEventContent,
  twilio: toTwilioContent,
  slack: toSlackContent,
}

/** Names the replay that a delivery is part of. */
const REPLAY_HEADER = 'switchboard-replay'

/** The exception for what no header can carry would repeat it. */
const HEADER_TEXT = /^[ -~]+$/

const NO_BODY = new Uint8Array()

/** Throws for a URL or a header that no request can carry; the config's check refuses those. */
export function toDeliveryRequest(
  message: EventMessage,
  target: Receiver,
  context: RequestContext,
): Result<DeliveryRequest, RequestProblem> {
  const address = toUrl(target, context)
  if (!address.ok) return address
  const content = FORMATS[target.format](message, { ...target, url: address.value }, context)
  if (!content.ok) return content
  const { url, method, body } = content.value
  // The target's own headers go first: they can add to the request, not forge what it says.
  const headers = new Headers(target.headers)
  if (target.bearer !== null) {
    const token = context.secret(target.bearer)?.trim()
    if (token === undefined) return err({ reason: 'secret_missing', name: target.bearer })
    if (!HEADER_TEXT.test(token)) return err({ reason: 'secret_invalid', name: target.bearer })
    headers.set('authorization', `Bearer ${token}`)
  }
  for (const [name, value] of content.value.headers) headers.set(name, value)
  headers.set('traceparent', message.event.traceparent)
  headers.set('user-agent', USER_AGENT)
  if (message.replay === undefined) headers.delete(REPLAY_HEADER)
  else headers.set(REPLAY_HEADER, message.replay)

  const { id } = message.event
  const timestamp = Math.floor(context.now / 1000)
  headers.set('webhook-id', id)
  headers.set('webhook-timestamp', String(timestamp))
  const keys = toSigningKeys(target.secrets, context)
  if (!keys.ok) return keys
  if (keys.value.length > 0) {
    const signed = { id, timestamp, body: body ?? NO_BODY }
    headers.set('webhook-signature', signStandardWebhook(signed, keys.value))
  }
  return ok({ url, method, headers, body })
}

/** In the form in which it is sent; a secret is held to the rules for URLs in the config. */
function toUrl(target: Receiver, context: RequestContext): Result<string, RequestProblem> {
  const name = target.urlSecret
  if (name === null) return ok(target.url)
  const secret = context.secret(name)
  if (secret === undefined) return err({ reason: 'secret_missing', name })
  const url = parseReachableUrl(secret, context.local ?? false)
  return url.ok ? ok(url.value.href) : err({ reason: 'url_invalid', name })
}

/** All secrets or none: half a rotation would fail at whichever receiver has only the other one. */
function toSigningKeys(
  names: readonly string[],
  context: RequestContext,
): Result<Uint8Array[], RequestProblem> {
  const keys: Uint8Array[] = []
  for (const name of names) {
    const secret = context.secret(name)
    if (secret === undefined) return err({ reason: 'secret_missing', name })
    const key = parseSigningSecret(secret)
    if (!key.ok) return err({ reason: key.error.reason, name })
    keys.push(key.value)
  }
  return ok(keys)
}

/** Structured mode, CloudEvents HTTP binding §3.2. */
function toCloudEventContent(
  message: EventMessage,
  target: Receiver,
): Result<Content, RequestProblem> {
  return ok({
    url: target.url,
    method: 'POST',
    headers: [['content-type', 'application/cloudevents+json; charset=utf-8']],
    body: new TextEncoder().encode(JSON.stringify(message.event)),
  })
}
