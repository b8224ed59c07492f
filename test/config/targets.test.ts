/** Which targets an event goes to: kinds with wildcards, conditions over the event. */
import { describe, expect, test } from 'vitest'
import type { CompiledTarget, Condition } from '../../src/config/compiled.ts'
import { prepareTargets, toKindMatcher } from '../../src/config/targets.ts'
import type { SwitchboardEvent } from '../../src/events/event.ts'

const event: SwitchboardEvent = {
  specversion: '1.0',
  id: 'evt_0123456789abcdef0123456789abcdef',
  source: '/endpoints/sms',
  type: 'com.twilio.messaging.inbound-message.received',
  time: '2026-11-20T10:00:00.000Z',
  datacontenttype: 'application/json',
  kind: 'messaging.inbound',
  account: `AC${'0'.repeat(32)}`,
  traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01',
  data: {
    from: '+15005550006',
    numMedia: 2,
    media: [{ contentType: 'image/jpeg' }, { contentType: 'image/png' }],
    params: { From: '+15005550006', Tag: ['a', 'b'] },
  },
}

const target = (
  name: string,
  events: string[],
  where: Condition | null = null,
): CompiledTarget => ({
  name,
  url: 'https://crm.example.com/hooks',
  events,
  where,
  secrets: [],
  format: 'cloudevents',
  timeoutMs: 10_000,
  retryMs: [],
  rate: null,
  headers: {},
  bearer: null,
})

const prepare = (...targets: CompiledTarget[]) =>
  prepareTargets({ publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets })

test.each([
  ['*', 'messaging.inbound', true],
  ['messaging.*', 'messaging.inbound.whatsapp', true],
  ['messaging.*', 'messaging', false],
  ['messaging.inbound', 'messaging.inbound', true],
  ['messaging.inbound', 'messaging.inbound.whatsapp', false],
  ['*.status', 'voice.call.status', true],
  ['*.status', 'voice.call.statuses', false],
  ['voice.*.action', 'voice.gather.action', true],
  ['voice.*.action', 'voice.gather', false],
  ['messaging.*', 'messagingXinbound', false],
])('%s and %s: %s', (pattern, kind, matches) => {
  expect(toKindMatcher(pattern)(kind)).toBe(matches)
})

test('matching gives the targets in the order of the config', () => {
  const targets = prepare(
    target('b', ['messaging.*']),
    target('none', ['voice.*']),
    target('a', ['voice.*', '*']),
    target('where', ['*'], { 'data.from': '+4930' }),
  )
  expect(targets.matching(event).map(({ name }) => name)).toEqual(['b', 'a'])
  expect(targets.get('where')?.name).toBe('where')
  expect(targets.get('toString')).toBeUndefined()
})

const matches = (where: Condition) =>
  prepare(target('t', ['*'], where)).matching(event).length === 1

describe('where', () => {
  test.each<Condition>([
    { 'data.from': { $regex: '^\\+1' } },
    { kind: 'messaging.inbound', account: { $exists: true } },
    { 'data.numMedia': { $gt: 1 } },
    { 'data.numMedia': 2 },
    { 'data.media.1.contentType': 'image/png' },
    { 'data.params.Tag': 'b' },
    { subject: { $exists: false } },
    { 'data.nothing.at.all': { $exists: false } },
    { 'data.__proto__': { $exists: false } },
    { '__proto__.polluted': { $exists: false } },
    { 'data.from.constructor': { $exists: false } },
  ])('%j holds', (where) => {
    expect(matches(where)).toBe(true)
  })

  test.each<Condition>([
    { 'data.from': { $regex: '^\\+49' } },
    { 'data.numMedia': { $gt: 2 } },
    { 'data.media.2.contentType': { $exists: true } },
    { 'data.params.Tag': 'c' },
    { constructor: { $exists: true } },
    { 'data.params.toString': { $exists: true } },
  ])('%j does not', (where) => {
    expect(matches(where)).toBe(false)
  })
})
