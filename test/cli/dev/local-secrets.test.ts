import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { collectSecrets, findLacking } from '../../../src/cli/dev/local-secrets.ts'
import { createForward } from '../../../src/cli/dev/stand-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'switchboard-secrets-'))
writeFileSync(join(folder, '.dev.vars'), 'LATER=1\nEMPTY=\nTWILIO_AUTH_TOKENS=not-this-one\n')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const TOKENS = { TWILIO_AUTH_TOKENS: '0123456789abcdef0123456789abcdef' }
const readFrom = (values: Record<string, string>) => (name: string) => values[name]

describe('collectSecrets', () => {
  const collect = (values: Record<string, string>, isPublic = false, asksForLogin = false) =>
    collectSecrets(
      { names: ['CRM'], isPublic, asksForLogin, folders: [join(folder, 'none'), folder] },
      readFrom(values),
    )

  it('takes what is named, and what .dev.vars has besides, as it is read', () => {
    const values = { ...TOKENS, CRM: 'a', LATER: '1', OTHER: 'of the environment' }
    expect(collect(values)).toEqual({ ...TOKENS, CRM: 'a', LATER: '1' })
  })

  it('lists what is missing', () => {
    expect(() => collect({})).toThrow(/TWILIO_AUTH_TOKENS, CRM/)
  })

  it('needs a real token when Twilio itself calls', () => {
    const error = expect.objectContaining({ code: 'tokens_missing', exitCode: 2 })
    expect(() => collect({ CRM: 'a' }, true)).toThrow(error)
    expect(collect({ ...TOKENS, CRM: 'a' }, true)).toMatchObject(TOKENS)
  })

  it('tells the console of its users only when it is to ask', () => {
    const values = { ...TOKENS, CRM: 'a', CONSOLE_PASSWORDS: 'a-long-password' }
    expect(collect(values)).toEqual({ ...TOKENS, CRM: 'a' })
    expect(collect(values, false, true)).toMatchObject({ CONSOLE_PASSWORDS: 'a-long-password' })
    const error = expect.objectContaining({ code: 'login_missing', exitCode: 2 })
    expect(() => collect({ ...TOKENS, CRM: 'a' }, false, true)).toThrow(error)
  })

  it('refuses a broken ring without showing it', () => {
    expect(() => collect({ TWILIO_AUTH_TOKENS: '{"AC1": "hush', CRM: 'a' })).toThrow(/^[^]*TWILIO/)
    expect(() => collect({ TWILIO_AUTH_TOKENS: '{"AC1": "hush', CRM: 'a' })).not.toThrow(/hush/)
  })
})

describe('findLacking', () => {
  it('tells what is set nowhere from what came too late', () => {
    expect(findLacking(['A'], { A: '1' }, readFrom({}))).toEqual([])
    const lacking = findLacking(['A', 'B', 'C'], { A: '1' }, readFrom({ C: '1' }))
    expect(lacking).toEqual([expect.stringMatching(/^Missing: B;/), expect.stringMatching(/: C;/)])
  })
})

describe('createForward', () => {
  const state = { path: join(folder, 'state'), shown: 'state' }
  const forward = { url: 'http://127.0.0.1:1/', format: 'cloudevents' as const, state }

  it('makes a secret once, and says where it is and not what', () => {
    const first = createForward(forward, readFrom({}))
    const { FORWARD_SIGNING_SECRET: secret = '' } = first.secrets
    expect(secret).toMatch(/^whsec_/)
    expect(first.note).toContain('state/FORWARD_SIGNING_SECRET')
    expect(first.note).not.toContain(secret)
    expect(createForward(forward, readFrom({})).secrets).toEqual(first.secrets)
  })

  it('prefers the user’s own', () => {
    const own = createForward(forward, readFrom({ FORWARD_SIGNING_SECRET: 'own' }))
    expect(own.secrets).toEqual({ FORWARD_SIGNING_SECRET: 'own' })
    expect(own.note).not.toContain('state/')
  })
})
