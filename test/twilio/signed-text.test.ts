import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Param } from '../../src/twilio/params.ts'
import { compareBytes, toSignedText, toSortedParams } from '../../src/twilio/signed-text.ts'

const URL = 'https://example.com/sms?a=1'

describe('toSignedText', () => {
  it('is the URL alone without parameters', () => {
    expect(toSignedText(URL, [])).toBe(URL)
  })

  it('appends name and value without delimiters, sorted by name', () => {
    expect(
      toSignedText(URL, [
        ['To', '+1'],
        ['Body', 'a b'],
        ['From', '+2'],
      ]),
    ).toBe(`${URL}Bodya bFrom+2To+1`)
  })

  it('leaves the pairs that it is given in their order', () => {
    const pairs: Param[] = [
      ['b', '1'],
      ['a', '2'],
    ]
    toSignedText(URL, pairs)
    expect(pairs).toEqual([
      ['b', '1'],
      ['a', '2'],
    ])
  })
})

describe('toSortedParams', () => {
  it.each<[rule: string, pairs: Param[], sorted: string]>([
    [
      'sorts capitals before small letters',
      [
        ['callSid', '3'],
        ['CallSid', '2'],
        ['CALLSID', '1'],
        ['msg', '4'],
      ],
      'CALLSID1CallSid2callSid3msg4',
    ],
    [
      'sorts names, not names and values together',
      [
        ['ReasonConferenceEnded', 'x'],
        ['Reason', 'Z'],
      ],
      'ReasonZReasonConferenceEndedx',
    ],
    [
      'keeps only the name of an empty value',
      [
        ['b', ''],
        ['a', '1'],
      ],
      'a1b',
    ],
    [
      'counts an equal value of a name once',
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '1'],
      ],
      'a1b1',
    ],
    [
      'repeats the name for each distinct value, sorted',
      [
        ['a', '2'],
        ['a', '10'],
      ],
      'a10a2',
    ],
    [
      'keeps an empty value beside another',
      [
        ['a', 'x'],
        ['a', ''],
      ],
      'aax',
    ],
    [
      'takes a name from Object.prototype as a name',
      [
        ['__proto__', '1'],
        ['a', '2'],
      ],
      '__proto__1a2',
    ],
    // UTF-16 order would put the astral name (D83D DE00) before U+FF21: the SDK for node does.
    [
      'sorts by UTF-8 bytes',
      [
        ['😀', '1'],
        ['Ａ', '2'],
      ],
      'Ａ2😀1',
    ],
  ])('%s', (_rule, pairs, sorted) => {
    expect(toSortedParams(pairs)).toBe(sorted)
  })
})

describe('compareBytes', () => {
  it('orders any two texts as their UTF-8 bytes are ordered', () => {
    const edges = fc.constantFrom('a', 'b', 'ö', '\uD7FF', '\uE000', '\uFFFF', '\u{10000}', '😀')
    const text = fc.array(edges, { maxLength: 4 }).map((units) => units.join(''))
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        expect(Math.sign(compareBytes(a, b))).toBe(expected)
      }),
      { numRuns: 5_000 },
    )
  })
})
