import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import type { DeliveryChange } from '../../src/ledger/ledger.ts'
import { db, migrate, NOW, range, readAll } from './harness.ts'
import {
  claimNew,
  createScales,
  ledger,
  toAttempt,
  toClaimRequest,
  toDelivered,
  toDied,
  toRetried,
  toWait,
} from './requests.ts'

let seq = 0

beforeEach(async () => {
  await migrate()
  seq = await claimNew({ targets: ['crm', 'erp'] })
})
afterEach(() => reset())

async function record(...changes: DeliveryChange[]): Promise<void> {
  for (const change of changes) await ledger.record([change], [], NOW)
}

async function readRow(target = 'crm') {
  const [row] = await readAll(
    'SELECT * FROM all_deliveries WHERE seq = ?1 AND target = ?2',
    seq,
    target,
  )
  if (!row) return null
  const { history, ...others } = row
  return { ...others, history: JSON.parse(String(history)) as unknown[] }
}

const numbers = async () =>
  (await readAll('SELECT at - ?1 AS number FROM attempts ORDER BY number', NOW)).map(
    ({ number }) => number,
  )

describe('an attempt', () => {
  it('is recorded whole', async () => {
    const change = toRetried(seq, 1)
    await ledger.record([change], [], NOW + 7)
    expect(await readRow()).toEqual({
      seq,
      target: 'crm',
      status: 'waiting',
      attempts: 1,
      next_at: NOW + 5_000,
      reason: 'status_500',
      updated_at: NOW + 7,
      history: [change.attempt],
    })
  })

  it('is one, however often it is recorded', async () => {
    const first = toRetried(seq, 1)
    await record(first, first)
    await ledger.record([first, first], [], NOW)
    await record(toRetried(seq, 2), first, toRetried(seq, 2))
    expect(await readRow()).toMatchObject({ attempts: 2, next_at: NOW + 10_000 })
    expect(await numbers()).toEqual([1, 2])
  })

  it('is one, also when ten say so at once', async () => {
    await Promise.all(range(1, 10).map(() => ledger.record([toDelivered(seq, 1)], [], NOW)))
    expect(await numbers()).toEqual([1])
  })

  it('says when it was recorded', async () => {
    await record(toRetried(seq, 1))
    await ledger.record([toRetried(seq, 2)], [], NOW + 9)
    expect(await readRow()).toMatchObject({ updated_at: NOW + 9 })
  })

  it('stands behind the one before', async () => {
    await record(...range(1, 12).map((n) => toRetried(seq, n)), toDelivered(seq, 13))
    expect(await numbers()).toEqual(range(1, 13))
    expect(await readRow()).toMatchObject({ status: 'delivered', attempts: 13, next_at: null })
  })

  it('never counts for less than a later one', async () => {
    const later = toRetried(seq, 3, { reason: 'timeout' })
    await record(later, toDelivered(seq, 2), toDied(seq, 3), toRetried(seq, 1))
    expect(await readRow()).toMatchObject({ status: 'waiting', attempts: 3, reason: 'timeout' })
    expect(await numbers()).toEqual([3])
  })

  it('of one target is nothing to another', async () => {
    await record(toDelivered(seq, 1), toRetried(seq, 4, { target: 'erp' }))
    expect(await readRow()).toMatchObject({ status: 'delivered', attempts: 1 })
    expect(await readRow('erp')).toMatchObject({ status: 'waiting', attempts: 4 })
  })

  it.each([
    ['text of all kinds', 'Köln ✓ 👋 \u2028 "\\" \u0001'],
    ['NUL', 'before\0behind'],
    ['a text that looks like JSON', '{"a":[1,null]}'],
    ['what a cut in the middle of a character leaves', 'K\ufffd'],
  ])('keeps what was answered: %s', async (_name, excerpt) => {
    await record(
      toRetried(seq, 1, { attempt: toAttempt({ excerpt }) }),
      toRetried(seq, 2, { attempt: toAttempt({ excerpt }) }),
    )
    const kept = await readAll('SELECT excerpt FROM attempts')
    expect(kept).toEqual([{ excerpt }, { excerpt }])
  })

  it('keeps half of a surrogate pair from spoiling the rest', async () => {
    await record(
      toRetried(seq, 1, { attempt: toAttempt({ excerpt: 'a\ud83d' }) }),
      toRetried(seq, 2, { attempt: toAttempt({ excerpt: 'b' }) }),
    )
    expect((await readRow())?.history).toMatchObject([{ excerpt: 'a\ud83d' }, { excerpt: 'b' }])
  })
})

