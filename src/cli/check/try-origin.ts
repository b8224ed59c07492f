/**
 * Asks an app for a reply as the gateway would, with the same code and deadline, for a request that is
 * marked as a test.
 */
import { randomUUID } from 'node:crypto'
import type { CompiledEndpoint, OriginReply } from '../../config/compiled.ts'
import { createAskOrigin, type OriginRequest } from '../../gateway/origin.ts'
import { parseForm } from '../../twilio/params.ts'
import { findKind } from '../../twilio/kinds.ts'
import { explainStatus, explainUnreachable, type Explanation } from './explain-failure.ts'
import { observeFetch, type Observed } from './observed-fetch.ts'
import { toTestRequest } from './test-message.ts'
import type { Trial } from './trial.ts'
import type { TrialContext } from './try-target.ts'

export async function tryOrigin(
  endpoint: CompiledEndpoint,
  reply: OriginReply,
  context: TrialContext,
): Promise<Trial> {
  const to = new URL(reply.url).host
  const base = { what: 'origin' as const, name: endpoint.name, to, status: null, durationMs: null }
  const skip = (message: string): Trial => ({ ...base, result: 'skipped', message, next: null })
  if (reply.url.endsWith('/*')) return skip('its URL depends on what is called')
  const kind = findKind(guessKind(endpoint) ?? '')
  if (!kind) return skip('nothing tells what comes here; pin its kind to try it')
  const token = context.authToken(context.account)
  if (token === undefined) return skip('TWILIO_AUTH_TOKENS is not set here')

  const { observed, fetch } = observeFetch(context.fetch)
  const request = toOriginRequest(kind.name, token, context)
  const startedAt = performance.now()
  const answer = await createAskOrigin(fetch)(reply.url, request, kind, reply.deadlineMs)
  const durationMs = Math.round(performance.now() - startedAt)
  const measured = { ...base, status: observed.status, durationMs }
  if (answer.ok) {
    const message = `answered ${observed.status} to a ${kind.name}`
    return { ...measured, result: 'ok', message, next: null }
  }
  const explained = explain(answer.error.reason, observed, reply.deadlineMs)
  return { ...measured, result: 'failed', ...explained }
}

/** The pinned kind; else what its own documents say, then its name. Only kinds that want an answer. */
export function guessKind({ name, path, kind, replies }: CompiledEndpoint): string | null {
  if (kind !== null) return findKind(kind)?.body === 'form' ? kind : null
  const documents = replies.map((reply) => (reply.type === 'origin' ? reply.otherwise : reply))
  const texts = documents.map((reply) => (reply?.type === 'twiml' ? reply.twiml : ''))
  for (const text of [...texts, `${name} ${path}`]) {
    if (/<Message\b|sms|messag|whatsapp/i.test(text)) return 'messaging.inbound'
    if (/<(?:Say|Dial|Gather|Record|Play|Enqueue|Connect)\b|voice|call/i.test(text)) {
      return 'voice.inbound'
    }
  }
  return null
}

function toOriginRequest(kind: string, token: string, context: TrialContext): OriginRequest {
  const nonce = randomUUID()
  const request = toTestRequest(kind, { account: context.account, now: context.now(), nonce })
  return {
    method: request.method,
    contentType: request.contentType,
    bodyType: 'form',
    pairs: parseForm(request.body),
    body: new TextEncoder().encode(request.body),
    query: '',
    rest: '',
    token,
    headers: new Headers({ 'i-twilio-idempotency-token': nonce, 'user-agent': 'TwilioProxy/1.1' }),
  }
}

type Reason = 'timeout' | 'unreachable' | 'status' | 'too_large' | 'not_twiml' | 'not_json'

function explain(reason: Reason, observed: Observed, deadlineMs: number): Explanation {
  switch (reason) {
    case 'timeout':
      return {
        message: `not answered within ${deadlineMs / 1000} s: Twilio gets "otherwise"`,
        next: 'Make it faster, or give it a longer deadline.',
      }
    case 'unreachable':
      return explainUnreachable(observed)
    case 'status':
      return explainStatus(observed, {
        unauthorized:
          'Does it know the auth token, and does it check the signature against this URL?',
      })
    case 'too_large':
      return { message: 'its answer is over 64 kB', next: 'Twilio takes no more either.' }
    case 'not_twiml':
      return {
        message: `answered ${observed.status} with something that is no TwiML`,
        next: 'It must be a <Response> document; an empty or plain text is not.',
      }
    case 'not_json':
      return { message: `answered ${observed.status} with something that is no JSON`, next: null }
  }
}
