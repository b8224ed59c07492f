/** A difference for people: short values in a line, long texts line by line, and nothing that a terminal obeys. */
import { describe, expect, it } from 'vitest'
import { toDiffLines, toPrintable } from '../../../src/config/diff/diff-text.ts'
import { diffLines } from '../../../src/config/diff/line-diff.ts'

const toText = (before: string[], after: string[]) =>
  diffLines(before, after)
    .map(({ sign, text }) => sign + text)
    .join(' ')

describe('diffLines', () => {
  it.each([
    ['abc', 'abc', ' a  b  c'],
    ['abc', 'axbc', ' a +x  b  c'],
    ['abc', 'ac', ' a -b  c'],
    ['abc', 'adc', ' a -b +d  c'],
    ['', 'ab', '+a +b'],
    ['ab', '', '-a -b'],
    ['aa', 'a', ' a -a'],
    ['abcdef', 'bxcdyf', '-a  b +x  c  d -e +y  f'],
  ])('%s → %s', (before, after, expected) => {
    expect(toText(before.split(''), after.split(''))).toBe(expected)
  })

  it('gives both texts back, also where they are too long to compare', () => {
    const before = Array.from({ length: 3_000 }, (_, i) => `old ${i % 7}`)
    const after = Array.from({ length: 3_000 }, (_, i) => `new ${i % 5}`)
    const lines = diffLines(before, after)
    const without = (sign: string) => lines.filter((line) => line.sign !== sign)
    expect(without('+').map(({ text }) => text)).toEqual(before)
    expect(without('-').map(({ text }) => text)).toEqual(after)
  })
})

describe('toDiffLines', () => {
  it('has a line for each value', () => {
    expect(
      toDiffLines([
        { type: 'added', path: 'a', after: ['x', 'y'] },
        { type: 'removed', path: 'b', before: 204 },
        { type: 'changed', path: 'c', before: null, after: { d: 'e' } },
      ]),
    ).toEqual(["+ a: ['x', 'y']", '- b: 204', "~ c: null → { d: 'e' }"])
  })

  it('compares a long document between its tags', () => {
    const document = (text: string) =>
      `<Response><Say>one</Say><Say>two</Say><Say>${text}</Say><Pause/><Hangup/></Response>`
    const change = { type: 'changed', path: 'x', before: document('3'), after: document('4') }
    expect(toDiffLines([change as Parameters<typeof toDiffLines>[0][0]])).toEqual([
      '~ x:',
      '      …',
      '      <Say>two</Say>',
      '    - <Say>3</Say>',
      '    + <Say>4</Say>',
      '      <Pause/>',
      '      …',
    ])
  })

  it('shortens what is long', () => {
    const [line] = toDiffLines([{ type: 'added', path: 'x', after: 'y'.repeat(5_000) }])
    expect(line?.length).toBeLessThan(120)
  })

  it.each(['\u001B[2J', '\u009B31m', '\u202E', '\r', '\u0007'])('obeys no %j', (control) => {
    const text = `<a>${control}</a>\n${'<b/>'.repeat(30)}`
    const lines = toDiffLines([
      { type: 'added', path: 'x', after: control },
      { type: 'changed', path: 'y', before: 'z', after: text },
    ]).join('\n')
    expect([lines, toPrintable(control)].join('')).not.toContain(control)
  })
})