describe('delivered', () => {
  it.each<[string, (seq: number) => DeliveryChange]>([
    ['a later attempt that failed', (of) => toRetried(of, 2)],
    ['a later attempt that died', (of) => toDied(of, 2)],
    ['a later attempt that was delivered', (of) => toDelivered(of, 2)],
    ['a wait', (of) => toWait(of, 1)],
    ['a death without a call', (of) => toDied(of, 1, { attempt: null })],
  ])('is the end, whatever comes: %s', async (_name, toChange) => {
    await record(toDelivered(seq, 1))
    const before = await readRow()
    await ledger.record([toChange(seq)], [], NOW + 1)
    expect(await readRow()).toEqual(before)
  })
})

describe('dead', () => {
  beforeEach(() => record(toDied(seq, 3)))

  it.each<[string, (seq: number) => DeliveryChange]>([
    ['a wait', (of) => toWait(of, 3)],
    ['a wait for a later attempt', (of) => toWait(of, 4)],
    ['a death without a call', (of) => toDied(of, 3, { attempt: null, reason: 'expired' })],
    ['an older attempt', (of) => toDelivered(of, 2)],
    ['the same attempt', (of) => toDelivered(of, 3)],
  ])('is not touched by %s', async (_name, toChange) => {
    const before = await readRow()
    await ledger.record([toChange(seq)], [], NOW + 1)
    expect(await readRow()).toEqual(before)
  })

  it('ends when a later attempt is delivered after all', async () => {
    await record(toDelivered(seq, 4))
    expect(await readRow()).toMatchObject({ status: 'delivered', attempts: 4, reason: null })
    expect(await numbers()).toEqual([3, 4])
  })

  it('stays, and knows of a later attempt that failed: nobody comes back for it', async () => {
    await record(toRetried(seq, 4, { reason: 'timeout' }))
    expect(await readRow()).toMatchObject({
      status: 'dead',
      attempts: 4,
      reason: 'status_500',
      next_at: null,
    })
    expect(await numbers()).toEqual([3, 4])
  })

  it('takes the reason of a later death', async () => {
    await record(toDied(seq, 4, { reason: 'timeout' }))
    expect(await readRow()).toMatchObject({ status: 'dead', attempts: 4, reason: 'timeout' })
  })
})

describe('a wait', () => {
  it('is recorded without an attempt', async () => {
    await record(toWait(seq, 0))
    expect(await readRow()).toMatchObject({
      status: 'waiting',
      attempts: 0,
      next_at: NOW + 30_000,
      reason: 'paused',
      history: [],
    })
  })

  it('puts off a delivery that waits, and keeps its attempts', async () => {
    await record(toRetried(seq, 2), toWait(seq, 2))
    expect(await readRow()).toMatchObject({ attempts: 2, next_at: NOW + 30_000, reason: 'paused' })
    expect(await numbers()).toEqual([2])
  })

  it('that knew nothing of the last attempt does not take it back', async () => {
    await record(toRetried(seq, 2))
    const before = await readRow()
    await record(toWait(seq, 1))
    expect(await readRow()).toEqual(before)
  })

  it('gives way to the attempt', async () => {
    await record(toWait(seq, 0), toDelivered(seq, 1))
    expect(await readRow()).toMatchObject({ status: 'delivered', attempts: 1, reason: null })
    expect(await numbers()).toEqual([1])
  })
})

