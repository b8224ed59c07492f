import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UNCLAIMED } from '../../src/consumer/line-entry.ts'
import type { Json } from '../../src/events/event.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import {
  answerAll,
  createTestLine,
  ids,
  NOW,
  pass,
  settle,
  states,
  toItem,
  toNames,
  toPlainTarget,
  watch,
} from './line-harness.ts'

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

describe('a line', () => {
  it('answers as soon as all are done', async () => {
    const test = createTestLine()
    const seen = watch(test.offer(['a', 'b']))
    await pass(120)
    await test.calls[0]?.answer()
    expect(seen.value).toBeUndefined()
    await test.calls[1]?.answer(500)
    expect(seen.at).toBe(120)
    expect(seen.value).toMatchObject([
      { state: 'done', result: { status: 'delivered', attempts: 1 } },
      { state: 'done', result: { status: 'waiting', reason: 'status_500' } },
    ])
    expect(test.late).toEqual([])
  })

  it('has nothing to wait for when nothing is offered', async () => {
    const test = createTestLine()
    await expect(test.offer([])).resolves.toEqual([])
  })

  it('makes five calls at a time, in the order of the offers', async () => {
    const test = createTestLine()
    const first = test.offer(toNames(4, 'a'))
    const second = test.offer(toNames(4, 'b'))
    await settle()
    expect(ids(test)).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'b-1'])
    await test.calls[2]?.answer()
    await test.calls[0]?.answer()
    expect(ids(test).slice(5)).toEqual(['b-2', 'b-3'])
    await answerAll(test)
    expect(ids(test)).toHaveLength(8)
    expect(states([...(await first), ...(await second)])).toEqual(Array(8).fill('done'))
  })

  it.each([
    [1, 1, 1],
    [3, 1, 3],
    [5, 1, 5],
    [7, 2, 3],
    [10, 2, 5],
    [200, 40, 5],
  ])(
    'keeps to a concurrency of %i in %i lanes: %i calls at a time',
    async (concurrency, lanes, most) => {
      const test = createTestLine()
      void test.offer(toNames(8), { target: toPlainTarget({ concurrency }), lanes })
      await settle()
      expect(test.calls).toHaveLength(most)
      await test.calls[0]?.answer()
      expect(test.calls).toHaveLength(most + 1)
    },
  )

  it('gives each answer the place of its item', async () => {
    const test = createTestLine()
    const offered = test.offer(['a', 'b', 'c'])
    await settle()
    await test.calls[2]?.answer(201)
    await test.calls[0]?.answer(202)
    await test.calls[1]?.answer(203)
    const statuses = (await offered).map((one) => one.state === 'done' && one.result.attempt.status)
    expect(statuses).toEqual([202, 203, 201])
  })
})

