/** The line and its breaker; and the other reasons to stop: the target is gone, or paused. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FAILURES_TO_OPEN, OPEN_MS } from '../../src/delivery/breaker.ts'
import {
  answerAll,
  createTestLine,
  ids,
  NOW,
  pass,
  reasons,
  settle,
  states,
  toNames,
  toPlainTarget,
  waits,
  watch,
  type TestLine,
} from './line-harness.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

const TARGET = toPlainTarget()
const SLOW = toPlainTarget({ timeoutMs: 60_000 })
const ONE_A_SECOND = toPlainTarget({ rate: { limit: 1, perMs: 1_000 } })

async function openBreaker(test: TestLine) {
  const from = test.calls.length
  const offered = test.offer(toNames(FAILURES_TO_OPEN, 'bad'))
  await settle()
  await answerAll(test, 500, from)
  await offered
}

const lateAnswers = ({ late }: TestLine) => late.map(({ answer }) => answer)

describe('the breaker', () => {
  it('opens after failures in a row, and says so once', async () => {
    const test = createTestLine()
    await openBreaker(test)
    expect(test.changes).toEqual(['opened'])
    expect(test.saved).toMatchObject({ breaker: { state: 'open', untilMs: NOW + OPEN_MS } })
    expect(reasons(await test.offer(['a']))).toEqual(['breaker_open'])
    expect(test.calls).toHaveLength(FAILURES_TO_OPEN)
  })

  it('is not opened by failures with a success between them', async () => {
    const test = createTestLine()
    for (const [i, status] of [500, 500, 500, 500, 500, 500, 500, 200, 500, 500].entries()) {
      void test.offer([`evt-${i}`])
      await settle()
      await test.calls[i]?.answer(status)
    }
    expect(test.changes).toEqual([])
    expect(test.saved).toEqual({})
  })

  it('sends what waits away when it opens, and counts no attempt', async () => {
    const test = createTestLine()
    const offered = test.offer(toNames(20))
    await pass(500)
    expect(states(await offered)).toEqual(Array(20).fill('held'))
    await answerAll(test, 500)
    // Those that ran when it opened are done as well; no other began.
    expect(test.calls).toHaveLength(FAILURES_TO_OPEN + 4)
    const late = lateAnswers(test)
    expect(states(late).filter((state) => state === 'done')).toHaveLength(12)
    expect(reasons(late)).toEqual(Array(8).fill('breaker_open'))
    await pass(OPEN_MS)
    void test.offer(['evt-20'], { attempt: 1 })
    await settle()
    expect(ids(test).at(-1)).toBe('evt-20')
  })

  it('sends what waits away at once, also what waits for the rate', async () => {
    const test = createTestLine()
    const offered = test.offer(toNames(12), { target: ONE_A_SECOND })
    await pass(500)
    await offered
    for (let i = 0; i < FAILURES_TO_OPEN; i++) {
      await test.calls[i]?.answer(500)
      if (i + 1 < FAILURES_TO_OPEN) await pass(1_000)
    }
    expect(test.changes).toEqual(['opened'])
    expect(reasons(lateAnswers(test))).toEqual(Array(4).fill('breaker_open'))
  })

  it('asks one back as the probe, the others when its result is known, spread', async () => {
    const test = createTestLine()
    await openBreaker(test)
    const away = waits(await test.offer(toNames(1_000)))
    const forMs = away.map((one) => one.forMs)
    expect(forMs.slice(0, 2)).toEqual([OPEN_MS, OPEN_MS + TARGET.timeoutMs])
    const steps = forMs.slice(2).map((ms, i) => ms - (forMs[i + 1] ?? 0))
    expect(steps).toEqual(Array(998).fill(40))
  })

  it('asks them back no faster than the rate', async () => {
    const test = createTestLine()
    await openBreaker(test)
    const away = waits(await test.offer(toNames(4), { target: ONE_A_SECOND }))
    expect(away.map(({ forMs }) => forMs)).toEqual([OPEN_MS, 40_000, 41_000, 42_000])
  })

  it('lets one probe out at a time, and closes when it succeeds', async () => {
    const test = createTestLine()
    await openBreaker(test)
    await pass(OPEN_MS)
    const seen = watch(test.offer(['a', 'b', 'c']))
    await settle()
    expect(reasons(await test.offer(['d']))).toEqual(['breaker_open'])
    expect(ids(test).slice(FAILURES_TO_OPEN)).toEqual(['a'])
    await test.calls.at(-1)?.answer()
    expect(states(seen.value ?? [])).toEqual(['done', 'waits', 'waits'])
    expect(test.changes).toEqual(['opened', 'closed'])
    expect(test.saved).toMatchObject({ breaker: { state: 'closed' } })
    void test.offer(['e', 'f'])
    await settle()
    expect(ids(test).slice(FAILURES_TO_OPEN)).toEqual(['a', 'e', 'f'])
  })

  it('asks those that meet a probe back by its deadline', async () => {
    const test = createTestLine()
    await openBreaker(test)
    await pass(OPEN_MS)
    void test.offer(['probe'])
    const away = waits(await test.offer(['a', 'b', 'c']))
    expect(away.map(({ forMs }) => forMs)).toEqual([15_000, 15_000, 15_040])
  })

  it('stays open for longer when the probe fails, and tells nobody again', async () => {
    const test = createTestLine()
    await openBreaker(test)
    await pass(OPEN_MS)
    void test.offer(['a'])
    await settle()
    await test.calls.at(-1)?.fail()
    expect(waits(await test.offer(['b']))).toMatchObject([{ forMs: 2 * OPEN_MS }])
    expect(test.changes).toEqual(['opened'])
  })

  it('asks somebody back as the probe each time that it opens', async () => {
    const test = createTestLine()
    await openBreaker(test)
    await test.offer(toNames(1_000))
    await pass(OPEN_MS)
    void test.offer(['a'])
    await settle()
    await test.calls.at(-1)?.fail()
    // A thousand are on their way back, and perhaps none of them when it is due.
    const away = waits(await test.offer(['c', 'd']))
    expect(away[0]?.forMs).toBe(2 * OPEN_MS)
    expect(away[1]?.forMs).toBeGreaterThanOrEqual(2 * OPEN_MS + TARGET.timeoutMs)
  })

  it('is restored, and so is its probe', async () => {
    const first = createTestLine()
    await openBreaker(first)
    const second = createTestLine({ restored: first.saved })
    expect(reasons(await second.offer(['a']))).toEqual(['breaker_open'])
    await pass(OPEN_MS)
    void second.offer(['b'])
    await settle()
    expect(ids(second)).toEqual(['b'])
    expect(second.saved).toMatchObject({ breaker: { state: 'half-open' } })
    // The object died with its probe: whoever comes waits for its deadline, and is one.
    const third = createTestLine({ restored: second.saved })
    expect(waits(await third.offer(['c']))).toMatchObject([{ forMs: 15_000 }])
    await pass(15_000)
    void third.offer(['d'])
    await settle()
    await third.calls[0]?.answer()
    expect(ids(third)).toEqual(['d'])
    expect(third.saved).toMatchObject({ breaker: { state: 'closed' } })
    expect(third.changes).toEqual(['closed'])
  })

  it('says since when it is open, over probes and restarts, until it closes', async () => {
    const first = createTestLine()
    expect(first.line.look().breaker).toEqual({ state: 'closed', since: null, until: null })
    await openBreaker(first)
    const opened = { state: 'open', since: NOW, until: NOW + OPEN_MS }
    expect(first.line.look().breaker).toEqual(opened)
    await pass(OPEN_MS)
    void first.offer(['a'])
    await settle()
    expect(first.line.look()).toMatchObject({
      breaker: { state: 'half-open', since: NOW },
      running: [{ claim: 'a', attempt: 1, startedAt: NOW + OPEN_MS }],
    })
    await first.calls.at(-1)?.fail()
    const until = NOW + 3 * OPEN_MS
    const second = createTestLine({ restored: first.saved })
    expect(second.line.look().breaker).toEqual({ ...opened, until })
    await pass(2 * OPEN_MS)
    void second.offer(['b'])
    await settle()
    await second.calls[0]?.answer()
    expect(second.line.look()).toMatchObject({
      breaker: { state: 'closed', since: null, until: null },
      running: [],
    })
    expect(second.saved).toMatchObject({ openedAt: null })
  })

  it('is not closed by a success of before it opened', async () => {
    const test = createTestLine()
    void test.offer(['old-1', 'old-2'], { target: SLOW })
    await settle()
    await openBreaker(test)
    await test.calls[0]?.answer()
    expect(reasons(await test.offer(['a']))).toEqual(['breaker_open'])
    await pass(OPEN_MS)
    void test.offer(['probe'])
    await settle()
    await test.calls[1]?.answer()
    expect(reasons(await test.offer(['b']))).toEqual(['breaker_open'])
    expect(test.changes).toEqual(['opened'])
    await test.calls.at(-1)?.answer()
    expect(test.changes).toEqual(['opened', 'closed'])
  })

  it('is not opened again by failures of before it closed', async () => {
    const test = createTestLine()
    void test.offer(toNames(4, 'old'), { target: toPlainTarget({ timeoutMs: 60_000 }) })
    await settle()
    await openBreaker(test)
    await pass(OPEN_MS)
    void test.offer(['probe'])
    await settle()
    await test.calls.at(-1)?.answer()
    for (const call of test.calls.slice(0, 4)) await call.answer(500)
    for (let i = 0; i < FAILURES_TO_OPEN - 1; i++) {
      void test.offer([`new-${i}`])
      await settle()
      await test.calls.at(-1)?.answer(500)
    }
    expect(test.changes).toEqual(['opened', 'closed'])
  })

  it.each([
    ['a missing secret', toPlainTarget({ secrets: ['MISSING'] })],
    ['a missing URL', toPlainTarget({ urlSecret: 'MISSING' })],
  ])('takes %s neither for a failure nor for a probe', async (_name, broken) => {
    const test = createTestLine()
    for (let i = 0; i < 20; i++) {
      const offered = test.offer([`evt-${i}`], { target: broken })
      await settle()
      await offered
    }
    expect(test.changes).toEqual([])
    await openBreaker(test)
    await pass(OPEN_MS)
    const unsent = watch(test.offer(['unsent'], { target: broken }))
    await settle()
    expect(states(unsent.value ?? [])).toEqual(['done'])
    expect(test.changes).toEqual(['opened'])
    void test.offer(['probe'])
    await settle()
    expect(ids(test).at(-1)).toBe('probe')
  })

  it('knows after an outage what a call takes, from the probe', async () => {
    const test = createTestLine()
    const hanging = test.offer(toNames(10, 'bad'))
    await pass(20_000)
    await hanging
    expect(test.changes).toEqual(['opened'])
    await pass(OPEN_MS)
    void test.offer(['probe'])
    await pass(100)
    await test.calls.at(-1)?.answer()
    const offered = test.offer(toNames(400, 'good'))
    await pass(500)
    expect(waits(await offered)).toEqual([])
  })
})

describe('a target that is gone', () => {
  it('gets nothing of what waits', async () => {
    const test = createTestLine()
    const offered = test.offer(toNames(8))
    await pass(500)
    await offered
    await test.calls[0]?.answer(410)
    expect(test.late.map(({ claim }) => claim)).toEqual(['evt-1', 'evt-6', 'evt-7', 'evt-8'])
    expect(reasons(lateAnswers(test))).toEqual(['paused', 'paused', 'paused'])
    expect(test.calls).toHaveLength(5)
    expect(test.results).toMatchObject([{ isGone: true, status: 'waiting', reason: 'target_gone' }])
  })

  it('is called for what is offered later: the ledger knows whether it is paused', async () => {
    const test = createTestLine()
    void test.offer(['a'])
    await settle()
    await test.calls[0]?.answer(410)
    void test.offer(['b'])
    await settle()
    expect(ids(test)).toEqual(['a', 'b'])
  })
})

describe('clear', () => {
  it('sends away what has not begun, and lets the rest end', async () => {
    const test = createTestLine()
    const seen = watch(test.offer(toNames(7)))
    await settle()
    test.line.clear()
    await answerAll(test)
    expect(test.calls).toHaveLength(5)
    expect(states(seen.value ?? [])).toEqual([...Array(5).fill('done'), 'waits', 'waits'])
    expect(waits(seen.value ?? [])).toMatchObject([
      { reason: 'paused', forMs: 30_000 },
      { reason: 'paused', forMs: 30_000 },
    ])
    expect(test.late).toEqual([])
  })

  it('leaves nothing behind that would call later', async () => {
    const test = createTestLine()
    const seen = watch(test.offer(toNames(3), { target: ONE_A_SECOND }))
    await settle()
    test.line.clear()
    await pass(5_000)
    expect(ids(test)).toEqual(['evt-1'])
    expect(states(seen.value ?? [])).toEqual(['held', 'waits', 'waits'])
    void test.offer(['later'], { target: ONE_A_SECOND })
    await settle()
    expect(ids(test)).toEqual(['evt-1', 'later'])
  })

  it('lets what was sent away be offered again', async () => {
    const test = createTestLine()
    void test.offer(toNames(6))
    await settle()
    test.line.clear()
    await answerAll(test)
    void test.offer(['evt-6'])
    await settle()
    expect(ids(test)).toEqual(toNames(6))
  })
})
