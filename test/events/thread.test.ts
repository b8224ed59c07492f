/** Who an event is from and to, and which call, message or other thing it belongs to. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findAddresses } from '../../src/events/addresses.ts'
import type { Json } from '../../src/events/event.ts'
import { toFacts } from '../../src/events/facts.ts'
import { decideIdentity } from '../../src/events/identity.ts'
import { toEvents } from '../../src/events/normalize.ts'
import { findThread } from '../../src/events/thread.ts'
import type { Param } from '../../src/twilio/params.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import type { Webhook } from '../../src/twilio/webhook.ts'
import { SAMPLES, toForm, toJson } from './samples.ts'

/** From, to and thread of what a webhook becomes; of a batch, of its first event. */
function find(webhook: Webhook): (string | null)[] {
  const kind = recognizeKind(webhook)
  const scope = { kind, webhook, account: null, endpoint: 'main' }
  const identity = decideIdentity({ ...scope, token: null, nonce: 'nonce' })
  const [event] = toEvents({ ...scope, identity, region: null, now: 0 })
  if (!event) throw new Error('expected an event')
  const facts = toFacts(event.data)
  const { from, to } = findAddresses(facts)
  return [from, to, findThread(facts, event.subject)]
}

const sid = (prefix: string, end: string) => prefix + end.padStart(32, '0')

const EXPECTED: { [sample: string]: (string | null)[] } = {
  'amd-async': [null, null, sid('CA', '14')],
  'call-status-busy': ['+15005550101', '+260955550100', 'CA35c037c9b8bb40c5002e2fe8cbbeecd9'],
  'conference-end': [null, null, sid('CF', '1')],
  'conversations-onConversationAdded-group-mms': ['+13255550100', '+15005550007', sid('CH', '2')],
  'enqueue-action': ['+15005550006', '+15005550007', sid('CA', '13')],
  'enqueue-wait': ['+15005550006', '+15005550007', sid('CA', '13')],
  'event-streams-test-event': [null, null, null],
  'fallback-voice': ['+15551234567', '+15559876543', 'CA1234567890abcdef1234567890abcdef'],
  'intelligence-v2-transcript': [null, null, 'GT1234567890abcdef1234567890abcdef'],
  'message-status-delivered-service': ['+15005550007', '+15005550006', sid('SM', '8')],
  'message-status-undelivered': ['+15005550007', '+15005550006', sid('SM', '9')],
  'pay-action': [null, null, 'CA1234'],
  'proxy-callback': [null, null, sid('KI', '')],
  'proxy-out-of-session-voice': ['+19515550101', '+14155550100', sid('CA', '')],
  'sms-inbound-us': ['+17035550102', '+19895550101', 'SM99649d01253fc588396cd1eec8377273'],
  'stream-status-started': [null, null, sid('CA', '15')],
  'taskrouter-assignment': [null, null, sid('WT', '1')],
  'transcription-error': [null, null, sid('CA', '11')],
  'transcription-started': [null, null, sid('CA', '11')],
  'voice-dial-action-no-answer': [
    '+17725550101',
    '+17725550100',
    'CA4b2c80691a3b7059f44c09530901f525',
  ],
  'voice-gather-action-post': [
    '+14145550101',
    '+17755550100',
    'CA98dfba576b41a4650469b78592e24e86',
  ],
  'voice-gather-action-speech': [
    '+15005550007',
    '+15005550006',
    'CA1234567890abcdef1234567890abcdef',
  ],
  'voice-inbound-sip-domain': [
    'sip:+15550001111@project.sip.example.cloud',
    'sip:agent@example.sip.twilio.com',
    'CA8e7407250cb9282ca05d6f5c43f1872e',
  ],
  'websocket-handshake-media-stream': [null, null, null],
  'whatsapp-inbound-button-reply': [
    'whatsapp:+15005550006',
    'whatsapp:+15005550007',
    sid('SM', '4'),
  ],
  'whatsapp-inbound-image': ['whatsapp:+15005550006', 'whatsapp:+15005550007', sid('MM', '2')],
  'whatsapp-inbound-location': ['whatsapp:+15005550006', 'whatsapp:+15005550007', sid('SM', '6')],
}

describe('a sample', () => {
  it.each(SAMPLES)('$name', ({ name, webhook }) => {
    expect(find(webhook)).toEqual(EXPECTED[name])
  })
})

