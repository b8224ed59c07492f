/**
 * Masking: whatever a webhook of any kind says, nothing of it gets past the list to a viewer.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../../src/cli/trigger/realistic.ts'
import {
  maskAddress,
  maskEvent,
  maskExcerpt,
  maskId,
  maskMessage,
  maskParams,
  maskReason,
  maskReply,
  maskText,
} from '../../../src/console/masking/mask.ts'
import { toAlert } from '../../../src/events/alert.ts'
import type { Json } from '../../../src/events/event.ts'
import { decideIdentity } from '../../../src/events/identity.ts'
import type { EventMessage } from '../../../src/events/message.ts'
import { toEvents } from '../../../src/events/normalize.ts'
import { createValueHash, redactMessage } from '../../../src/events/redact.ts'
import { listParams, type Kind } from '../../../src/twilio/kind.ts'
import { findKind, KINDS } from '../../../src/twilio/kinds.ts'
import { parseForm, type Param } from '../../../src/twilio/params.ts'
import type { Webhook } from '../../../src/twilio/webhook.ts'
import { SAMPLES, toForm, toJson } from '../../events/samples.ts'

const ACCOUNT = 'AC00000000000000000000000000000000'
const NOW = Date.UTC(2026, 10, 20, 10)

/** What a text is replaced by, and what must not be left of it. */
type Marker = (index: number) => string

const pad = (index: number): string => String(index).padStart(4, '0')

const MARKERS: readonly (readonly [string, Marker])[] = [
  ['a number', (index) => `+4915${pad(index)}867`],
  ['a number without its plus', (index) => `1505${pad(index)}867`],
  ['a number with its channel', (index) => `whatsapp:+4915${pad(index)}867`],
  ['a sentence', (index) => `call Zebra${index} at (505) 867-${pad(index)}, thanks`],
  ['a URL', (index) => `https://media.example.com/zebra${index}?to=505${pad(index)}`],
  ['JSON', (index) => `{"body":"zebra${index}","505${pad(index)}867":"zebra"}`],
  ['a date and more', (index) => `2026-11-20T10:00:00Z zebra${index}`],
]

function traceOf(text: string): string[] {
  const runs = text.match(/\d{5,}/g) ?? []
  const fives = runs.flatMap((run) =>
    Array.from({ length: run.length - 4 }, (_, at) => run.slice(at, at + 5)),
  )
  return [text, ...fives, ...(text.match(/zebra\d*/gi) ?? [])]
}

function expectNoTrace(shown: string, texts: readonly string[]): void {
  const lower = shown.toLowerCase()
  const found = texts.flatMap(traceOf).filter((trace) => lower.includes(trace.toLowerCase()))
  expect(found).toEqual([])
}

/** Every text in it replaced; the replacements are collected. */
function mark(json: Json, marker: Marker, marks: string[]): Json {
  if (Array.isArray(json)) return json.map((item) => mark(item, marker, marks))
  if (typeof json === 'object' && json !== null) {
    const members = Object.entries(json).map(([name, value]): [string, Json] => [
      name,
      mark(value, marker, marks),
    ])
    return Object.fromEntries(members)
  }
  const text = marker(marks.length + 1)
  marks.push(text)
  return text
}

function toMessage(kind: Kind, webhook: Webhook, params: readonly Param[], json?: Json) {
  const scope = { kind, webhook, account: ACCOUNT, endpoint: 'main' }
  const identity = decideIdentity({ ...scope, token: null, nonce: 'nonce' })
  const [event] = toEvents({ ...scope, identity, region: 'us1', now: NOW })
  if (event === undefined) throw new Error('no event')
  const form = new URLSearchParams(params.map(([name, value]) => [name, value])).toString()
  const message: EventMessage = {
    v: 1,
    event,
    request: {
      method: 'POST',
      contentType: json === undefined ? 'application/x-www-form-urlencoded' : 'application/json',
      query: form,
      body: json === undefined ? form : JSON.stringify(json),
      encoding: 'utf-8',
    },
  }
  return message
}

