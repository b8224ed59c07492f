/**
 * Whole events: each sample against its golden file, and what must hold for any webhook at all.
 * After a change that is meant: `UPDATE_GOLDEN=1 vitest run --project pure test/events`, then read the
 * difference.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudEvent, HTTP } from 'cloudevents'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import type { Json, SwitchboardEvent } from '../../src/events/event.ts'
import { decideIdentity } from '../../src/events/identity.ts'
import { toEvents } from '../../src/events/normalize.ts'
import type { Kind } from '../../src/twilio/kind.ts'
import { findKind, KINDS } from '../../src/twilio/kinds.ts'
import { Params, type Param } from '../../src/twilio/params.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import { toWebhook, type Webhook } from '../../src/twilio/webhook.ts'
import { SAMPLES, toForm, toJson, toJsonText } from './samples.ts'

const ACCOUNT = 'AC00000000000000000000000000000000'
const NOW = Date.UTC(2026, 10, 20, 10)
const NONCE = 'nonce'

interface Given {
  kind?: Kind | undefined
  token?: string
  region?: string
}

function normalize(webhook: Webhook, given: Given = {}): SwitchboardEvent[] {
  const { kind = recognizeKind(webhook), token = null, region = 'us1' } = given
  const scope = { kind, webhook, account: ACCOUNT, endpoint: 'main' }
  const identity = decideIdentity({ ...scope, token, nonce: NONCE })
  return toEvents({ ...scope, identity, region, now: NOW })
}

function normalizeOne(webhook: Webhook, given: Given = {}): SwitchboardEvent {
  const [event, ...others] = normalize(webhook, given)
  if (event === undefined || others.length > 0) throw new Error('expected one event')
  return event
}

const dataOf = (pairs: Param[], query = '') => normalizeOne(toForm(pairs, query)).data

function expectValid(event: SwitchboardEvent): void {
  expect(() => new CloudEvent<unknown>({ ...event }, true)).not.toThrow()
  const received = HTTP.toEvent({
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  })
  expect(received).toMatchObject({ id: event.id, type: event.type, source: event.source })
}

const typeOfStatus = (value: string) =>
  normalizeOne(
    toForm([
      ['MessageSid', 'SM00000000000000000000000000000001'],
      ['MessageStatus', value],
    ]),
  ).type

describe('samples', () => {
  it.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (name, sample) => {
    const events = normalize(sample.webhook, { kind: findKind(sample.kind) })
    const golden = join(import.meta.dirname, 'golden', `${name}.json`)
    if (process.env['UPDATE_GOLDEN']) {
      writeFileSync(golden, `${JSON.stringify(events, null, 2)}\n`)
    }
    // As text: the order of the parameters is part of the promise.
    expect(`${JSON.stringify(events, null, 2)}\n`).toBe(readFileSync(golden, 'utf8'))
    for (const event of events) expectValid(event)
  })

  it.each(KINDS.map((kind) => [kind.name, kind] as const))(
    'a realistic %s makes a valid event of its kind',
    (_, kind) => {
      const { pairs, json } = toRealisticWebhook(kind.name, { account: ACCOUNT, set: [] })
      const event = normalizeOne(json === undefined ? toForm(pairs) : toJson(json), { kind })
      expect(event.kind).toBe(kind.name)
      expectValid(event)
    },
  )
})

describe('attributes', () => {
  it("has Twilio's own type where there is one, else the kind's", () => {
    expect(typeOfStatus('delivered')).toBe('com.twilio.messaging.message.delivered')
    expect(typeOfStatus('scheduled')).toBe('twilio.webhook.messaging.status')
    expect(typeOfStatus('constructor')).toBe('twilio.webhook.messaging.status')
    expect(normalizeOne(toForm([])).type).toBe('twilio.webhook.unknown')
  })

  it.each([
    ['queued', 'initiated'],
    ['initiated', 'initiated'],
    ['ringing', 'ringing'],
    ['in-progress', 'answered'],
    ['answered', 'answered'],
    ['completed', 'completed'],
    ['busy', 'completed'],
    ['failed', 'completed'],
    ['no-answer', 'completed'],
    ['canceled', 'completed'],
  ])('calls a call that is %s %s', (CallStatus, end) => {
    const pairs: Param[] = [
      ['CallSid', 'CA1'],
      ['CallStatus', CallStatus],
      ['CallbackSource', 'call-progress-events'],
    ]
    expect(normalizeOne(toForm(pairs)).type).toBe(`com.twilio.voice.status-callback.call.${end}`)
  })

  it.each([
    ['conference-start', 'conference.updated'],
    ['participant-join', 'conference.participant.updated'],
    ['announcement-end', 'announcement.processed'],
  ])('calls the conference event %s %s', (StatusCallbackEvent, end) => {
    const pairs: Param[] = [
      ['ConferenceSid', 'CF1'],
      ['StatusCallbackEvent', StatusCallbackEvent],
    ]
    expect(normalizeOne(toForm(pairs)).type).toBe(`com.twilio.voice.status-callback.${end}`)
  })

  it('leaves out what is not known', () => {
    const webhook = toForm([])
    const kind = recognizeKind(webhook)
    const scope = { kind, webhook, account: null, endpoint: 'main' }
    const identity = decideIdentity({ ...scope, token: null, nonce: NONCE })
    const [event = {}] = toEvents({ ...scope, identity, region: null, now: NOW })
    expect(Object.keys(event).toSorted()).toEqual([
      'data',
      'datacontenttype',
      'id',
      'kind',
      'source',
      'specversion',
      'time',
      'traceparent',
      'type',
    ])
  })

  it('takes the first subject that has a value', () => {
    const pairs: Param[] = [
      ['ErrorUrl', 'https://example.com/'],
      ['ErrorCode', '11200'],
      ['CallSid', ''],
      ['MessageSid', 'SM1'],
    ]
    expect(normalizeOne(toForm(pairs)).subject).toBe('SM1')
  })
})

describe('data', () => {
  it('has camelCase names and JSON values', () => {
    expect(
      dataOf([
        ['SequenceNumber', '2'],
        ['FromZip', '01234'],
        ['AddOns', '{"status":"successful"}'],
        ['SipHeader_X-Foo', 'bar'],
      ]),
    ).toMatchObject({
      sequenceNumber: 2,
      fromZip: '01234',
      addOns: { status: 'successful' },
      sipHeaderXFoo: 'bar',
    })
  })

  it('reads TaskRouter times as seconds', () => {
    const webhook = toForm([['Timestamp', '1763632800']])
    const { data } = normalizeOne(webhook, { kind: findKind('taskrouter.event') })
    expect(data).toMatchObject({ timestamp: '2025-11-20T10:00:00.000Z' })
  })

  it('lists media in the order of their numbers', () => {
    expect(
      dataOf([
        ['NumMedia', '11'],
        ['MediaUrl10', 'https://example.com/10'],
        ['MediaContentType0', 'image/png'],
        ['MediaUrl2', 'https://example.com/2'],
        ['MediaContentType2', 'image/jpeg'],
        ['MediaUrl0', 'https://example.com/0'],
        ['MediaContentType7', 'text/vcard'],
      ]),
    ).toMatchObject({
      media: [
        { url: 'https://example.com/0', contentType: 'image/png' },
        { url: 'https://example.com/2', contentType: 'image/jpeg' },
        { url: 'https://example.com/10' },
      ],
      mediaContentType7: 'text/vcard',
    })
  })

  it('gives a repeated parameter a list', () => {
    expect(
      dataOf([
        ['Index', '1'],
        ['MessagingBinding.Address', '+1'],
        ['Index', '2'],
        ['Index', ''],
      ]),
    ).toEqual({
      index: [1, 2, ''],
      messagingBindingAddress: '+1',
      params: { Index: ['1', '2', ''], 'MessagingBinding.Address': '+1' },
    })
  })

  it('gives a name that two parameters want to the first, and keeps both in params', () => {
    expect(
      dataOf([
        ['CallSid', 'CA1'],
        ['callSid', 'CA2'],
        ['params', 'x'],
        ['Query', 'y'],
        ['__', 'z'],
      ]),
    ).toEqual({
      callSid: 'CA1',
      params: { CallSid: 'CA1', callSid: 'CA2', params: 'x', Query: 'y', __: 'z' },
    })
  })

  it('keeps __proto__ and constructor as names', () => {
    const event = normalizeOne(
      toForm([
        ['__proto__', '{"admin":true}'],
        ['constructor', 'c'],
        ['__proto__', 'again'],
      ]),
    )
    expect(JSON.stringify(event.data)).toBe(
      '{"proto":["{\\"admin\\":true}","again"],"constructor":"c",' +
        '"params":{"__proto__":["{\\"admin\\":true}","again"],"constructor":"c"}}',
    )
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it("has the query of the user's own URL, without Twilio's hash", () => {
    const pairs: Param[] = [['MessageSid', 'SM1']]
    expect(dataOf(pairs, 'tenant=7&tag=a&tag=b&bodySHA256=00')).toEqual({
      messageSid: 'SM1',
      query: { tenant: '7', tag: ['a', 'b'] },
      params: { MessageSid: 'SM1' },
    })
    expect(dataOf(pairs, 'bodySHA256=00')).not.toHaveProperty('query')
  })

  it('has the query of a GET as its parameters', () => {
    const params = new Params([['MessageSid', 'SM1']])
    const webhook = toWebhook({ bodyType: 'none', params, query: 'MessageSid=SM1', text: '' })
    expect(normalizeOne(webhook).data).toEqual({
      messageSid: 'SM1',
      params: { MessageSid: 'SM1' },
    })
  })

  it('is the JSON of a JSON body', () => {
    for (const json of [{ a: { b: 1 } }, [1, 'two'], 'text', 5, false, null]) {
      expect(normalizeOne(toJson(json)).data).toEqual(json)
    }
  })

  it('keeps a body whole that is not the JSON it said it was', () => {
    for (const text of ['{', '', '[1,', '['.repeat(1_000)]) {
      expect(normalizeOne(toJsonText(text)).data).toEqual({ text })
    }
  })
})

describe('event streams', () => {
  const element = {
    specversion: '1.0',
    id: 'EZ00000000000000000000000000000001',
    source: '/2010-04-01/Accounts/AC1/Messages/SM1.json',
    type: 'com.twilio.messaging.message.sent',
    subject: 'SM1',
    time: '2026-09-01T10:00:00.123456Z',
    dataschema: 'https://events-schemas.twilio.com/Messaging.MessageStatus/1',
    datacontenttype: 'application/json',
    data: { messageSid: 'SM1' },
  } as const

  it('keeps what Twilio said, and adds where it came in', () => {
    const [event] = normalize(toJson([element]))
    expect(event).toMatchObject({ ...element, kind: 'event-streams', account: ACCOUNT })
    expect(event?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  it('makes an event of each element, in order', () => {
    const ids = ['EZ1', 'EZ2', 'EZ3']
    const events = normalize(toJson(ids.map((id) => ({ ...element, id }))))
    expect(events.map(({ id }) => id)).toEqual(ids)
    expect(events.map(({ idempotencykey }) => idempotencykey)).toEqual(ids)
    expect(new Set(events.map(({ traceparent }) => traceparent)).size).toBe(3)
  })

  it('loses no element that is not a CloudEvent', () => {
    const foreign: Json[] = [{ ...element, id: '' }, { ...element, id: 'a\nb' }, 7, null]
    const events = normalize(toJson([...foreign, element]))
    expect(events.map(({ data }) => data)).toEqual([...foreign, element.data])
    expect(new Set(events.map(({ id }) => id)).size).toBe(5)
    for (const event of events) {
      expect(event.kind).toBe('event-streams')
      expectValid(event)
    }
  })

  it('leaves out an optional attribute that is not valid', () => {
    const [event] = normalize(toJson([{ ...element, time: 'yesterday', dataschema: 7 }]))
    expect(event?.time).toBe('2026-11-20T10:00:00.000Z')
    expect(event).not.toHaveProperty('dataschema')
  })
})

function paramsOf({ data }: SwitchboardEvent): Map<string, unknown> {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
  return new Map(Object.entries((isObject ? data['params'] : null) ?? {}))
}

describe('any webhook', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    // Every UTF-16 unit, lone surrogates included.
    fc.array(fc.nat(0xffff), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', '0', 'MediaUrl0', 'params'),
    fc.constantFrom('AddOns', 'Timestamp', 'SequenceNumber', 'Muted', 'RawDlrDoneDate', 'Media'),
  )
  const pairs = fc.array(fc.tuple(names, fc.oneof(fc.string(), fc.json(), names)), {
    size: 'medium',
  })

  it('makes an event that can be written and read, with every parameter', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        const event = normalizeOne(toForm(given))
        expect(JSON.parse(JSON.stringify(event))).toEqual(event)
        const kept = paramsOf(event)
        const expected = Map.groupBy(given, ([name]) => name)
        expect(kept.size).toBe(expected.size)
        for (const [name, of] of expected) {
          expect([kept.get(name)].flat()).toEqual(of.map(([, value]) => value))
        }
      }),
    )
  })

  it('makes the same event of the same webhook', () => {
    fc.assert(
      fc.property(pairs, (given) => {
        expect(normalize(toForm(given))).toEqual(normalize(toForm(given.slice())))
      }),
    )
  })

  it('takes any JSON for any kind that an endpoint pins', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...KINDS), (text, kind) => {
        const events = normalize(toJsonText(text), { kind })
        expect(events.length).toBeGreaterThan(0)
        expect(() => JSON.stringify(events)).not.toThrow()
      }),
    )
  })
})
