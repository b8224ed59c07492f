/**
 * Where a delivery is recorded makes no difference to anybody who asks or goes on: every reader and every
 * writer is given the same ledger twice, once as records.ts makes it, once with all that is settled in
 * the events' rows as rows of `deliveries`, which is how the version before had it.
 */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requeueOpen } from '../../src/cli/dev/requeue.ts'
import { createDeadRows } from '../../src/ledger/dead-letters.ts'
import { listDead } from '../../src/ledger/dead-events.ts'
import { summarizeDead } from '../../src/ledger/dead-summary.ts'
import type { DeliveryChange } from '../../src/ledger/ledger.ts'
import { createPatrol, QUIET_MS, WALK_AFTER_MS } from '../../src/ledger/patrol.ts'
import { createPruner } from '../../src/ledger/prune.ts'
import { readEvent } from '../../src/ledger/reads/event.ts'
import { listEvents } from '../../src/ledger/reads/events.ts'
import { readOverview } from '../../src/ledger/reads/overview.ts'
import { listRelated } from '../../src/ledger/reads/related.ts'
import { readReplayOutcome } from '../../src/ledger/replay-outcome.ts'
import { findDead } from '../../src/ledger/replays.ts'
import { readTargetStats } from '../../src/ledger/target-stats.ts'
import { DAY_MS, db, migrate, NOW, range, readAll, readSeqs } from './harness.ts'
import {
  claimNew,
  ledger,
  toClaimRequest,
  toDeadRow,
  toDelivered,
  toDied,
  toRetried,
  toWait,
} from './requests.ts'
import { createPick, type Pick } from './reads/model.ts'

const LATER = NOW + 40 * DAY_MS
const KV = { get: () => Promise.resolve(null) }

/** As the version before had them. */
async function unsettle(): Promise<void> {
  await db.batch(
    [
      `INSERT INTO deliveries
       SELECT * FROM all_deliveries WHERE (seq, target) NOT IN (SELECT seq, target FROM deliveries)`,
      'UPDATE events SET settled = NULL',
    ].map((sql) => db.prepare(sql)),
  )
}

/** All that an event can be, with what was delivered at once in it. */
async function fill(): Promise<void> {
  const both = ['crm', 'erp']
  const of = (n: number, targets: string[], replay?: string) => {
    const claim = replay === undefined ? `evt_${n}` : `evt_${n}~${replay}`
    return claimNew({ claim, targets, ...(replay !== undefined && { replay, payload: null }) })
  }
  const seqs = [
    await of(1, both),
    await of(2, both),
    await of(3, both),
    await of(4, ['crm']),
    await of(4, ['crm'], 'rpl_1'),
    await of(5, ['crm']),
    await of(5, ['crm'], 'rpl_1'),
    await of(6, []),
    await of(7, ['erp']),
  ]
  const [both_, waits = 0, owed = 0, cleared = 0, clearing = 0, dead = 0, again = 0, , late = 0] =
    seqs
  await ledger.record(
    [
      ...both.map((target) => toDelivered(both_ ?? 0, 1, { target })),
      toDelivered(waits, 1),
      toRetried(waits, 1, { target: 'erp' }),
      toDelivered(owed, 1),
      toDied(cleared, 1),
      toDelivered(clearing, 1),
      toDied(dead, 1),
      toWait(again, 0),
      toRetried(late, 1, { target: 'erp' }),
    ],
    seqs,
    NOW,
  )
  await ledger.record([toDelivered(late, 2, { target: 'erp' })], [], NOW)
}

const list = async (filter: Parameters<typeof listEvents>[1]) =>
  (await listEvents(db, filter, { limit: 50 }, () => NOW)).rows

const outcomes = ['delivered', 'waiting', 'dead', 'unmatched'] as const
const ids = range(1, 7).map((n) => `evt_${n}`)

