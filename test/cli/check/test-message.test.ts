import { describe, expect, it } from 'vitest'
import { toTestMessage, toTestRequest } from '../../../src/cli/check/test-message.ts'
import { parseMessage } from '../../../src/events/parse-message.ts'
import { KINDS } from '../../../src/twilio/kinds.ts'
import { Params, parseForm } from '../../../src/twilio/params.ts'
import { recognizeKind } from '../../../src/twilio/recognize.ts'

const ACCOUNT = 'AC00000000000000000000000000000001'
const context = { account: ACCOUNT, now: Date.UTC(2026, 10, 20, 10), nonce: 'one' }
const target = { name: 'crm', format: 'twilio' as const, events: ['*'] }
const paramsOf = (body: string) => Object.fromEntries(new URLSearchParams(body))

describe('toTestMessage', () => {
  it.each(['cloudevents', 'slack'] as const)('is a test by its kind for %s', (format) => {
    const message = toTestMessage({ ...target, format }, context)
    expect(message?.event).toMatchObject({ kind: 'switchboard.test', subject: 'crm' })
    expect(parseMessage(JSON.stringify(message)).ok).toBe(true)
  })

  it('has another id each time', () => {
    const ids = ['one', 'two'].map(
      (nonce) =>
        toTestMessage({ ...target, format: 'cloudevents' }, { ...context, nonce })?.event.id,
    )
    expect(new Set(ids).size).toBe(2)
  })

  it.each([
    [['*'], 'messaging.status'],
    [['voice.*'], 'voice.call.status'],
    [['messaging.inbound'], 'messaging.inbound'],
    [['event-streams'], 'event-streams'],
    [['switchboard.*'], undefined],
  ])('is of a kind that a twilio target with %j takes', (events, kind) => {
    expect(toTestMessage({ ...target, events }, context)?.event.kind).toBe(kind)
  })

  it('is marked: SIDs that belong to nothing, a body and a parameter that say so', () => {
    const message = toTestMessage({ ...target, events: ['messaging.inbound'] }, context)
    const params = paramsOf(message?.request.body ?? '')
    expect(params).toMatchObject({
      MessageSid: `SM${'0'.repeat(32)}`,
      SmsSid: `SM${'0'.repeat(32)}`,
      AccountSid: ACCOUNT,
      Body: 'Switchboard test',
      SwitchboardTest: 'true',
    })
    expect(message?.request.idempotencyToken).toBe('one')
    expect(parseMessage(JSON.stringify(message)).ok).toBe(true)
  })

  it('is Twilio’s own test event where Event Streams is meant', () => {
    const message = toTestMessage({ ...target, events: ['event-streams'] }, context)
    const [event] = JSON.parse(message?.request.body ?? '[]')
    expect(event).toMatchObject({ type: 'com.twilio.eventstreams.test-event' })
  })

  it('is still known as its kind, marked as it is', () => {
    const kinds = KINDS.filter(({ body, rules }) => body === 'form' && rules.length > 0)
    const known = kinds.map(({ name }) => {
      const params = new Params(parseForm(toTestRequest(name, context).body))
      return recognizeKind({ params, query: [], json: undefined, text: undefined }).name
    })
    expect(known).toEqual(kinds.map(({ name }) => name))
  })
})
