/** Replays in bulk: real ledger; queues, clocks and deaths as each test wants them. */
import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toDocument } from '../../src/config/document.ts'
import type { Outgoing } from '../../src/consumer/bury.ts'
import { Operations } from '../../src/consumer/operations.ts'
import {
  LEASE_MS,
  PAGE_EVENTS,
  planReplay,
  runReplayJobs,
  RUN_MS,
  startReplay,
  type ReplayJobDeps,
} from '../../src/consumer/replay-jobs.ts'
import { createReplayJobs } from '../../src/ledger/replay-jobs.ts'
import type { DeadFilter } from '../../src/ledger/replays.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import {
  insertRows,
  migrate,
  range,
  readAll,
  toDeliveryRow,
  toEventRow,
} from '../ledger/harness.ts'
import { bindings, NOW } from './harness.ts'
import { createWorld, setClock, spyTarget, toCompiledTarget, toConfig } from './world.ts'

const db = bindings.LEDGER

beforeEach(async () => {
  setClock()
  vi.spyOn(console, 'log').mockReturnValue()
  await migrate()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await reset()
})

/** Events that died for the target an hour ago. */
async function addDead(seqs: readonly number[], target = 'crm', reason = 'timeout') {
  await insertRows(
    'events',
    seqs.map((seq) => toEventRow(seq, { kind: 'x', owner: 'm', targets: `["${target}"]` })),
  )
  await insertRows(
    'deliveries',
    seqs.map((seq) => toDeliveryRow(seq, target, { status: 'dead', reason, updated_at: NOW - 1 })),
  )
}

/** The queue; `onPage` comes between the sending of a page and its record. */
function createDeps(onPage: (pages: number) => unknown = () => undefined) {
  const sent: { ref: string; replay: string; targets: string[] }[] = []
  const lines: object[] = []
  let pages = 0
  const deps: ReplayJobDeps = {
    db,
    events: {
      async sendBatch(messages: Outgoing[]) {
        sent.push(...messages.map(({ body }) => JSON.parse(body)))
        pages += 1
        await onPage(pages)
      },
    },
    now: () => Date.now(),
    log: (line) => lines.push(line),
  }
  const start = (id = 'rpl_1', filter: DeadFilter = {}) => startReplay(id, filter, 'ann', deps)
  return {
    deps,
    sent,
    lines,
    start,
    ids: () => sent.map(({ ref }) => ref.slice('ledger:evt_'.length)),
  }
}

const find = (id = 'rpl_1') => createReplayJobs(db).find(id)
const names = (first: number, last: number) => range(first, last).map(String)
const pass = (ms: number) => setClock(Date.now() + ms)

describe('a plan', () => {
  it('counts events, by target and reason', async () => {
    await addDead(range(1, 3))
    await addDead([4], 'erp')
    await addDead([5, 6], 'erp', 'status_500')
    await insertRows('deliveries', [
      toDeliveryRow(1, 'erp', { status: 'dead', reason: 'timeout', updated_at: NOW - 9 }),
      toDeliveryRow(2, 'bi'),
    ])
    const plan = await planReplay({}, { db })
    expect(plan).toMatchObject({ events: 6, isComplete: true })
    const died = { oldestAt: NOW - 1, newestAt: NOW - 1 }
    expect(plan.groups).toEqual([
      { target: 'crm', reason: 'timeout', events: 3, ...died, eventId: 'evt_3' },
      { target: 'erp', reason: 'timeout', events: 2, ...died, oldestAt: NOW - 9, eventId: 'evt_4' },
      { target: 'erp', reason: 'status_500', events: 2, ...died, eventId: 'evt_6' },
    ])
    expect(await planReplay({ target: 'erp' }, { db })).toMatchObject({ events: 4 })
    expect(await planReplay({ target: 'bi' }, { db })).toEqual({
      events: 0,
      groups: [],
      isComplete: true,
    })
    expect(await readAll('SELECT * FROM replay_jobs')).toEqual([])
  })
})

