import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decideDelivery,
  isTargetFailure,
  MAX_RETRY_AFTER_MS,
  type DeliveryOutcome,
} from '../../src/delivery/decide.ts'

const NOW = Date.parse('2026-11-20T10:00:00Z')
const POLICY = { retryMs: [5_000, 300_000] }
const DAY_MS = 86_400_000

const answered = (status: number, retryAfter: string | null = null): DeliveryOutcome => ({
  type: 'answered',
  status,
  retryAfter,
  excerpt: '',
})

/** Without jitter: 0.5 is the middle. */
const decide = (outcome: DeliveryOutcome, attempt = 1, random = 0.5, policy = POLICY) =>
  decideDelivery(outcome, attempt, policy, NOW, () => random)

describe('decideDelivery', () => {
  it.each([200, 201, 202, 204, 299])('takes %i for delivered', (status) => {
    expect(decide(answered(status))).toEqual({ verdict: 'delivered' })
  })

  it('takes a 2xx of the last attempt for delivered', () => {
    expect(decide(answered(200), 3)).toEqual({ verdict: 'delivered' })
  })

  it.each([
    [1, 5_000],
    [2, 300_000],
  ])('lets attempt %i wait for a target that answered 410', (attempt, delayMs) => {
    const reason = 'target_gone'
    expect(decide(answered(410), attempt)).toEqual({ verdict: 'gone', delayMs, reason })
  })

  it('spreads the delay after a 410 too, and ignores its Retry-After', () => {
    expect(decide(answered(410, '60'), 1, 0)).toMatchObject({ delayMs: 4_000 })
  })

  it('is dead when a 410 ends the schedule', () => {
    expect(decide(answered(410), 3)).toEqual({ verdict: 'dead', reason: 'target_gone' })
  })

  it.each([
    [answered(199), 'status_199'],
    [answered(301), 'status_301'],
    [answered(304), 'status_304'],
    [answered(400), 'status_400'],
    [answered(404), 'status_404'],
    [answered(500), 'status_500'],
    [answered(503), 'status_503'],
    [{ type: 'timeout' }, 'timeout'],
    [{ type: 'unreachable' }, 'unreachable'],
    [{ type: 'unsent', reason: 'secret_missing' }, 'secret_missing'],
  ] as const)('follows the schedule after %o, then it is dead', (outcome, reason) => {
    expect(decide(outcome, 1)).toEqual({ verdict: 'retry', delayMs: 5_000, reason })
    expect(decide(outcome, 2)).toEqual({ verdict: 'retry', delayMs: 300_000, reason })
    expect(decide(outcome, 3)).toEqual({ verdict: 'dead', reason })
  })

  it('has one attempt when the schedule is empty', () => {
    expect(decide(answered(500), 1, 0.5, { retryMs: [] })).toEqual({
      verdict: 'dead',
      reason: 'status_500',
    })
  })

  it('is dead when the count is beyond the schedule', () => {
    expect(decide(answered(500), 99)).toEqual({ verdict: 'dead', reason: 'status_500' })
  })

  it.each([
    [0, 4_000],
    [0.25, 4_500],
    [1, 6_000],
  ])('spreads the delay by a fifth: random %d', (random, delayMs) => {
    expect(decide(answered(500), 1, random)).toMatchObject({ delayMs })
  })

  it.each([429, 503])('waits as long as a %i asks for', (status) => {
    expect(decide(answered(status, '60'))).toMatchObject({ delayMs: 60_000 })
    expect(decide(answered(status, 'Fri, 20 Nov 2026 10:02:00 GMT'))).toMatchObject({
      delayMs: 120_000,
    })
  })

  it('waits no shorter than the schedule says', () => {
    expect(decide(answered(429, '1'))).toMatchObject({ delayMs: 5_000 })
    expect(decide(answered(429, 'Fri, 20 Nov 2026 09:00:00 GMT'))).toMatchObject({ delayMs: 5_000 })
  })

  it('waits no longer than a day because a target asks', () => {
    expect(decide(answered(429, '86399'))).toMatchObject({ delayMs: DAY_MS - 1_000 })
    expect(decide(answered(429, '86401'))).toMatchObject({ delayMs: DAY_MS })
    expect(decide(answered(429, '99999999999999999999'))).toMatchObject({ delayMs: DAY_MS })
    const nextYear = 'Sat, 20 Nov 2027 10:00:00 GMT'
    expect(decide(answered(503, nextYear))).toMatchObject({ delayMs: DAY_MS })
  })

  it('waits for days when the schedule says so', () => {
    const policy = { retryMs: [14 * DAY_MS] }
    expect(decide(answered(500), 1, 0.5, policy)).toMatchObject({ delayMs: 14 * DAY_MS })
    expect(decide(answered(500), 1, 1, policy)).toMatchObject({ delayMs: 16.8 * DAY_MS })
    expect(decide(answered(429, '60'), 1, 0.5, policy)).toMatchObject({ delayMs: 14 * DAY_MS })
    expect(decide(answered(410), 1, 0.5, policy)).toMatchObject({ delayMs: 14 * DAY_MS })
  })

  it('ignores a Retry-After that is garbage', () => {
    expect(decide(answered(503, 'in 7'))).toMatchObject({ delayMs: 5_000 })
  })

  it.each([500, 403, 301])('ignores the Retry-After of a %i', (status) => {
    expect(decide(answered(status, '60'))).toMatchObject({ delayMs: 5_000 })
  })

  it('never waits less than four fifths of the schedule, nor longer than it and a day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.option(fc.oneof(fc.string(), fc.nat().map(String))),
        fc.array(fc.integer({ min: 1_000, max: 14 * DAY_MS }), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (status, retryAfter, retryMs, random) => {
          const attempt = retryMs.length
          const verdict = decide(answered(status, retryAfter), attempt, random, { retryMs })
          const scheduledMs = retryMs.at(-1) ?? Number.NaN
          const delayMs = 'delayMs' in verdict ? verdict.delayMs : Number.NaN
          expect(delayMs).toBeGreaterThanOrEqual(Math.floor(scheduledMs * 0.8))
          const mostMs = Math.max(Math.ceil(scheduledMs * 1.2), MAX_RETRY_AFTER_MS)
          expect(delayMs).toBeLessThanOrEqual(mostMs)
        },
      ),
    )
  })
})

describe('isTargetFailure', () => {
  it.each([
    [answered(500)],
    [answered(502)],
    [answered(503, '60')],
    [answered(599)],
    [answered(429)],
    [{ type: 'timeout' }],
    [{ type: 'unreachable' }],
  ] as const)('counts %o', (outcome) => {
    expect(isTargetFailure(outcome)).toBe(true)
  })

  it.each([
    [answered(200)],
    [answered(204)],
    [answered(301)],
    [answered(400)],
    [answered(404)],
    [answered(410)],
    [answered(428)],
    [answered(430)],
    [answered(499)],
    [{ type: 'unsent', reason: 'secret_missing' }],
    [{ type: 'unsent', reason: 'url_invalid' }],
  ] as const)('does not count %o', (outcome) => {
    expect(isTargetFailure(outcome)).toBe(false)
  })
})
