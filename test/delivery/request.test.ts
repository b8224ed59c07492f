import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../src/delivery/format.ts'
import { toDeliveryRequest, USER_AGENT } from '../../src/delivery/request.ts'
import manifest from '../../package.json' with { type: 'json' }
import { toMessage, toTarget } from './sample.ts'

const SECRETS: Record<string, string> = {
  CURRENT: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  PREVIOUS: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  PLAIN_TEXT: 'correct-horse',
  TOKEN: 'bearer-token',
}

const now = Date.now()
const context: RequestContext = {
  now,
  secret: (name) => SECRETS[name],
  authToken: () => undefined,
}

function build(...args: Parameters<typeof toDeliveryRequest>) {
  const request = toDeliveryRequest(...args)
  if (!request.ok) throw new Error(request.error.reason)
  const { body, headers } = request.value
  return {
    ...request.value,
    headers: Object.fromEntries(headers.entries()),
    text: body && Buffer.from(body).toString('utf8'),
  }
}

describe('toDeliveryRequest', () => {
  it('posts the event as structured JSON with its identity', () => {
    const message = toMessage()
    const { url, method, headers, text } = build(message, toTarget(), context)
    expect({ url, method, headers }).toEqual({
      url: 'https://crm.example.com/hooks/twilio',
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        traceparent: message.event.traceparent,
        'user-agent': USER_AGENT,
        'webhook-id': message.event.id,
        'webhook-timestamp': String(Math.floor(now / 1000)),
      },
    })
    expect(text).toBe(JSON.stringify(message.event))
  })

  it('is an event to the official CloudEvents SDK', () => {
    const message = toMessage()
    const { headers, text } = build(message, toTarget(), context)
    const event = HTTP.toEvent({ headers, body: text ?? '' })
    if (!(event instanceof CloudEvent)) throw new Error('not one event')
    expect(event.validate()).toBe(true)
    expect(event.id).toBe(message.event.id)
    expect(event.data).toEqual(message.event.data)
  })

  it('signs with each secret that the target names', () => {
    const target = toTarget({ secrets: ['CURRENT', 'PREVIOUS'] })
    const { headers, text } = build(toMessage(), target, context)
    for (const secret of [SECRETS['CURRENT'], SECRETS['PREVIOUS']]) {
      expect(new Webhook(secret ?? '').verify(text ?? '', headers)).toEqual(toMessage().event)
    }
  })

  it('keeps the id and renews timestamp and signature on a later attempt', () => {
    const target = toTarget({ secrets: ['CURRENT'] })
    const first = build(toMessage(), target, context).headers
    const second = build(toMessage(), target, { ...context, now: now + 86_400_000 }).headers
    expect(second['webhook-id']).toBe(first['webhook-id'])
    expect(second['webhook-timestamp']).toBe(String(Math.floor(now / 1000) + 86_400))
    expect(second['webhook-signature']).not.toBe(first['webhook-signature'])
  })

  it.each([
    ['secret_missing', 'ABSENT'],
    ['secret_invalid', 'PLAIN_TEXT'],
  ])('makes no request at all: %s', (reason, name) => {
    const target = toTarget({ secrets: ['CURRENT', name] })
    expect(toDeliveryRequest(toMessage(), target, context)).toEqual({
      ok: false,
      error: { reason, name },
    })
  })

  it('sends the bearer token that the target names', () => {
    const { headers } = build(toMessage(), toTarget({ bearer: 'TOKEN' }), context)
    expect(headers['authorization']).toBe('Bearer bearer-token')
  })

  it('makes no request without the bearer token', () => {
    expect(toDeliveryRequest(toMessage(), toTarget({ bearer: 'ABSENT' }), context)).toEqual({
      ok: false,
      error: { reason: 'secret_missing', name: 'ABSENT' },
    })
  })

  it('adds the target’s headers without letting them stand for the event’s', () => {
    const headers = { 'X-Tenant': 'a', 'Webhook-Id': 'evt_forged', 'Content-Type': 'text/plain' }
    const built = build(toMessage(), toTarget({ headers }), context).headers
    expect(built).toMatchObject({
      'x-tenant': 'a',
      'webhook-id': toMessage().event.id,
      'content-type': 'application/cloudevents+json; charset=utf-8',
    })
  })

  it('names the package’s version', () => {
    expect(USER_AGENT).toBe(`Switchboard/${manifest.version}`)
  })
})