describe('a job', () => {
  it('sends everything dead, in pages, and is done', async () => {
    await addDead(range(1, 2 * PAGE_EVENTS + 1))
    const { deps, sent, start, ids } = createDeps()
    const { job, isNew } = await start()
    expect(isNew).toBe(true)
    expect(job).toEqual({
      id: 'rpl_1',
      filter: {},
      state: 'running',
      total: 201,
      sent: 0,
      createdAt: NOW,
      createdBy: 'ann',
      endedAt: null,
      startSeq: 201,
    })
    expect(sent).toEqual([])
    await runReplayJobs(deps)
    expect(ids()).toEqual(names(1, 201))
    expect(sent[0]).toEqual({ v: 1, ref: 'ledger:evt_1', replay: 'rpl_1', targets: ['crm'] })
    expect(await find()).toEqual({ ...job, state: 'done', sent: 201, endedAt: NOW })
    await runReplayJobs(deps)
    expect(sent).toHaveLength(201)
  })

  it('does its share only, and the rest later', async () => {
    await addDead(range(1, 250))
    const { deps, ids, start } = createDeps()
    await start()
    await runReplayJobs(deps, { share: 0.01 })
    expect(ids()).toEqual(names(1, 100))
    expect(await find()).toMatchObject({ state: 'running', sent: 100 })
    await runReplayJobs(deps, { share: 0.02 })
    expect(ids()).toEqual(names(1, 250))
  })

  it('is one for one id, with the filter that came first, also when two ask at the same moment', async () => {
    await addDead([1, 2])
    const { deps, ids, start } = createDeps()
    const both = await Promise.all([
      start('rpl_1', { target: 'crm' }),
      start('rpl_1', { target: 'crm' }),
    ])
    expect(both.map(({ isNew }) => isNew).toSorted()).toEqual([false, true])
    expect(await start('rpl_1', { target: 'erp' })).toMatchObject({
      isNew: false,
      job: { filter: { target: 'crm' }, total: 2 },
    })
    await runReplayJobs(deps)
    expect(ids()).toEqual(['1', '2'])
    expect(await start()).toMatchObject({ isNew: false, job: { state: 'done' } })
  })

  it('takes only what its filter wants, and passes over the rest in few steps', async () => {
    await addDead(range(1, 1_500))
    await addDead([1_501], 'crm', 'status_500')
    const { deps, ids, start } = createDeps()
    expect((await start('rpl_1', { reason: 'status_500' })).job.total).toBe(1)
    const prepare = vi.spyOn(db, 'prepare')
    await runReplayJobs({ ...deps, db })
    expect(ids()).toEqual(['1501'])
    expect(prepare.mock.calls.length).toBeLessThan(10)
  })

  it('of nothing is done at once', async () => {
    const { deps, sent, start } = createDeps()
    await start()
    await runReplayJobs(deps)
    expect(sent).toEqual([])
    expect(await find()).toMatchObject({ state: 'done', total: 0, sent: 0 })
  })

  it('leaves out what died after it began, and what was delivered meanwhile', async () => {
    await addDead([1, 2, 4])
    await insertRows('events', [toEventRow(3, { kind: 'x' })])
    await insertRows('deliveries', [toDeliveryRow(3, 'crm', { status: 'waiting', next_at: NOW })])
    const { deps, ids, start } = createDeps()
    await start()
    pass(1_000)
    await db
      .prepare(
        `UPDATE deliveries SET status = 'dead', next_at = NULL, updated_at = ?1 WHERE seq = 3`,
      )
      .bind(Date.now())
      .run()
    await addDead([5])
    await insertRows('events', [
      toEventRow(6, { kind: 'x', claim: 'evt_2~rpl_0', event_id: 'evt_2', replay: 'rpl_0' }),
    ])
    await insertRows('deliveries', [toDeliveryRow(6, 'crm')])
    await runReplayJobs(deps)
    expect(ids()).toEqual(['1', '4'])
    expect(await find()).toMatchObject({ state: 'done', total: 3, sent: 2 })
  })

  it('may have an event in common with another: then it goes out for both', async () => {
    await addDead([1])
    const { deps, sent, start } = createDeps()
    await start('rpl_1')
    await start('rpl_2')
    await runReplayJobs(deps)
    expect(sent.map(({ replay }) => replay)).toEqual(['rpl_1', 'rpl_2'])
  })
})

