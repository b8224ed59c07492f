/**
 * An event as the HTTP request that one target gets.
 *
 * Promises: the same `webhook-id` on every attempt, so that a target can tell a repetition; a fresh
 * timestamp and signature on each, so that a target that refuses old ones (Standard Webhooks advises
 * five minutes) still takes a retry; never unsigned when the target names a secret.
 */
import type { EventMessage } from '../events/message.ts'
import { err, ok, type Result } from '../result.ts'
import type {
  Content,
  DeliveryRequest,
  Receiver,
  RequestContext,
  RequestProblem,
} from './format.ts'
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
}

const NO_BODY = new Uint8Array()

/** Throws for a URL or a header that no request can carry; the config's check refuses those. */
export function toDeliveryRequest(
  message: EventMessage,
  target: Receiver,
  context: RequestContext,
): Result<DeliveryRequest, RequestProblem> {
  const content = FORMATS[target.format](message, target, context)
  if (!content.ok) return content
  const { url, method, body } = content.value
  // The target's own headers go first: they can add to the request, not forge what it says.
  const headers = new Headers(target.headers)
  if (target.bearer !== null) {
    const token = context.secret(target.bearer)
    if (token === undefined) return err({ reason: 'secret_missing', name: target.bearer })
    headers.set('authorization', `Bearer ${token}`)
  }
  for (const [name, value] of content.value.headers) headers.set(name, value)
  headers.set('traceparent', message.event.traceparent)
  headers.set('user-agent', USER_AGENT)

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