/** Each sample, and a made-up webhook of each kind that carries something. */
const WEBHOOKS: readonly { kind: Kind; pairs: readonly Param[]; json?: Json }[] = [
  ...SAMPLES.map(({ kind, webhook }) => {
    const pairs = webhook.params.pairs
    const json = webhook.json
    return { kind: kindOf(kind), pairs, ...(json === undefined ? {} : { json }) }
  }),
  ...KINDS.map((kind) => {
    const { pairs: made, json } = toRealisticWebhook(kind.name, { account: ACCOUNT, set: [] })
    const documented = listParams(kind)
      .map(({ name }) => name.replace('{N}', '0').replace('*', 'Custom'))
      .filter((name) => !name.includes('[') && !made.some(([other]) => other === name))
    const pairs = [...made, ...documented.map((name): Param => [name, 'sample'])]
    return { kind, pairs, ...(json === undefined ? {} : { json }) }
  }),
]

function kindOf(name: string): Kind {
  const kind = findKind(name)
  if (!kind) throw new Error(`no kind ${name}`)
  return kind
}

describe('maskMessage', () => {
  it('covers every kind', () => {
    expect(new Set(WEBHOOKS.map(({ kind }) => kind.name)).size).toBe(KINDS.length)
  })

  it.each(MARKERS)('leaves nothing of %s, whatever parameter of any kind it is', (_, marker) => {
    for (const { kind, pairs, json } of WEBHOOKS) {
      const marks: string[] = []
      const marked = pairs.map(([name]): Param => {
        const text = marker(marks.length + 1)
        marks.push(text)
        return [name, text]
      })
      const markedJson = json === undefined ? undefined : mark(json, marker, marks)
      const webhook = markedJson === undefined ? toForm(marked, 'q=1') : toJson(markedJson)
      const message = toMessage(kind, webhook, marked, markedJson)
      const last = JSON.stringify(marks.at(-1) ?? '').slice(1, -1)
      expect(JSON.stringify(message.event)).toContain(last)
      const masked = maskMessage(message)
      const { time, id, traceparent, ...shown } = masked.event
      expect([time, id, traceparent].join()).not.toContain('zebra')
      expectNoTrace(JSON.stringify({ ...masked, event: shown }), marks)
      expectNoTrace(decodeURIComponent(masked.request.query.replaceAll('+', ' ')), marks)
    }
  })

  it('lets a plain word pass under these names only', () => {
    const names = new Set(WEBHOOKS.flatMap(({ pairs }) => pairs.map(([name]) => name)))
    const shown = [...names].filter((name) => maskParams([[name, 'zebra']])[0]?.[1] === 'zebra')
    expect(shown.toSorted().join(' ')).toBe(WORD_NAMES)
  })

  it('shows what is no secret, in data, parameters and the raw request', () => {
    const pairs: Param[] = [
      ['MessageSid', 'SM00000000000000000000000000000001'],
      ['From', '+15005550006'],
      ['FromCountry', 'US'],
      ['NumMedia', '1'],
      ['MediaUrl0', 'https://api.twilio.com/x'],
      ['MediaContentType0', 'image/jpeg'],
      ['SmsStatus', 'received'],
      ['Body', 'hello'],
      ['ApiVersion', '2010-04-01'],
    ]
    const message = toMessage(kindOf('messaging.inbound'), toForm(pairs), pairs)
    const masked = maskMessage(message)
    expect(masked.event.data).toMatchObject({
      messageSid: 'SM00000000000000000000000000000001',
      from: '+1•••••••06',
      fromCountry: 'US',
      numMedia: 1,
      media: [{ url: '•••• (24 characters)', contentType: 'image/jpeg' }],
      smsStatus: 'received',
      body: '•••• (5 characters)',
      apiVersion: '2010-04-01',
      params: { From: '+1•••••••06', NumMedia: '1', Body: '•••• (5 characters)' },
    })
    expect(masked.event.idempotencykey).toBe(message.event.idempotencykey)
    expect(parseForm(masked.request.body)).toEqual(maskParams(pairs))
    expect(masked.event.source).toBe('/endpoints/main')
  })

  it('keeps the hashes of what the ledger does not keep, and what a pair of events shares', () => {
    const pairs: Param[] = [
      ['MessageSid', 'SM00000000000000000000000000000001'],
      ['From', '+15005550006'],
    ]
    const message = toMessage(kindOf('messaging.inbound'), toForm(pairs), pairs)
    const hash = createValueHash('key')
    const masked = maskMessage(redactMessage(message, ['From'], hash))
    expect(masked.event.data).toMatchObject({ params: { From: hash('+15005550006') } })
    expect(masked.redacted).toEqual(['From'])
  })

  it('shows no bytes that are no text, and leaves out what it does not know', () => {
    const message = toMessage(kindOf('messaging.inbound'), toForm([]), [])
    const body = Buffer.from('Body=+15005550006\xff', 'latin1').toString('base64')
    const unknown = { ...message, note: '+15005550006' }
    const masked = maskMessage({
      ...unknown,
      request: { ...message.request, encoding: 'base64', body },
    })
    expect(masked.request).toMatchObject({ body: '•••• (18 bytes)', encoding: 'utf-8' })
    expect(masked).not.toHaveProperty('note')
  })

  it('masks names that somebody chose to be numbers, and JSON that is not Twilio’s', () => {
    const pairs: Param[] = [
      ['+15005550006', 'x'],
      ['TaskAttributes', '{"status":"zebra","direction":"zebra"}'],
    ]
    const message = toMessage(kindOf('taskrouter.event'), toForm(pairs), pairs)
    expectNoTrace(JSON.stringify(maskMessage(message)), ['+15005550006', 'zebra'])
  })
})

