/** What apps answered: before the claim or after it, in any order, and more than once. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/events/message.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import type { RecordedReply } from '../../src/ledger/replies.ts'
import { createMeter, db, migrate, NOW, range, readAll } from './harness.ts'
import { claimNew, createScales, ledger } from './requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

function toReply(changes: Partial<RecordedReply> = {}, body: string | null = 'x'): RecordedReply {
  const answer: Answer = { status: 200, contentType: 'text/xml', body, from: 'origin' }
  return { eventId: 'evt_1', at: NOW, tookMs: 120, answer, ...changes }
}

async function readReplies() {
  const rows = await readAll('SELECT event_id, at, took_ms, answer FROM replies ORDER BY event_id')
  return rows.map(({ event_id, at, took_ms, answer }) => {
    return { eventId: event_id, at, tookMs: took_ms, answer: JSON.parse(String(answer)) }
  })
}

describe('an answer', () => {
  it.each([
    ['before the claim of its event', true],
    ['after it', false],
  ])('is recorded %s', async (_name, isFirst) => {
    if (!isFirst) await claimNew()
    await ledger.answer([toReply()])
    if (isFirst) await claimNew()
    expect(await readReplies()).toEqual([toReply()])
  })

  it('is one row, written once, however often it comes', async () => {
    const { db: metered, cost } = createMeter()
    const { answer } = createLedger(metered)
    await answer([toReply(), toReply()])
    await answer([toReply()])
    expect(await readReplies()).toEqual([toReply()])
    expect(cost.written).toBe(1)
  })

  it('of several for one event is the earliest, whatever came first', async () => {
    const replies = [
      toReply({ at: NOW + 1, tookMs: 1 }),
      toReply({ tookMs: 2 }, 'b'),
      toReply({ tookMs: 2 }, 'a'),
      toReply({ tookMs: 3 }, 'a'),
    ]
    for (const order of [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
    ]) {
      await db.prepare('DELETE FROM replies').run()
      for (const i of order) await ledger.answer(replies.slice(i, i + 1))
      expect(await readReplies()).toEqual([replies[2]])
    }
    await db.prepare('DELETE FROM replies').run()
    await ledger.answer(replies)
    expect(await readReplies()).toEqual([replies[2]])
  })

  it('comes back as it was: quotes, null bytes, half a surrogate pair', async () => {
    const hostile = ['\u0000', '\ud83d', '"\\\n', '<script>☎', ''].map((body, n) =>
      toReply({ eventId: `evt_${n}` }, body),
    )
    await ledger.answer([...hostile, toReply({ eventId: 'evt_9' }, null)])
    expect(await readReplies()).toEqual([...hostile, toReply({ eventId: 'evt_9' }, null)])
  })
})

describe('a batch', () => {
  it('of nothing asks nothing', async () => {
    const { db: scales, bound } = createScales()
    await createLedger(scales).answer([])
    expect(bound).toEqual([])
  })

  it('of a hundred is one statement; of the largest, as many as D1 takes', async () => {
    const { db: scales, bound } = createScales()
    const { answer } = createLedger(scales)
    const toMany = (body: string) =>
      range(1, 100).map((n) => toReply({ eventId: `evt_${n}` }, body))
    await answer(toMany('x'))
    expect(bound).toHaveLength(1)
    await answer(toMany('"'.repeat(100_000)).map((reply) => ({ ...reply, at: 1 })))
    expect(bound.length).toBeGreaterThan(10)
    expect(Math.max(...bound)).toBeLessThanOrEqual(2_000_000)
    expect(await readAll('SELECT at, count(*) AS n FROM replies GROUP BY at')).toEqual([
      { at: 1, n: 100 },
    ])
  })
})
