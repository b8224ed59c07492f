/** What the ledger keeps, and for how long: read from the config, checked, filled in. */
import { describe, expect, test } from 'vitest'
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { toProblemsOnly } from '../../src/config/problems-only.ts'
import { toLedgerSettings } from '../../src/config/ledger-settings.ts'
import { KINDS } from '../../src/twilio/kinds.ts'
import { listParams } from '../../src/twilio/kind.ts'
import { compile, compiled, problemsOf, warningsOf } from './compile-case.ts'

const DAY_MS = 86_400_000
const withLedger = (members: object) => ({ endpoints: {}, ...members })

describe('toLedgerSettings', () => {
  test('gives what the config says', () => {
    const { config } = compiled(withLedger({ redact: ['Body', 'From'], retention: '90d' }))
    expect(toLedgerSettings(config)).toEqual({ redact: ['Body', 'From'], retentionMs: 90 * DAY_MS })
  })

  test('nothing is redacted and 30 days are kept by default', () => {
    const { config } = compiled(withLedger({}))
    expect(toLedgerSettings(config)).toEqual({ redact: [], retentionMs: 30 * DAY_MS })
  })

  test('fills in what a document of an older version does not have', () => {
    const old: CompiledConfig = { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [] }
    expect(toLedgerSettings(old)).toEqual({ redact: [], retentionMs: 30 * DAY_MS })
  })
})

describe('retention', () => {
  test.each([
    ['1d', []],
    ['24h', []],
    ['365d', []],
    ['23h', ['retention out_of_range']],
    ['366d', ['retention out_of_range']],
    ['30', ['retention bad_duration']],
    [30, ['retention wrong_type']],
    [null, ['retention wrong_type']],
  ])('%j: %j', (retention, problems) => {
    expect(problemsOf(withLedger({ retention }))).toEqual(problems)
  })
})

describe('recordProblemsOnly', () => {
  test.each([
    [[], []],
    [['messaging.status', 'voice.*', '*'], []],
    [['messaging.statuses'], ['recordProblemsOnly[0] unknown_event']],
    // By the ledger one alert is told from the next.
    [['*', 'switchboard.*'], ['recordProblemsOnly[1] event_mismatch']],
    [[7], ['recordProblemsOnly[0] wrong_type']],
    ['*', ['recordProblemsOnly wrong_type']],
  ])('%j: %j', (recordProblemsOnly, problems) => {
    expect(problemsOf(withLedger({ recordProblemsOnly }))).toEqual(problems)
  })

  test('matches as a target does, and never Switchboard’s own; nothing by default', () => {
    const matches = (recordProblemsOnly: string[]) => {
      const { config } = compiled(withLedger({ recordProblemsOnly }))
      const kinds = ['messaging.status', 'messaging.inbound', 'voice.inbound', 'unknown']
      return [...kinds, 'switchboard.test'].filter(toProblemsOnly(config))
    }
    expect(matches(['*.status', 'voice.inbound'])).toEqual(['messaging.status', 'voice.inbound'])
    expect(matches(['*', '*'])).toHaveLength(4)
    expect(matches([])).toEqual([])
    expect(compiled(withLedger({})).config).not.toHaveProperty('recordProblemsOnly')
  })
})

describe('redact', () => {
  test.each([
    [[], []],
    [['Body'], []],
    [['SipHeader_X-Account.Id'], []],
    [['x'.repeat(100)], []],
    [Array.from({ length: 100 }, (_, i) => `Name${i}`), []],
    [['x'.repeat(101)], ['redact[0] bad_name']],
    [['Body', ''], ['redact[1] bad_name']],
    [['Body '], ['redact[0] bad_name']],
    [['Größe'], ['redact[0] bad_name']],
    [['data.*'], ['redact[0] bad_name']],
    [[7], ['redact[0] wrong_type']],
    ['Body', ['redact wrong_type']],
    [{ Body: true }, ['redact wrong_type']],
    [Array.from({ length: 101 }, (_, i) => `Name${i}`), ['redact out_of_range']],
  ])('%j: %j', (redact, problems) => {
    expect(problemsOf(withLedger({ redact }))).toEqual(problems)
  })

  test('the same name twice is one', () => {
    const { config } = compiled(withLedger({ redact: ['Body', 'From', 'Body'] }))
    expect(config.redact).toEqual(['Body', 'From'])
  })

  test.each([
    ['Bdy', 'Body'],
    ['bdy', 'Body'],
    ['Digit', 'Digits'],
    ['SpeechResults', 'SpeechResult'],
  ])('%s: did you mean %s?', (name, meant) => {
    const config = withLedger({ redact: ['From', name] })
    expect(warningsOf(config)).toEqual(['redact[1] unknown_parameter'])
    const result = compile(config)
    expect(result.ok && result.value.warnings[0]?.fix).toBe(`did you mean "${meant}"?`)
  })

  // Upper and lower case do not matter to the ledger.
  test.each([
    'body',
    'MediaUrl0',
    'MediaUrl12',
    'SipHeader_X-Foo',
    'SipHeader_From',
    'CustomerReference',
  ])('%s is fine', (name) => {
    expect(warningsOf(withLedger({ redact: [name] }))).toEqual([])
  })

  test('every documented parameter is fine', () => {
    const names = new Set(KINDS.flatMap(listParams).map(({ name }) => name))
    const writable = [...names].filter((name) => /^[\w.-]+$/.test(name))
    expect(writable.length).toBeGreaterThan(300)
    for (const name of writable) expect(warningsOf(withLedger({ redact: [name] }))).toEqual([])
  })
})
