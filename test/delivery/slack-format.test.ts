/** What people get to read: everything that matters of each kind of event, and nothing that misleads. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import type { RequestContext } from '../../src/delivery/format.ts'
import { toDeliveryRequest } from '../../src/delivery/request.ts'
import { MAX_TEXT_CHARS, toSlackText } from '../../src/delivery/slack-format.ts'
import { toAlert } from '../../src/events/alert.ts'
import type { Json, SwitchboardEvent } from '../../src/events/event.ts'
import { decideIdentity } from '../../src/events/identity.ts'
import type { EventMessage } from '../../src/events/message.ts'
import { toEvents } from '../../src/events/normalize.ts'
import { isOwnKindName, OWN_KIND_NAMES, OWN_KINDS } from '../../src/events/own-kinds.ts'
import { KINDS } from '../../src/twilio/kinds.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import type { Webhook } from '../../src/twilio/webhook.ts'
import { SAMPLES, toForm, toJson } from '../events/samples.ts'
import { ACCOUNT, toEvent, toMessage, toTarget } from './sample.ts'

const NOW = Date.UTC(2026, 10, 20, 10)
const context: RequestContext = {
  now: NOW,
  secret: () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  authToken: () => undefined,
}

/** As the gateway makes them. */
function toMessages(webhook: Webhook, kind = recognizeKind(webhook)): EventMessage[] {
  const scope = { kind, webhook, account: ACCOUNT, endpoint: 'ops' }
  const identity = decideIdentity({ ...scope, token: null, nonce: 'nonce' })
  const events = toEvents({ ...scope, identity, region: null, now: NOW })
  return events.map((event) => toMessage({ event }))
}

const textOf = (data: Json, changes: Partial<SwitchboardEvent> = {}) =>
  toSlackText(toMessage({ event: toEvent({ data, ...changes }) }))

const alertText = (kind: string, target: string | null, data: { [name: string]: Json } = {}) => {
  if (!isOwnKindName(kind)) throw new Error('no own kind')
  return toSlackText(toAlert({ kind, target, data, now: NOW }))
}

function build(message: EventMessage, changes: Parameters<typeof toTarget>[0] = {}) {
  const target = toTarget({ format: 'slack', ...changes })
  const request = toDeliveryRequest(message, target, context)
  if (!request.ok) throw new Error(request.error.reason)
  return request.value
}

/** The characters that Slack reads as its own; entities are taken back first. */
function expectSafe(text: string): void {
  expect(text.length).toBeLessThanOrEqual(MAX_TEXT_CHARS)
  expect(text.isWellFormed()).toBe(true)
  expect(text.replace(/&(?:amp|lt|gt);/g, '').replace(/^> ?/gm, '')).not.toMatch(/[&<>]/)
  expect(text).not.toMatch(/(?<![A-Za-z0-9])@(?!\u200B)|@(?:everyone|here|channel|all)/i)
  expect(text).not.toContain('](')
}

describe('the request', () => {
  it('is a POST of one text, and Standard Webhooks’ headers do no harm', () => {
    const message = toMessage()
    const { url, method, headers, body } = build(message, { secrets: ['ANY'] })
    expect({ url, method }).toEqual({ url: toTarget().url, method: 'POST' })
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('webhook-id')).toBe(message.event.id)
    expect(headers.get('webhook-signature')).toMatch(/^v1,/)
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body ?? undefined))
    expect(parsed).toEqual({ text: toSlackText(message) })
  })

  it('goes to the URL that a secret holds', () => {
    const secrets = { ...context, secret: () => 'https://hooks.example.com/T0/B0' }
    const target = toTarget({ format: 'slack', url: '', urlSecret: 'SLACK_WEBHOOK_URL' })
    const request = toDeliveryRequest(toMessage(), target, secrets)
    expect(request.ok && request.value.url).toBe('https://hooks.example.com/T0/B0')
  })
})

