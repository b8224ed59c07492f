import { describe, expect, it } from 'vitest'
import { parseRegion } from '../../src/twilio/region.ts'

describe('parseRegion', () => {
  it.each(['us1', 'ie1', 'au1', 'us1-ix'])('takes %s', (header) => {
    expect(parseRegion(header)).toBe(header)
  })

  it.each([null, '', 'u', '+15005550006', 'us1\u0000', 'US1', 'x'.repeat(33)])(
    'does not believe %j: the header is not signed',
    (header) => {
      expect(parseRegion(header)).toBeNull()
    },
  )
})