describe('patience', () => {
  it('ends after half a second: what hangs is held, the rest is done', async () => {
    const test = createTestLine()
    const seen = watch(test.offer(['a', 'b', 'c']))
    await test.calls[0]?.answer()
    await test.calls[2]?.answer()
    await pass(499)
    expect(seen.value).toBeUndefined()
    await pass(1)
    expect(seen.at).toBe(500)
    expect(states(seen.value ?? [])).toEqual(['done', 'held', 'done'])
  })

  it('reports what was held once, when it is done', async () => {
    const test = createTestLine()
    const offered = test.offer(['evt-7'])
    await pass(3_000)
    expect(states(await offered)).toEqual(['held'])
    expect(test.late).toEqual([])
    await test.calls[0]?.answer()
    await pass(60_000)
    expect(test.late).toMatchObject([
      {
        claim: 'evt-7',
        seq: 7,
        target: 'crm',
        attempt: 1,
        answer: { state: 'done', result: { status: 'delivered', attempt: { durationMs: 3_000 } } },
      },
    ])
  })

  it('reports a time-out as well', async () => {
    const test = createTestLine()
    const offered = test.offer(['a'])
    await pass(500)
    await offered
    await pass(9_499)
    expect(test.late).toEqual([])
    await pass(1)
    expect(test.late).toMatchObject([{ answer: { state: 'done', result: { reason: 'timeout' } } }])
  })

  it('is not asked of anybody while all connections hang', async () => {
    const test = createTestLine()
    const hanging = test.offer(toNames(5, 'hangs'))
    await pass(500)
    await hanging
    const seen = watch(test.offer(['a']))
    await settle()
    expect(seen.at).toBe(500)
    expect(states(seen.value ?? [])).toEqual(['held'])
    await test.calls[0]?.answer()
    await test.calls[5]?.answer()
    expect(test.late.map(({ claim }) => claim)).toEqual(['hangs-1', 'a'])
  })

  it('is asked while one connection is free', async () => {
    const test = createTestLine()
    const hanging = test.offer(toNames(4, 'hangs'))
    await pass(500)
    await hanging
    const seen = watch(test.offer(['a', 'b']))
    await pass(100)
    await test.calls[4]?.answer()
    await test.calls[5]?.answer()
    expect(seen.at).toBe(600)
    expect(states(seen.value ?? [])).toEqual(['done', 'done'])
  })

  it('is asked while one connection becomes free again and again', async () => {
    const test = createTestLine()
    const hanging = test.offer(toNames(4, 'hangs'))
    await pass(500)
    await hanging
    void test.offer(['a'])
    await pass(100)
    // All five are busy, and four of them have been for long.
    const seen = watch(test.offer(['b']))
    await pass(100)
    await test.calls[4]?.answer()
    await test.calls[5]?.answer()
    expect(states(seen.value ?? [])).toEqual(['done'])
  })

  it('is not asked when the rate makes it pointless', async () => {
    const test = createTestLine()
    const target = toPlainTarget({ rate: { limit: 1, perMs: 1_000 } })
    void test.offer(['a'], { target })
    const seen = watch(test.offer(['b'], { target }))
    await settle()
    expect(states(seen.value ?? [])).toEqual(['held'])
  })

  it('gives what settles in its last moment, once', async () => {
    const test = createTestLine()
    const offered = test.offer(['a', 'b'])
    await pass(0)
    // Behind the line's own timer, in the same millisecond.
    setTimeout(() => void test.calls[0]?.answer(), 500)
    await pass(500)
    const answers = await offered
    const told = states(answers)
    await pass(20_000)
    const lateOf = (name: string) => test.late.filter(({ claim }) => claim === name).length
    expect(told[1]).toBe('held')
    expect(lateOf('a') + (told[0] === 'done' ? 1 : 0)).toBe(1)
    expect(lateOf('b')).toBe(1)
  })

  it('tells when to come back: twice what it took so far, not beyond the time-out', async () => {
    const test = createTestLine()
    const first = test.offer(['a'])
    await pass(500)
    expect(await first).toEqual([{ state: 'held', forMs: 2_000 }])
    await pass(5_000)
    const again = test.offer(['a'])
    await pass(500)
    // 6 s have passed of 10.
    expect(await again).toEqual([{ state: 'held', forMs: 5_000 }])
  })

  it('tells those in the line by their place when to come back', async () => {
    const test = createTestLine()
    const target = toPlainTarget({ rate: { limit: 1, perMs: 1_000 } })
    const offered = test.offer(toNames(4), { target })
    await pass(500)
    // The first runs; the others begin a second apart.
    expect((await offered).map((one) => one.state === 'held' && one.forMs)).toEqual([
      2_000, 2_500, 3_500, 4_500,
    ])
  })
})

describe('what waits behind calls that hang', () => {
  it('is asked back when it leaves the line, should it not begin before', async () => {
    const test = createTestLine()
    const target = toPlainTarget({ timeoutMs: 60_000 })
    void test.offer(toNames(5, 'hangs'), { target })
    void test.offer(toNames(40), { target })
    await pass(25_000)
    const again = test.offer(['evt-1', 'evt-40'], { target })
    await settle()
    // One connection in 5 s, as it looks, and 5 s left of 30.
    expect(await again).toEqual([
      { state: 'held', forMs: 51_000 },
      { state: 'held', forMs: 6_000 },
    ])
  })
})

