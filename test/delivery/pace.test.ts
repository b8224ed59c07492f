import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextStartAt, toIntervalMs, type Rate } from '../../src/delivery/pace.ts'

const NOW = Date.parse('2026-11-20T10:00:00Z')

describe('toIntervalMs', () => {
  it.each([
    [1, 1_000, 1, 1_000],
    [10, 1_000, 1, 100],
    [50, 60_000, 1, 1_200],
    [10, 1_000, 2, 200],
    // Three for each lane, not three and a third.
    [10, 1_000, 3, 1_000 / 3],
    [3, 1_000, 1, 1_000 / 3],
    // A share below one call keeps the average.
    [1, 1_000, 4, 4_000],
    [1_000_000, 1_000, 1, 1 / 1_000],
  ])('is, for %i in %i ms and %i lanes, %d ms', (limit, perMs, lanes, intervalMs) => {
    const actual = toIntervalMs({ limit, perMs }, lanes)
    expect(actual).toBeGreaterThanOrEqual(intervalMs)
    expect(actual - intervalMs).toBeLessThan(1 / 1_024)
  })
})

describe('nextStartAt', () => {
  it('lets the first call begin at once', () => {
    expect(nextStartAt(null, 100, NOW)).toBe(NOW)
  })

  it('lets the second begin an interval later', () => {
    expect(nextStartAt(NOW, 100, NOW)).toBe(NOW + 100)
    expect(nextStartAt(NOW, 100, NOW + 99)).toBe(NOW + 100)
  })

  it('lets a call begin at once after a pause, and counts from there', () => {
    expect(nextStartAt(NOW, 100, NOW + 101)).toBe(NOW + 101)
    expect(nextStartAt(NOW, 100, NOW + 5_000)).toBe(NOW + 5_000)
  })

  it('is not later by the fraction that the clock does not show', () => {
    expect(nextStartAt(NOW, 100.25, NOW + 101)).toBe(NOW + 100.25)
  })

  it('lets all begin at once without an interval', () => {
    expect(nextStartAt(NOW, 0, NOW)).toBe(NOW)
  })
})

interface Work {
  /** Milliseconds since the beginning. */
  arrivals: number[]
  /** Nothing runs from here … for so long. */
  stalls: { at: number; ms: number }[]
}

/** A lane as it obeys: whole milliseconds, timers that fire late, nothing while it stalls. */
function runLane({ arrivals, stalls }: Work, intervalMs: number): number[] {
  const starts: number[] = []
  let lastStartAt: number | null = null
  let now = NOW
  const waitUntil = (at: number) => {
    now = Math.max(now, Math.ceil(at))
    const stall = stalls.find(({ at: from, ms }) => now >= NOW + from && now < NOW + from + ms)
    if (stall) now = NOW + stall.at + stall.ms
  }
  for (const arrival of arrivals.toSorted((a, b) => a - b)) {
    waitUntil(NOW + arrival)
    for (;;) {
      const startAt: number = nextStartAt(lastStartAt, intervalMs, now)
      if (startAt <= now) {
        lastStartAt = startAt
        starts.push(now)
        break
      }
      waitUntil(startAt)
    }
  }
  return starts
}

/** The most beginnings in a window, its end not included; a fullest one begins with a beginning. */
function findFullest(starts: readonly number[], perMs: number): number {
  const sorted = starts.toSorted((a, b) => a - b)
  let first = 0
  return sorted.reduce((most, at, i) => {
    while (at - (sorted[first] ?? at) >= perMs) first++
    return Math.max(most, i - first + 1)
  }, 0)
}

const rate: fc.Arbitrary<Rate> = fc.record({
  limit: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5_000 })),
  perMs: fc.constantFrom(100, 1_000, 1_001, 60_000),
})

const work: fc.Arbitrary<Work> = fc.record({
  arrivals: fc.array(fc.oneof(fc.constant(0), fc.nat(5_000)), { maxLength: 300, size: 'max' }),
  stalls: fc.array(fc.record({ at: fc.nat(5_000), ms: fc.nat(3_000) }), { maxLength: 5 }),
})

describe('a paced target', () => {
  it('never has more beginnings in a window than its limit', () => {
    fc.assert(
      fc.property(rate, work, (one, arrivals) => {
        const starts = runLane(arrivals, toIntervalMs(one, 1))
        expect(starts).toHaveLength(arrivals.arrivals.length)
        expect(findFullest(starts, one.perMs)).toBeLessThanOrEqual(one.limit)
      }),
      { numRuns: 500 },
    )
  })

  it('never has more from all its lanes together', () => {
    fc.assert(
      fc.property(rate, fc.array(work, { minLength: 1, maxLength: 6 }), (one, lanes) => {
        fc.pre(lanes.length <= one.limit)
        const intervalMs = toIntervalMs(one, lanes.length)
        const starts = lanes.flatMap((lane) => runLane(lane, intervalMs))
        expect(findFullest(starts, one.perMs)).toBeLessThanOrEqual(one.limit)
      }),
      { numRuns: 300 },
    )
  })

  it.each([3, 7, 10, 30, 600, 999, 1_000, 2_500])(
    'is not held back below its limit of %i in a second, nor let beyond it, for a minute',
    (limit) => {
      const all = { arrivals: Array.from({ length: limit * 60 }, () => 0), stalls: [] }
      const starts = runLane(all, toIntervalMs({ limit, perMs: 1_000 }, 1))
      const tookMs = (starts.at(-1) ?? 0) - NOW
      expect(findFullest(starts, 1_000)).toBeLessThanOrEqual(limit)
      expect(tookMs).toBeLessThan(60_000 * 1.002)
    },
  )

  it('keeps its average with more lanes than its limit, and no more than one of each in a window', () => {
    const all = { arrivals: Array.from({ length: 100 }, () => 0), stalls: [] }
    const lane = runLane(all, toIntervalMs({ limit: 2, perMs: 1_000 }, 5))
    expect(findFullest(lane, 1_000)).toBe(1)
    expect(((lane.at(-1) ?? 0) - NOW) / 99).toBeCloseTo(2_500, 0)
  })

  it('has no burst behind a stall', () => {
    const lane = { arrivals: Array.from({ length: 20 }, () => 0), stalls: [{ at: 50, ms: 10_000 }] }
    const starts = runLane(lane, 100)
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0))
    expect(Math.max(...gaps)).toBeGreaterThan(5_000)
    expect(Math.min(...gaps)).toBe(100)
  })
})
