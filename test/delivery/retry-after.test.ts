import { describe, expect, it } from 'vitest'
import { parseRetryAfter } from '../../src/delivery/retry-after.ts'

const NOW = Date.parse('1994-11-06T08:49:00Z')

describe('parseRetryAfter', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    [' 7 ', 7_000],
    ['99999999999999999999', 1e23],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:48:00 GMT', 0],
  ])('reads %j', (header, waitMs) => {
    expect(parseRetryAfter(header, NOW)).toBe(waitMs)
  })

  it.each([
    null,
    '',
    'soon',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    // Date.parse alone would take these for dates.
    'try 7',
    '2026-11-20T10:00:00Z',
    'Sun, 06 Nov 1994 08:49:37 PST',
    'Sun, 99 Nov 1994 08:49:37 GMT',
    'Sun, 06 Xyz 1994 08:49:37 GMT',
  ])('ignores %j', (header) => {
    expect(parseRetryAfter(header, NOW)).toBeNull()
  })
})