describe('Switchboard’s own events', () => {
  it.each(OWN_KIND_NAMES)('%s says what happened, to whom, and what it means', (kind) => {
    const text = alertText(kind, 'crm', { reason: 'status_500', attempts: 10 })
    const description = isOwnKindName(kind) ? OWN_KINDS[kind].description : ''
    expect(text).toContain(kind)
    expect(text).toContain(description)
    expect(text).toContain('\ncrm · evt_')
    expect(text).toContain('reason: status_500 · attempts: 10')
    expectSafe(text)
  })

  it('all begin in their own way', () => {
    const titles = OWN_KIND_NAMES.map((kind) => alertText(kind, 'crm').split('\n', 1)[0])
    expect(new Set(titles).size).toBe(OWN_KIND_NAMES.length)
  })

  it('writes durations and times for people', () => {
    const data = {
      oldestSeconds: 5_430,
      ageMs: 5_430_000,
      waitMs: 250,
      doneMs: 86_400_000,
      openedAt: NOW,
      note: null,
      list: [1],
    }
    expect(alertText('switchboard.backlog.old', null, data)).toContain(
      'oldest: 1h 30m · age: 1h 30m · wait: 250ms · done: 1d · opened at: 2026-11-20T10:00:00.000Z\n',
    )
  })

  it.each([1e300, -1, 0, -8.65e15])('takes any number: %d', (number) => {
    expectSafe(alertText('switchboard.backlog.old', null, { openedAt: number, ageMs: number }))
  })

  it('speaks of no single target, and of all of them', () => {
    const nobody = alertText('switchboard.delivery.dead', null)
    const everybody = alertText('switchboard.delivery.dead', '*')
    const somebody = alertText('switchboard.delivery.dead', 'crm')
    expect(new Set([nobody, everybody, somebody].map((text) => text.split('\n', 1)[0])).size).toBe(
      3,
    )
    expect(nobody).not.toContain('null')
    expect(everybody).not.toContain('target *')
  })

  it('stays short when an alert has much to say', () => {
    const names = Array.from({ length: 100 }, (_, i) => `field${i}`)
    const data = Object.fromEntries(names.map((name) => [name, '&'.repeat(1_000)]))
    const text = alertText('switchboard.delivery.dead', 'crm', data)
    expect(text).toContain('field0: &amp;')
    expect(text).toContain('\nswitchboard.delivery.dead · ')
    expectSafe(text)
  })

  it('does not fail for a kind of a newer version', () => {
    const text = textOf({ target: 'crm', reason: 'x' }, { kind: 'switchboard.lane.lost' })
    expect(text).toContain('*switchboard.lane.lost*\ncrm · reason: x\n')
  })
})

