/** The line's rate, its window, and what becomes of those that do not fit. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LineDeps } from '../../src/consumer/line.ts'
import { toMessage, toRequest } from '../delivery/sample.ts'
import {
  answerAll,
  createTestLine,
  ids,
  NOW,
  pass,
  passedMs,
  reasons,
  settle,
  states,
  toItem,
  toNames,
  toPlainTarget,
  waits,
} from './line-harness.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

const TEN_A_SECOND = toPlainTarget({ rate: { limit: 10, perMs: 1_000 } })
const ONE_A_SECOND = toPlainTarget({ rate: { limit: 1, perMs: 1_000 } })
const ONE_A_MINUTE = toPlainTarget({ rate: { limit: 1, perMs: 60_000 } })

/** A line whose target answers each call at once. */
function createQuickLine(changes: Partial<LineDeps> = {}) {
  const starts: { id: string; at: number }[] = []
  const test = createTestLine({
    fetch: async (_url, init) => {
      starts.push({ id: new Headers(init.headers).get('webhook-id') ?? '', at: passedMs() })
      return new Response()
    },
    ...changes,
  })
  return { ...test, starts }
}

const times = (starts: readonly { at: number }[]) => starts.map(({ at }) => at)
const gaps = (numbers: readonly number[]) => numbers.slice(1).map((n, i) => n - (numbers[i] ?? 0))

describe('the rate', () => {
  it('spaces the calls evenly', async () => {
    const test = createQuickLine()
    void test.offer(toNames(8), { target: TEN_A_SECOND })
    await pass(2_000)
    expect(times(test.starts)).toEqual([0, 100, 200, 300, 400, 500, 600, 700])
  })

  it('is shared by all who offer', async () => {
    const test = createQuickLine()
    for (const name of ['a', 'b', 'c']) void test.offer(toNames(3, name), { target: TEN_A_SECOND })
    await pass(50)
    void test.offer(['late'], { target: TEN_A_SECOND })
    await pass(2_000)
    expect(gaps(times(test.starts))).toEqual(Array(9).fill(100))
    expect(test.starts.at(-1)).toEqual({ id: 'late', at: 900 })
  })

  it('is shared with the other lanes', async () => {
    const test = createQuickLine()
    void test.offer(toNames(3), { target: TEN_A_SECOND, lanes: 2 })
    await pass(2_000)
    expect(gaps(times(test.starts))).toEqual([200, 200])
  })

  it('loses no fraction of a millisecond', async () => {
    const test = createQuickLine()
    const target = toPlainTarget({ rate: { limit: 600, perMs: 1_000 } })
    void test.offer(toNames(500), { target })
    await pass(1_000)
    expect(test.starts).toHaveLength(500)
    // 499 intervals of 1.67 ms; of 2 ms each it would be 998.
    expect(test.starts.at(-1)?.at).toBeLessThanOrEqual(499 * (1_000 / 600) + 2)
  })

  it('has no burst behind a clock that leapt', async () => {
    const test = createQuickLine()
    void test.offer(toNames(8), { target: TEN_A_SECOND })
    await pass(150)
    vi.setSystemTime(Date.now() + 5_000)
    await pass(2_000)
    expect(gaps(times(test.starts))).toEqual([100, 5_100, 100, 100, 100, 100, 100])
  })

  it('goes on when the clock is set back', async () => {
    const test = createQuickLine()
    void test.offer(toNames(3), { target: TEN_A_SECOND })
    await pass(50)
    vi.setSystemTime(Date.now() - 3_600_000)
    await pass(1_000)
    expect(test.starts).toHaveLength(3)
  })

  it('has no burst behind calls that hung', async () => {
    const test = createTestLine()
    void test.offer(toNames(8), { target: TEN_A_SECOND })
    await pass(3_000)
    expect(times(test.calls)).toEqual([0, 100, 200, 300, 400])
    for (const call of test.calls.slice(0, 5)) await call.answer()
    await pass(1_000)
    expect(times(test.calls).slice(5)).toEqual([3_000, 3_100, 3_200])
  })

  it('is the one of each delivery, when the config gets another', async () => {
    const test = createQuickLine()
    const slower = toPlainTarget({ rate: { limit: 2, perMs: 1_000 } })
    void test.offer(toNames(2, 'a'), { target: TEN_A_SECOND })
    void test.offer(toNames(2, 'b'), { target: slower })
    void test.offer(toNames(2, 'c'))
    await pass(5_000)
    expect(times(test.starts)).toEqual([0, 100, 600, 1_100, 1_100, 1_100])
  })
})

