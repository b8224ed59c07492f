import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeOutcome } from '../../src/delivery/describe.ts'
import { readTargetStats } from '../../src/ledger/target-stats.ts'
import {
  DAY_MS,
  HOUR_MS,
  db,
  insertRows,
  migrate,
  NOW,
  range,
  toDeliveryRow,
  toEventRow,
} from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const good = (at: number) => ({ at, status: 200, verdict: 'delivered', reason: null })
const bad = (at: number, status: number | null, reason: string) => ({
  at,
  status,
  verdict: 'retry',
  reason,
})

async function add(
  seq: number,
  target: string,
  recordedAt: number,
  attempts: object[],
  changes: Parameters<typeof toDeliveryRow>[2] = {},
) {
  await insertRows('events', [toEventRow(seq, { recorded_at: recordedAt })])
  await insertRows('deliveries', [
    { ...toDeliveryRow(seq, target, changes), history: JSON.stringify(attempts) },
  ])
}

const read = async (target = 'crm', maxLooked?: number) => {
  const { byTarget, since } = await readTargetStats(db, [target], NOW, maxLooked)
  return { ...byTarget.get(target), since }
}

const none = { attempts: 0, delivered: 0 }

describe('how a target fares', () => {
  it('is nothing in an empty ledger', async () => {
    expect(await read()).toEqual({
      hour: none,
      day: none,
      failures: [],
      waiting: { count: 0, isAtLeast: false, oldestReceivedAt: null },
      dead: { count: 0, isAtLeast: false },
      since: NOW - DAY_MS,
    })
  })

  it('is told by its attempts of an hour and of a day', async () => {
    await add(1, 'crm', NOW - 30 * HOUR_MS, [good(NOW - 30 * HOUR_MS)])
    await add(2, 'crm', NOW - 5 * HOUR_MS, [
      bad(NOW - 5 * HOUR_MS, 500, 'answered 500'),
      good(NOW - HOUR_MS),
    ])
    await add(3, 'erp', NOW - 9, [bad(NOW - 9, 500, 'answered 500')])
    await add(4, 'crm', NOW - 8, [good(NOW - 8)])
    expect(await read()).toMatchObject({
      hour: { attempts: 2, delivered: 2 },
      day: { attempts: 3, delivered: 2 },
      failures: [{ reason: 'status_500', count: 1, lastAt: NOW - 5 * HOUR_MS, eventId: 'evt_2' }],
    })
  })

  it('has its failures by the reasons that deliveries have', async () => {
    const unsent = [
      'secret_missing',
      'secret_invalid',
      'token_missing',
      'url_invalid',
      'request_invalid',
    ] as const
    const attempts = [
      bad(NOW - 9, 429, 'answered 429 with Retry-After: 5'),
      bad(NOW - 8, 429, 'answered 429 with Retry-After: 60'),
      bad(NOW - 7, null, describeOutcome({ type: 'timeout' }, 10_000)),
      bad(NOW - 6, null, describeOutcome({ type: 'timeout' }, 3_000)),
      bad(NOW - 5, null, describeOutcome({ type: 'unreachable' }, 0)),
      ...unsent.map((reason) => bad(NOW - 4, null, describeOutcome({ type: 'unsent', reason }, 0))),
    ]
    await add(1, 'crm', NOW - 10, attempts)
    const { failures = [] } = await read()
    expect(
      failures.map(({ reason, count, lastAt }) => [reason, count, lastAt]).slice(0, 2),
    ).toEqual([
      ['timeout', 2, NOW - 6],
      ['status_429', 2, NOW - 8],
    ])
    expect(
      failures
        .slice(2)
        .map(({ reason }) => reason)
        .toSorted(),
    ).toEqual(['unreachable', ...unsent].toSorted())
  })

  it('counts what waits and what is dead, and has the age of the oldest', async () => {
    const waiting = { status: 'waiting', next_at: NOW }
    await add(1, 'erp', NOW - 9 * DAY_MS, [], waiting)
    await add(2, 'crm', NOW - 3 * DAY_MS, [], { ...waiting, next_at: NOW + 1 })
    await add(3, 'crm', NOW - 2 * DAY_MS, [], waiting)
    await add(4, 'crm', NOW, [], { status: 'dead' })
    expect(await read()).toMatchObject({
      waiting: { count: 2, isAtLeast: false, oldestReceivedAt: NOW - 3 * DAY_MS },
      dead: { count: 1, isAtLeast: false },
    })
  })

  it('looks at so many events at most, the newest, and says since when', async () => {
    for (const n of range(1, 6)) {
      const at = NOW - (7 - n) * HOUR_MS
      await add(n, 'crm', at, [good(at)])
    }
    expect(await read('crm', 2)).toMatchObject({ day: { attempts: 2 }, since: NOW - 2 * HOUR_MS })
    expect(await read('crm', 6)).toMatchObject({ day: { attempts: 6 }, since: NOW - DAY_MS })
  })
})