describe('maskEvent', () => {
  it('shows an alert, but not what somebody wrote into it', () => {
    const data = {
      eventId: `evt_${'a'.repeat(32)}`,
      reason: 'status_503',
      attempts: 10,
      note: 'to +15005550006',
    }
    const { event } = toAlert({ kind: 'switchboard.delivery.dead', target: 'crm', data, now: NOW })
    expect(maskEvent(event)).toEqual({
      ...event,
      idempotencykey: 'switchboard.delivery.dead/••••/••••',
      data: { target: 'crm', ...data, note: '•••• (15 characters)' },
    })
  })
})

describe('maskId', () => {
  it.each([
    'SM00000000000000000000000000000001',
    `evt_${'0'.repeat(32)}`,
    `unreadable_${'0'.repeat(32)}`,
    'e0000000-0000-0000-0000-000000000000',
    'conv_conversation_00000000000000000000000000',
  ])('keeps %s', (id) => {
    expect(maskId(id)).toBe(id)
  })

  it.each(['+15005550006', '15005550006', 'jane', 'call_15005550006', ''])('masks %j', (id) => {
    expect(maskId(id)).toBe(maskAddress(id))
  })
})

describe('maskReply', () => {
  const reply = (body: string, contentType = 'text/xml; charset=utf-8') =>
    maskReply({ status: 200, contentType, body, from: 'otherwise.late' })

  it('shows verbs and settings of TwiML, not what is said and to whom', () => {
    const body =
      '<?xml version="1.0"?><!-- +15005550006 --><Response><Gather numDigits="1" action="/menu?n=15005550006">' +
      '<Say voice="alice">Hi Zebra</Say></Gather><Dial callerId="+15005550006"><Number url="/z">+4915112345</Number></Dial>' +
      '<Message to="whatsapp:+15005550006"><![CDATA[Zebra <b>]]></Message></Response>'
    expect(reply(body)).toEqual({
      status: 200,
      contentType: 'text/xml',
      from: 'otherwise.late',
      body:
        '<Response><Gather numDigits="1" action="•••• (19 characters)"><Say voice="alice">•••• (8 characters)</Say></Gather>' +
        '<Dial callerId="+1•••••••06"><Number url="•••• (2 characters)">+49•••••••45</Number></Dial>' +
        '<Message to="whatsapp:+1•••••••06">•••• (9 characters)</Message></Response>',
    })
  })

  it('masks JSON by its names and everything else as a whole', () => {
    expect(
      reply('{"instruction":"accept","status":"ok","n":15005550006}', 'application/json').body,
    ).toBe('{"instruction":"•••• (6 characters)","status":"ok","n":"•••• (11 characters)"}')
    expect(reply('Call +15005550006', 'text/plain').body).toBe('•••• (17 characters)')
    expect(reply('').body).toBe('')
    expect(
      maskReply({ status: 204, contentType: null, body: null, from: 'default' }).body,
    ).toBeNull()
  })

  it('survives any document', () => {
    const digits = fc.stringMatching(/^\d{10}$/)
    const given = fc.tuple(digits, fc.string(), fc.constantFrom('Say', 'Number', 'Sms', 'x'))
    fc.assert(
      fc.property(given, ([number, noise, verb]) => {
        const body = `<Response><${verb} a="${number}">${number}</${verb}>${noise}</Response>`
        expectNoTrace(reply(body).body ?? '', [number])
      }),
    )
  })
})

