/** Which targets an event goes to: kinds with wildcards, conditions over the event. */
import { describe, expect, test } from 'vitest'
import type { CompiledTarget, Condition } from '../../src/config/compiled.ts'
import {
  prepareTargets,
  toKindMatcher,
  toLaneCount,
  toLaneTarget,
} from '../../src/config/targets.ts'
import type { SwitchboardEvent } from '../../src/events/event.ts'
import { OWN_KIND_NAMES } from '../../src/events/own-kinds.ts'

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
  ['*', 'unknown', true],
  ['switchboard.*', 'switchboard.delivery.dead', true],
  ['switchboard.*', 'switchboard.of.a.newer.version', true],
  ['switchboard.*', 'messaging.inbound', false],
  ['switchboard.breaker.*', 'switchboard.breaker.opened', true],
  ['switchboard.breaker.*', 'switchboard.delivery.dead', false],
  ['switchboard.delivery.dead', 'switchboard.delivery.dead', true],
  ['*.dead', 'switchboard.delivery.dead', false],
  ['*board.*', 'switchboard.delivery.dead', false],
  ['switchboard*', 'switchboard.delivery.dead', false],
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

test.each(OWN_KIND_NAMES)('everything of Twilio’s does not mean %s', (kind) => {
  const targets = prepare(target('all', ['*']), target('people', ['switchboard.*', 'debugger']))
  expect(targets.matching({ ...event, kind }).map(({ name }) => name)).toEqual(['people'])
  expect(targets.matching(event).map(({ name }) => name)).toEqual(['all'])
})

describe('a prepared target', () => {
  test('has what a document of an older version does not say', () => {
    expect(prepare(target('old', ['*'])).get('old')).toMatchObject({
      concurrency: 5,
      urlSecret: null,
    })
  })

  test('keeps what the config says', () => {
    const written = { ...target('new', ['*']), url: '', concurrency: 12, urlSecret: 'HOOK' }
    expect(prepare(written).get('new')).toMatchObject({ concurrency: 12, urlSecret: 'HOOK' })
  })

  test('keeps no answers when the ledger must not keep parameters', () => {
    const config = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], redact: ['Body'] }
    const prepared = prepareTargets({ ...config, targets: [target('crm', ['*'])] })
    expect(prepared.get('crm')?.keepsAnswers).toBe(false)
  })

  test('is plain data for a lane', () => {
    const prepared = prepare(target('crm', ['*'], { 'data.from': 'x' })).get('crm')
    if (!prepared) throw new Error('no target')
    const { events: _, where: __, ...rest } = target('crm', ['*'])
    const plain = toLaneTarget(prepared)
    expect(plain).toEqual({ ...rest, concurrency: 5, urlSecret: null, keepsAnswers: true })
    expect(structuredClone(plain)).toEqual(plain)
    expect(prepared.matches).toBeTypeOf('function')
  })

  test.each([
    [1, 1],
    [5, 1],
    [6, 2],
    [10, 2],
    [200, 40],
  ])('with %i calls at a time needs %i lanes', (concurrency, lanes) => {
    expect(toLaneCount(concurrency)).toBe(lanes)
  })
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
