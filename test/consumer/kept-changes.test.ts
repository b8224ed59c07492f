import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptChange } from '../../src/consumer/changes.ts'
import { createKeptChanges, type KeptDeps } from '../../src/consumer/kept-changes.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import type { AttemptRecord } from '../../src/ledger/ledger.ts'
import { db, HOUR_MS, migrate } from '../ledger/harness.ts'
import { bindings } from './harness.ts'

const ledger = createLedger(db)
const refusing: KeptDeps['ledgers'] = [{ record: () => Promise.reject(new Error('D1_ERROR')) }]

const ATTEMPT: AttemptRecord = {
  at: Date.parse('2026-11-20T10:00:00.000Z'),
  durationMs: 700,
  status: 200,
  verdict: 'delivered',
  reason: null,
  excerpt: 'takk \u{1f680}',
  nextAt: null,
}

const toChange = (seq: number, changes: Partial<KeptChange> = {}): KeptChange => ({
  claim: `evt_${seq}`,
  seq,
  target: 'crm',
  status: 'delivered',
  attempts: 1,
  nextAt: null,
  reason: null,
  attempt: ATTEMPT,
  ...changes,
})

const FAILED: AttemptRecord = { ...ATTEMPT, status: 500, verdict: 'retry' }
const FAILURE = { status: 'waiting', nextAt: ATTEMPT.at, attempt: FAILED } as const

/** In the storage of a real object, with or without its own D1. */
async function inObject<T>(
  deps: Partial<KeptDeps>,
  act: (kept: ReturnType<typeof createKeptChanges>, state: DurableObjectState) => Promise<T> | T,
): Promise<T> {
  return runInDurableObject(lane(), (_, state) => {
    const { storage } = state
    const now = () => Date.now()
    return act(
      createKeptChanges({ storage, ledgers: [ledger], now, log: () => {}, ...deps }),
      state,
    )
  })
}

const lane = () => bindings.LANES.getByName('crm/0')

const toKeys = ({ storage }: DurableObjectState) => [...storage.kv.list()].map(([key]) => key)

const readKept = () =>
  inObject({}, (_, state) => [toKeys(state), state.storage.getAlarm()] as const)

async function readRows() {
  const sql = 'SELECT seq, target, status, attempts, history FROM all_deliveries ORDER BY seq'
  const { results } = await db.prepare(sql).all<{ seq: number; status: string; history: string }>()
  return results.map(({ history, ...row }) => ({ ...row, history: JSON.parse(history) }))
}

beforeEach(() => migrate())
afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

describe('what the ledger takes', () => {
  it('is not kept', async () => {
    await inObject({}, async (kept, state) => {
      await kept.record([toChange(1), toChange(2)])
      expect(toKeys(state)).toEqual([])
      expect(await state.storage.getAlarm()).toBeNull()
      expect(kept.find('evt_1', 1)).toBeNull()
    })
    expect(await readRows()).toMatchObject([
      { seq: 1, target: 'crm', status: 'delivered', attempts: 1, history: [ATTEMPT] },
      { seq: 2 },
    ])
  })

  it('is taken in its order', async () => {
    const waits = { status: 'waiting', attempts: 0, nextAt: 1, attempt: null } as const
    await inObject({}, (kept) =>
      kept.record([
        toChange(1, waits),
        toChange(1, FAILURE),
        toChange(1, { ...FAILURE, attempts: 2 }),
        toChange(1, { attempts: 3 }),
      ]),
    )
    expect(await readRows()).toMatchObject([
      { status: 'delivered', attempts: 3, history: [FAILED, FAILED, ATTEMPT] },
    ])
  })
})

