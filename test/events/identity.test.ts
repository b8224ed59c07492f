import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideIdentity, toTraceparent, type IdentityRequest } from '../../src/events/identity.ts'
import type { Param } from '../../src/twilio/params.ts'
import { recognizeKind } from '../../src/twilio/recognize.ts'
import { SAMPLES, toForm, toJson } from './samples.ts'

const STATUS: Param[] = [
  ['CallSid', 'CA00000000000000000000000000000001'],
  ['CallStatus', 'completed'],
  ['CallbackSource', 'call-progress-events'],
  ['SequenceNumber', '2'],
]

function toRequest(pairs: Param[], given: Partial<IdentityRequest> = {}): IdentityRequest {
  const webhook = given.webhook ?? toForm(pairs)
  return {
    kind: recognizeKind(webhook),
    webhook,
    token: null,
    account: 'AC00000000000000000000000000000000',
    endpoint: 'main',
    nonce: 'nonce-1',
    ...given,
  }
}

const changed = (name: string, value: string): Param[] =>
  STATUS.map((pair) => (pair[0] === name ? [name, value] : pair))

const batch = (...ids: string[]) =>
  toRequest([], {
    webhook: toJson(ids.map((id) => ({ specversion: '1.0', id, source: 's', type: 't' }))),
  })

const rule = (...ids: string[]) =>
  toRequest([], {
    webhook: toJson({ conversationId: 'c', operatorResults: ids.map((id) => ({ id })) }),
  })

describe('decideIdentity', () => {
  it('goes by the idempotency token before anything else', () => {
    const one = decideIdentity(toRequest(STATUS, { token: 'token-1' }))
    const other = decideIdentity(toRequest(changed('CallStatus', 'busy'), { token: 'token-1' }))
    expect(one).toEqual(other)
    expect(one.label).toBe('token-1')
    expect(decideIdentity(toRequest(STATUS, { token: 'token-2' })).id).not.toBe(one.id)
  })

  it('goes by the natural key when there is no token', () => {
    const one = decideIdentity(toRequest(STATUS))
    expect(one.label).toBe('voice.call.status/CA00000000000000000000000000000001/completed/2')
    for (const same of [{ nonce: 'nonce-2' }, { token: '' }]) {
      expect(decideIdentity(toRequest(STATUS, same))).toEqual(one)
    }
    expect(decideIdentity(toRequest([...STATUS, ['Called', '+1']]))).toEqual(one)
  })

  it.each([
    ['CallSid', 'CA00000000000000000000000000000002'],
    ['CallStatus', 'busy'],
    ['SequenceNumber', '3'],
  ])('gives another id for another %s', (name, value) => {
    const one = decideIdentity(toRequest(STATUS))
    expect(decideIdentity(toRequest(changed(name, value))).id).not.toBe(one.id)
  })

  it.each([
    { account: 'AC00000000000000000000000000000001' },
    { account: null },
    { endpoint: 'other' },
  ])('is scoped: %o', (other) => {
    for (const token of [null, 'token-1']) {
      const one = decideIdentity(toRequest(STATUS, { token }))
      expect(decideIdentity(toRequest(STATUS, { token, ...other })).key).not.toBe(one.key)
    }
  })

  it.each(['CallSid', 'CallStatus', 'SequenceNumber'])(
    'has no natural key without %s, rather than one that collides',
    (name) => {
      const kind = recognizeKind(toForm(STATUS))
      for (const pairs of [STATUS.filter((pair) => pair[0] !== name), changed(name, '')]) {
        expect(decideIdentity(toRequest(pairs, { kind }))).toMatchObject({ key: null, label: null })
      }
    },
  )

  it('goes by the nonce when copies cannot be told', () => {
    const pairs: Param[] = [
      ['CallSid', 'CA1'],
      ['Digits', '1'],
    ]
    const one = decideIdentity(toRequest(pairs))
    expect(one.key).toBeNull()
    expect(decideIdentity(toRequest(pairs))).toEqual(one)
    expect(decideIdentity(toRequest(pairs, { nonce: 'nonce-2' })).id).not.toBe(one.id)
  })

  it('cannot be led to mix a token up with a natural key or a nonce', () => {
    const natural = decideIdentity(toRequest(STATUS))
    const token = decideIdentity(toRequest(STATUS, { token: natural.label }))
    const nonce = decideIdentity(toRequest([], { nonce: natural.label ?? '' }))
    expect(new Set([natural.id, token.id, nonce.id]).size).toBe(3)
  })

  it('keeps the borders between the parts of a key', () => {
    const one = decideIdentity(
      toRequest([
        ['MessageSid', 'a'],
        ['MessageStatus', 'b","c'],
      ]),
    )
    const other = decideIdentity(
      toRequest([
        ['MessageSid', 'a","b'],
        ['MessageStatus', 'c'],
      ]),
    )
    expect(one.id).not.toBe(other.id)
  })

  it('takes the idempotency token of a usage trigger from the body', () => {
    const trigger: Param[] = [
      ['UsageTriggerSid', 'UT1'],
      ['IdempotencyToken', 'AC1-FIRES-UT1-2026-11-20'],
    ]
    expect(decideIdentity(toRequest(trigger)).label).toBe('usage.trigger/AC1-FIRES-UT1-2026-11-20')
  })

  it('shows nothing of what was said, and no URL', () => {
    const partial: Param[] = [
      ['CallSid', 'CA1'],
      ['SequenceNumber', '0'],
      ['UnstableSpeechResult', 'my card number is'],
    ]
    expect(decideIdentity(toRequest(partial)).label).toMatch(
      /^voice\.gather\.partial\/CA1\/0\/[0-9a-f]{16}$/,
    )
  })

  it('has one key for a batch, from all its ids', () => {
    const one = decideIdentity(batch('EZ1', 'EZ2'))
    expect(one.key).not.toBeNull()
    expect(decideIdentity(batch('EZ1', 'EZ2'))).toEqual(one)
    expect(decideIdentity(batch('EZ1')).key).not.toBe(one.key)
    expect(decideIdentity(batch('EZ1","EZ2')).key).not.toBe(one.key)
  })

  it('has a key from the ids of the results of a rule', () => {
    expect(decideIdentity(rule('a')).key).not.toBe(decideIdentity(rule('b')).key)
    expect(decideIdentity(rule()).key).toBeNull()
  })

  it('makes a fixed length of a token of any length', () => {
    const text = fc.string({ unit: 'binary', maxLength: 2_000 })
    fc.assert(
      fc.property(text, text, (token, nonce) => {
        fc.pre(token !== '')
        const identity = decideIdentity(toRequest(STATUS, { token, nonce }))
        expect(identity.key).toMatch(/^[0-9a-f]{64}$/)
        expect(identity.id).toMatch(/^evt_[0-9a-f]{32}$/)
        expect(identity.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        expect(identity.label).toMatch(/^[!-~]{1,256}$/)
      }),
    )
  })

  it('gives the samples ids that differ', () => {
    const ids = SAMPLES.map(
      ({ webhook, name }) => decideIdentity(toRequest([], { webhook, nonce: name })).id,
    )
    expect(new Set(ids).size).toBe(SAMPLES.length)
  })
})

describe('toTraceparent', () => {
  it('has no trace and no span of zeros', () => {
    expect(toTraceparent('0'.repeat(64))).toBe(`00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`)
  })
})
