import { expect, it } from 'vitest'
import { toState, type Target } from '../../../src/console/pages/targets/words.ts'

type Standing = Parameters<typeof toState>[0]
const none = { attempts: 0, delivered: 0 }
const standing = (state: Target['breaker']['state'], delivered: number, attempts: number) =>
  ({
    paused: null,
    breaker: { state },
    success: { hour: { attempts, delivered }, day: none },
  }) as Standing

it.each([
  ['closed', 0, 0, 'in order'],
  ['closed', 5, 10, 'in order'],
  ['closed', 4, 10, 'failing'],
  ['open', 0, 10, 'down'],
  ['half-open', 0, 10, 'being probed'],
  ['unknown', 0, 10, 'not known'],
] as const)('a target whose breaker is %s, %i of %i delivered, is %s', (state, good, all, word) => {
  expect(toState(standing(state, good, all)).word).toBe(word)
})

it('a paused target is paused, whatever else it is', () => {
  const paused = { since: '2026-11-20T10:00:00.000Z', reason: 'operator' }
  expect(toState({ ...standing('closed', 0, 10), paused }).word).toBe('paused')
})
