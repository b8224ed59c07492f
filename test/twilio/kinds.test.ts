/** The table as a whole: what must hold for every row, so that a new row cannot break it unseen. */
import { describe, expect, it } from 'vitest'
import { listParams } from '../../src/twilio/kind.ts'
import { findKind, KIND_NAMES, KINDS } from '../../src/twilio/kinds.ts'
import { UNKNOWN } from '../../src/twilio/kinds/platform.ts'
import { Params } from '../../src/twilio/params.ts'
import { parseTwiml } from '../../src/twilio/twiml.ts'
import catalogue from '../fixtures/event-stream-types.json' with { type: 'json' }

const NO_PARAMS = new Params([])
const CALL = new Params([['CallSid', 'CA00000000000000000000000000000001']])

const defaultReply = (name: string, params = NO_PARAMS) => findKind(name)?.defaultReply(params)

describe('KINDS', () => {
  it('has 59 rows with different names', () => {
    expect(KINDS).toHaveLength(59)
    expect(new Set(KIND_NAMES).size).toBe(59)
  })

  it('finds each row by its name, and nothing else', () => {
    for (const kind of KINDS) expect(findKind(kind.name)).toBe(kind)
    for (const name of ['unknown', '__proto__', 'constructor', 'messaging']) {
      expect(findKind(name)).toBeUndefined()
    }
  })

  it.each(KINDS.map((kind) => [kind.name, kind] as const))('%s is whole', (_, kind) => {
    expect(kind.product).not.toBe('')
    expect(kind.limitMs).toBeGreaterThanOrEqual(5_000)
    expect(kind.limitMs).toBeLessThanOrEqual(15_000)
    const names = [...listParams(kind).map(({ name }) => name), ...kind.subject]
    expect(names).not.toContain('')
    for (const rule of kind.rules) {
      expect(rule.all.length + rule.any.length).toBeGreaterThan(0)
      expect(rule.where.every(([name, { flags }]) => name !== '' && flags === '')).toBe(true)
    }
  })

  it.each(KINDS.map((kind) => [kind.name, kind] as const))(
    '%s has a default reply of the form it asks for',
    (_, kind) => {
      for (const params of [NO_PARAMS, CALL]) {
        const reply = kind.defaultReply(params)
        // The same objects each time, so that a Worker can prepare them once.
        expect(kind.defaultReply(params)).toBe(reply)
        const text = reply.type === 'twiml' ? reply.twiml : null
        expect(text !== null).toBe(kind.reply === 'twiml')
        expect(text === null || parseTwiml(text).ok).toBe(true)
      }
    },
  )

  it('answers a callback with the bare status that says received', () => {
    const callbacks = KINDS.filter(({ reply }) => reply === 'none')
    expect(callbacks.length).toBeGreaterThan(30)
    for (const kind of callbacks) {
      expect(kind.defaultReply(NO_PARAMS)).toEqual({ type: 'status', status: kind.okStatus })
    }
  })

  it('names only Event Streams types that Twilio has', () => {
    const known = new Set(catalogue.types)
    expect(known.size).toBe(164)
    const named = KINDS.flatMap(({ eventType }) =>
      eventType === null
        ? []
        : typeof eventType === 'string'
          ? [eventType]
          : [...eventType.types.values()],
    )
    expect(named.filter((type) => !known.has(type))).toEqual([])
    expect(named.length).toBeGreaterThan(90)
  })

  it('never keys a webhook by its CallSid alone', () => {
    const keys = KINDS.flatMap(({ key }) => (key === null ? [] : [key]))
    expect(keys.length).toBeGreaterThan(30)
    for (const key of keys) {
      expect(key.filter((part) => !part.includes('CallSid'))).not.toHaveLength(0)
    }
  })

  it.each([
    ['voice.inbound'],
    ['voice.sip.inbound'],
    ['voice.outbound.answer'],
    ['voice.dial.whisper'],
    ['voice.gather.action'],
    ['voice.queue.wait'],
    ['voice.conference.wait'],
    ['voice.pay.action'],
    ['studio.http-request'],
  ])('has no natural key for %s, which may be asked again', (name) => {
    expect(findKind(name)?.key).toBeNull()
  })

  it.each([
    ['messaging.status', 'MessageStatus'],
    ['voice.call.status', 'CallStatus'],
    ['voice.recording.status', 'RecordingStatus'],
    ['voice.stream.status', 'StreamEvent'],
    ['voice.transcribe', 'TranscriptionStatus'],
  ])('keys %s with its status', (name, status) => {
    expect(findKind(name)?.key?.flat()).toContain(status)
  })
})

describe('defaultReply', () => {
  it('keeps a waiting caller from being asked for in a tight loop', () => {
    for (const name of ['voice.queue.wait', 'voice.conference.wait']) {
      expect(defaultReply(name)).toMatchObject({ twiml: expect.stringContaining('<Pause') })
    }
  })

  it('lets a caller hear that it failed, and sends no message', () => {
    expect(defaultReply('fallback', CALL)).toMatchObject({
      twiml: expect.stringContaining('<Say>'),
    })
    expect(defaultReply('fallback')).toEqual({ type: 'twiml', twiml: '<Response/>' })
  })

  it.each([
    ['messaging.inbound', { type: 'twiml', twiml: '<Response/>' }],
    ['messaging.status', { type: 'status', status: 204 }],
    ['verify.push', { type: 'status', status: 200 }],
    ['conversations.pre', { type: 'status', status: 204 }],
    ['taskrouter.assignment', { type: 'status', status: 204 }],
    ['proxy.intercept', { type: 'status', status: 200 }],
    ['studio.http-request', { type: 'json', status: 200, json: {} }],
  ])('answers %s with what changes nothing', (name, reply) => {
    expect(defaultReply(name)).toEqual(reply)
  })

  it('answers TaskRouter events with the content type that it asks for', () => {
    expect(findKind('taskrouter.event')).toMatchObject({
      okStatus: 204,
      contentType: 'application/json',
    })
  })

  it('answers what is not known with an empty document', () => {
    expect(UNKNOWN.defaultReply(NO_PARAMS)).toEqual({ type: 'twiml', twiml: '<Response/>' })
  })
})

describe('decidesByStatus', () => {
  it.each([
    ['conversations.pre', 400, true],
    ['conversations.pre', 499, true],
    ['conversations.pre', 500, false],
    ['proxy.intercept', 403, true],
    ['proxy.intercept', 404, false],
    ['messaging.inbound', 403, false],
  ])('%s with %i: %s', (name, status, decides) => {
    expect(findKind(name)?.decidesByStatus(status)).toBe(decides)
  })
})

describe('limitMs', () => {
  it.each([
    ['voice.inbound', 15_000],
    ['messaging.inbound', 15_000],
    ['conversations.pre', 5_000],
    ['chat.legacy', 5_000],
    ['event-streams', 5_000],
    ['taskrouter.assignment', 5_000],
    ['studio.http-request', 10_000],
  ])('of %s is %i', (name, limitMs) => {
    expect(findKind(name)?.limitMs).toBe(limitMs)
  })
})