describe('Twilio’s own alerts', () => {
  const debug = (payload: Json, level = 'ERROR') =>
    toForm([
      ['Sid', 'NO00000000000000000000000000000001'],
      ['AccountSid', ACCOUNT],
      ['Timestamp', '2026-11-20T09:59:58Z'],
      ['Level', level],
      ['PayloadType', 'application/json'],
      ['Payload', typeof payload === 'string' ? payload : JSON.stringify(payload)],
    ])
  // https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks, with made-up values
  const PAYLOAD = {
    resource_sid: 'SM00000000000000000000000000000001',
    service_sid: null,
    error_code: '11200',
    more_info: { Msg: 'Bad <Gateway>', httpResponse: '502', LogLevel: 'ERROR' },
    webhook: {
      type: 'application/json',
      request: { url: 'https://me:pw-secret@app.example.com/sms?key=query-secret', method: 'POST' },
      response: { status_code: null, headers: {}, body: null },
    },
  }
  const debugText = (payload: Json, level?: string) => {
    const [message] = toMessages(debug(payload, level))
    expect(message?.event.kind).toBe('debugger')
    return message ? toSlackText(message) : ''
  }

  it('tells the debugger’s error with its code, its text, its place and where to read on', () => {
    const text = debugText(PAYLOAD)
    expect(text.split('\n', 1)[0]).toContain('Twilio error 11200')
    expect(text).toContain('\nBad &lt;Gateway&gt;\n')
    expect(text).toContain(
      '\nSM00000000000000000000000000000001 · https://app.example.com/sms · answered 502\n',
    )
    expect(text).toContain('\nhttps://www.twilio.com/docs/api/errors/11200\n')
    expect(text).toContain(`\n${ACCOUNT} · 2026-11-20T09:59:58Z\n`)
    expect(text).not.toMatch(/pw-secret|query-secret/)
    expectSafe(text)
  })

  it('tells a warning from an error', () => {
    expect(debugText(PAYLOAD, 'WARNING').split('\n', 1)[0]).toContain('Twilio warning 11200')
    expect(debugText(PAYLOAD, 'WARNING').slice(0, 2)).not.toBe(debugText(PAYLOAD).slice(0, 2))
  })

  it.each<[string, Json]>([
    ['nothing in it', {}],
    ['a list', []],
    ['no JSON', 'oops'],
    ['wrong types', { error_code: [], more_info: 'x', webhook: { request: null } }],
    ['a code that is none', { ...PAYLOAD, error_code: '../<!channel>' }],
  ])('takes a payload with %s', (_name, payload) => {
    const text = debugText(payload)
    expect(text).toContain('Twilio error')
    expect(text).not.toContain('docs/api/errors')
    expectSafe(text)
  })

  it('tells a usage trigger with what it counts and how far it is', () => {
    const [message] = toMessages(
      toForm([
        ['AccountSid', ACCOUNT],
        ['UsageTriggerSid', 'UT00000000000000000000000000000001'],
        ['DateFired', 'Fri, 20 Nov 2026 09:59:58 +0000'],
        ['Recurring', 'daily'],
        ['UsageCategory', 'sms'],
        ['TriggerBy', 'count'],
        ['TriggerValue', '1000'],
        ['CurrentValue', '1001.5'],
        ['UsageRecordUri', '/2010-04-01/x.json'],
        ['IdempotencyToken', 'token'],
      ]),
    )
    expect(message?.event.kind).toBe('usage.trigger')
    const text = message ? toSlackText(message) : ''
    expect(text.split('\n', 1)[0]).toContain('sms count')
    expect(text).toContain('\nnow 1001.5 · triggers at 1000 · daily\n')
    expect(text).toContain(`\n${ACCOUNT} · 2026-11-20T09:59:58.000Z\n`)
    expect(text).toContain('\nUT00000000000000000000000000000001 · evt_')
    expectSafe(text)
  })
})

describe('any other event', () => {
  it('says which, where, from whom, to whom, and what', () => {
    const data = { from: '+15005550006', to: '+15005550001', body: 'Köln & ✓\n\n\n\r\nbye ' }
    const { id, subject } = toEvent()
    expect(textOf(data)).toBe(
      [
        '*messaging.inbound* at sms',
        'from +15005550006 · to +15005550001',
        `${subject} · ${id}`,
        '> Köln &amp; ✓',
        '> ',
        '> bye',
      ].join('\n'),
    )
  })

  it('says how a message or call stands', () => {
    expect(textOf({ messageStatus: 'failed', errorCode: 30003 })).toContain(
      '\nstatus failed · error 30003\n',
    )
    expect(textOf({ callStatus: 'busy' })).toContain('\nstatus busy\n')
  })

  it('names the type of what comes from somewhere else', () => {
    const changes = { kind: 'event-streams', source: '/2010-04-01/x', type: 'com.twilio.a.b' }
    expect(textOf(null, changes)).toMatch(/^\*event-streams\* \(com\.twilio\.a\.b\)\n/)
  })

  it('says that it is a replay', () => {
    expect(toSlackText(toMessage({ replay: 'rpl_0123' }))).toContain(' · replay rpl_0123\n')
    expect(toSlackText(toMessage())).not.toContain('replay')
  })

  it.each<Json>([null, [], 'text', 7, { body: '' }, { body: ' \n' }, { body: ['a'] }, { to: {} }])(
    'has no empty line and no quotation for data without any: %j',
    (data) => {
      const text = textOf(data)
      expect(text).not.toMatch(/^$|^>/m)
      expect(text.split('\n')).toHaveLength(2)
    },
  )

  it.each(SAMPLES.map((sample) => [sample.name, sample]))('the sample %s', (_name, { webhook }) => {
    for (const message of toMessages(webhook)) expectSafe(toSlackText(message))
  })

  it.each(KINDS.map((kind) => [kind.name, kind] as const))('a realistic %s', (name, kind) => {
    const { pairs, json } = toRealisticWebhook(name, { account: ACCOUNT, set: [] })
    const messages = toMessages(json === undefined ? toForm(pairs) : toJson(json), kind)
    for (const message of messages) {
      expectSafe(toSlackText(message))
      expect(toSlackText(message)).toContain(message.event.id)
    }
  })
})

