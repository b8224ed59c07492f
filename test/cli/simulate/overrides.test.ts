import { describe, expect, it } from 'vitest'
import {
  isTriedAgain,
  parseOverrides,
  toSinkRules,
  type Overrides,
} from '../../../src/cli/simulate/overrides.ts'

/** https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
describe('parseOverrides', () => {
  it('has what Twilio has where nothing is said', () => {
    expect(parseOverrides('rc=2')).toEqual({ ct: 5_000, rt: 15_000, tt: 15_000, rc: 2, rp: ['ct'] })
    expect(parseOverrides('#rc=5&rp=5xx,rt&ct=100&rt=200&tt=300')).toEqual({
      ct: 100,
      rt: 200,
      tt: 300,
      rc: 5,
      rp: ['5xx', 'rt'],
    })
  })

  it.each(['', 'rc=6', 'rc=-1', 'rc=', 'ct=99', 'ct=10001', 'rt=15001', 'tt=1e3', 'rp=6xx', 'e=x'])(
    'refuses %j',
    (text) => {
      expect(parseOverrides(text)).toBeNull()
    },
  )
})

describe('isTriedAgain', () => {
  const overrides = (rp: Overrides['rp']): Overrides => ({
    ct: 5_000,
    rt: 15_000,
    tt: 15_000,
    rc: 2,
    rp,
  })
  it.each([
    ['no connection', ['ct'], 1, { status: 0, loss: 'ct' }, true],
    ['the second retry', ['ct'], 2, { status: 0, loss: 'ct' }, true],
    ['no third', ['ct'], 3, { status: 0, loss: 'ct' }, false],
    ['a time-out, not asked for', ['ct'], 1, { status: 0, loss: 'rt' }, false],
    ['a time-out', ['rt'], 1, { status: 0, loss: 'rt' }, true],
    ['an error', ['5xx'], 1, { status: 503, loss: null }, true],
    ['a refusal, not asked for', ['5xx'], 1, { status: 429, loss: null }, false],
    ['a refusal', ['4xx'], 1, { status: 429, loss: null }, true],
    ['anything', ['all'], 1, { status: 0, loss: 'cut' }, true],
    ['an answer', ['all'], 1, { status: 200, loss: null }, false],
  ] as const)('%s', (_what, rp, attempt, outcome, expected) => {
    expect(isTriedAgain(overrides(rp), attempt, outcome)).toBe(expected)
  })
})

it('toSinkRules: Event Streams waits five seconds an attempt, whatever the overrides are', () => {
  const rules = parseOverrides('rc=1&rp=ct')
  if (!rules) throw new Error('no overrides')
  const sink = toSinkRules(rules)
  expect(sink).toMatchObject({ rt: 5_000, tt: 10_000, rc: 1 })
  expect(isTriedAgain(sink, 1, { status: 503, loss: null })).toBe(true)
  expect(isTriedAgain(sink, 1, { status: 400, loss: null })).toBe(false)
})
