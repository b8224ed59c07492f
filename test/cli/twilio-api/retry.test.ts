import { describe, expect, it } from 'vitest'
import { decideRetry, MAX_PATIENCE_MS } from '../../../src/cli/twilio/retry.ts'

const setback = { method: 'get', status: 429, retryAfterMs: null, count: 1, waitedMs: 0 }

describe('decideRetry', () => {
  it('waits as long as Retry-After says', () => {
    expect(decideRetry({ ...setback, retryAfterMs: 2000 }, 0)).toBe(2000)
  })

  it('waits longer each time when nothing is said', () => {
    const waits = [1, 2, 3, 20].map((count) => decideRetry({ ...setback, count }, 1))
    expect(waits).toEqual([500, 1000, 2000, 20_000])
  })

  it('repeats a change after 429, because Twilio did nothing', () => {
    expect(decideRetry({ ...setback, method: 'post' }, 1)).toBe(500)
  })

  it.each([500, 503, null])('repeats a GET after %s, and never a change', (status) => {
    expect(decideRetry({ ...setback, status }, 1)).toBe(500)
    expect(decideRetry({ ...setback, status, method: 'post' }, 1)).toBeNull()
    expect(decideRetry({ ...setback, status, method: 'delete' }, 1)).toBeNull()
  })

  it('gives a failing GET up after four', () => {
    expect(decideRetry({ ...setback, status: 500, count: 3 }, 1)).not.toBeNull()
    expect(decideRetry({ ...setback, status: 500, count: 4 }, 1)).toBeNull()
  })

  it('does not wait for ever', () => {
    const waitedMs = MAX_PATIENCE_MS - 1000
    expect(decideRetry({ ...setback, retryAfterMs: 1000, waitedMs }, 1)).toBe(1000)
    expect(decideRetry({ ...setback, retryAfterMs: 1001, waitedMs }, 1)).toBeNull()
    expect(decideRetry({ ...setback, retryAfterMs: 3_600_000 }, 1)).toBeNull()
  })
})
