import { describe, expect, it } from 'vitest'
import { BoundedCache } from '../../src/events/bounded-cache.ts'

describe('BoundedCache', () => {
  it('gives back what was kept', () => {
    const cache = new BoundedCache<number>(2, 10)
    cache.set('a', 1)
    expect(cache.get('a')).toBe(1)
    expect(cache.get('b')).toBeUndefined()
  })

  it('never holds more than its bound, whatever keys come', () => {
    const cache = new BoundedCache<number>(10, 10)
    for (let i = 0; i < 1_000; i++) {
      cache.set(String(i), i)
      expect(cache.size).toBeLessThanOrEqual(10)
    }
    expect(cache.get('999')).toBe(999)
  })

  it('keeps no key that is too long', () => {
    const cache = new BoundedCache<number>(10, 3)
    cache.set('abcd', 1)
    expect(cache.size).toBe(0)
  })
})