describe('what does not fit into the window', () => {
  it('is sent away, one behind the other at the pace of the rate', async () => {
    const test = createQuickLine()
    const offered = test.offer(toNames(300), { target: TEN_A_SECOND })
    await pass(500)
    const away = waits(await offered)
    // 20 s of the rate stay.
    expect(reasons(away)).toEqual(Array(99).fill('rate_limited'))
    const forMs = away.map((one) => one.forMs)
    expect(forMs[0]).toBeGreaterThan(5_000)
    expect(forMs[0]).toBeLessThan(20_000)
    expect(gaps(forMs)).toEqual(Array(98).fill(100))
  })

  it('is taken when it comes back, and nothing is called twice', async () => {
    const test = createQuickLine()
    const names = toNames(300)
    const offered = test.offer(names, { target: TEN_A_SECOND })
    await pass(500)
    for (const [i, answer] of (await offered).entries()) {
      if (answer.state !== 'waits') continue
      const name = names[i] ?? ''
      setTimeout(() => void test.offer([name], { target: TEN_A_SECOND }), answer.forMs)
    }
    await pass(40_000)
    expect(test.starts).toHaveLength(300)
    expect(new Set(test.starts.map(({ id }) => id)).size).toBe(300)
    expect(new Set(gaps(times(test.starts)))).toEqual(new Set([100]))
  })

  it('comes back in time for a rate that is slower than the window', async () => {
    const test = createQuickLine()
    const names = toNames(5)
    const offered = test.offer(names, { target: ONE_A_MINUTE })
    await pass(500)
    const answers = await offered
    expect(states(answers)).toEqual(['done', 'waits', 'waits', 'waits', 'waits'])
    for (const [i, answer] of answers.entries()) {
      if (answer.state !== 'waits') continue
      const name = names[i] ?? ''
      // A queue brings it a little later.
      setTimeout(() => void test.offer([name], { target: ONE_A_MINUTE }), answer.forMs + 1_000)
    }
    await pass(300_000)
    expect(gaps(times(test.starts))).toEqual([60_000, 60_000, 60_000, 60_000])
  })

  it('is asked back within the hour, and puts nobody off for longer and longer', async () => {
    const test = createQuickLine()
    const offered = test.offer(toNames(5_000), { target: ONE_A_SECOND })
    await pass(500)
    const away = waits(await offered)
    // For most there is a second of their own; the others come in the second half of the hour.
    const others = away.filter(({ forMs }) => forMs === 2_700_000)
    expect(away.length - others.length).toBeGreaterThan(3_500)
    expect(others.length).toBeGreaterThan(1_300)
    expect(Math.max(...away.map(({ forMs }) => forMs))).toBeLessThanOrEqual(3_600_000)
    await pass(3_600_000)
    // All seconds that were given are over, so they are free again.
    const again = test.offer(toNames(100, 'b'), { target: ONE_A_SECOND })
    await pass(500)
    const [next] = waits(await again)
    expect(next?.forMs).toBeLessThan(20_000)
  })

  it('is as much as the line can hold, without a rate', async () => {
    const test = createTestLine()
    const offered = test.offer(toNames(600))
    await pass(500)
    expect(reasons(await offered)).toEqual(Array(100).fill('lane_full'))
  })

  it('is what a slow target cannot take in the time', async () => {
    const test = createTestLine()
    for (let i = 0; i < 20; i += 5) {
      const slow = test.offer(toNames(5, `slow-${i}`))
      await pass(4_000)
      await answerAll(test, 200, i)
      await slow
    }
    const offered = test.offer(toNames(100))
    await pass(500)
    // At four seconds each, five at a time, 25 begin within the window.
    const away = waits(await offered)
    expect(away.length).toBeGreaterThan(65)
    expect(away.length).toBeLessThan(80)
  })

  it('comes back within a minute when only a guess keeps it away', async () => {
    const test = createTestLine()
    for (let i = 0; i < 20; i += 5) {
      const slow = test.offer(toNames(5, `slow-${i}`))
      await pass(8_000)
      await answerAll(test, 200, i)
      await slow
    }
    const offered = test.offer(toNames(300))
    await pass(500)
    const forMs = waits(await offered).map((one) => one.forMs)
    expect(forMs[0]).toBeLessThan(20_000)
    expect(Math.max(...forMs)).toBe(45_000)
  })

  it('is not put off because of a moment in which nothing moves', async () => {
    const test = createTestLine()
    void test.offer(toNames(8, 'hangs'))
    await pass(9_000)
    const offered = test.offer(toNames(120))
    await settle()
    // As it looks just now, one begins each 1.8 s; before, it was one each 10 ms.
    const forMs = waits(await offered).map((one) => one.forMs)
    expect(forMs.length).toBeGreaterThan(100)
    expect(Math.max(...forMs)).toBeLessThan(3_000)
  })

  it('is guessed from what was sent', async () => {
    const test = createTestLine()
    for (let i = 0; i < 20; i += 5) {
      const slow = test.offer(toNames(5, `slow-${i}`))
      await pass(4_000)
      await answerAll(test, 200, i)
      await slow
    }
    const broken = toPlainTarget({ secrets: ['MISSING'] })
    for (let i = 0; i < 20; i++) {
      void test.offer([`broken-${i}`], { target: broken })
      await settle()
    }
    const offered = test.offer(toNames(100))
    await pass(500)
    expect(waits(await offered).length).toBeGreaterThan(65)
  })

  it('is what would take too much memory', async () => {
    const test = createTestLine()
    const message = toMessage({ request: toRequest({ body: 'x'.repeat(250_000) }) })
    const items = toNames(60).map((name) => ({ ...toItem(name), message }))
    const offered = test.line.offer({ target: toPlainTarget(), lanes: 1, items })
    await pass(500)
    const answers = await offered
    expect(states(answers).filter((state) => state === 'held')).toHaveLength(21)
    expect(new Set(reasons(answers))).toEqual(new Set(['lane_full']))
  })

  it('is what could not begin in time, and the line says so', async () => {
    const test = createTestLine()
    const target = toPlainTarget({ timeoutMs: 60_000 })
    void test.offer(toNames(5, 'hangs'), { target })
    const offered = test.offer(['a'], { target })
    await pass(500)
    expect(states(await offered)).toEqual(['held'])
    await pass(30_000)
    expect(test.late).toEqual([])
    // Whoever comes next finds it gone.
    void test.offer(['b'], { target })
    await settle()
    expect(test.late).toMatchObject([
      { claim: 'a', answer: { state: 'waits', reason: 'lane_full' } },
    ])
    await answerAll(test)
    expect(ids(test)).toEqual([...toNames(5, 'hangs'), 'b'])
  })
})

describe('a long interval', () => {
  it('survives the object', async () => {
    const test = createQuickLine()
    void test.offer(['a'], { target: ONE_A_MINUTE })
    await settle()
    expect(test.saved).toEqual({ lastStartAt: NOW })
    await pass(45_000)
    const next = createQuickLine({ restored: test.saved })
    void next.offer(['b'], { target: ONE_A_MINUTE })
    await pass(14_999)
    expect(next.starts).toEqual([])
    await pass(1)
    expect(next.starts).toEqual([{ id: 'b', at: 60_000 }])
  })

  it('costs a write, and a short one does not', async () => {
    const test = createQuickLine()
    void test.offer(toNames(3), { target: TEN_A_SECOND })
    await pass(1_000)
    expect(test.saved).toEqual({})
  })

  it('is not waited for longer than it is, after a clock that was ahead', async () => {
    const test = createQuickLine({ restored: { lastStartAt: NOW + 86_400_000 } })
    const target = toPlainTarget({ rate: { limit: 1, perMs: 10_000 } })
    void test.offer(['a'], { target })
    await pass(10_000)
    expect(test.starts).toHaveLength(1)
  })
})
