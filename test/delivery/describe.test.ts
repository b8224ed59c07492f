import { describe, expect, it } from 'vitest'
import type { DeliveryOutcome, UnsentReason } from '../../src/delivery/decide.ts'
import { describeOutcome } from '../../src/delivery/describe.ts'

const EXCERPT = 'From +15005550006: hello'
const answered = (status: number, retryAfter: string | null = null): DeliveryOutcome => {
  return { type: 'answered', status, retryAfter, excerpt: EXCERPT }
}

describe('describeOutcome', () => {
  it.each<[string, DeliveryOutcome]>([
    ['answered 200', answered(200)],
    ['answered 301', answered(301)],
    ['answered 429 with Retry-After: 120', answered(429, '120')],
    ['no answer within 2.5 s', { type: 'timeout' }],
    ['no connection, or an answer that is no HTTP', { type: 'unreachable' }],
  ])('says "%s"', (words, outcome) => {
    expect(describeOutcome(outcome, 2_500)).toBe(words)
  })

  it.each<UnsentReason>([
    'secret_missing',
    'secret_invalid',
    'token_missing',
    'url_invalid',
    'request_invalid',
  ])('says of %s that nothing was sent', (reason) => {
    expect(describeOutcome({ type: 'unsent', reason }, 10_000)).toMatch(/^not sent: \S/)
  })

  it('says something else of each reason', () => {
    const reasons: UnsentReason[] = [
      'secret_missing',
      'secret_invalid',
      'token_missing',
      'url_invalid',
      'request_invalid',
    ]
    const words = reasons.map((reason) => describeOutcome({ type: 'unsent', reason }, 10_000))
    expect(new Set(words).size).toBe(reasons.length)
  })

  it('repeats nothing of the answer but a short Retry-After', () => {
    const words = describeOutcome(answered(503, 'x'.repeat(5_000)), 10_000)
    expect(words).not.toContain(EXCERPT)
    expect(words.length).toBeLessThan(100)
  })
})