describe('what the ledger refuses', () => {
  it('is in the storage, until the alarm gives it to the ledger', async () => {
    const lines: object[] = []
    const log = (line: object) => lines.push(line)
    await inObject({ ledgers: refusing, log }, async (kept, state) => {
      const before = Date.now()
      await kept.record([toChange(1), toChange(2, FAILURE)])
      const alarmMs = ((await state.storage.getAlarm()) ?? 0) - before
      expect(alarmMs).toBeGreaterThanOrEqual(10_000)
      expect(alarmMs).toBeLessThan(12_000)
      expect(toKeys(state)).toEqual(['kept:evt_1/1', 'kept:evt_2/1'])
    })
    expect(lines).toMatchObject([{ event: 'ledger.refused', changes: 2, error: 'Error' }])
    expect(await readRows()).toEqual([])

    expect(await runDurableObjectAlarm(lane())).toBe(true)
    expect(await readRows()).toMatchObject([
      { seq: 1, status: 'delivered', history: [ATTEMPT] },
      { seq: 2, status: 'waiting', history: [FAILED] },
    ])
    const [keys, alarm] = await readKept()
    expect(keys).toEqual([])
    expect(await alarm).toBeNull()
  })

  it('is found by an object of later, whole', async () => {
    await inObject({ ledgers: refusing }, (kept) => kept.record([toChange(1)]))
    await evictDurableObject(lane())
    await inObject({}, (kept) => {
      expect(kept.find('evt_1', 1)).toEqual(toChange(1))
      expect(kept.find('evt_1', 2)).toBeNull()
      expect(kept.find('evt_2', 1)).toBeNull()
    })
  })

  it('stays as long as the ledger refuses it', async () => {
    await inObject({ ledgers: refusing }, async (kept, state) => {
      kept.keep([toChange(1)])
      await state.storage.deleteAlarm()
      await kept.retry()
      expect(toKeys(state)).toEqual(['kept:evt_1/1'])
      expect(await state.storage.getAlarm()).toBeGreaterThan(Date.now() + 5_000)
    })
  })

  it('is recorded once, when the ledger had it after all', async () => {
    await inObject({}, async (kept) => {
      await kept.record([toChange(1)])
      kept.keep([toChange(1)])
      await kept.retry()
    })
    expect(await readRows()).toMatchObject([{ seq: 1, attempts: 1, history: [ATTEMPT] }])
  })

  it('is more than a hundred: then it goes a hundred at a time, at once', async () => {
    const counts: number[] = []
    const counting: KeptDeps['ledgers'][number] = {
      async record(changes, ...rest) {
        counts.push(changes.length)
        await ledger.record(changes, ...rest)
      },
    }
    const alarms: (number | null)[] = []
    // An alarm of the past would be one of now.
    const now = Date.now() + HOUR_MS
    await inObject({ ledgers: [counting], now: () => now }, async (kept, state) => {
      kept.keep(Array.from({ length: 250 }, (_, i) => toChange(i + 1)))
      for (let i = 0; i < 3; i++) {
        await kept.retry()
        alarms.push(await state.storage.getAlarm())
        await state.storage.deleteAlarm()
      }
      expect(toKeys(state)).toEqual([])
    })
    expect(counts).toEqual([100, 100, 50])
    expect(alarms).toEqual([now, now, null])
    expect(await readRows()).toHaveLength(250)
  })

  it('is not kept when it tells of no call', async () => {
    await inObject({ ledgers: refusing }, async (kept, state) => {
      await kept.record([toChange(1, { status: 'waiting', attempts: 0, attempt: null })])
      expect(toKeys(state)).toEqual([])
      expect(await state.storage.getAlarm()).toBeNull()
    })
  })

  it('does not put the alarm off when more comes', async () => {
    const clock = { now: Date.now() }
    const alarms: number[] = []
    await inObject({ ledgers: refusing, now: () => clock.now }, async (kept, state) => {
      const start = clock.now
      for (let i = 0; i < 5; i++) {
        kept.keep([toChange(i)])
        alarms.push(((await state.storage.getAlarm()) ?? 0) - start)
        clock.now += 4_000
      }
    })
    expect(alarms).toEqual(Array(5).fill(10_000))
  })

  it('gets a new alarm when the one that was set did not come', async () => {
    const clock = { now: Date.now() }
    await inObject({ ledgers: refusing, now: () => clock.now }, async (kept, state) => {
      kept.keep([toChange(1)])
      await state.storage.deleteAlarm()
      clock.now += 20_000
      kept.keep([toChange(2)])
      expect(await state.storage.getAlarm()).toBe(clock.now + 10_000)
    })
  })

  it('is kept also when the ledger only hangs', async () => {
    await inObject({}, async (_, { storage }) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const hanging = { prepare: () => ({ bind: () => ({}) }), batch: () => new Promise(() => {}) }
      const kept = createKeptChanges({
        storage,
        ledgers: [createLedger(hanging as never)],
        now: () => Date.now(),
        log: () => {},
      })
      const recorded = kept.record([toChange(1)])
      await vi.advanceTimersByTimeAsync(9_999)
      expect(kept.find('evt_1', 1)).toBeNull()
      await vi.advanceTimersByTimeAsync(1)
      await recorded
      expect(kept.find('evt_1', 1)).toEqual(toChange(1))
    })
  })

  it('is found while its alarm waits for the ledger', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await inObject({ ledgers: [{ record: () => promise }] }, async (kept) => {
      kept.keep([toChange(1)])
      const retried = kept.retry()
      expect(kept.find('evt_1', 1)).toEqual(toChange(1))
      resolve()
      await retried
      expect(kept.find('evt_1', 1)).toBeNull()
    })
  })
})
