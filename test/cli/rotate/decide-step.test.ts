import { describe, expect, it } from 'vitest'
import {
  decideRotationStep,
  toStanding,
  type Decision,
  type Probe,
  type RotationFacts,
  type Standing,
} from '../../../src/cli/rotate/decide-step.ts'
import { decideQuiet, QUIET_MS } from '../../../src/cli/rotate/record.ts'

const FACTS: RotationFacts = {
  standing: 'single',
  isNextFirst: false,
  isUploaded: false,
  isQuiet: null,
  isAborting: false,
  isForced: false,
}

describe('decideRotationStep', () => {
  const created = { standing: 'created' } as const
  const promoted = { standing: 'promoted', isNextFirst: true, isUploaded: true } as const
  const cases: [Partial<RotationFacts>, Decision][] = [
    [{}, { step: 'create' }],
    [{ isUploaded: true }, { step: 'create' }],
    [{ isForced: true }, { step: 'create' }],
    [{ isAborting: true }, { stop: 'nothing_to_abort' }],
    [created, { step: 'upload' }],
    [{ ...created, isForced: true }, { step: 'upload' }],
    [{ ...created, isUploaded: true }, { step: 'promote' }],
    [{ ...created, isUploaded: true, isNextFirst: true }, { step: 'promote' }],
    [{ ...created, isAborting: true }, { step: 'abort' }],
    [{ ...created, isUploaded: true, isAborting: true }, { step: 'abort' }],
    [{ standing: 'promoted' }, { step: 'switch' }],
    [{ standing: 'promoted', isUploaded: true }, { step: 'switch' }],
    [{ standing: 'promoted', isQuiet: true, isForced: true }, { step: 'switch' }],
    [{ ...promoted, isUploaded: false }, { step: 'upload' }],
    [{ ...promoted, isUploaded: false, isQuiet: true }, { step: 'upload' }],
    [promoted, { step: 'watch' }],
    [{ ...promoted, isQuiet: false }, { step: 'watch' }],
    [{ ...promoted, isQuiet: true }, { step: 'finish' }],
    [{ ...promoted, isForced: true }, { step: 'finish' }],
    [{ ...promoted, isAborting: true }, { stop: 'too_late_to_abort' }],
    [{ standing: 'next_lost' }, { stop: 'next_lost' }],
    [{ standing: 'next_lost', isUploaded: true, isForced: true }, { stop: 'next_lost' }],
    [{ standing: 'next_lost', isAborting: true }, { step: 'abort' }],
    [{ standing: 'locked_out' }, { stop: 'locked_out' }],
    [{ standing: 'locked_out', isAborting: true }, { stop: 'locked_out' }],
  ]
  it.each(cases)('%j → %j', (facts, decision) => {
    expect(decideRotationStep({ ...FACTS, ...facts })).toEqual(decision)
  })
})

describe('toStanding', () => {
  const yes = (primary: string | null = null): Probe => ({ isAccepted: true, primary })
  const no: Probe = { isAccepted: false, primary: null }
  const cases: [string, Probe, Probe | null, Standing][] = [
    ['one good token', yes(), null, 'single'],
    ['one bad token', no, null, 'locked_out'],
    ['both bad', no, no, 'locked_out'],
    ['the second one bad', yes('a'), no, 'next_lost'],
    ['both good, and Twilio says the first', yes('a'), yes('a'), 'created'],
    ['both good, and Twilio does not say', yes(), yes(), 'created'],
    ['both good for a while, and Twilio says the second', yes('b'), yes('b'), 'promoted'],
    ['the first one bad', no, yes(), 'promoted'],
    ['the first one bad, and Twilio says the second', no, yes('b'), 'promoted'],
  ]
  it.each(cases)('%s', (_, current, next, standing) => {
    const second = next && { token: 'b', probe: next }
    expect(toStanding({ token: 'a', probe: current }, second)).toBe(standing)
  })
})

describe('decideQuiet', () => {
  const now = 1_800_000_000_000
  const old = (lastSeenAt: number) => ({ name: 'primary', count: 1, lastSeenAt })
  const quiet = (
    uses: { name: string | null; count: number; lastSeenAt: number }[],
    ago = QUIET_MS,
  ) => decideQuiet({ uses, oldKey: 'primary', promotedAt: now - ago, now })

  it('lets the old key go when it is silent and the promotion is past', () => {
    expect(quiet([])).toBe(0)
    expect(quiet([old(now - QUIET_MS)])).toBe(0)
    expect(quiet([{ name: 'next', count: 5, lastSeenAt: now }])).toBe(0)
  })

  it('waits after the promotion even when nothing comes in', () => {
    expect(quiet([], QUIET_MS - 1)).toBe(now + 1)
  })

  it('waits for the old key, and for whoever may be the old key', () => {
    expect(quiet([old(now - 1000)])).toBe(now - 1000 + QUIET_MS)
    expect(quiet([{ ...old(now - 1000), name: null }])).toBe(now - 1000 + QUIET_MS)
  })
})
