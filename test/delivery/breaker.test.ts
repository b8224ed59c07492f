import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admitCall,
  CLOSED,
  FAILURES_TO_OPEN,
  MAX_OPEN_MS,
  OPEN_MS,
  recordCall,
  type Breaker,
} from '../../src/delivery/breaker.ts'

const NOW = Date.parse('2026-11-20T10:00:00Z')
const PROBE_MS = 15_000

/** A call that went out with this breaker ends now. */
const finish = (breaker: Breaker, isFailure: boolean, now = NOW, askedMs = 0) =>
  recordCall(breaker, { epoch: breaker.epoch, isFailure, askedMs }, now)

function fail(breaker: Breaker, times: number, now = NOW): Breaker {
  let failed = breaker
  for (let i = 0; i < times; i++) ({ breaker: failed } = finish(failed, true, now))
  return failed
}

const OPEN = fail(CLOSED, FAILURES_TO_OPEN)

function admit(breaker: Breaker, now: number): Breaker {
  const admission = admitCall(breaker, now, PROBE_MS)
  if (!admission.admit) throw new Error('not yet')
  return admission.breaker
}

/** An open breaker with so many failed probes, and when the last one failed. */
function openWith(failedProbes: number): { breaker: Breaker; now: number } {
  let breaker = OPEN
  let now = NOW
  for (let i = 0; i < failedProbes; i++) {
    now += MAX_OPEN_MS
    ;({ breaker } = finish(admit(breaker, now), true, now))
  }
  return { breaker, now }
}

describe('a closed breaker', () => {
  it('lets every call out and stays as it is', () => {
    expect(admitCall(CLOSED, NOW, PROBE_MS)).toEqual({ admit: true, breaker: CLOSED })
  })

  it('opens at the eighth failure in a row', () => {
    const almost = fail(CLOSED, 7)
    expect(almost).toMatchObject({ state: 'closed', failures: 7 })
    expect(finish(almost, true)).toMatchObject({ breaker: { state: 'open' }, change: 'opened' })
  })

  it('counts from zero after a success', () => {
    const { breaker, change } = finish(fail(CLOSED, 7), false)
    expect(change).toBeNull()
    expect(fail(breaker, 7)).toMatchObject({ state: 'closed' })
  })
})

describe('an open breaker', () => {
  it('lets nothing out for 30 s, then one call', () => {
    const untilMs = NOW + 30_000
    expect(admitCall(OPEN, NOW, PROBE_MS)).toEqual({ admit: false, untilMs })
    expect(admitCall(OPEN, untilMs - 1, PROBE_MS)).toEqual({ admit: false, untilMs })
    expect(admitCall(OPEN, untilMs, PROBE_MS)).toMatchObject({
      admit: true,
      breaker: { state: 'half-open', untilMs: untilMs + PROBE_MS },
    })
  })

  it.each([
    [0, 30_000],
    [1, 60_000],
    [2, 120_000],
    [3, 240_000],
    [4, 480_000],
    [5, 600_000],
    [6, 600_000],
    [2_000, 600_000],
  ])('after %i failed probes is open for %i ms', (failedProbes, openMs) => {
    const { breaker, now } = openWith(failedProbes)
    expect(breaker).toMatchObject({ state: 'open', untilMs: now + openMs })
  })

  it.each([
    [0, 30_000],
    [29_999, 30_000],
    [120_000, 120_000],
    [86_400_000, 600_000],
    [Number.POSITIVE_INFINITY, 600_000],
  ])('is open as long as the target asks for: %d ms, %i ms at most', (askedMs, openMs) => {
    const { breaker } = finish(fail(CLOSED, FAILURES_TO_OPEN - 1), true, NOW, askedMs)
    expect(breaker).toMatchObject({ state: 'open', untilMs: NOW + openMs })
  })

  it('does not listen to what a target asks for before it opens', () => {
    const { breaker } = finish(CLOSED, true, NOW, 120_000)
    expect(breaker).toMatchObject({ state: 'closed', failures: 1 })
  })

  it.each([true, false])('ignores a call that was under way (failure: %s)', (isFailure) => {
    const late = { epoch: CLOSED.epoch, isFailure, askedMs: 300_000 }
    expect(recordCall(OPEN, late, NOW + 1_000)).toEqual({ breaker: OPEN, change: null })
  })
})

