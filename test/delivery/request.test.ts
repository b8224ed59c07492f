import { CloudEvent, HTTP } from 'cloudevents'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { describe, expect, it } from 'vitest'
import type { RequestContext } from '../../src/delivery/format.ts'
import { toDeliveryRequest, USER_AGENT } from '../../src/delivery/request.ts'
import manifest from '../../package.json' with { type: 'json' }
import { FORM_BODY, toMessage, toTarget } from './sample.ts'

const SECRETS: Record<string, string> = {
  CURRENT: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  PREVIOUS: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  PLAIN_TEXT: 'correct-horse',
  TOKEN: 'bearer-token',
  PIPED_TOKEN: 'bearer-token\n',
  BROKEN_TOKEN: 'bearer\ntoken',
  UNICODE_TOKEN: 'bearer-tökén',
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

  it('sends a bearer token without the line end that a pipe leaves', () => {
    const { headers } = build(toMessage(), toTarget({ bearer: 'PIPED_TOKEN' }), context)
    expect(headers['authorization']).toBe('Bearer bearer-token')
  })

  it.each([
    ['secret_missing', 'ABSENT'],
    ['secret_invalid', 'BROKEN_TOKEN'],
    ['secret_invalid', 'UNICODE_TOKEN'],
  ])('makes no request without a bearer token: %s of %s', (reason, name) => {
    expect(toDeliveryRequest(toMessage(), toTarget({ bearer: name }), context)).toEqual({
      ok: false,
      error: { reason, name },
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

  it('says that it is a replay, under the same id with a fresh signature', () => {
    const target = toTarget({ secrets: ['CURRENT'] })
    const first = build(toMessage(), target, context)
    const message = toMessage({ replay: 'rpl_0123' })
    const replayed = build(message, target, { ...context, now: now + 60_000 })
    expect(first.headers).not.toHaveProperty('switchboard-replay')
    expect(replayed.headers['switchboard-replay']).toBe('rpl_0123')
    expect(replayed.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(replayed.text).toBe(first.text)
    const payload = replayed.text ?? ''
    expect(new Webhook(SECRETS['CURRENT'] ?? '').verify(payload, replayed.headers)).toEqual(
      message.event,
    )
  })

  it.each([[undefined], ['rpl_0123']])('lets no header of the config forge that: %s', (replay) => {
    const target = toTarget({ headers: { 'Switchboard-Replay': 'rpl_forged' } })
    const message = toMessage(replay === undefined ? {} : { replay })
    expect(build(message, target, context).headers['switchboard-replay']).toBe(replay)
  })

  it('names the package’s version', () => {
    expect(USER_AGENT).toBe(`Switchboard/${manifest.version}`)
  })
})

describe('a URL that is a secret', () => {
  const URLS: Record<string, string> = {
    HOOK: 'https://hooks.example.com/services/T0/B0/XX',
    PIPED: ' https://HOOKS.example.com:443/services/T0 \n',
    PLAIN: 'http://hooks.example.com/services/PRIVATE-PART',
    LOCAL: 'http://127.0.0.1:8065/hooks/PRIVATE-PART',
    PRIVATE: 'https://10.0.0.7/hooks/PRIVATE-PART',
    USER: 'https://me:PRIVATE-PART@hooks.example.com/',
    FRAGMENT: 'https://hooks.example.com/#PRIVATE-PART',
    OTHER_SCHEME: 'ftp://hooks.example.com/PRIVATE-PART',
    NO_URL: 'PRIVATE-PART',
    BROKEN: 'https://hooks.exa mple.com/PRIVATE-PART',
  }
  const secrets: RequestContext = { ...context, secret: (name) => URLS[name] }
  const toSecretTarget = (urlSecret: string) => toTarget({ url: '', urlSecret })

  it.each([
    ['HOOK', 'https://hooks.example.com/services/T0/B0/XX'],
    ['PIPED', 'https://hooks.example.com/services/T0'],
  ])('%s is where the request goes', (name, url) => {
    expect(build(toMessage(), toSecretTarget(name), secrets).url).toBe(url)
  })

  it('is what the twilio format signs', () => {
    const target = { ...toSecretTarget('HOOK'), format: 'twilio' as const }
    const token = '0123456789abcdef0123456789abcdef'
    const { url, headers } = build(toMessage(), target, { ...secrets, authToken: () => token })
    const params = Object.fromEntries(new URLSearchParams(FORM_BODY))
    const signature = headers['x-twilio-signature'] ?? ''
    expect(twilio.validateRequest(token, signature, URLS['HOOK'] ?? '', params)).toBe(true)
    expect(url).toBe(URLS['HOOK'])
  })

  it.each([
    ['ABSENT', 'secret_missing'],
    ['PLAIN', 'url_invalid'],
    ['LOCAL', 'url_invalid'],
    ['PRIVATE', 'url_invalid'],
    ['USER', 'url_invalid'],
    ['FRAGMENT', 'url_invalid'],
    ['OTHER_SCHEME', 'url_invalid'],
    ['NO_URL', 'url_invalid'],
    ['BROKEN', 'url_invalid'],
  ])('%s: %s, and the error does not repeat it', (name, reason) => {
    const result = toDeliveryRequest(toMessage(), toSecretTarget(name), secrets)
    expect(result).toEqual({ ok: false, error: { reason, name } })
    expect(JSON.stringify(result)).not.toContain('PRIVATE-PART')
  })

  it.each(['PLAIN', 'LOCAL', 'PRIVATE'])('%s is fine in local development', (name) => {
    const local = { ...secrets, local: true }
    expect(build(toMessage(), toSecretTarget(name), local).url).toBe(URLS[name])
  })

  it.each(['USER', 'FRAGMENT', 'OTHER_SCHEME', 'NO_URL', 'BROKEN'])(
    '%s is wrong in local development too',
    (name) => {
      const local = { ...secrets, local: true }
      expect(toDeliveryRequest(toMessage(), toSecretTarget(name), local)).toMatchObject({
        error: { reason: 'url_invalid' },
      })
    },
  )
})