describe('to cancel', () => {
  it('ends it after the page in hand, which is counted', async () => {
    await addDead(range(1, 3 * PAGE_EVENTS))
    const { deps, ids, start } = createDeps(async (pages) => {
      if (pages === 2) await createReplayJobs(db).cancel('rpl_1', Date.now())
    })
    await start()
    await runReplayJobs(deps)
    await runReplayJobs(deps)
    expect(ids()).toEqual(names(1, 200))
    expect(await find()).toMatchObject({ state: 'cancelled', sent: 200, endedAt: NOW })
  })

  it('is nothing to what is done, cancelled or not there', async () => {
    const { deps, start } = createDeps()
    await start('rpl_1')
    await runReplayJobs(deps)
    await start('rpl_2')
    const jobs = createReplayJobs(db)
    expect(await jobs.cancel('rpl_1', NOW)).toBe(false)
    expect(await jobs.cancel('rpl_2', NOW)).toBe(true)
    expect(await jobs.cancel('rpl_2', NOW + 1)).toBe(false)
    expect(await jobs.cancel('rpl_3', NOW)).toBe(false)
    expect(await find('rpl_1')).toMatchObject({ state: 'done' })
  })
})

describe('what goes wrong', () => {
  it('dies after a page went out: the page goes out again, and each event arrives once', async () => {
    const target = spyTarget()
    target.status = 500
    const config = toConfig({ targets: [toCompiledTarget({ retryMs: [] })] })
    const world = createWorld(toDocument(config, '1'))
    await world.consume(range(1, 3).map((n) => toMessage({ event: toEvent({ id: `evt_${n}` }) })))
    world.events.sent.splice(0)
    target.status = 200
    target.calls.splice(0)
    const { start, deps } = createDeps()
    await start()
    const dying: ReplayJobDeps = { ...deps, events: world.events }
    const update = vi.spyOn(db, 'prepare').mockImplementation(function (this: D1Database, sql) {
      if (sql.includes('SET\n    sent')) throw new Error('the process died')
      return prepare(sql)
    })
    await expect(runReplayJobs(dying)).rejects.toThrow('died')
    update.mockRestore()
    expect(await find()).toMatchObject({ state: 'running', sent: 0 })
    await db
      .prepare('UPDATE replay_jobs SET lease_until = ?1')
      .bind(Date.now() + LEASE_MS)
      .run()
    await runReplayJobs(dying)
    expect(world.events.sent).toHaveLength(3)
    pass(LEASE_MS)
    await runReplayJobs(dying)
    expect(world.events.sent).toHaveLength(6)
    await world.consumeSent()
    expect(target.calls).toHaveLength(3)
    expect(await find()).toMatchObject({ state: 'done', sent: 3, total: 3 })
  })

  it('of two runners with one job, one counts', async () => {
    await addDead(range(1, 3 * PAGE_EVENTS))
    const second = createDeps()
    const first = createDeps(async (pages) => {
      // It hung for so long that somebody else has taken the job up.
      if (pages !== 1) return
      await runReplayJobs(second.deps)
      expect(second.sent).toEqual([])
      pass(LEASE_MS)
      await runReplayJobs(second.deps)
    })
    await first.start()
    await runReplayJobs(first.deps)
    expect(first.ids()).toEqual(names(1, 100))
    expect(second.ids()).toEqual(names(1, 300))
    expect(await find()).toMatchObject({ state: 'done', sent: 300, total: 300 })
  })

  it('the queue refuses: the next run takes it up, and another job is not kept from its turn', async () => {
    await addDead(range(1, 150))
    let isUp = true
    const { deps, ids, start } = createDeps((pages) => {
      if (pages === 2) isUp = false
      if (!isUp) throw new Error('Too Many Requests')
    })
    await start()
    await expect(runReplayJobs(deps)).rejects.toThrow('Too Many Requests')
    expect(await find()).toMatchObject({ state: 'running', sent: 100 })
    pass(1_000)
    isUp = true
    await start('rpl_2', { eventIds: ['evt_7'] })
    await runReplayJobs(deps)
    expect(ids().slice(150)).toEqual(['7', ...names(101, 150)])
    expect(await find()).toMatchObject({ state: 'done', sent: 150 })
  })

  it('the time is over: the next run goes on', async () => {
    await addDead(range(1, 250))
    const { deps, ids, start } = createDeps((pages) => {
      if (pages === 2) pass(RUN_MS)
    })
    await start()
    await runReplayJobs(deps)
    expect(ids()).toEqual(names(1, 200))
    expect(await find()).toMatchObject({ state: 'running', sent: 200 })
    await runReplayJobs(deps)
    expect(ids()).toEqual(names(1, 250))
  })

  it('D1 fails: each call rejects, and nothing is sent', async () => {
    const { deps, sent, start } = createDeps()
    await db.prepare('DROP TABLE replay_jobs').run()
    await expect(start()).rejects.toThrow('replay_jobs')
    await expect(runReplayJobs(deps)).rejects.toThrow('replay_jobs')
    await db.prepare('DROP TABLE deliveries').run()
    await expect(planReplay({}, deps)).rejects.toThrow('deliveries')
    expect(sent).toEqual([])
  })
})