describe('text of other people', () => {
  it.each([
    ['<!channel> <@U1> <#C1>', '&lt;!channel&gt; &lt;@\u200BU1&gt; &lt;#C1&gt;'],
    ['<https://evil.example|your bank>', '&lt;https://evil.example|your bank&gt;'],
    ['&lt;!here&gt;', '&amp;lt;!here&amp;gt;'],
    ['@channel @everyone', '@\u200Bchannel @\u200Beveryone'],
    ['x@everyone', 'x@\u200Beveryone'],
    ['(@Here) é@all', '(@\u200BHere) é@\u200Ball'],
    ['me@example.com', 'me@example.com'],
    ['[bank](https://evil.example)', '[bank]\u200B(https://evil.example)'],
    ['a\u0000b\u001b[31mc\u202Ed\u2066e\tf', 'ab[31mcde f'],
    ['a\rb\u2028c\vd\u0085e', 'a\n> b\n> c\n> d\n> e'],
    ['\n\n> *Paused: target crm*', '&gt; *Paused: target crm*'],
    ['a\uD83Db', 'a\u{FFFD}b'],
  ])('%j cannot do harm', (body, shown) => {
    const text = textOf({ body })
    expect(text.slice(text.indexOf('\n> ') + 3)).toBe(shown)
    expectSafe(text)
  })

  it('stays in its line where it is not quoted', () => {
    const text = textOf({ from: 'a\nb\r\n\u2028c', to: '<!here>' })
    expect(text).toContain('\nfrom a b c · to &lt;!here&gt;\n')
  })

  it('is cut where it does not fit any more, between whole characters', () => {
    for (const start of ['', 'x']) {
      const text = textOf({ body: start + '😀'.repeat(5_000) })
      expect(text).toMatch(/😀…$/u)
      expect(text.length).toBeGreaterThan(MAX_TEXT_CHARS - 4)
      expectSafe(text)
    }
    const escaped = textOf({ body: '&'.repeat(5_000), from: '<'.repeat(500) })
    expect(escaped).toMatch(/&amp;…$/)
    expect(escaped).toMatch(/from (?:&lt;)+…\n/)
    expectSafe(escaped)
  })

  it('is shown whole as long as it fits', () => {
    const body = 'x'.repeat(1_600)
    expect(textOf({ body }).endsWith(`> ${body}`)).toBe(true)
  })

  const nasty = fc.string({
    unit: fc.constantFrom(
      '@',
      'channel',
      '<',
      '!',
      '>',
      '&',
      ';',
      '](',
      '\n',
      ' ',
      'é',
      '\uD800',
      '*',
    ),
    maxLength: 700,
  })

  it('is safe and bounded wherever it stands', () => {
    const names = ['body', 'from', 'to', 'author', 'messageStatus', 'callStatus', 'errorCode']
    const kinds = ['messaging.inbound', 'debugger', 'usage.trigger', ...OWN_KIND_NAMES]
    const alertNames = ['level', 'usageCategory', 'triggerBy', 'currentValue', 'triggerValue']
    const others = ['recurring', 'accountSid', 'timestamp', 'target', 'reason', 'a', 'b', 'c', 'd']
    const fields = [...names, ...alertNames, ...others].map((name) =>
      fc.tuple(fc.constant(name), nasty),
    )
    const payload = fc.record({
      error_code: nasty,
      resource_sid: nasty,
      more_info: fc.record({ Msg: nasty, httpResponse: nasty }),
      webhook: fc.record({ request: fc.record({ url: nasty }) }),
    })
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.tuple(...fields),
        payload,
        fc.record({ subject: nasty, source: nasty, type: nasty }),
        (kind, entries, debugged, attributes) => {
          const data = { ...Object.fromEntries(entries), payload: debugged }
          expectSafe(textOf(data, { kind, ...attributes }))
        },
      ),
    )
  })
})