describe('maskAddress', () => {
  it.each([
    ['+15005550006', '+1•••••••06'],
    ['+4915112345678', '+49•••••••78'],
    ['+35312345678', '+353•••••••78'],
    ['15005550006', '•••••••06'],
    ['(500) 555-0006', '•••••••06'],
    ['12345', '•••• (5 digits)'],
    ['+1234567', '•••• (7 digits)'],
    ['whatsapp:+15005550006', 'whatsapp:+1•••••••06'],
    ['sip:+15005550006@example.com', 'sip:•••• (24 characters)'],
    ['client:alice', 'client:•••• (5 characters)'],
    ['jane@example.com', '•••• (16 characters)'],
    ['', ''],
  ])('%j is %j', (address, masked) => {
    expect(maskAddress(address)).toBe(masked)
  })
})

describe('maskText, maskExcerpt, maskReason', () => {
  it('tells how long a text is, never in a form that looks like a number', () => {
    expect(maskText('👍')).toBe('•••• (1 character)')
    expect(maskText('x'.repeat(65_536))).toBe('•••• (65,536 characters)')
    expect(maskExcerpt('{"to":"+15005550006"}')).toBe('•••• (21 characters)')
  })

  it.each([
    ['status_503', 'status_503'],
    ['answered 503', 'answered 503'],
    ['answered 503 with Retry-After: +15005550006', 'answered 503'],
    ['no answer within 10 s', 'no answer within 10 s'],
    [
      'not sent: a secret is malformed (a signing secret is base64)',
      'not sent: a secret is malformed (a signing secret is base64)',
    ],
    ['calls of +15005550006', '•••• (21 characters)'],
  ])('%j is %j', (reason, masked) => {
    expect(maskReason(reason)).toBe(masked)
  })
})

/** Reviewed by hand: what Twilio puts there is one of a few words of its own. */
const WORD_NAMES =
  'AnsweredBy ButtonType CallStatus CallbackSource Channel ChannelPrefix Coaching Codec CommandMode CommandStatus CompositionStatus Container DequeueResult DialBridged DialCallStatus Direction EndConferenceOnExit ErrorType EventName EventType FaxStatus Final For Forwarded FrequentlyForwarded Hold Language LanguageCode Level MediaContentType0 MessageStatus MessageType MessagingBinding.Type Muted OptOutType PartialResult PartialResults ParticipantCallStatus ParticipantStatus PayloadType PaymentMethod QueueResult ReasonAnnouncementFailed ReasonConferenceEnded ReasonParticipantLeft RecordingSource RecordingStatus RecordingTrack Recurring ReferralMediaContentType ReferralSourceType ResourceType Result RoomStatus RoomType SessionStatus SiprecEvent SmsStatus Source SpeechActivity StartConferenceOnEnter State StateFrom StateTo Status StatusCallbackEvent StirStatus StirVerstat StreamEvent TaskAssignmentStatus Track TrackKind TranscriptionEngine TranscriptionEvent TranscriptionStatus TriggerBy Type UsageCategory Valid VerificationStatus event event_type factor_type inboundResourceStatus inboundResourceType interactionType outboundResourceStatus outboundResourceType sessionClosedReason sessionMode sessionStatus type'
