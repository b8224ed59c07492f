/** What a history says: what is live, what never was, and where a rollback goes. */
import { describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/config/published/publication.ts'
import {
  decideRollback,
  findVersion,
  placePublications,
} from '../../../src/config/published/standing.ts'

const MINUTE_MS = 60_000
const START = Date.UTC(2026, 10, 25)
const NOW = START + 1_000 * MINUTE_MS

/** `v1`, what it replaced, and of a rollback the number of the one that it went back to; the oldest first. */
type Row = [version: string, replaces: string | null, restores?: number]

function toHistory(rows: Row[], newestAt = NOW - 10 * MINUTE_MS): Publication[] {
  const publications: Publication[] = rows.map(([version, replaces, restores], i) => ({
    id: `${i + 1}`,
    version,
    at: newestAt - (rows.length - 1 - i) * MINUTE_MS,
    by: 'someone',
    how: restores === undefined ? 'push' : 'rollback',
    message: null,
    replaces,
    restores: restores === undefined ? null : `${restores}`,
  }))
  return publications.toReversed()
}

const THREE: Row[] = [
  ['v1', null],
  ['v2', 'v1'],
  ['v3', 'v2'],
]

describe('placePublications', () => {
  const place = (rows: Row[], mark: string | null) =>
    placePublications(toHistory(rows), mark)
      .toReversed()
      .map(({ standing }) => standing)

  it('finds the live one', () => {
    expect(place(THREE, 'v3')).toEqual(['replaced', 'replaced', 'live'])
  })

  it('calls the newest unfinished when what it replaced is still there', () => {
    expect(place(THREE, 'v2')).toEqual(['replaced', 'live', 'unfinished'])
    expect(place([['v1', null]], null)).toEqual(['unfinished'])
  })

  it('still knows it when the next one was published', () => {
    const rows: Row[] = [...THREE, ['v4', 'v2'], ['v3', 'v4']]
    expect(place(rows, 'v3')).toEqual(['replaced', 'replaced', 'unfinished', 'replaced', 'live'])
  })

  it('has only the newest of a version for live', () => {
    expect(place([...THREE, ['v2', 'v3', 2]], 'v2')).toEqual([
      'replaced',
      'replaced',
      'replaced',
      'live',
    ])
  })

  it('has none for live when something else is in place', () => {
    expect(place(THREE, 'by-hand')).toEqual(['replaced', 'replaced', 'replaced'])
    expect(place(THREE, null)).toEqual(['replaced', 'replaced', 'replaced'])
  })
})

describe('decideRollback', () => {
  const decide = (rows: Row[], mark: string | null, newestAt?: number) => {
    const decided = decideRollback(toHistory(rows, newestAt), mark, NOW)
    return decided.ok ? decided.value.id : decided.error.reason
  }

  it('goes to the one before, and each time one further back', () => {
    expect(decide(THREE, 'v3')).toBe('2')
    expect(decide([...THREE, ['v2', 'v3', 2]], 'v2')).toBe('1')
    expect(decide([...THREE, ['v2', 'v3', 2], ['v1', 'v2', 1]], 'v1')).toBe('nothing_before')
  })

  it('goes back from what was published after a rollback', () => {
    expect(decide([...THREE, ['v2', 'v3', 2], ['v4', 'v2']], 'v4')).toBe('4')
  })

  it('walks through a version that came twice', () => {
    const rows: Row[] = [
      ['v1', null],
      ['v2', 'v1'],
      ['v1', 'v2'],
      ['v2', 'v1', 2],
    ]
    expect(decide(rows.slice(0, 3), 'v1')).toBe('2')
    // The restored one is number 2, and before that was number 1.
    expect(decide(rows, 'v2')).toBe('1')
    expect(decide([...rows, ['v1', 'v2', 1]], 'v1')).toBe('nothing_before')
  })

  it('passes over what was written again without a change', () => {
    expect(decide([...THREE, ['v3', 'v3']], 'v3')).toBe('2')
  })

  it('never goes to one that was never live', () => {
    // 3 broke off, 4 replaced 2.
    expect(decide([...THREE, ['v4', 'v2']], 'v4')).toBe('2')
    // 3 broke off, and 2 is live.
    expect(decide(THREE, 'v2')).toBe('1')
  })

  it('waits for what KV may not show yet', () => {
    expect(decide(THREE, 'v2', NOW - 1_000)).toBe('unsettled')
    expect(decide(THREE, 'v3', NOW - 1_000)).toBe('2')
  })

  it('does a rollback that broke off again', () => {
    const rows: Row[] = [...THREE, ['v2', 'v3', 2]]
    expect(decide(rows, 'v3', NOW - 1_000)).toBe('2')
    expect(decide(rows, 'v3', NOW - 5 * MINUTE_MS)).toBe('2')
  })

  it('goes to the last publication when something else is in place', () => {
    expect(decide(THREE, '(broken)')).toBe('3')
    expect(decide(THREE, 'by-hand')).toBe('3')
  })

  it('says why there is no way back', () => {
    expect(decide([], null)).toBe('nothing_kept')
    expect(decide([['v1', null]], 'v1')).toBe('nothing_before')
    expect(decide([['v1', 'by-hand']], 'v1')).toBe('not_kept')
  })
})

describe('findVersion', () => {
  const history = toHistory([
    ['abc1', null],
    ['abc2', 'abc1'],
    ['abc1', 'abc2'],
    ['abc', 'abc1'],
  ])
  const find = (text: string) => {
    const found = findVersion(history, text)
    return found.ok ? found.value.id : found.error
  }

  it('takes the newest, also by a beginning that names only one', () => {
    expect([find('abc1'), find('abc2'), find('abc')]).toEqual(['3', '2', '4'])
  })

  it('refuses what names several or none', () => {
    expect(find('ab')).toEqual({ reason: 'ambiguous', versions: ['abc', 'abc1', 'abc2'] })
    expect(find('x')).toEqual({ reason: 'unknown' })
  })
})