describe('a breaker between two states', () => {
  it('ignores a report of a call that it did not let out', () => {
    expect(finish(OPEN, false)).toEqual({ breaker: OPEN, change: null })
  })

  it('ignores a second report of the same call', () => {
    const halfOpen = admit(OPEN, NOW + OPEN_MS)
    const { breaker } = finish(halfOpen, false, NOW + OPEN_MS)
    const again = { epoch: halfOpen.epoch, isFailure: true, askedMs: 0 }
    expect(recordCall(breaker, again, NOW + OPEN_MS)).toEqual({ breaker, change: null })
  })
})

describe('a half-open breaker', () => {
  const now = NOW + OPEN_MS
  const HALF_OPEN = admit(OPEN, now)

  it('lets nothing out beside the probe', () => {
    const untilMs = now + PROBE_MS
    expect(admitCall(HALF_OPEN, now, PROBE_MS)).toEqual({ admit: false, untilMs })
    expect(admitCall(HALF_OPEN, untilMs - 1, PROBE_MS)).toEqual({ admit: false, untilMs })
  })

  it('closes when the probe succeeds, and counts from zero', () => {
    const { breaker, change } = finish(HALF_OPEN, false, now)
    expect(change).toBe('closed')
    expect(breaker).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('opens again when the probe fails, without another word', () => {
    const { breaker, change } = finish(HALF_OPEN, true, now)
    expect(change).toBeNull()
    expect(breaker).toMatchObject({ state: 'open', untilMs: now + 2 * OPEN_MS })
  })

  it.each([
    ['longer', 120_000, 120_000],
    ['shorter', 59_999, 60_000],
  ])('opens for as long as the probe was asked to wait, when that is %s', (_, askedMs, openMs) => {
    const { breaker } = finish(HALF_OPEN, true, now, askedMs)
    expect(breaker).toMatchObject({ untilMs: now + openMs })
  })

  it.each([true, false])('ignores a call from before it opened (failure: %s)', (isFailure) => {
    const late = { epoch: CLOSED.epoch, isFailure, askedMs: 0 }
    expect(recordCall(HALF_OPEN, late, now)).toEqual({ breaker: HALF_OPEN, change: null })
  })

  it('sends another probe when the first does not report back, and does not hold that against the target', () => {
    const second = admit(HALF_OPEN, now + PROBE_MS)
    expect(second).toMatchObject({ state: 'half-open', untilMs: now + 2 * PROBE_MS })
    expect(finish(second, true, now)).toMatchObject({ breaker: { untilMs: now + 2 * OPEN_MS } })
  })

  it('believes a probe that is late as long as there is no other', () => {
    const late = now + 10 * PROBE_MS
    expect(finish(HALF_OPEN, false, late)).toMatchObject({ change: 'closed' })
  })

  it.each([true, false])('ignores a probe that was given up (failure: %s)', (isFailure) => {
    const second = admit(HALF_OPEN, now + PROBE_MS)
    const late = { epoch: HALF_OPEN.epoch, isFailure, askedMs: 0 }
    expect(recordCall(second, late, now + PROBE_MS)).toEqual({ breaker: second, change: null })
  })
})

describe('a breaker that has closed again', () => {
  const closed = finish(admit(OPEN, NOW + OPEN_MS), false, NOW + OPEN_MS).breaker

  it('is not opened by calls from before the outage', () => {
    let breaker = closed
    for (let i = 0; i < FAILURES_TO_OPEN; i++) {
      const late = { epoch: CLOSED.epoch, isFailure: true, askedMs: 0 }
      ;({ breaker } = recordCall(breaker, late, NOW + OPEN_MS))
    }
    expect(breaker).toEqual(closed)
  })

  it('is not kept closed by them either', () => {
    const late = { epoch: CLOSED.epoch, isFailure: false, askedMs: 0 }
    const { breaker } = recordCall(fail(closed, 7), late, NOW + OPEN_MS)
    expect(finish(breaker, true)).toMatchObject({ change: 'opened' })
  })

  it('is open for 30 s in the next outage', () => {
    const { breaker, now } = openWith(4)
    const later = now + MAX_OPEN_MS
    const healed = finish(admit(breaker, later), false, later).breaker
    expect(fail(healed, FAILURES_TO_OPEN, later)).toMatchObject({ untilMs: later + OPEN_MS })
  })
})

type Step =
  | { type: 'wait'; ms: number }
  | { type: 'start' }
  | { type: 'end'; pick: number; isFailure: boolean; askedMs: number }
  | { type: 'lose'; pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.nat(40_000) }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('start') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('end'),
      pick: fc.nat(),
      // An outage needs a run of failures.
      isFailure: fc.nat(9).map((n) => n > 0),
      askedMs: fc.oneof(fc.constant(0), fc.nat(2_000_000)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose'), pick: fc.nat() }) },
)

interface Flight {
  epoch: number
  isProbe: boolean
  startedAt: number
}

/** Runs the steps and calls `check` with each transition. Returns the states that were visited. */
function simulate(
  steps: readonly Step[],
  check: (run: {
    before: Breaker
    after: Breaker
    now: number
    flights: readonly Flight[]
    ended?: Flight
    change?: 'opened' | 'closed' | null
  }) => void,
): void {
  let breaker = CLOSED
  let now = NOW
  const flights: Flight[] = []
  for (const one of steps) {
    const before = breaker
    if (one.type === 'wait') now += one.ms
    if (one.type === 'start') {
      const admission = admitCall(breaker, now, PROBE_MS)
      if (admission.admit) {
        breaker = admission.breaker
        const isProbe = breaker.state === 'half-open'
        flights.push({ epoch: breaker.epoch, isProbe, startedAt: now })
      }
    }
    if (one.type === 'lose') flights.splice(one.pick % (flights.length || 1), 1)
    if (one.type === 'end') {
      const [ended] = flights.splice(one.pick % (flights.length || 1), 1)
      if (!ended) continue
      const { isFailure, askedMs } = one
      const recorded = recordCall(breaker, { epoch: ended.epoch, isFailure, askedMs }, now)
      breaker = recorded.breaker
      check({ before, after: breaker, now, flights, ended, change: recorded.change })
      continue
    }
    check({ before, after: breaker, now, flights })
  }
}

const run = (check: Parameters<typeof simulate>[1]) =>
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => simulate(steps, check)),
    { numRuns: 400 },
  )

