import { describe, expect, it } from 'vitest'
import { EMPTY_KEY_RING, keysFor, parseKeyRing, type KeyRing } from '../../src/twilio/keyring.ts'

const A = `AC${'a1'.repeat(16)}`
const B = `AC${'b2'.repeat(16)}`
const UNKNOWN = `AC${'c3'.repeat(16)}`
const SECRET = 'f00dfeedf00dfeedf00dfeedf00dfeed'

function parse(secret: unknown): KeyRing {
  const result = parseKeyRing(typeof secret === 'string' ? secret : JSON.stringify(secret))
  if (!result.ok) throw new Error(result.error.reason)
  return result.value
}

const tokens = (ring: KeyRing, account: string | null) =>
  keysFor(ring, account).map(({ token }) => token)

describe('parseKeyRing', () => {
  it.each([SECRET, ` ${SECRET}\n`, '12345'])('reads one plain token: %j', (secret) => {
    const key = { name: 'default', account: null, token: secret.trim() }
    expect(parse(secret).all).toEqual([key])
  })

  it('reads a ring for each account, in the order of the text', () => {
    const ring = parse({
      [A]: { primary: 't1', previous: 't2' },
      [B]: 't3',
      '*': { primary: 't4' },
    })
    expect(ring.all).toEqual([
      { name: 'primary', account: A, token: 't1' },
      { name: 'previous', account: A, token: 't2' },
      { name: 'default', account: B, token: 't3' },
      { name: 'primary', account: null, token: 't4' },
    ])
  })

  it.each<[what: string, reason: string, secret: string | undefined]>([
    ['no secret', 'missing', undefined],
    ['an empty one', 'missing', ' \n'],
    ['broken JSON', 'malformed_json', `{"${A}":"${SECRET}"`],
    ['no entry', 'no_keys', '{}'],
    ['an account without keys', 'no_keys', `{"${A}":{}}`],
    ['a token in the place of an account', 'bad_account', `{"${SECRET}":"${A}"}`],
    ['__proto__ for an account', 'bad_account', `{"__proto__":"${SECRET}"}`],
    ['a token in the place of a key name', 'bad_key_name', `{"${A}":{"${SECRET}":"primary"}}`],
    ['an empty token', 'bad_token', `{"${A}":""}`],
    ['a number', 'bad_token', `{"${A}":{"primary":5}}`],
    ['a list', 'bad_token', `{"${A}":["${SECRET}"]}`],
    ['null', 'bad_token', `{"${A}":null}`],
    ['a token with a space', 'bad_token', `{"${A}":"${SECRET} "}`],
    ['a plain token in quotes', 'bad_token', `"${SECRET}"`],
    ['two plain tokens', 'bad_token', `${SECRET},\n${SECRET}`],
    ['an account SID for a token', 'sid_for_token', A],
    ['an API key for a token', 'sid_for_token', `{"${A}":"SK${SECRET}"}`],
    ['too many keys', 'too_many_keys', JSON.stringify({ '*': manyKeys(129) })],
  ])('refuses %s, and does not repeat it', (_what, reason, secret) => {
    const result = parseKeyRing(secret)
    expect(result).toMatchObject({ ok: false, error: { reason } })
    expect(JSON.stringify(result)).not.toContain(SECRET)
  })

  it('says where by position', () => {
    const result = parseKeyRing(`{"${A}":"${SECRET}","${B}":""}`)
    expect(result).toMatchObject({ ok: false, error: { hint: expect.stringContaining('entry 2') } })
  })

  it('takes as many keys as it says', () => {
    expect(parse({ '*': manyKeys(128) }).all).toHaveLength(128)
  })
})

describe('keysFor', () => {
  const ring = parse({ [A]: { primary: 't1', previous: 't2' }, [B]: 't3' })
  const open = parse({ [A]: 't1', '*': 't4' })

  it.each<[what: string, ring: KeyRing, account: string | null, expected: string[]]>([
    ['the keys of a known account', ring, A, ['t1', 't2']],
    ['a sub-account’s own', ring, B, ['t3']],
    ['none for an unknown account', ring, UNKNOWN, []],
    ['every key when no account is named', ring, null, ['t1', 't2', 't3']],
    ['* for an unknown account', open, UNKNOWN, ['t4']],
    ['not * for a known one', open, A, ['t1']],
    ['a plain token for any account', parse('t5'), UNKNOWN, ['t5']],
    ['a plain token for no account', parse('t5'), null, ['t5']],
    ['none for __proto__', ring, '__proto__', []],
    ['none of an empty ring', EMPTY_KEY_RING, null, []],
    ['none of an empty ring for an account', EMPTY_KEY_RING, A, []],
  ])('gives %s', (_what, given, account, expected) => {
    expect(tokens(given, account)).toEqual(expected)
  })
})

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, `t${i}`]))
}