describe('the operation', () => {
  it('begins at once, and tells what became of it', async () => {
    const target = spyTarget()
    target.status = 500
    const config = toConfig({ targets: [toCompiledTarget({ retryMs: [] })] })
    const world = createWorld(toDocument(config, '1'))
    await world.consume(range(1, 4).map((n) => toMessage({ event: toEvent({ id: `evt_${n}` }) })))
    world.events.sent.splice(0)
    const context = createExecutionContext()
    const operations = new Operations(context, world.env)
    expect(await operations.replayJob('rpl_1')).toBeNull()
    const before = await operations.planReplay({ target: 'crm' })
    expect(before).toMatchObject({ events: 4, groups: [{ reason: 'status_500', events: 4 }] })
    const { job } = await operations.startReplay('rpl_1', { target: 'crm' }, 'ann')
    expect(job).toMatchObject({ state: 'running', total: 4, createdBy: 'ann' })
    await waitOnExecutionContext(context)
    expect(world.events.sent).toHaveLength(4)
    const none = { events: 0, delivered: 0, dead: 0, waiting: 0, isComplete: true }
    expect(await operations.replayJob('rpl_1')).toMatchObject({
      job: { state: 'done' },
      outcome: none,
    })

    const sent = world.events.sent.splice(0)
    target.status = 200
    await world.consume(sent.slice(0, 2))
    target.status = 500
    await world.consume(sent.slice(2, 3))
    await operations.pause('crm')
    await world.consume(sent.slice(3))
    expect(await operations.replayJob('rpl_1')).toMatchObject({
      job: { sent: 4, total: 4 },
      outcome: { events: 4, delivered: 2, dead: 1, waiting: 1, isComplete: true },
    })
    expect(await operations.planReplay({})).toMatchObject({ events: 2 })
    expect(await operations.cancelReplay('rpl_1')).toBe(false)
    setClock(NOW + 1)
    await operations.startReplay('rpl_2', {}, 'bob')
    await waitOnExecutionContext(context)
    expect((await operations.replayJobs()).map(({ id }) => id)).toEqual(['rpl_2', 'rpl_1'])
  })
})

const prepare = db.prepare.bind(db)
