import { describe, expect, it } from 'vitest'
import { toDelaySeconds, toPostponementMs } from '../../src/consumer/postpone.ts'

describe('toPostponementMs', () => {
  it.each([
    [1, 10_000],
    [2, 20_000],
    [9, 2_560_000],
    [10, 3_600_000],
    [100, 3_600_000],
  ])('waits at hand-out %i', (attempts, ms) => {
    expect(toPostponementMs(attempts)).toBe(ms)
  })

  it('reaches over three days and more within the 100 hand-outs of a queue', () => {
    const hours = Array.from({ length: 100 }, (_, index) => toPostponementMs(index + 1) / 3_600_000)
    expect(hours.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(3.5 * 24)
  })
})

describe('toDelaySeconds', () => {
  it.each([
    [0, 0],
    [1, 1],
    [5_000, 5],
    [5_001, 6],
    [86_400_000, 86_400],
    [90_000_000, 86_400],
  ])('gives whole seconds, a day at most: %i ms', (ms, seconds) => {
    expect(toDelaySeconds(ms)).toBe(seconds)
  })
})
