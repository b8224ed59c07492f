import { Buffer } from 'node:buffer'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import type { Json } from '../../src/events/event.ts'
import { decideIdentity } from '../../src/events/identity.ts'
import type { EventMessage, OriginalRequest } from '../../src/events/message.ts'
import { toEvents } from '../../src/events/normalize.ts'
import { parseMessage } from '../../src/events/parse-message.ts'
import { createValueHash, redactMessage } from '../../src/events/redact.ts'
import { MAX_TRACED_VALUES } from '../../src/events/traces.ts'
import { findKind, KINDS } from '../../src/twilio/kinds.ts'
import { Params, type Param } from '../../src/twilio/params.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import { toWebhook, type Webhook } from '../../src/twilio/webhook.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import { SAMPLES, toForm, toJson } from './samples.ts'

const hash = createValueHash('a key of the tests')
const JSON_TYPE = 'application/json'

const encodeForm = (pairs: Iterable<Param>) =>
  new URLSearchParams([...pairs].map(([name, value]) => [name, value])).toString()

/** As the gateway makes it of a webhook, for each of its events. */
function toMessages(
  webhook: Webhook,
  kind = recognizeKind(webhook),
  changes: Partial<OriginalRequest> = {},
): EventMessage[] {
  const account = 'AC00000000000000000000000000000000'
  const scope = { kind, webhook, account, endpoint: 'main' }
  const identity = decideIdentity({ ...scope, token: null, nonce: 'nonce' })
  const events = toEvents({ ...scope, identity, region: 'us1', now: Date.UTC(2026, 10, 20, 10) })
  const { json, text = JSON.stringify(json), params, query } = webhook
  const isForm = text === undefined
  const request = toRequest({
    query: encodeForm(query),
    body: isForm ? encodeForm(params.pairs) : text,
    ...(isForm ? {} : { contentType: JSON_TYPE }),
    ...changes,
  })
  return events.map((event) => ({ v: 1, event, request }))
}

function toOneMessage(webhook: Webhook, changes: Partial<OriginalRequest> = {}): EventMessage {
  const [message] = toMessages(webhook, undefined, changes)
  if (!message) throw new Error('no event')
  return message
}

const redactForm = (pairs: Param[], names: string[], changes: Partial<OriginalRequest> = {}) =>
  redactMessage(toOneMessage(toForm(pairs), changes), names, hash)

const redactJson = (json: Json, names: string[]) =>
  redactMessage(toOneMessage(toJson(json)), names, hash)

/** Texts in which a value may hide, as they stand in the ledger's JSON. */
function toSpellings(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1)
  const form = encodeForm([['', value]]).slice(1)
  const plain = [value, escaped, encodeURIComponent(value), form]
  return plain.flatMap((text) => [text, text.replaceAll(/%../g, (hex) => hex.toLowerCase())])
}

/**
 * No value is left anywhere but in what the gateway said itself. Hashes do not count: their digits can
 * be any digits.
 */
function expectGone({ event, request, ...rest }: EventMessage, values: Iterable<string>): void {
  const { id: _id, type: _type, kind: _kind, time: _time, traceparent: _trace, ...told } = event
  const { source, specversion: _version, datacontenttype: _content, ...attributes } = told
  const { method: _method, contentType: _contentType, encoding: _encoding, ...content } = request
  const { redacted: _redacted, v: _v, ...others } = rest
  const checked = { ...attributes, ...(source.startsWith('/endpoints/') ? {} : { source }) }
  const text = JSON.stringify([checked, content, others]).replaceAll(
    /hmac(:|%3A)[0-9a-f]{32}/g,
    '#',
  )
  for (const value of values) {
    if (value.length < 4) continue
    for (const spelling of toSpellings(value)) expect(text).not.toContain(spelling)
  }
}

/** All texts and numbers under a name, at any depth. */
function findValues(json: Json, name: string): string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([key, value]) => {
    const isScalar = typeof value === 'string' || typeof value === 'number'
    return key === name && isScalar ? [String(value)] : findValues(value, name)
  })
}

