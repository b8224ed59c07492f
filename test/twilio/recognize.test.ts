import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { listParams } from '../../src/twilio/kind.ts'
import { findKind, KINDS } from '../../src/twilio/kinds.ts'
import type { Param } from '../../src/twilio/params.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import { SAMPLES, toForm, toJson, toJsonText } from '../events/samples.ts'

const OPTIONS = { account: 'AC00000000000000000000000000000000', set: [] }

const nameOf = (pairs: Param[]) => recognizeKind(toForm(pairs)).name

const CALL: Param[] = [
  ['CallSid', 'CA00000000000000000000000000000001'],
  ['AccountSid', 'AC00000000000000000000000000000000'],
  ['From', '+14155550101'],
  ['To', '+15005550006'],
  ['ApiVersion', '2010-04-01'],
]
const LIVE: Param[] = [...CALL, ['CallStatus', 'in-progress'], ['Direction', 'inbound']]

const detectable = KINDS.filter(({ rules }) => rules.length > 0)

describe('recognizeKind', () => {
  const recognizable = SAMPLES.filter(({ kind }) => findKind(kind)?.body !== 'websocket')

  it.each(recognizable.map((sample) => [sample.name, sample] as const))(
    'recognises the sample %s',
    (_, { kind, webhook }) => {
      expect(recognizeKind(webhook).name).toBe(kind)
    },
  )

  it.each(detectable.map((kind) => [kind.name, kind] as const))(
    'recognises %s by the parameters that it always has',
    (_, kind) => {
      const { pairs, json } = toRealisticWebhook(kind.name, OPTIONS)
      const webhook = json === undefined ? toForm(pairs) : toJson(json)
      expect(recognizeKind(webhook).name).toBe(kind.name)
    },
  )

  it.each(detectable.map((kind) => [kind.name, kind] as const))(
    'recognises %s by each of its alternatives, from no more than a rule asks for',
    (_, kind) => {
      const { pairs } = toRealisticWebhook(kind.name, OPTIONS)
      for (const { all, any, where } of kind.rules) {
        for (const name of any.length > 0 ? any : [undefined]) {
          const names = new Set([...all, ...(name === undefined ? [] : [name])])
          const asked = [...names].map((param): Param => {
            const given = pairs.find(([other]) => other === param)?.[1] ?? 'x'
            const pattern = where.find(([other]) => other === param)?.[1]
            return [param, pattern?.test(given) === false ? 'completed' : given]
          })
          expect(nameOf(asked)).toBe(kind.name)
        }
      }
    },
  )

  it('does not depend on the order of the parameters', () => {
    for (const { kind, webhook } of recognizable) {
      if (webhook.json !== undefined) continue
      expect(nameOf(webhook.params.pairs.toReversed())).toBe(kind)
    }
  })

  it('leaves kinds without a rule to the endpoint or the transport', () => {
    const names = KINDS.filter(({ rules }) => rules.length === 0).map(({ name }) => name)
    expect(names.toSorted()).toEqual([
      'event-streams',
      'flex',
      'studio.http-request',
      'voice.websocket.conversation-relay',
      'voice.websocket.media-stream',
    ])
  })

  it('gives unknown to whatever has no telling name', () => {
    expect(nameOf([])).toBe('unknown')
    expect(
      nameOf([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    ).toBe('unknown')
    expect(nameOf([['AccountSid', 'AC00000000000000000000000000000000']])).toBe('unknown')
  })

  it('never throws and always gives a row or unknown', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', ...KINDS.flatMap((kind) => listParams(kind).map((p) => p.name))),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.string())), (pairs) => {
        const name = nameOf(pairs)
        expect(name === 'unknown' || findKind(name) !== undefined).toBe(true)
      }),
    )
  })
})

