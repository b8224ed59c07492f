import { describe, expect, it } from 'vitest'
import { checkSecrets } from '../../../src/cli/check/check-secrets.ts'
import { compiled } from '../../config/compile-case.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'
const SIGNING = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
const URL_SECRET = 'https://hooks.example.com/T000/B000/secret'

const GOOD: Record<string, string> = {
  TWILIO_AUTH_TOKENS: TOKEN,
  CRM_SECRET: SIGNING,
  CRM_BEARER: 'abc',
  OPS_URL: URL_SECRET,
  REDACT_KEY: 'long and random',
}

const { config } = compiled({
  endpoints: { sms: { path: '/sms' } },
  targets: {
    crm: {
      url: 'https://crm.example.com',
      events: ['*'],
      secret: 'CRM_SECRET',
      bearer: 'CRM_BEARER',
    },
    copy: { url: 'https://copy.example.com', events: ['*'], secret: 'CRM_SECRET' },
    ops: { urlSecret: 'OPS_URL', events: ['*'], format: 'slack' },
  },
  redact: ['Body'],
})

function check(changes: Record<string, string | undefined>, { local = false } = {}) {
  const values: Record<string, string | undefined> = { ...GOOD, ...changes }
  const { secrets, missing, broken } = checkSecrets(config, (name) => values[name], { local })
  const toPair = ({ path, code }: { path: string; code: string }) => `${path} ${code}`
  return {
    secrets,
    missing: missing.map(toPair),
    broken: broken.map(toPair),
    all: [missing, broken],
  }
}

describe('checkSecrets', () => {
  it('has nothing to say when all are set and good', () => {
    expect(check({})).toMatchObject({ missing: [], broken: [] })
  })

  it('lists each secret once', () => {
    const names = check({}).secrets.map(({ name }) => name)
    expect(names).toEqual([
      'TWILIO_AUTH_TOKENS',
      'CRM_SECRET',
      'CRM_BEARER',
      'OPS_URL',
      'REDACT_KEY',
    ])
  })

  it.each([
    ['TWILIO_AUTH_TOKENS', 'TWILIO_AUTH_TOKENS secret_missing'],
    ['CRM_SECRET', 'targets.crm.secret secret_missing'],
    ['CRM_BEARER', 'targets.crm.bearer secret_missing'],
    ['OPS_URL', 'targets.ops.urlSecret secret_missing'],
    ['REDACT_KEY', 'redact secret_missing'],
  ])('names %s once when it is not set', (name, finding) => {
    const { secrets, missing, broken } = check({ [name]: undefined })
    expect({ missing, broken }).toEqual({ missing: [finding], broken: [] })
    expect(secrets.find((secret) => secret.name === name)).toEqual({ name, isSet: false })
  })

  it.each([
    ['TWILIO_AUTH_TOKENS', '{ not json', ['TWILIO_AUTH_TOKENS tokens_invalid']],
    ['TWILIO_AUTH_TOKENS', `AC${'0'.repeat(32)}`, ['TWILIO_AUTH_TOKENS tokens_invalid']],
    [
      'CRM_SECRET',
      'correct-horse',
      ['targets.crm.secret secret_invalid', 'targets.copy.secret secret_invalid'],
    ],
    ['CRM_BEARER', 'naïve', ['targets.crm.bearer secret_invalid']],
    ['OPS_URL', 'http://10.0.0.7/hook', ['targets.ops.urlSecret url_invalid']],
    ['OPS_URL', 'not a url', ['targets.ops.urlSecret url_invalid']],
  ])('refuses a %s that cannot work, and does not repeat it', (name, value, findings) => {
    const { missing, broken, all } = check({ [name]: value })
    expect({ missing, broken }).toEqual({ missing: [], broken: findings })
    expect(JSON.stringify(all)).not.toContain(value)
  })

  it('lets a secret URL be private in development', () => {
    expect(check({ OPS_URL: 'http://127.0.0.1:8080/hook' }, { local: true }).broken).toEqual([])
  })
})