describe('a death without a call', () => {
  it('ends a wait, and does not take an attempt back that it did not know', async () => {
    await record(
      toRetried(seq, 2),
      toDied(seq, 1, { attempt: null, reason: 'target_removed', nextAt: null }),
    )
    expect(await readRow()).toMatchObject({
      status: 'dead',
      attempts: 2,
      reason: 'target_removed',
      next_at: null,
    })
    expect(await numbers()).toEqual([2])
  })
})

describe('the view `attempts`', () => {
  it('has a row for each attempt, in columns', async () => {
    const first = toAttempt({ status: null, reason: 'no answer', excerpt: '' })
    await record(toRetried(seq, 1, { attempt: first }), toDelivered(seq, 2))
    await record(toRetried(seq, 1, { target: 'erp' }), toWait(seq, 0, { target: 'none' }))
    expect(await readAll('SELECT * FROM attempts ORDER BY target, number')).toEqual([
      {
        seq,
        target: 'crm',
        number: 1,
        at: NOW + 1_000,
        duration_ms: 120,
        status: null,
        verdict: 'retry',
        reason: 'no answer',
        excerpt: '',
        next_at: NOW + 6_000,
      },
      {
        seq,
        target: 'crm',
        number: 2,
        at: NOW + 2,
        duration_ms: 120,
        status: 200,
        verdict: 'delivered',
        reason: null,
        excerpt: 'ok',
        next_at: null,
      },
      expect.objectContaining({ target: 'erp', number: 1, status: 500 }),
    ])
  })
})

describe('a batch', () => {
  it('is one transaction', async () => {
    const broken = toRetried(seq, 1, { target: 'erp' })
    Reflect.set(broken, 'status', 'lost')
    await expect(ledger.record([toDelivered(seq, 1), broken], [seq], NOW)).rejects.toThrow(/CHECK/)
    expect(await readRow()).toBeNull()
    expect(await readAll('SELECT lease_until - ?1 AS leaseMs FROM events', NOW)).toEqual([
      { leaseMs: 60_000 },
    ])
  })

  it('may be larger than D1 takes in one value', async () => {
    const requests = range(1, 1_500).map((n) =>
      toClaimRequest({ claim: `evt_many_${n}`, payload: null }),
    )
    const { claims } = await ledger.claim(requests, NOW)
    const attempt = toAttempt({ excerpt: '\u0001'.repeat(1_024) })
    const changes = claims.flatMap((one) =>
      one.state === 'ours' ? [toRetried(one.seq, 1, { attempt })] : [],
    )
    const { db: measured, bound } = createScales()
    await createLedger(measured).record(changes, [], NOW)
    // The local one takes more.
    expect(Math.max(...bound)).toBeLessThanOrEqual(2_000_000)
    const [count] = await readAll('SELECT count(*) AS attempts FROM attempts')
    expect(count).toEqual({ attempts: 1_500 })
  })

  it('without anything in it asks nothing of D1', async () => {
    await db.prepare('DROP TABLE deliveries').run()
    await expect(ledger.record([], [], NOW)).resolves.toBeUndefined()
  })

  it('releases only what it is told to', async () => {
    const other = await claimNew({ claim: 'evt_2' })
    await ledger.record([toRetried(seq, 1)], [seq], NOW + 5)
    expect(await readAll('SELECT seq, lease_until - ?1 AS leaseMs FROM events', NOW)).toEqual([
      { seq, leaseMs: 5 },
      { seq: other, leaseMs: 60_000 },
    ])
  })
})

