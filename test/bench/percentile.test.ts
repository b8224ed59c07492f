import { describe, expect, it } from 'vitest'
import { percentile } from '../../bench/percentile.ts'

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n)

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0, 1],
  ])('%f of 1 to 100 is %i', (share, value) => {
    expect(percentile(hundred, share)).toBe(value)
  })

  it('is NaN of nothing', () => {
    expect(percentile([], 0.5)).toBeNaN()
  })
})