describe('calls', () => {
  it('takes the callback of a number for a call status', () => {
    const pairs: Param[] = [
      ...CALL,
      ['Direction', 'inbound'],
      ['CallStatus', 'completed'],
      ['CallbackSource', 'call-progress-events'],
      ['CallDuration', '12'],
      ['SequenceNumber', '0'],
      ['Timestamp', 'Sun, 25 Mar 2018 09:53:19 +0000'],
    ]
    expect(nameOf(pairs)).toBe('voice.call.status')
    expect(nameOf([...pairs, ['ParentCallSid', 'CA00000000000000000000000000000002']])).toBe(
      'voice.call.status',
    )
  })

  it('takes a call that has ended for a call status, also without CallbackSource', () => {
    for (const CallStatus of ['completed', 'busy', 'failed', 'no-answer', 'canceled']) {
      const pairs: Param[] = [...CALL, ['Direction', 'inbound'], ['CallStatus', CallStatus]]
      expect(nameOf(pairs)).toBe('voice.call.status')
    }
  })

  it('takes the action of a call that has ended for that action', () => {
    const ended: Param[] = [...CALL, ['Direction', 'inbound'], ['CallStatus', 'completed']]
    expect(nameOf([...ended, ['DialCallStatus', 'completed']])).toBe('voice.dial.action')
    expect(nameOf([...ended, ['Digits', 'hangup']])).toBe('voice.gather.action')
    expect(
      nameOf([
        ...ended,
        ['Digits', 'hangup'],
        ['RecordingUrl', 'https://api.twilio.com/'],
        ['RecordingSid', 'RE00000000000000000000000000000001'],
        ['RecordingDuration', '3'],
      ]),
    ).toBe('voice.record.action')
  })

  it('takes a redirected call for a request for TwiML', () => {
    expect(nameOf(LIVE)).toBe('voice.inbound')
  })

  it('tells the answer of a child leg from its status', () => {
    const child: Param[] = [
      ...CALL,
      ['Direction', 'outbound-dial'],
      ['CallStatus', 'in-progress'],
      ['ParentCallSid', 'CA00000000000000000000000000000002'],
    ]
    expect(nameOf(child)).toBe('voice.dial.whisper')
    expect(nameOf([...child, ['CallbackSource', 'call-progress-events']])).toBe('voice.call.status')
  })

  it('asks for TwiML where synchronous answering machine detection ends', () => {
    const answered: Param[] = [
      ...CALL,
      ['CallStatus', 'in-progress'],
      ['Direction', 'outbound-api'],
      ['AnsweredBy', 'human'],
      ['MachineDetectionDuration', '2000'],
    ]
    expect(nameOf(answered)).toBe('voice.outbound.answer')
  })

  it('does not take a msg of the user for the end of a Gather', () => {
    expect(nameOf([...LIVE, ['msg', 'welcome']])).toBe('voice.inbound')
    expect(nameOf([...LIVE, ['msg', 'Gather End']])).toBe('voice.gather.action')
    expect(nameOf([...LIVE, ['msg', 'welcome'], ['Digits', '']])).toBe('voice.gather.action')
  })

  it('takes a failed payment, which has only its Result, for the action of Pay', () => {
    expect(nameOf([...LIVE, ['Result', 'input-timeout']])).toBe('voice.pay.action')
  })

  it('takes a failed request for its fallback, whatever else it says', () => {
    const failed: Param[] = [
      ['ErrorCode', '11200'],
      ['ErrorUrl', 'https://example.com/'],
    ]
    expect(nameOf([...LIVE, ['Digits', '1'], ...failed])).toBe('fallback')
    // The ErrorCode of a recording or of an undelivered message is no fallback.
    expect(nameOf([...LIVE, ['ErrorCode', '0']])).toBe('voice.inbound')
  })
})

describe('messages', () => {
  const MESSAGE: Param[] = [
    ['MessageSid', 'SM00000000000000000000000000000001'],
    ['From', '+14155550101'],
    ['To', '+15005550006'],
    ['Body', 'Hi'],
    ['NumMedia', '0'],
  ]
  const from = (address: string): Param[] =>
    MESSAGE.map(([name, value]) => [name, name === 'From' ? address : value])

  it('tells channels by the address', () => {
    expect(nameOf(MESSAGE)).toBe('messaging.inbound')
    expect(nameOf(from('whatsapp:+14155550101'))).toBe('messaging.inbound.whatsapp')
    expect(nameOf(from('rcs:+14155550101'))).toBe('messaging.inbound.rcs')
    expect(nameOf(from('messenger:1234'))).toBe('messaging.inbound')
  })

  it('tells a status from a message', () => {
    expect(nameOf([...MESSAGE, ['MessageStatus', 'sent']])).toBe('messaging.status')
    expect(nameOf([...MESSAGE, ['SmsStatus', 'sent']])).toBe('unknown')
  })
})

const conversationEvent = (EventType: string, more: Param[] = []): Param[] => [
  ['AccountSid', 'AC00000000000000000000000000000000'],
  ['EventType', EventType],
  ['Source', 'SDK'],
  ...more,
]

describe('conversations', () => {
  it.each([
    ['onMessageAdd', 'conversations.pre'],
    ['onParticipantUpdate', 'conversations.pre'],
    ['onUserUpdate', 'conversations.pre'],
    ['onMessageAdded', 'conversations.post'],
    ['onConversationStateUpdated', 'conversations.post'],
    ['onDeliveryUpdated', 'conversations.post'],
    ['onSomethingElse', 'unknown'],
  ])('%s is %s', (eventType, kind) => {
    expect(nameOf(conversationEvent(eventType))).toBe(kind)
  })

  it('tells Chat, which uses the same event names', () => {
    for (const name of ['onMessageUpdate', 'onMessageUpdated', 'onUserUpdated']) {
      expect(
        nameOf(conversationEvent(name, [['InstanceSid', 'IS00000000000000000000000000000001']])),
      ).toBe('chat.legacy')
    }
  })
})

describe('JSON bodies', () => {
  const element = { specversion: '1.0', id: 'EZ1', source: '/x', type: 'com.twilio.x' }

  it('recognises a batch by one CloudEvent in it, and a CloudEvent by itself', () => {
    expect(recognizeKind(toJson([1, element])).name).toBe('event-streams')
    expect(recognizeKind(toJson(element)).name).toBe('event-streams')
  })

  it.each(['specversion', 'id', 'source', 'type'])('takes no batch without %s', (name) => {
    expect(recognizeKind(toJson([{ ...element, [name]: null }])).name).toBe('unknown')
  })

  it('recognises objects by their top-level names', () => {
    const json = { transcript_sid: 'GT1', event_type: 'voice_intelligence_transcript_available' }
    expect(recognizeKind(toJson(json)).name).toBe('intelligence.v2')
    expect(recognizeKind(toJson({ nested: json })).name).toBe('unknown')
  })

  it('gives unknown to what is not JSON', () => {
    for (const text of ['', '{', 'MessageSid=SM1&MessageStatus=sent']) {
      expect(recognizeKind(toJsonText(text)).name).toBe('unknown')
    }
  })
})
