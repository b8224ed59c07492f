import { describe, expect, it } from 'vitest'
import { parseDeadLetter, parseMessage, parseQueued } from '../../src/events/parse-message.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'

const refuse = (reason: string) => ({ ok: false, error: { reason } })

describe('parseMessage', () => {
  const message = toMessage({ targets: ['crm'], attempts: 2 })
  const text = JSON.stringify(message)
  const toNested = (levels: number) => {
    const whole = JSON.stringify({ ...message, event: { ...toEvent(), data: '?' } })
    return whole.replace('"?"', '['.repeat(levels) + ']'.repeat(levels))
  }
  const cyclic = { ...message, event: { ...toEvent(), data: {} } }
  Object.assign(cyclic.event.data, { cyclic })
  const doubling = { ...message, event: { ...toEvent(), data: {} } }
  Object.assign(doubling.event.data, { one: doubling, other: doubling })

  it('reads JSON of a hundred levels', () => {
    expect(parseMessage(toNested(100))).toMatchObject({ ok: true })
  })

  it.each([
    ['text', text],
    ['an object', message],
    ['bytes', new TextEncoder().encode(text)],
    ['a buffer', new TextEncoder().encode(text).buffer],
  ])('reads %s', (_name, body) => {
    expect(parseMessage(body)).toEqual({ ok: true, value: message })
  })

  it('reads a reference', () => {
    const reference = { v: 1, ref: 'event:evt_1', targets: ['crm'] }
    expect(parseMessage(JSON.stringify(reference))).toEqual({ ok: true, value: reference })
  })

  it('keeps what it does not know, and the order of what came', () => {
    const newer = `{"extra":[1],"v":1,"request":${JSON.stringify(toRequest())},"event":${JSON.stringify(
      { zeta: 'z', ...toEvent() },
    )}}`
    const parsed = parseMessage(newer)
    expect(parsed.ok && JSON.stringify(parsed.value)).toBe(newer)
  })

  it.each([
    ['nothing', undefined, 'unreadable_type'],
    ['null', null, 'unreadable_type'],
    ['a number', 7, 'unreadable_type'],
    ['no JSON', '{"v":1', 'unreadable_json'],
    ['empty text', '', 'unreadable_json'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe), 'unreadable_json'],
    ['JSON null', 'null', 'unreadable_shape'],
    ['an array', '[]', 'unreadable_shape'],
    ['an empty object', '{}', 'unreadable_shape'],
    ['another version', { ...message, v: 2 }, 'unreadable_version'],
    ['neither event nor reference', { v: 1 }, 'unreadable_shape'],
    ['an event without an id', { ...message, event: { ...toEvent(), id: '' } }, 'unreadable_shape'],
    [
      'an event without data',
      { ...message, event: { ...toEvent(), data: undefined } },
      'unreadable_shape',
    ],
    ['no request', { ...message, request: undefined }, 'unreadable_shape'],
    [
      'another encoding',
      { ...message, request: { ...toRequest(), encoding: 'hex' } },
      'unreadable_shape',
    ],
    ['targets that are no list', { ...message, targets: 'crm' }, 'unreadable_shape'],
    ['no target at all', { ...message, targets: [] }, 'unreadable_shape'],
    ['attempts below zero', { ...message, attempts: -1 }, 'unreadable_shape'],
    // Nothing that recurses could handle it: not the clone that brings it to a lane, with its batch.
    ['JSON of 10,000 levels', toNested(10_000), 'unreadable_shape'],
    ['a cycle', cyclic, 'unreadable_shape'],
    ['a cycle of two ways', doubling, 'unreadable_shape'],
  ])('refuses %s', (_name, body, reason) => {
    expect(parseMessage(body)).toEqual(refuse(reason))
  })
})

describe('a reply', () => {
  const answer = { status: 200, contentType: null, body: null, from: 'default', later: 1 }
  const answered = { eventId: 'evt_1', at: 5, tookMs: 0, answer }

  it('is read with its event, or by itself', () => {
    const message = { ...toMessage(), reply: answer, outbox: true }
    expect(parseMessage(message)).toEqual({ ok: true, value: message })
    for (const body of [message, { v: 1, answered }, { v: 1, ref: 'event:evt_1' }]) {
      expect(parseQueued(JSON.stringify(body))).toEqual({ ok: true, value: body })
    }
  })

  it('by itself is no event', () => {
    expect(parseMessage({ v: 1, answered })).toEqual(refuse('unreadable_shape'))
  })

  it.each([
    ['without its event', { eventId: '' }],
    ['with a time below zero', { tookMs: -1 }],
    ['that is no number of milliseconds', { at: 0.5 }],
    ['without an answer', { answer: undefined }],
    ['with a body that is no text', { answer: { ...answer, body: {} } }],
    ['without a status', { answer: { ...answer, status: undefined } }],
  ])('%s is refused', (_name, changes) => {
    const body = { v: 1, answered: { ...answered, ...changes } }
    expect(parseQueued(body)).toEqual(refuse('unreadable_shape'))
  })
})

describe('parseDeadLetter', () => {
  const letter = {
    v: 1,
    dead: { target: 'crm', reason: 'status_500', attempts: 3, at: '2026-11-20T10:00:00.000Z' },
    message: toMessage(),
  }

  it('reads a dead letter', () => {
    expect(parseDeadLetter(JSON.stringify(letter))).toEqual({ ok: true, value: letter })
  })

  it.each([
    ['a plain message', toMessage()],
    ['no date', { ...letter, dead: { ...letter.dead, at: 'today' } }],
    ['no message', { ...letter, message: undefined }],
  ])('refuses %s', (_name, body) => {
    expect(parseDeadLetter(body)).toEqual(refuse('unreadable_shape'))
  })
})
