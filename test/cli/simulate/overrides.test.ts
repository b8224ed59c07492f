import { describe, expect, it } from 'vitest'
import { parseOverrides } from '../../../src/cli/simulate/overrides.ts'

/** https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
describe('parseOverrides', () => {
  it('has what Twilio has where nothing is said', () => {
    expect(parseOverrides('rc=2')).toEqual({ ct: 5_000, rt: 15_000, tt: 15_000, rc: 2, rp: ['ct'] })
    expect(parseOverrides('#rc=5&rp=5xx,rt&ct=100&rt=200&tt=300')).toEqual({
      ct: 100,
      rt: 200,
      tt: 300,
      rc: 5,
      rp: ['5xx', 'rt'],
    })
  })

  it.each(['', 'rc=6', 'rc=-1', 'rc=', 'ct=99', 'ct=10001', 'rt=15001', 'tt=1e3', 'rp=6xx', 'e=x'])(
    'refuses %j',
    (text) => {
      expect(parseOverrides(text)).toBeNull()
    },
  )
})
