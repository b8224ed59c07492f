import { describe, expect, it } from 'vitest'
import type { CompiledConfig, CompiledTarget } from '../../../src/config/compiled.ts'
import {
  checkValues,
  decideSecrets,
  refuseMissing,
  toRequiredSecrets,
} from '../../../src/cli/deploy/secrets.ts'

const TARGET: CompiledTarget = {
  name: 'crm',
  url: 'https://crm.example.com',
  events: ['*'],
  where: null,
  secrets: ['CRM_SECRET'],
  format: 'cloudevents',
  timeoutMs: 1,
  retryMs: [],
  rate: null,
  headers: {},
  bearer: null,
}

const config = (change: Partial<CompiledConfig>): CompiledConfig => ({
  publicUrl: null,
  lookupBudgetMs: 50,
  endpoints: [],
  targets: [],
  ...change,
})

describe('toRequiredSecrets', () => {
  it.each<[string, 'gateway' | 'consumer' | 'console', CompiledConfig, string[], string[]]>([
    ['the gateway', 'gateway', config({ targets: [TARGET] }), [], ['TWILIO_AUTH_TOKENS']],
    ['a consumer without targets', 'consumer', config({}), [], []],
    ['a target', 'consumer', config({ targets: [TARGET] }), [], ['CRM_SECRET']],
    [
      'a target that is signed as Twilio signs',
      'consumer',
      config({ targets: [{ ...TARGET, format: 'twilio', secrets: [] }] }),
      [],
      ['TWILIO_AUTH_TOKENS'],
    ],
    ['redaction', 'consumer', config({ redact: ['Body'] }), [], ['REDACT_KEY']],
    ['the console', 'console', config({ targets: [TARGET] }), ['PASSWORD'], ['PASSWORD']],
    [
      'what the wrangler file says again',
      'gateway',
      config({}),
      ['TWILIO_AUTH_TOKENS'],
      ['TWILIO_AUTH_TOKENS'],
    ],
  ])('%s', (_what, role, compiled, required, expected) => {
    expect(toRequiredSecrets(role, compiled, required)).toEqual(expected)
  })
})

const reader = (secrets: Record<string, string>) => (name: string) => secrets[name]

describe('decideSecrets', () => {
  const needed = ['HERE', 'THERE', 'BOTH', 'NOWHERE']
  const read = reader({ HERE: 'a', BOTH: 'b' })

  it('keeps what Cloudflare has, uploads what it lacks, and names what nobody has', () => {
    expect(decideSecrets(needed, ['THERE', 'BOTH'], read, false)).toEqual({
      upload: ['HERE'],
      missing: ['NOWHERE'],
    })
  })

  it('replaces what is known here when it is told to', () => {
    expect(decideSecrets(needed, ['THERE', 'BOTH'], read, true).upload).toEqual(['HERE', 'BOTH'])
  })
})

describe('refuseMissing', () => {
  it('names all of them, once each', () => {
    expect(() => refuseMissing(['A', 'B', 'A'])).toThrow(
      expect.objectContaining({
        code: 'secrets_missing',
        message: expect.stringMatching(/: A, B\./),
      }),
    )
  })

  it('lets nothing missing pass', () => {
    expect(() => refuseMissing([])).not.toThrow()
  })
})

describe('checkValues', () => {
  const code = (secrets: Record<string, string>) => {
    try {
      checkValues(Object.keys(secrets), reader(secrets))
      return null
    } catch (error) {
      return error instanceof Error && 'code' in error ? error.code : error
    }
  }

  it.each([
    ['a token', { TWILIO_AUTH_TOKENS: 'token' }, null],
    ['a ring that is no JSON', { TWILIO_AUTH_TOKENS: '{"AC' }, 'secret_invalid'],
    ['5 KB', { CRM: 'x'.repeat(5120) }, null],
    ['more than 5 KB', { CRM: 'x'.repeat(5121) }, 'secret_invalid'],
  ])('%s', (_what, secrets, expected) => {
    expect(code(secrets)).toBe(expected)
  })
})