const READERS: Record<string, () => Promise<unknown>> = {
  'the list of events': () => list({}),
  'the list by outcome': () => Promise.all(outcomes.map((outcome) => list({ outcome }))),
  'the list by target': () =>
    Promise.all(outcomes.map((outcome) => list({ target: 'crm', outcome }))),
  'events whole': () => Promise.all(ids.map((id) => readEvent(db, KV, id))),
  'a thread': () => listRelated(db, 'evt_1'),
  'the overview': () => readOverview(db, '1h', NOW + 60_000),
  'a sampled overview': () => readOverview(db, '1h', NOW + 60_000, 4),
  'how targets fare': () => readTargetStats(db, ['crm', 'erp'], NOW + 60_000),
  'what became of a replay': () => readReplayOutcome(db, 'rpl_1', 0),
  'what is dead': () =>
    Promise.all([findDead(db, {}, 0, 50), listDead(db, {}, { after: 0, limit: 50 })]),
  'what is dead, counted': () => summarizeDead(db, {}),
  'the view of attempts': () => readAll('SELECT * FROM attempts ORDER BY seq, target, number'),
  'the next claim': async () => {
    const requests = ids.map((claim) => toClaimRequest({ claim }))
    const { claims } = await ledger.claim(requests, NOW + DAY_MS)
    return claims.map((claim) =>
      claim.state === 'ours'
        ? claim.deliveries.toSorted((a, b) => (a.target < b.target ? -1 : 1))
        : claim,
    )
  },
  'the patrol': async () => {
    const round = await createPatrol(db).walk(NOW + WALK_AFTER_MS + QUIET_MS, 50)
    await round.advance()
    return [
      round.lost,
      await readAll('SELECT seq, target, status, reason FROM all_deliveries'),
    ].map(sorted)
  },
  'what goes back into a local queue': async () => {
    const sent: unknown[] = []
    const events = { sendBatch: async (batch: unknown) => void sent.push(batch) }
    const requeued = await requeueOpen({
      db,
      events,
      targets: ['crm', 'erp'],
    } as unknown as Parameters<typeof requeueOpen>[0])
    return [requeued, sent]
  },
  'dead letters': async () => {
    await createDeadRows(db).record(
      ids.map((claim) => toDeadRow({ claim, targets: null, reason: 'retries_exhausted' })),
    )
    return sorted(await readAll('SELECT seq, target, status, attempts FROM all_deliveries'))
  },
  pruning: async () => {
    const pruned = await createPruner(db).prune({ olderThan: LATER, maxEvents: 100 })
    const left = await readAll('SELECT seq, target FROM all_deliveries ORDER BY seq, target')
    return [pruned, await readSeqs('events'), left]
  },
}

const sorted = (rows: unknown): unknown =>
  Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)).toSorted() : rows

describe('what is settled in the row of its event', () => {
  beforeEach(() => migrate())
  afterEach(() => reset())

  it.each(Object.entries(READERS))(
    'is the same as a row of its own for %s',
    async (_name, read) => {
      await fill()
      expect(await readAll('SELECT count(settled) AS count FROM events')).toEqual([{ count: 4 }])
      const settled = await read()
      await reset()
      await migrate()
      await fill()
      await unsettle()
      expect(settled).toEqual(await read())
    },
  )
})

/** Changes as lanes tell of them: late, twice, in any order. */
function makeChange(pick: Pick, seq: number): DeliveryChange {
  const target = ['crm', 'erp'][pick(2)] ?? ''
  const attempts = pick(4)
  const make = [toDelivered, toRetried, toDied][pick(3)] ?? toRetried
  if (attempts > 0) return make(seq, attempts, { target })
  return pick(4) === 0
    ? toDied(seq, 0, { target, attempt: null })
    : toWait(seq, pick(3), { target })
}

/** What records.ts promises, for one delivery, without SQL. */
function apply(before: DeliveryChange[], change: DeliveryChange): DeliveryChange[] {
  const last = before.at(-1)
  if (!last) return [change]
  const most = Math.max(...before.map(({ attempts }) => attempts))
  const isOver = before.some(({ status }) => status === 'delivered')
  const isDead = before.some(({ status }) => status === 'dead')
  const isTaken = change.attempt
    ? change.attempts > most
    : !isDead && (change.status === 'dead' || change.attempts >= most)
  return isOver || !isTaken ? before : [...before, change]
}

describe('changes in any order', () => {
  beforeEach(() => migrate())
  afterEach(() => reset())

  it('leave what a look at each of them gives, in one place', async () => {
    const pick = createPick(4_711)
    const { claims } = await ledger.claim(
      range(1, 60).map((n) => toClaimRequest({ claim: `evt_${n}`, targets: ['crm', 'erp'] })),
      NOW,
    )
    const seqs = claims.flatMap((claim) => (claim.state === 'ours' ? [claim.seq] : []))
    const told = new Map<string, DeliveryChange[]>()
    for (const _ of range(1, 10)) {
      const changes = seqs.map((seq) => makeChange(pick, seq))
      await ledger.record(changes, [], NOW)
      for (const change of changes) {
        const key = `${change.seq} ${change.target}`
        told.set(key, apply(told.get(key) ?? [], change))
      }
    }
    const rows = await readAll('SELECT seq, target, status, attempts, history FROM all_deliveries')
    const found = rows.map(({ seq, target, status, attempts, history }) => ({
      ...{ key: `${String(seq)} ${String(target)}`, status, attempts },
      at: (JSON.parse(String(history)) as { at: number }[]).map(({ at }) => at),
    }))
    const wanted = [...told].map(([key, all]) => ({
      key,
      status: all.find(({ status }) => status === 'delivered')?.status ?? toStatus(all),
      attempts: Math.max(...all.map(({ attempts }) => attempts)),
      at: all.flatMap(({ attempt }) => (attempt ? [attempt.at] : [])),
    }))
    const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1)
    expect(found.toSorted(byKey)).toEqual(wanted.toSorted(byKey))
    const [{ count } = { count: 0 }] = await readAll('SELECT count(settled) AS count FROM events')
    expect(count).toBeGreaterThan(5)
  })
})

/** Dead ends only by a delivery. */
const toStatus = (all: readonly DeliveryChange[]) =>
  all.some(({ status }) => status === 'dead') ? 'dead' : 'waiting'