function findNames(json: Json): string[] {
  if (typeof json !== 'object' || json === null) return []
  return Object.entries(json).flatMap(([name, value]) => [name, ...findNames(value)])
}

const PERSONAL = [
  'Body From To Caller Called Digits SpeechResult ProfileName WaId Latitude Longitude Address Label',
  'FromCity ToCity ButtonText ButtonPayload MessagingBinding.Address PaymentCardNumber PaymentToken',
  'TaskAttributes WorkerAttributes WorkerName customer_key test_id SipHeader_X-Correlation-Id ErrorUrl',
  'inboundParticipantIdentifier inboundParticipantProxyIdentifier AddOns Reason MediaUrl0 friendly_name',
]
  .join(' ')
  .split(' ')

describe('redactMessage on real webhooks', () => {
  const samples = SAMPLES.map(({ name, webhook, kind }) => [name, webhook, findKind(kind)] as const)
  const realistic = KINDS.map((kind) => {
    const { pairs, json } = toRealisticWebhook(kind.name, { account: 'AC01', set: [] })
    return [`a realistic ${kind.name}`, json === undefined ? toForm(pairs) : toJson(json), kind]
  }) as (typeof samples)[number][]

  it.each([...samples, ...realistic])('%s: none of the personal values is left', (_, ...given) => {
    for (const message of toMessages(...given)) {
      const values = PERSONAL.flatMap((name) => [
        ...given[0].params.pairs.filter(([param]) => param === name).map(([, value]) => value),
        ...findValues(message.event.data, name),
      ])
      const redacted = redactMessage(message, PERSONAL, hash)
      expectGone(redacted, values)
      expect(parseMessage(JSON.stringify(redacted)).ok).toBe(true)
    }
  })

  it.each([...samples, ...realistic])('%s: no value is left of any one name', (_, ...given) => {
    for (const message of toMessages(...given)) {
      const { data } = message.event
      const names =
        given[0].json === undefined ? given[0].params.pairs.map(([n]) => n) : findNames(data)
      for (const name of new Set(names)) {
        expectGone(redactMessage(message, [name], hash), findValues(data, name))
      }
    }
  })
})

const SMS: Param[] = [
  ['MessageSid', 'SM00000000000000000000000000000001'],
  ['SmsStatus', 'received'],
  ['NumMedia', '0'],
  ['Body', 'Köln & ✓'],
  ['From', '+15005550006'],
  ['To', '+15005550001'],
  ['AccountSid', 'AC00000000000000000000000000000000'],
]