describe('an attempt that is offered again', () => {
  it('joins the call that runs', async () => {
    const test = createTestLine()
    const first = test.offer(['a'])
    const second = test.offer(['a'])
    await settle()
    expect(test.calls).toHaveLength(1)
    await test.calls[0]?.answer()
    expect(await first).toEqual(await second)
    expect(states(await first)).toEqual(['done'])
    expect(test.late).toEqual([])
  })

  it('joins itself in one offer', async () => {
    const test = createTestLine()
    const offered = test.offer(['a', 'a'])
    await settle()
    await answerAll(test)
    expect(test.calls).toHaveLength(1)
    expect(states(await offered)).toEqual(['done', 'done'])
  })

  it('gets the result of the one that was', async () => {
    const test = createTestLine()
    const first = test.offer(['a'])
    await settle()
    await answerAll(test, 500)
    await pass(60_000)
    const seen = watch(test.offer(['a']))
    await settle()
    expect(seen.value).toEqual(await first)
    expect(test.calls).toHaveLength(1)
  })

  it('joins after it was held, and is still reported once', async () => {
    const test = createTestLine()
    const first = test.offer(['a'])
    await pass(500)
    expect(states(await first)).toEqual(['held'])
    const second = watch(test.offer(['a']))
    await pass(100)
    await test.calls[0]?.answer()
    expect(states(second.value ?? [])).toEqual(['done'])
    expect(test.calls).toHaveLength(1)
    expect(test.late.map(({ claim }) => claim)).toEqual(['a'])
    expect(states((await test.offer(['a'])) ?? [])).toEqual(['done'])
    expect(test.late).toHaveLength(1)
  })

  it('is reported once however often it was held', async () => {
    const test = createTestLine()
    for (let i = 0; i < 3; i++) {
      const offered = test.offer(['a'])
      await pass(500)
      expect(states(await offered)).toEqual(['held'])
    }
    await answerAll(test)
    expect(test.late).toHaveLength(1)
  })

  it('joins while it waits in the line', async () => {
    const test = createTestLine()
    void test.offer(toNames(5, 'hangs'))
    void test.offer(['a'])
    await pass(500)
    const again = test.offer(['a'])
    await settle()
    expect(states(await again)).toEqual(['held'])
    await answerAll(test)
    expect(ids(test).filter((id) => id === 'a')).toEqual(['a'])
    expect(test.late.filter(({ claim }) => claim === 'a')).toHaveLength(1)
  })

  it('calls again when it is another attempt', async () => {
    const test = createTestLine()
    const first = test.offer(['a'])
    await settle()
    await answerAll(test, 500)
    await first
    const second = test.offer(['a'], { attempt: 2 })
    await settle()
    await test.calls[1]?.answer()
    expect(test.calls).toHaveLength(2)
    expect(await second).toMatchObject([{ result: { attempts: 2, status: 'delivered' } }])
  })

  it('is not called when an earlier object kept its result', async () => {
    const kept = createTestLine()
    const offered = kept.offer(['a'])
    await settle()
    await answerAll(kept, 500)
    const [answer] = await offered
    if (answer?.state !== 'done') throw new Error('not done')
    const asked: unknown[] = []
    const test = createTestLine({
      recall: (claim, attempt) => {
        asked.push([claim, attempt])
        return claim === 'a' ? answer.result : null
      },
    })
    const seen = watch(test.offer(['a', 'b'], { attempt: 1 }))
    await settle()
    expect(ids(test)).toEqual(['b'])
    await answerAll(test)
    expect(seen.value?.[0]).toEqual(answer)
    expect(asked).toEqual([
      ['a', 1],
      ['b', 1],
    ])
  })

  it('has the last 2000 results remembered, and no more', async () => {
    const test = createTestLine()
    const names = toNames(2_001)
    for (let i = 0; i < names.length; i += 50) {
      const offered = test.offer(names.slice(i, i + 50))
      await settle()
      await answerAll(test, 200, i)
      await offered
    }
    expect(test.calls).toHaveLength(2_001)
    void test.offer(['evt-2', 'evt-2001'])
    await settle()
    expect(test.calls).toHaveLength(2_001)
    void test.offer(['evt-1'])
    await settle()
    expect(ids(test).slice(2_001)).toEqual(['evt-1'])
  })
})

