import { describe, expect, it } from 'vitest'
import { toSummary, type Sent } from '../../../src/cli/simulate/summary.ts'
import { toSummaryText } from '../../../src/cli/simulate/summary-text.ts'

const GOOD: Sent = {
  conversation: 3,
  story: 'message',
  kind: 'messaging.inbound',
  token: 'one',
  enemy: null,
  attempt: 1,
  place: 'ashburn',
  key: 'current',
  atMs: 10,
  sid: null,
  streamed: [],
  isLast: true,
  status: 200,
  loss: null,
  durationMs: 4,
  isGood: true,
  code: null,
  answer: 'x',
}
const BAD: Partial<Sent> = { status: 500, isGood: false, code: 11200, answer: 'y' }
const sent = (...changes: Partial<Sent>[]): Sent[] => changes.map((each) => ({ ...GOOD, ...each }))

describe('toSummary', () => {
  it.each([
    ['all is well', sent({}), []],
    ['a copy with the same answer', sent({}, {}), []],
    ['a retry that helped', sent({ ...BAD, isLast: false }, { attempt: 2 }), []],
    [
      'a retry that did not',
      sent({ ...BAD, isLast: false }, { ...BAD, attempt: 2 }),
      ['not_accepted'],
    ],
    ['a copy with another answer', sent({}, { answer: 'z' }), ['another_answer']],
    ['another token', sent({}, { token: 'two', answer: 'z' }), []],
    [
      'an enemy refused, with the token of a genuine one',
      sent({}, { enemy: 'replayed', answer: 'z' }),
      [],
    ],
    ['an enemy let in', sent({ enemy: 'forged', isGood: false }), ['not_refused']],
  ])('%s', (_what, all, wrong) => {
    const summary = toSummary(all)
    expect(summary.wrong.map(({ what }) => what)).toEqual(wrong)
    expect(summary.ok).toBe(wrong.length === 0)
  })

  it('counts by kind and enemy, and has the times of each', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      durationMs: index + 1,
      token: `${index}`,
    }))
    const all = sent(
      ...many,
      { enemy: 'forged', status: 403 },
      { kind: 'a', loss: 'rt', status: 0 },
    )
    const { rows, sent: count, enemies } = toSummary(all)
    expect({ count, enemies }).toEqual({ count: 102, enemies: 1 })
    expect(rows.map(({ name }) => name)).toEqual(['a', 'messaging.inbound', 'forged'])
    expect(rows[0]?.statuses).toEqual({ rt: 1 })
    expect(rows[1]).toMatchObject({ sent: 100, good: 100, p50: 50, p95: 95, p99: 99 })
  })

  it('of nothing is nothing', () => {
    expect(toSummary([])).toMatchObject({ ok: true, sent: 0, rows: [], wrong: [] })
  })

  it.each<[string, Sent[], Record<'current' | 'promoted', [number, number]> | null, boolean]>([
    ['no promotion', sent({}), null, false],
    ['both known', sent({}, { key: 'promoted' }), { current: [1, 0], promoted: [1, 0] }, false],
    [
      'the promoted one unknown',
      sent({}, { ...BAD, key: 'promoted', status: 403 }, { enemy: 'forged', key: null }),
      { current: [1, 0], promoted: [1, 1] },
      true,
    ],
    [
      'all refused',
      sent({ ...BAD, status: 403 }, { ...BAD, key: 'promoted', status: 403 }),
      { current: [1, 1], promoted: [1, 1] },
      false,
    ],
  ])('keys, %s', (_what, all, keys, isTold) => {
    const summary = toSummary(all)
    const toPair = ({ sent: count, refused }: { sent: number; refused: number }) => [count, refused]
    const pairs = summary.keys && {
      current: toPair(summary.keys.current),
      promoted: toPair(summary.keys.promoted),
    }
    expect(pairs).toEqual(keys)
    const text = toSummaryText(summary, { seed: 's', tookMs: 1_000, isEarly: false })
    expect(/does not know the promoted key/.test(text)).toBe(isTold)
  })

  it('counts a fallback URL that was asked because the first one failed', () => {
    const fallback: Partial<Sent> = { kind: 'fallback' }
    const all = sent({ ...BAD }, { ...fallback, isLast: false }, { ...fallback, attempt: 2 })
    expect(toSummary(all).fallbacks).toBe(1)
    expect(toSummary(sent({ ...fallback, story: 'fallback' })).fallbacks).toBe(0)
  })

  it('names at most five of what is wrong, and counts the rest', () => {
    const all = sent(...Array.from({ length: 9 }, (_, index) => ({ ...BAD, token: `${index}` })))
    const summary = toSummary(all)
    expect(summary.wrong).toMatchObject([{ what: 'not_accepted', count: 9 }])
    expect(summary.wrong[0]?.examples).toHaveLength(5)
    const text = toSummaryText(summary, { seed: 's', tookMs: 1_000, isEarly: true })
    expect(text).toMatch(/^NOT GOOD: 9 /m)
    expect(text.match(/conversation 3: status 500, error 11200/g)).toHaveLength(5)
    expect(text).toContain('--seed s')
  })
})