describe('a delivery that goes well at once', () => {
  const read = (table: string) =>
    readAll(`SELECT target, status, attempts FROM ${table} WHERE seq = ?1 ORDER BY target`, seq)
  const readSettled = async () => {
    const [row] = await readAll('SELECT settled FROM events WHERE seq = ?1', seq)
    const settled = row?.['settled'] ?? '{}'
    return JSON.parse(String(settled)) as Record<string, unknown>
  }
  const crm = { target: 'crm', status: 'delivered', attempts: 1 }
  const erp = { ...crm, target: 'erp' }

  it('is in the row of its event, whole, with others of the same call', async () => {
    const first = toDelivered(seq, 1, {
      attempt: {
        ...toDelivered(seq, 1).attempt,
        ...toAttempt({ verdict: 'delivered', excerpt: '{"a":[1,null]} \0 ✓' }),
      },
    })
    await ledger.record([first, toDelivered(seq, 1, { target: 'erp' })], [], NOW)
    expect(await readSettled()).toEqual({ crm: first.attempt, erp: toDelivered(seq, 1).attempt })
    expect(await readAll('SELECT * FROM deliveries')).toEqual([])
    expect(await read('all_deliveries')).toEqual([crm, erp])
    expect(await readAll('SELECT target, number, verdict FROM attempts ORDER BY target')).toEqual([
      { target: 'crm', number: 1, verdict: 'delivered' },
      { target: 'erp', number: 1, verdict: 'delivered' },
    ])
  })

  it.each([
    ['one call after the other', true],
    ['twice in one call', false],
  ])('counts once, and the first one stays: %s', async (_name, isApart) => {
    const first = toDelivered(seq, 1)
    const second = toDelivered(seq, 1, { attempt: toAttempt({ at: NOW + 9, excerpt: 'late' }) })
    if (isApart) await record(first, second, toDelivered(seq, 1, { target: 'erp' }))
    else await ledger.record([first, second, toDelivered(seq, 1, { target: 'erp' })], [], NOW)
    expect(await readSettled()).toEqual({ crm: first.attempt, erp: first.attempt })
    expect(await readAll('SELECT * FROM deliveries')).toEqual([])
  })

  it('stays where it is whatever comes late, and is never in both places', async () => {
    await record(toDelivered(seq, 1))
    const late = [toWait(seq, 0), toRetried(seq, 1), toDied(seq, 2), toDelivered(seq, 2)]
    await ledger.record([...late, toDied(seq, 0, { attempt: null })], [seq], NOW + 1)
    expect(await readAll('SELECT * FROM deliveries')).toEqual([])
    expect(await read('all_deliveries')).toEqual([crm])
  })

  it.each<[string, DeliveryChange[], object]>([
    ['a wait', [toWait(1, 0), toDelivered(1, 1)], crm],
    ['a wait, in the same call', [toWait(1, 0), toDelivered(1, 1)], crm],
    ['an attempt', [toRetried(1, 1), toDelivered(1, 2)], { ...crm, attempts: 2 }],
    ['a death', [toDied(1, 0, { attempt: null }), toDelivered(1, 1)], crm],
  ])('is where it was recorded before: %s', async (name, changes, expected) => {
    const here = changes.map((change) => ({ ...change, seq }))
    if (name.endsWith('same call')) await ledger.record(here, [], NOW)
    else await record(...here)
    expect(await read('all_deliveries')).toEqual([expected])
    await record(toDelivered(seq, 1))
    expect(await read('all_deliveries')).toEqual([expected])
  })

  it('is what the next claim hears, beside what is still owed', async () => {
    await record(toDelivered(seq, 1), toRetried(seq, 1, { target: 'erp' }))
    await ledger.record([], [seq], NOW)
    const { claims } = await ledger.claim([toClaimRequest()], NOW)
    expect(claims).toMatchObject([
      { deliveries: [crm, { target: 'erp', status: 'waiting', attempts: 1 }] },
    ])
  })

  it('of many targets, of many events, in one call', async () => {
    const targets = range(1, 40).map((n) => `t${n}`)
    const seqs = [
      seq,
      ...(await Promise.all(['evt_2', 'evt_3'].map((claim) => claimNew({ claim })))),
    ]
    const attempt = toAttempt({ excerpt: '"'.repeat(1_000) })
    const changes = seqs.flatMap((of) =>
      targets.map((target) => toDelivered(of, 1, { target, attempt })),
    )
    await ledger.record(changes, [], NOW)
    const [count] = await readAll(
      'SELECT count(*) AS all_, count(DISTINCT seq) AS events FROM all_deliveries',
    )
    expect(count).toEqual({ all_: 120, events: 3 })
  })
})