describe('any breaker', () => {
  it('is never stuck: it says when the next call may go out, and one success closes it', () => {
    run(({ after, now }) => {
      const admission = admitCall(after, now, PROBE_MS)
      const at = admission.admit ? now : admission.untilMs
      expect(at - now).toBeGreaterThanOrEqual(0)
      expect(at - now).toBeLessThanOrEqual(MAX_OPEN_MS)
      expect(finish(admit(after, at), false, at).breaker).toMatchObject({ state: 'closed' })
    })
  })

  it('has one probe at a time that is not given up', () => {
    run(({ flights, now }) => {
      const probes = flights.filter(
        ({ isProbe, startedAt }) => isProbe && now < startedAt + PROBE_MS,
      )
      expect(probes.length).toBeLessThanOrEqual(1)
    })
  })

  it('lets nothing out while it is open', () => {
    run(({ before, after, now }) => {
      if (before.state !== 'open' || now >= before.untilMs) return
      expect(after).toEqual(before)
    })
  })

  it('is not changed by calls of another epoch', () => {
    run(({ before, after, ended, change }) => {
      if (!ended || ended.epoch === before.epoch) return
      expect(after).toEqual(before)
      expect(change).toBeNull()
    })
  })

  it('is in a new epoch after each change of its state', () => {
    run(({ before, after }) => {
      const isSame = before.state === after.state && before.epoch === after.epoch
      expect(isSame || after.epoch > before.epoch).toBe(true)
    })
  })

  it('reports the beginning and the end of an outage, and nothing between', () => {
    run(({ before, after, ended, change }) => {
      if (!ended) return
      const wasClosed = before.state === 'closed'
      const isClosed = after.state === 'closed'
      const expected = wasClosed && !isClosed ? 'opened' : !wasClosed && isClosed ? 'closed' : null
      expect(change).toBe(expected)
    })
  })

  it('visits every state in these runs', () => {
    const visited = new Set<string>()
    run(({ before, after, ended }) => {
      visited.add(`${before.state} ${after.state}${ended?.isProbe ? ' by a probe' : ''}`)
    })
    expect([...visited]).toEqual(
      expect.arrayContaining([
        'closed open',
        'open half-open',
        'half-open half-open',
        'half-open open by a probe',
        'half-open closed by a probe',
        'open open by a probe',
      ]),
    )
  })

  it('survives storage', () => {
    run(({ after }) => {
      expect(JSON.parse(JSON.stringify(after))).toEqual(after)
      expect(structuredClone(after)).toEqual(after)
    })
  })
})