describe('a form', () => {
  it.each<[string, Param[], (string | null)[]]>([
    [
      'of a leg is in the thread of its parent',
      [
        ['CallSid', 'CA2'],
        ['ParentCallSid', 'CA1'],
        ['From', 'client:alice'],
        ['To', '+15005550010'],
      ],
      ['client:alice', '+15005550010', 'CA1'],
    ],
    [
      'of a recording of a conference',
      [
        ['ConferenceSid', 'CF1'],
        ['RecordingSid', 'RE1'],
        ['RecordingStatus', 'completed'],
      ],
      [null, null, 'CF1'],
    ],
    [
      'of a link that was clicked',
      [
        ['event_type', 'click'],
        ['sms_sid', 'SM1'],
        ['to', '+1'],
        ['from', '+2'],
        ['link', 'x'],
      ],
      ['+2', '+1', 'SM1'],
    ],
    [
      'of a message in a conversation',
      [
        ['EventType', 'onMessageAdd'],
        ['AccountSid', 'AC1'],
        ['Source', 'SMS'],
        ['ConversationSid', 'CH1'],
        ['Author', '+15005550006'],
        ['MessagingBinding.ProxyAddress', '+15005550010'],
      ],
      ['+15005550006', '+15005550010', 'CH1'],
    ],
    [
      'of a verification',
      [
        ['VerificationSid', 'VE1'],
        ['Status', 'pending'],
        ['To', '+15005550006'],
      ],
      [null, '+15005550006', 'VE1'],
    ],
    [
      'of a factor',
      [
        ['entity_identity', 'alice'],
        ['uuid', 'u-1'],
        ['type', 't'],
        ['challenge_sid', 'YC1'],
      ],
      ['alice', null, 'YC1'],
    ],
    [
      'of a room',
      [
        ['RoomSid', 'RM1'],
        ['StatusCallbackEvent', 'participant-connected'],
        ['ParticipantSid', 'PA1'],
        ['ParticipantIdentity', 'alice'],
      ],
      ['alice', null, 'RM1'],
    ],
    [
      'of a task that is no longer at a worker',
      [
        ['WorkspaceSid', 'WS1'],
        ['EventType', 'task.canceled'],
        ['ResourceSid', 'WT9'],
        ['TaskSid', 'WT1'],
      ],
      [null, null, 'WT1'],
    ],
    [
      'of an error, which names what it is about',
      [
        ['PayloadType', 'application/json'],
        ['Payload', '{"resource_sid":"CA1","webhook":{"request":{"parameters":{"From":"+1"}}}}'],
        ['Level', 'ERROR'],
        ['Sid', 'NO1'],
      ],
      ['+1', null, 'CA1'],
    ],
    [
      'that nobody knows has its subject',
      [
        ['BundleSid', 'BU1'],
        ['Status', 'approved'],
      ],
      [null, null, 'BU1'],
    ],
    [
      'with an empty value and a repeated one',
      [
        ['CallSid', ''],
        ['SmsSid', 'SM1'],
        ['From', '+1'],
        ['From', '+2'],
      ],
      ['+1', null, 'SM1'],
    ],
  ])('%s', (_name, params, expected) => {
    expect(find(toForm(params))).toEqual(expected)
  })

  it('says nothing with what is too long for an address', () => {
    expect(
      find(
        toForm([
          ['CallSid', 'CA1'],
          ['From', 'x'.repeat(513)],
        ]),
      ),
    ).toEqual([null, null, 'CA1'])
  })
})

describe('an event of Event Streams', () => {
  it.each<[string, Json, (string | null)[]]>([
    ['in camelCase', { messageSid: 'SM1', from: '+1', to: '+2' }, ['+1', '+2', 'SM1']],
    [
      'in snake_case',
      { call_sid: 'CA2', parent_call_sid: 'CA1', caller: '+1' },
      ['+1', null, 'CA1'],
    ],
    [
      'further in',
      { request: { parameters: { CallSid: 'CA1', From: '+1' } }, from: '+2' },
      ['+2', null, 'CA1'],
    ],
    ['in a list', { participants: [{ identity: 'a' }, { call_sid: 'CA1' }] }, ['a', null, 'CA1']],
    ['nowhere', 'CallSid', [null, null, 'subject']],
  ])('says it %s', (_name, data, expected) => {
    const element = { specversion: '1.0', id: 'EZ1', source: 's', type: 't', subject: 'subject' }
    expect(find(toJson([{ ...element, data }]))).toEqual(expected)
  })
})

describe('whatever comes', () => {
  const isShort = (value: string | null) => value === null || (value !== '' && value.length <= 512)

  it('nothing throws, and what is found is a short text', () => {
    const names = fc.constantFrom('From', 'call_sid', '__proto__', 'params', 'Payload', 'x')
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.string({ maxLength: 600 }),
        fc.constant(null),
        fc.integer(),
        fc.array(tie('tree')),
        fc.dictionary(names, tie('tree')),
      ),
    }))
    fc.assert(
      fc.property(tree, (data) => {
        const facts = toFacts(data)
        const { from, to } = findAddresses(facts)
        expect([from, to, findThread(facts, undefined)].every(isShort)).toBe(true)
      }),
    )
  })

  it('nothing takes long: not a deep value, nor a wide one', () => {
    const deep = Array.from({ length: 50_000 }).reduce<Json>((inner) => ({ inner }), {})
    const wide = Array.from({ length: 50_000 }, (_, n) => ({ [`n${n}`]: 'x' }))
    expect(toFacts(deep).size).toBe(0)
    expect(toFacts({ wide }).size).toBe(2_000)
  })
})
