import { describe, expect, it } from 'vitest'
import { readCredentials } from '../../../src/cli/twilio/credentials.ts'

const ACCOUNT = `AC${'1'.repeat(32)}`
const OTHER = `AC${'2'.repeat(32)}`
const KEY = `SK${'3'.repeat(32)}`

const read = (values: Record<string, string>) =>
  readCredentials((name) => (values[name] === '' ? undefined : values[name]))

const RING = JSON.stringify({ [ACCOUNT]: { primary: 'first', previous: 'second' } })

describe('readCredentials', () => {
  it('takes an API key before a token, and a token before the ring', () => {
    const all = {
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_API_KEY: KEY,
      TWILIO_API_SECRET: 'secret',
      TWILIO_AUTH_TOKEN: 'token',
      TWILIO_AUTH_TOKENS: RING,
    }
    expect(read(all)).toMatchObject({ username: KEY, password: 'secret', kind: 'api_key' })
    const noKey = { ...all, TWILIO_API_KEY: '', TWILIO_API_SECRET: '' }
    expect(read(noKey)).toMatchObject({ username: ACCOUNT, password: 'token', kind: 'auth_token' })
    expect(read({ ...noKey, TWILIO_AUTH_TOKEN: '' })).toMatchObject({ password: 'first' })
  })

  it('takes the only account of the ring', () => {
    expect(read({ TWILIO_AUTH_TOKENS: RING })).toMatchObject({
      accountSid: ACCOUNT,
      username: ACCOUNT,
      password: 'first',
    })
  })

  it('takes one plain token for the account that is set', () => {
    const values = { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKENS: 'plain' }
    expect(read(values)).toMatchObject({ password: 'plain' })
  })

  const problems: [string, Record<string, string>, string][] = [
    ['nothing at all', {}, 'credentials_missing'],
    ['a token without its account', { TWILIO_AUTH_TOKEN: 'token' }, 'credentials_missing'],
    ['an account without a token', { TWILIO_ACCOUNT_SID: ACCOUNT }, 'credentials_missing'],
    [
      'a ring of other accounts',
      { TWILIO_ACCOUNT_SID: OTHER, TWILIO_AUTH_TOKENS: RING },
      'credentials_missing',
    ],
    [
      'a ring that names two accounts',
      { TWILIO_AUTH_TOKENS: JSON.stringify({ [ACCOUNT]: 'one', [OTHER]: 'two' }) },
      'credentials_missing',
    ],
    [
      'half of an API key',
      { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_API_KEY: KEY, TWILIO_AUTH_TOKEN: 'token' },
      'credentials_missing',
    ],
    [
      'an account SID that is none',
      { TWILIO_ACCOUNT_SID: 'AC12', TWILIO_AUTH_TOKEN: 'token' },
      'account_sid_invalid',
    ],
    [
      'an API key that is none',
      { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_API_KEY: 'SK12', TWILIO_API_SECRET: 'secret' },
      'api_key_invalid',
    ],
    ['a broken ring', { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKENS: '{' }, 'key_ring_invalid'],
  ]

  it.each(problems)('refuses %s', (_name, values, code) => {
    expect(() => read(values)).toThrow(expect.objectContaining({ code, exitCode: 2 }))
  })
})
