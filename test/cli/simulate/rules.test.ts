import { describe, expect, it } from 'vitest'
import { parseOverrides } from '../../../src/cli/simulate/overrides.ts'
import { decideSinkPauseMs, isTriedAgain, toRules } from '../../../src/cli/simulate/rules.ts'
import { createChance } from '../../../src/cli/simulate/seeded.ts'

const overrides = (text: string) => {
  const parsed = parseOverrides(text)
  if (!parsed) throw new Error('no overrides')
  return parsed
}

describe('isTriedAgain', () => {
  it.each([
    ['no connection', 'ct', 1, { status: 0, loss: 'ct' }, true],
    ['the second retry', 'ct', 2, { status: 0, loss: 'ct' }, true],
    ['no third', 'ct', 3, { status: 0, loss: 'ct' }, false],
    ['a time-out, not asked for', 'ct', 1, { status: 0, loss: 'rt' }, false],
    ['a time-out', 'rt', 1, { status: 0, loss: 'rt' }, true],
    ['an error', '5xx', 1, { status: 503, loss: null }, true],
    ['a refusal, not asked for', '5xx', 1, { status: 429, loss: null }, false],
    ['a refusal', '4xx', 1, { status: 429, loss: null }, true],
    ['one of several', '4xx,rt', 1, { status: 0, loss: 'rt' }, true],
    ['anything', 'all', 1, { status: 0, loss: 'cut' }, true],
    ['an answer that had begun', 'all', 1, { status: 0, loss: 'partial' }, false],
    ['an answer', 'all', 1, { status: 200, loss: null }, false],
  ] as const)('%s', (_what, rp, attempt, outcome, expected) => {
    expect(isTriedAgain(overrides(`rc=2&rp=${rp}`), attempt, outcome)).toBe(expected)
  })
})

describe('toRules', () => {
  it.each([
    ['messaging.inbound', { ct: 5_000, rt: 15_000, tt: 15_000, rc: 2, rp: ['5xx'] }],
    ['voice.inbound', { ct: 5_000, rt: 15_000, tt: 15_000, rc: 2, rp: ['5xx'] }],
    ['taskrouter.assignment', { rt: 5_000, tt: 5_000, rc: 2 }],
    ['conversations.pre', { rt: 5_000, tt: 5_000, rc: 0, rp: [] }],
    ['event-streams', { rt: 5_000, tt: null, rc: 0 }],
  ])('%s', (kind, expected) => {
    expect(toRules(kind, overrides('rc=2&rp=5xx'))).toMatchObject(expected)
  })
})

describe('decideSinkPauseMs', () => {
  const failed = { status: 503, loss: null }

  it.each([
    ['taken', { status: 204, loss: null }, false],
    ['refused', { status: 400, loss: null }, false],
    ['told to slow down', { status: 429, loss: null }, false],
    ['an error', failed, true],
    ['a redirect', { status: 302, loss: null }, true],
    ['no answer in time', { status: 0, loss: 'rt' }, true],
    ['an answer that had begun', { status: 0, loss: 'partial' }, true],
  ] as const)('%s', (_what, outcome, isAgain) => {
    const pauseMs = decideSinkPauseMs(1, outcome, 0, createChance('s'))
    expect(pauseMs !== null).toBe(isAgain)
  })

  it('pauses double up to ten minutes, each shortened by chance, for four hours', () => {
    const chance = createChance('s')
    const pauses: number[] = []
    let waitedMs = 0
    for (;;) {
      const pauseMs = decideSinkPauseMs(pauses.length + 1, failed, waitedMs, chance)
      if (pauseMs === null) break
      pauses.push(pauseMs)
      waitedMs += pauseMs
    }
    for (const [index, pauseMs] of pauses.entries()) {
      const whole = Math.min(600_000, 1_000 * 2 ** index)
      expect(pauseMs).toBeGreaterThanOrEqual(whole / 2)
      expect(pauseMs).toBeLessThanOrEqual(whole)
    }
    expect(new Set(pauses.slice(10)).size).toBeGreaterThan(5)
    expect(waitedMs).toBeGreaterThan(3.8 * 3_600_000)
    expect(waitedMs).toBeLessThanOrEqual(4 * 3_600_000)
  })
})
