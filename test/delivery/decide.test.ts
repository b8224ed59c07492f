import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideDelivery, MAX_DELAY_MS, type DeliveryOutcome } from '../../src/delivery/decide.ts'

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

  it.each([1, 3])('gives up a target that answers 410 to attempt %i', (attempt) => {
    expect(decide(answered(410), attempt)).toEqual({ verdict: 'gone', reason: 'target_gone' })
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

  it('waits no longer than a day, whoever asks', () => {
    expect(decide(answered(429, '99999999999999999999'))).toMatchObject({ delayMs: DAY_MS })
    const policy = { retryMs: [DAY_MS] }
    expect(decide(answered(500), 1, 1, policy)).toMatchObject({ delayMs: DAY_MS })
  })

  it('ignores a Retry-After that is garbage', () => {
    expect(decide(answered(503, 'in 7'))).toMatchObject({ delayMs: 5_000 })
  })

  it.each([500, 403, 301])('ignores the Retry-After of a %i', (status) => {
    expect(decide(answered(status, '60'))).toMatchObject({ delayMs: 5_000 })
  })

  it('never waits less than four fifths of the schedule nor more than a day', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.option(fc.oneof(fc.string(), fc.nat().map(String))),
        fc.integer({ min: 1, max: 4 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (status, retryAfter, attempt, random) => {
          const verdict = decide(answered(status, retryAfter), attempt, random)
          if (verdict.verdict !== 'retry') return
          const scheduledMs = POLICY.retryMs[attempt - 1] ?? Number.NaN
          expect(verdict.delayMs).toBeGreaterThanOrEqual(scheduledMs * 0.8)
          expect(verdict.delayMs).toBeLessThanOrEqual(MAX_DELAY_MS)
        },
      ),
    )
  })
})