/** JSON.stringify throws for it. */
function toCircular(): Json {
  const data: { [name: string]: Json } = {}
  data['self'] = data
  return data
}

describe('an attempt that is offered before it is claimed', () => {
  const toOffer = (seq: number) => ({
    ...{ target: toPlainTarget(), lanes: 1 },
    items: [{ ...toItem('a'), seq }],
  })

  it('is told late once it has a row to be told of', async () => {
    const test = createTestLine()
    const first = test.line.offer(toOffer(UNCLAIMED))
    await pass(1_000)
    const second = test.line.offer(toOffer(7))
    await pass(1_000)
    expect([...states(await first), ...states(await second)]).toEqual(['held', 'held'])
    await test.calls[0]?.answer()
    expect(test.late).toMatchObject([{ claim: 'a', seq: 7, answer: { state: 'done' } }])
  })

  it.each([
    ['a later shard', undefined, 2],
    ['the first shard', 2, undefined],
  ])('is told to the ledger that its row is in: of %s', async (_name, offeredBy, claimedBy) => {
    const test = createTestLine()
    const toOfferOf = (seq: number, shard: number | undefined) => ({
      ...toOffer(seq),
      items: [{ ...toItem('a'), seq, ...(shard !== undefined && { shard }) }],
    })
    const first = test.line.offer(toOfferOf(UNCLAIMED, offeredBy))
    await pass(1_000)
    const second = test.line.offer(toOfferOf(7, claimedBy))
    await pass(1_000)
    expect([...states(await first), ...states(await second)]).toEqual(['held', 'held'])
    await test.calls[0]?.answer()
    expect(test.late.map(({ seq, shard }) => ({ seq, shard }))).toEqual([
      { seq: 7, shard: claimedBy },
    ])
  })

  it('waits in the memory until it has one', async () => {
    const test = createTestLine()
    const first = test.line.offer(toOffer(UNCLAIMED))
    await pass(1_000)
    expect(states(await first)).toEqual(['held'])
    await test.calls[0]?.answer()
    expect(test.late).toEqual([])
    expect(states(await test.line.offer(toOffer(7)))).toEqual(['done'])
    expect([test.calls.length, test.late]).toEqual([1, []])
  })
})

describe('what goes wrong', () => {
  it.each([
    ['a fetch that throws', {}, {}, 'unreachable'],
    ['no URL', { url: 'nonsense' }, {}, 'unreachable'],
    ['a bad header', { headers: { 'bad header': '1' } }, {}, 'request_invalid'],
    ['a missing secret', { secrets: ['MISSING'] }, {}, 'secret_missing'],
    ['a missing token', { format: 'twilio' as const }, {}, 'token_missing'],
    ['an event that goes in circles', {}, { data: toCircular() }, 'request_invalid'],
    ['a number that JSON has not', {}, { data: 1n as unknown as Json }, 'request_invalid'],
  ])('is a result: %s', async (_name, target, event, reason) => {
    const test = createTestLine({
      fetch: () => {
        throw new TypeError('Invalid URL')
      },
    })
    const message = toMessage({ event: toEvent(event) })
    const items = [{ claim: 'evt-1', seq: 1, message, attempt: 1 }]
    const seen = watch(test.line.offer({ target: toPlainTarget(target), lanes: 1, items }))
    await settle()
    expect(seen.value).toMatchObject([
      { state: 'done', result: { status: 'waiting', reason, isGone: false } },
    ])
  })

  it('stops nobody else', async () => {
    const test = createTestLine()
    const broken = toPlainTarget({ secrets: ['MISSING'] })
    const first = watch(test.offer(toNames(7, 'bad'), { target: broken }))
    const second = watch(test.offer(toNames(7)))
    await settle()
    await answerAll(test)
    const answers = [...(first.value ?? []), ...(second.value ?? [])]
    expect(states(answers)).toEqual(Array(14).fill('done'))
    expect(ids(test)).toEqual(toNames(7))
  })

  it('is told once for each attempt', async () => {
    const test = createTestLine()
    void test.offer(['a'])
    void test.offer(['a'])
    await settle()
    await answerAll(test, 500)
    void test.offer(['a'])
    await settle()
    expect(test.results).toHaveLength(1)
  })
})
