import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Params, parseForm } from '../../src/twilio/params.ts'

/** Pieces in which every rule of the form encoding meets every other. */
const piece = fc.constantFrom(
  ...'a Body = & + %20 %2B %2b %C3%B6 %F0%9F%98%80 % %4 %zz'.split(' '),
  ...'%FF %C3 %ED%A0%80 %EF%BB%BF %00 ? # ö 😀 \u0000'.split(' '),
  ' ',
)
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))

describe('parseForm', () => {
  it('gives what the platform’s form decoder gives, for valid and invalid input', () => {
    fc.assert(
      fc.property(text, (form) => {
        const expected = [...new URLSearchParams(`&${form}`)]
        expect(parseForm(form)).toEqual(expected)
      }),
      { numRuns: 20_000 },
    )
  })

  it.each([
    [
      'a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['', []],
    [
      '&&a&=v&',
      [
        ['a', ''],
        ['', 'v'],
      ],
    ],
    ['a=b=c', [['a', 'b=c']]],
    ['a+b=%20+', [['a b', '  ']]],
    ['a=%2B1', [['a', '+1']]],
    ['?a=1', [['?a', '1']]],
    ['?a=%FF', [['?a', '\uFFFD']]],
    ['a=%', [['a', '%']]],
  ])('decodes %j', (form, pairs) => {
    expect(parseForm(form)).toEqual(pairs)
  })
})

describe('Params', () => {
  it('finds the first value of a name, whatever the name', () => {
    const params = new Params(parseForm('a=1&a=2&__proto__=3&empty='))
    expect(params.get('a')).toBe('1')
    expect(params.get('__proto__')).toBe('3')
    expect(params.get('constructor')).toBeUndefined()
    expect(params.get('empty')).toBe('')
    expect(params.has('empty')).toBe(true)
    expect(params.pairs).toHaveLength(4)
  })
})
