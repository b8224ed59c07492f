import { describe, expect, it } from 'vitest'
import {
  finished,
  toRotatingRing,
  withNext,
  withNextFirst,
  withoutNext,
} from '../../../src/cli/rotate/ring-edit.ts'
import { parseKeyRing } from '../../../src/twilio/keyring.ts'

const AC1 = `AC${'1'.repeat(32)}`
const AC2 = `AC${'2'.repeat(32)}`

function rotating(secret: string, account = AC1) {
  const ring = parseKeyRing(secret)
  if (!ring.ok) throw new Error(ring.error.reason)
  const found = toRotatingRing(ring.value, account)
  if (!found) throw new Error('no key')
  return found
}

const through = (secret: string, account?: string) => {
  const added = withNext(rotating(secret, account), 'new')
  const first = withNextFirst(rotating(added, account))
  return [added, first, finished(rotating(first, account))]
}

describe('a ring through a rotation', () => {
  const json = JSON.stringify
  const cases: [string, string, unknown[]][] = [
    [
      'one account',
      json({ [AC1]: { primary: 'old' } }),
      [
        { [AC1]: { primary: 'old', next: 'new' } },
        { [AC1]: { next: 'new', primary: 'old' } },
        { [AC1]: { primary: 'new' } },
      ],
    ],
    [
      'other accounts and further keys are kept',
      json({ [AC2]: 'two', '*': 'any', [AC1]: { primary: 'old', shared: 'key' } }),
      [
        {
          [AC2]: { default: 'two' },
          [AC1]: { primary: 'old', next: 'new', shared: 'key' },
          '*': { default: 'any' },
        },
        {
          [AC2]: { default: 'two' },
          [AC1]: { next: 'new', primary: 'old', shared: 'key' },
          '*': { default: 'any' },
        },
        {
          [AC2]: { default: 'two' },
          [AC1]: { primary: 'new', shared: 'key' },
          '*': { default: 'any' },
        },
      ],
    ],
    [
      'a plain token stays good for every account',
      'old',
      [
        { '*': { default: 'old', next: 'new' } },
        { '*': { next: 'new', default: 'old' } },
        { '*': { primary: 'new' } },
      ],
    ],
    [
      'a name that is taken',
      json({ [AC1]: { current: 'old', primary: 'key' } }),
      [
        { [AC1]: { current: 'old', next: 'new', primary: 'key' } },
        { [AC1]: { next: 'new', current: 'old', primary: 'key' } },
        { [AC1]: { current: 'new', primary: 'key' } },
      ],
    ],
  ]
  it.each(cases)('%s', (_, secret, rings) => {
    expect(through(secret)).toEqual(rings.map((ring) => json(ring)))
  })

  it('goes back to what it was', () => {
    const before = json({ [AC1]: { primary: 'old', shared: 'key' } })
    expect(withoutNext(rotating(withNext(rotating(before), 'new')))).toBe(before)
  })

  it('tells the keys apart', () => {
    const one = rotating(json({ [AC1]: { next: 'new', primary: 'old' } }))
    expect([one.current.token, one.next?.token, one.isNextFirst]).toEqual(['old', 'new', true])
  })

  it('finds no key to begin with', () => {
    const ring = parseKeyRing(json({ [AC2]: 'two' }))
    expect(ring.ok && toRotatingRing(ring.value, AC1)).toBeNull()
    const onlyNext = parseKeyRing(json({ [AC1]: { next: 'two' } }))
    expect(onlyNext.ok && toRotatingRing(onlyNext.value, AC1)).toBeNull()
  })
})
