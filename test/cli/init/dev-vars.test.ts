import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { addSecrets } from '../../../src/cli/init/dev-vars.ts'

const TOKEN = { name: 'TWILIO_AUTH_TOKENS', value: '0123456789abcdef', comment: 'The token.' }
const SIGNING = { name: 'APP_SIGNING_SECRET', value: 'whsec_AAAA+/==', comment: 'Signs.' }

describe('addSecrets', () => {
  it('makes a file that is read back as it was meant', () => {
    const ring = { ...TOKEN, value: '{"AC00000000000000000000000000000001":{"primary":"a#b$c"}}' }
    const { text, added } = addSecrets(null, [ring, SIGNING])
    expect(parseEnv(text)).toEqual({
      TWILIO_AUTH_TOKENS: ring.value,
      APP_SIGNING_SECRET: SIGNING.value,
    })
    expect(added).toEqual(['TWILIO_AUTH_TOKENS', 'APP_SIGNING_SECRET'])
  })

  it('keeps every line that is there, also without a line end', () => {
    const before = '# mine\nOTHER="a b"\nLAST=1'
    const { text } = addSecrets(before, [TOKEN])
    expect(text.startsWith(`${before}\n`)).toBe(true)
    expect(parseEnv(text)).toEqual({ OTHER: 'a b', LAST: '1', TWILIO_AUTH_TOKENS: TOKEN.value })
  })

  it('keeps another value and says so', () => {
    const before = 'TWILIO_AUTH_TOKENS=another\n'
    expect(addSecrets(before, [TOKEN])).toEqual({
      text: before,
      added: [],
      kept: ['TWILIO_AUTH_TOKENS'],
      empty: [],
    })
  })

  it('changes nothing the second time', () => {
    const { text } = addSecrets(null, [TOKEN, SIGNING])
    expect(addSecrets(text, [TOKEN, SIGNING])).toEqual({ text, added: [], kept: [], empty: [] })
  })

  it('fills in a line that was left empty, the last one of its name', () => {
    const before = '#TWILIO_AUTH_TOKENS=x\nTWILIO_AUTH_TOKENS=\nB=2\n'
    const { text, added } = addSecrets(before, [TOKEN])
    expect(text).toBe(`#TWILIO_AUTH_TOKENS=x\nTWILIO_AUTH_TOKENS=${TOKEN.value}\nB=2\n`)
    expect(added).toEqual(['TWILIO_AUTH_TOKENS'])
  })

  it('writes a line to be filled in, once, and says that it is empty', () => {
    const nothing = { ...TOKEN, value: '' }
    const first = addSecrets(null, [nothing])
    expect(first).toMatchObject({ added: ['TWILIO_AUTH_TOKENS'], empty: ['TWILIO_AUTH_TOKENS'] })
    const second = addSecrets(first.text, [nothing])
    expect(second).toEqual({ ...first, added: [] })
  })

  it('keeps a value when there is nothing to put in its place', () => {
    const before = 'TWILIO_AUTH_TOKENS=another\n'
    const result = addSecrets(before, [{ ...TOKEN, value: '' }])
    expect(result).toEqual({ text: before, added: [], kept: [], empty: [] })
  })
})
