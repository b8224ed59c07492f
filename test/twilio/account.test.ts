import { describe, expect, it } from 'vitest'
import { findAccount, isAccountSid, MALFORMED_ACCOUNT } from '../../src/twilio/account.ts'
import { Params, type Param } from '../../src/twilio/params.ts'

const A = `AC${'a1'.repeat(16)}`
const B = `AC${'b2'.repeat(16)}`
const none = new Params([])

describe('isAccountSid', () => {
  it.each<[text: string, expected: boolean]>([
    [A, true],
    [A.toLowerCase(), false],
    [`${A}0`, false],
    [`${A}\n`, false],
    [A.replace('AC', 'SK'), false],
    ['', false],
  ])('%j', (text, expected) => {
    expect(isAccountSid(text)).toBe(expected)
  })
})

describe('findAccount', () => {
  it.each([
    'AccountSid',
    'account_sid',
    'interactionAccountSid',
    'sessionAccountSid',
    'accountId',
    'accountSid',
  ])('reads %s from parameters and from a JSON object', (name) => {
    expect(findAccount(new Params([[name, A]]), null)).toBe(A)
    expect(findAccount(none, { [name]: A })).toBe(A)
  })

  it.each<[what: string, pairs: Param[], expected: string | null]>([
    ['nothing', [], null],
    ['an empty value', [['AccountSid', '']], null],
    [
      'an empty value beside another name',
      [
        ['AccountSid', ''],
        ['accountId', A],
      ],
      A,
    ],
    ['rubbish', [['AccountSid', 'rubbish']], MALFORMED_ACCOUNT],
    ['a SID of another sort', [['AccountSid', A.replace('AC', 'SM')]], MALFORMED_ACCOUNT],
    ['__proto__', [['AccountSid', '__proto__']], MALFORMED_ACCOUNT],
    [
      'two, of which the first counts',
      [
        ['AccountSid', A],
        ['AccountSid', B],
      ],
      A,
    ],
    [
      'two names, in one order',
      [
        ['accountId', B],
        ['AccountSid', A],
      ],
      A,
    ],
  ])('finds in parameters: %s', (_what, pairs, expected) => {
    expect(findAccount(new Params(pairs), null)).toBe(expected)
  })

  it.each<[what: string, json: unknown, expected: string | null]>([
    ['no JSON', undefined, null],
    ['text', 'AccountSid', null],
    ['null', { AccountSid: null }, null],
    ['a number', { AccountSid: 5 }, MALFORMED_ACCOUNT],
    ['a list', { AccountSid: [A] }, MALFORMED_ACCOUNT],
    ['the account of a prototype', Object.create({ AccountSid: A }), null],
    [
      'an Event Streams batch, signed by the owner of its sink',
      [{ data: { accountSid: A } }],
      null,
    ],
  ])('finds in JSON: %s', (_what, json, expected) => {
    expect(findAccount(none, json)).toBe(expected)
  })
})