describe('redactMessage on a form', () => {
  it('replaces the values in the body, in their places, and nothing else', () => {
    const { request } = redactForm(SMS, ['Body', 'From'])
    expect([...new URLSearchParams(request.body)]).toEqual(
      SMS.map(([name, value]) => [name, ['Body', 'From'].includes(name) ? hash(value) : value]),
    )
    expect(request.encoding).toBe('utf-8')
  })

  it('leaves of the data the parameters only', () => {
    expect(redactForm(SMS, ['Body']).event.data).toEqual({
      params: { ...Object.fromEntries(SMS), Body: hash('Köln & ✓') },
    })
  })

  it('marks the message with the names', () => {
    expect(redactForm(SMS, ['Body', 'From'])).toMatchObject({ v: 1, redacted: ['Body', 'From'] })
  })

  it('changes nothing when no names are given', () => {
    const message = toMessage()
    expect(redactMessage(message, [], hash)).toBe(message)
  })

  it('marks a message that has none of the names, too', () => {
    const { redacted, event } = redactForm(SMS, ['Digits'])
    expect(redacted).toEqual(['Digits'])
    expect(event.data).toEqual({ params: Object.fromEntries(SMS) })
  })

  it('does not touch the message that it was given', () => {
    const message = toOneMessage(toForm(SMS))
    const before = structuredClone(message)
    redactMessage(message, ['Body', 'From', 'MessageSid'], hash)
    expect(message).toEqual(before)
  })

  it('keeps what the message says beside the event', () => {
    const extra = { targets: ['crm'], attempts: 2, replay: 'rpl_1' }
    expect(redactMessage(toMessage(extra), ['Body'], hash)).toMatchObject(extra)
  })

  it('leaves out attributes that it does not know', () => {
    const event = { ...toEvent(), future: '+15005550006' }
    expect(redactMessage(toMessage({ event }), ['From'], hash).event).not.toHaveProperty('future')
  })

  it.each(['body', 'BODY', 'Bo_dy'])('compares names as people write them: %s', (name) => {
    expect(redactForm(SMS, [name]).request.body).toContain(encodeForm([['Body', hash('Köln & ✓')]]))
  })

  it.each(['Bod', 'Body2', '', '.'])('does not take another name for it: %j', (name) => {
    expect(redactForm(SMS, [name]).request.body).toBe(encodeForm(SMS))
  })

  it('replaces each value of a name that came twice', () => {
    const pairs: Param[] = [...SMS, ['Body', 'second']]
    const { event, request } = redactForm(pairs, ['Body'])
    expect(event.data).toMatchObject({ params: { Body: [hash('Köln & ✓'), hash('second')] } })
    expect(new URLSearchParams(request.body).getAll('Body')).toEqual([
      hash('Köln & ✓'),
      hash('second'),
    ])
  })

  it('replaces short values where they are named, and leaves empty ones', () => {
    const pairs: Param[] = [...SMS, ['Digits', '1'], ['FromCity', ''], ['SequenceNumber', '1']]
    const { event, request } = redactForm(pairs, ['Digits', 'FromCity'])
    const expected = { Digits: hash('1'), FromCity: '', SequenceNumber: '1' }
    expect(event.data).toMatchObject({ params: expected })
    expect(Object.fromEntries(new URLSearchParams(request.body))).toMatchObject(expected)
  })

  it('replaces the same value under another name', () => {
    const pairs: Param[] = [...SMS, ['Caller', '+15005550006']]
    expect(redactForm(pairs, ['From']).event.data).toMatchObject({
      params: { From: hash('+15005550006'), Caller: hash('+15005550006') },
    })
  })

  it.each([
    ['whatsapp:+15005550006', '15005550006'],
    ['sip:+15005550006@example.com', '+15005550006'],
    ['+15005550006', '15005550006'],
    ['15005550006', 'tel:+15005550006'],
  ])('finds the number of %s also in %s', (address, other) => {
    const pairs: Param[] = [...SMS.filter(([name]) => name !== 'From'), ['From', address]]
    const { event } = redactForm([...pairs, ['WaId', other]], ['From'])
    expect(event.data).toMatchObject({ params: { WaId: hash(other) } })
  })

  it.each([
    ['JSON', '{"results":{"caller":{"number":"+15005550006"}}}'],
    ['JSON with escapes', String.raw`{"number":"\u002b15005550006"}`],
    ['JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: 'x +15005550006' }) })],
    ['JSON with the digits as a number', '{"number":15005550006}'],
    ['JSON with a member of that name', '{"type":"call","from":"sip:alice@example.com"}'],
    ['JSON with a name of another spelling', '{"a":[{"FROM":"sip:alice@example.com"}]}'],
    ['JSON in JSON with a member of that name', JSON.stringify({ a: '{"from":"alice"}' })],
    ['JSON that is cut off', '{"type":"call","from" : "sip:alice@exam'],
    ['a URL', 'https://example.com/?caller=%2B15005550006&x=1'],
    ['a URL in lower case', 'https://example.com/?caller=%2b15005550006'],
    ['a URL in a URL', `https://example.com/?to=${encodeURIComponent('/a?n=%2B15005550006')}`],
    ['percent-encoded JSON', encodeURIComponent('{"from":"sip:alice@example.com"}')],
    ['a sentence', 'call from +15005550006, twice'],
  ])('hides a whole parameter that repeats a value: %s', (_, value) => {
    const { event, request } = redactForm([...SMS, ['AddOns', value]], ['From'])
    expect(event.data).toMatchObject({ params: { AddOns: hash(value) } })
    expect(new URLSearchParams(request.body).get('AddOns')).toBe(hash(value))
  })

  it.each([
    ['spaces', 'hello big world', 'https://example.com/?q=hello+big+world'],
    ['a plus', 'a+b and c', 'https://example.com/?q=a%2Bb+and+c'],
    ['a percent sign', '100%41 sure', 'https://example.com/?q=100%2541%20sure'],
    ['a backslash', String.raw`C:\new`, 'https://example.com/?q=C%3A%5Cnew'],
    ['quotes', 'say "yes"', JSON.stringify({ said: 'say "yes"' })],
    ['a new line', 'two\nlines', JSON.stringify({ said: 'two\nlines' })],
    ['a slash', 'a/b/c', String.raw`{"said":"a\/b\/c"}`],
    ['letters beyond ASCII', 'Köln ✓', 'https://example.com/?q=K%C3%B6ln%20%E2%9C%93'],
    ['a URL in JSON', 'two words', String.raw`{"url":"https:\/\/example.com\/?q=two+words"}`],
    ['JSON in a form in a URL', 'a "b c"', '/?next=%2F%3Fjson%3Da%2B%255C%2522b%2Bc%255C%2522'],
    ['a form in a URL in JSON', 'two words', JSON.stringify({ url: '/?body=a%3Dtwo%2Bwords' })],
  ])('sees a value with %s through its encoding', (_, value, other) => {
    const pairs: Param[] = [...SMS.filter(([name]) => name !== 'Body'), ['Body', value]]
    const { event } = redactForm([...pairs, ['AddOns', other]], ['Body'])
    expect(event.data).toMatchObject({ params: { AddOns: hash(other) } })
  })

  it('looks for values that only a parameter with JSON names', () => {
    const pairs: Param[] = [
      ['Custom', ' {"from":"sip:alice@example.com"}'],
      ['WorkerName', 'sip:alice@example.com'],
    ]
    expect(redactForm(pairs, ['From']).event.data).toMatchObject({
      params: { WorkerName: hash('sip:alice@example.com') },
    })
  })

  it('hides the name of a parameter that repeats a value', () => {
    const pairs: Param[] = [...SMS, ['+15005550006', 'x']]
    const { event, request } = redactForm(pairs, ['From'])
    expect(event.data).toMatchObject({ params: { [hash('+15005550006')]: 'x' } })
    expectGone({ v: 1, event, request }, ['+15005550006'])
  })

  it('replaces values of the query, and what repeats them', () => {
    const query = 'from=%2B15005550006&n=1&next=%2Fx%3Fn%3D%2B15005550006'
    const message = toOneMessage(toForm(SMS, query))
    const { request, event } = redactMessage(message, ['From'], hash)
    const expected = {
      from: hash('+15005550006'),
      n: '1',
      next: hash('/x?n=+15005550006'),
    }
    expect(Object.fromEntries(new URLSearchParams(request.query))).toEqual(expected)
    expect(event.data).toMatchObject({ query: expected })
  })

  it('replaces values of a GET', () => {
    const query = encodeForm(SMS)
    const changes = { method: 'GET', contentType: JSON_TYPE, query, body: '' }
    const { request, event } = redactForm(SMS, ['From', 'Body'], changes)
    expect(request.body).toBe('')
    expect(new URLSearchParams(request.query).get('From')).toBe(hash('+15005550006'))
    expect(event.data).toHaveProperty('params.Body', hash('Köln & ✓'))
    expect(event.data).not.toHaveProperty('body')
  })

  it('replaces values of a body that is not UTF-8', () => {
    const body = Buffer.concat([Buffer.from(`${encodeForm(SMS)}&Note=`), Buffer.from([0xff])])
    const changes = { body: body.toString('base64'), encoding: 'base64' } as const
    const redacted = redactForm([...SMS, ['Note', '\uFFFD']], ['From', 'Body'], changes)
    expect(redacted.request).toMatchObject({ encoding: 'utf-8' })
    const pairs = new URLSearchParams(redacted.request.body)
    expect(pairs.get('From')).toBe(hash('+15005550006'))
    expect(pairs.get('Note')).toBe('\uFFFD')
    expectGone(redacted, ['+15005550006', 'Köln & ✓'])
  })

  it('hides a subject and a token that are values', () => {
    const changes = { idempotencyToken: 'token-SM00000000000000000000000000000001' }
    const { event, request } = redactForm(SMS, ['MessageSid'], changes)
    expect(event.subject).toBe(hash('SM00000000000000000000000000000001'))
    expect(event.idempotencykey).toBe(hash('messaging.inbound/SM00000000000000000000000000000001'))
    expect(request.idempotencyToken).toBe(hash(changes.idempotencyToken))
  })

  it.each(['yes', 'send it to 5 Main Street'])(
    'hides a key that hashes what was said: %s',
    (said) => {
      const pairs: Param[] = [
        ['CallSid', 'CA00000000000000000000000000000001'],
        ['SequenceNumber', '3'],
        ['UnstableSpeechResult', said],
      ]
      const label = toOneMessage(toForm(pairs)).event.idempotencykey ?? ''
      expect(label).toContain('voice.gather.partial/CA00000000000000000000000000000001/3/')
      expect(redactForm(pairs, ['Body']).event.idempotencykey).toBe(label)
      expect(redactForm(pairs, ['UnstableSpeechResult']).event.idempotencykey).toBe(hash(label))
    },
  )

  it('keeps nothing readable when there are more values than can be looked for', () => {
    const many = (count: number): Param[] => [
      ...Array.from({ length: count }, (_, i): Param => ['Body', `text ${i}`]),
      ['Other', 'else'],
    ]
    expect(redactForm(many(MAX_TRACED_VALUES), ['Body']).event.data).toMatchObject({
      params: { Other: 'else' },
    })
    const { event } = redactForm(many(MAX_TRACED_VALUES + 1), ['Body'])
    expect(event.data).toMatchObject({ params: { [hash('Other')]: hash('else') } })
  })

  it.each(['body', 'query'])('looks for values that only the %s of the request has', (where) => {
    const request = toRequest({ body: '', query: '', [where]: 'From=%2B15005550006' })
    const event = toEvent({ subject: '+15005550006', data: { params: {} } })
    expect(redactMessage(toMessage({ event, request }), ['From'], hash).event.subject).toBe(
      hash('+15005550006'),
    )
  })

  it('hides attributes that repeat a value, and keeps what the gateway says itself', () => {
    const event = toEvent({
      source: '/endpoints/main',
      account: 'main',
      region: 'main-1',
      dataschema: 'https://example.com/main',
      subject: 'main/1',
      data: { params: { Body: 'main' } },
    })
    expect(redactMessage(toMessage({ event }), ['Body'], hash).event).toEqual({
      ...event,
      account: hash('main'),
      region: hash('main-1'),
      dataschema: hash('https://example.com/main'),
      subject: hash('main/1'),
      data: { params: { Body: hash('main') } },
    })
  })

  it('keeps the texts of an event that has no request behind it', () => {
    const request = toRequest({ contentType: '', body: '' })
    const data = { target: 'crm', text: 'The target crm is paused.' }
    const message = toMessage({ event: toEvent({ data }), request })
    expect(redactMessage(message, ['Body'], hash).event.data).toEqual(data)
  })

  it('takes a name without letters as it is', () => {
    const pairs: Param[] = [
      ['.', 'one'],
      ['-', 'two'],
    ]
    expect(redactForm(pairs, ['.']).event.data).toEqual({
      params: { '.': hash('one'), '-': 'two' },
    })
  })

  it.each(['params', 'query'])('keeps the place of the parameters when %s is a value', (word) => {
    const message = toOneMessage(toForm([['Body', word]], `Body=${word}`))
    expect(redactMessage(message, ['Body', word], hash).event.data).toEqual({
      query: { Body: hash(word) },
      params: { Body: hash(word) },
    })
  })

  it('takes a parameter named __proto__ for a name', () => {
    const pairs: Param[] = [...SMS, ['__proto__', 'a secret']]
    const { event } = redactForm(pairs, ['__proto__'])
    expect(JSON.stringify(event.data)).toContain(`"__proto__":"${hash('a secret')}"`)
  })
})

describe('redactMessage on a reply', () => {
  const toReplied = (from: string, body: string | null): EventMessage => ({
    ...toOneMessage(toForm([['From', from]])),
    reply: { status: 200, contentType: 'text/xml', body, from: 'config' },
  })
  const redactReply = (from: string, body: string | null) =>
    redactMessage(toReplied(from, body), ['From'], hash).reply

  it.each([
    ['as it is', '+15005550006', '<Say>+15005550006</Say>'],
    ['by its digits', 'whatsapp:+15005550006', '<Say>15005550006</Say>'],
    ['escaped for XML', `Tom & "Jerry's"`, '<Say>Tom &amp; &quot;Jerry&apos;s&quot;</Say>'],
    ['without what XML cannot hold', 'Tom\u0000 & J', '<Say>Tom &amp; J</Say>'],
    ['in a URL', 'Tom & J', '<Play>https://example.com/?a=Tom%20%26%20J</Play>'],
    ['in JSON', 'Tom "J"', '{"name":"Tom \\"J\\""}'],
  ])('that has a value %s keeps a hash of its body only', (_name, from, body) => {
    expect(redactReply(from, body)).toEqual({
      ...{ status: 200, contentType: 'text/xml', from: 'config' },
      body: hash(body),
    })
  })

  it.each([['<Say>+15005550007</Say>'], [''], [null]])('stays without one: %s', (body) => {
    const from = '+15005550006'
    expect(redactReply(from, body)).toEqual(toReplied(from, body).reply)
  })
})

describe('redactMessage on JSON', () => {
  const BODY = { from: '+15005550006', nested: [{ message_body: 'hello', messageBody: 'there' }] }

  it('empties the request and replaces the members at any depth, in every spelling', () => {
    const { request, event } = redactJson(BODY, ['From', 'MessageBody'])
    expect(request).toMatchObject({ body: '', contentType: JSON_TYPE })
    expect(event.data).toEqual({
      from: hash('+15005550006'),
      nested: [{ message_body: hash('hello'), messageBody: hash('there') }],
    })
  })

  it('keeps members beside the named ones', () => {
    const json = { from: 'alice', params: { to: 'bobby' }, n: 1, yes: true, none: null, text: 'x' }
    expect(redactJson(json, ['From']).event.data).toEqual({ ...json, from: hash('alice') })
  })

  it('hashes numbers as their digits, and finds them as numbers and as text', () => {
    const json = { digits: 123_456, other: 123_456, text: 'code 123456', short: 12 }
    expect(redactJson(json, ['Digits']).event.data).toEqual({
      digits: hash('123456'),
      other: hash('123456'),
      text: hash('code 123456'),
      short: 12,
    })
  })

  it('hashes each item of a list, and an object as a whole', () => {
    const json = { to: ['alice', { name: 'bobby' }, null], cc: 'to bobby', bcc: 'not alice' }
    expect(redactJson(json, ['To']).event.data).toEqual({
      to: [hash('alice'), hash('{"name":"bobby"}'), null],
      cc: hash('to bobby'),
      bcc: hash('not alice'),
    })
  })

  it('replaces values in a batch, and in what Twilio says about the event', () => {
    const streamed = (id: string, from: string) => ({
      specversion: '1.0',
      id,
      source: `/numbers/${from}`,
      type: 'com.twilio.messaging.inbound-message.received',
      subject: from,
      time: '2026-11-20T10:00:00Z',
      data: { from, messageSid: 'SM1' },
    })
    const webhook = toJson([streamed('EZ1', '+15005550006'), streamed('EZ2', '+15005550007')])
    const messages = toMessages(webhook).map((message) => redactMessage(message, ['From'], hash))
    expect(messages).toMatchObject([
      {
        event: {
          id: 'EZ1',
          source: hash('/numbers/+15005550006'),
          subject: hash('+15005550006'),
          data: { from: hash('+15005550006'), messageSid: 'SM1' },
        },
        request: { body: '' },
      },
      { event: { id: 'EZ2', data: { from: hash('+15005550007') } } },
    ])
  })

  it('replaces the whole text of a body that is no JSON', () => {
    const text = '"alice": and so on'
    const source = {
      bodyType: 'json',
      params: new Params([]),
      query: 'Body=text&n=1',
      text,
    } as const
    const message = toOneMessage(toWebhook(source))
    const { event, request } = redactMessage(message, ['Body'], hash)
    expect(request.body).toBe('')
    expect(event.data).toEqual({ query: { Body: hash('text'), n: '1' }, text: hash(text) })
  })

  it('replaces a body that is a text or a list', () => {
    const list = ['+15005550006', { from: '+15005550006' }, 7]
    expect(redactJson(list, ['From']).event.data).toEqual([
      hash('+15005550006'),
      { from: hash('+15005550006') },
      7,
    ])
    expect(redactJson('plain', ['From']).event.data).toBe('plain')
  })
})

/** A value as other texts repeat it. */
const DISGUISES: ((value: string) => string)[] = [
  (value) => value,
  (value) => `before ${value} behind`,
  (value) => encodeURIComponent(value),
  (value) => `https://example.com/?${encodeForm([['q', value]])}`,
  (value) => JSON.stringify({ a: [value] }),
  (value) => JSON.stringify({ a: JSON.stringify({ b: value }) }),
  (value) => JSON.stringify({ url: `/?${encodeForm([['q', value]])}` }),
  (value) => `/?next=${encodeURIComponent(`/?${encodeForm([['q', value]])}`)}`,
]

/** With the characters that encodings treat in a way of their own; never a piece of JSON's syntax. */
const value = fc
  .array(
    fc.constantFrom(
      ...String.raw`ab09 +%"\/&=?✓ö`.split(''),
      '\n',
      '\u{1F600}',
      '%41',
      '\\n',
      '\\u0041',
    ),
    {
      minLength: 4,
      maxLength: 12,
    },
  )
  .map((chars) => `q${chars.join('')}`)

describe('redactMessage on anything', () => {
  it('leaves no value, however another parameter repeats it', () => {
    fc.assert(
      fc.property(
        value,
        fc.array(fc.nat(DISGUISES.length - 1), { maxLength: 4 }),
        fc.constantFrom('body', 'query', 'json'),
        (secret, disguises, where) => {
          const others = disguises.map((pick, i): Param => [
            `Other${i}`,
            DISGUISES[pick]?.(secret) ?? '',
          ])
          const pairs: Param[] = [['Body', secret], ...others]
          const webhook =
            where === 'json'
              ? toJson(Object.fromEntries(pairs))
              : toForm(
                  where === 'body' ? pairs : others,
                  where === 'query' ? encodeForm(pairs) : '',
                )
          const redacted = redactMessage(toOneMessage(webhook), ['Body'], hash)
          expectGone(redacted, [secret])
          expect(JSON.stringify(redacted)).toContain(hash(secret))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('never throws, and gives what can be read again', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.string(),
        fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
        fc.constantFrom('', JSON_TYPE, 'application/x-www-form-urlencoded'),
        (data, body, names, contentType) => {
          const request = toRequest({ contentType, body, query: body })
          const message = toMessage({ event: toEvent({ data: data as Json }), request })
          expect(parseMessage(JSON.stringify(redactMessage(message, names, hash))).ok).toBe(true)
        },
      ),
    )
  })
})

describe('createValueHash', () => {
  it('is HMAC-SHA256, shortened (RFC 4231, test case 2)', () => {
    expect(createValueHash('Jefe')('what do ya want for nothing?')).toBe(
      'hmac:5bdcc146bf60754e6a042426089575c7',
    )
  })

  it('depends on the key', () => {
    expect(createValueHash('one')('+15005550006')).not.toBe(createValueHash('two')('+15005550006'))
  })
})
