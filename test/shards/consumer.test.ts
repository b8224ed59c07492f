/** The consumer with three shards: each event in its own queue and ledger, all targets shared. */
import { reset, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { KeptChange } from '../../src/consumer/changes.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import { createPauses } from '../../src/ledger/pauses.ts'
import { toShard } from '../../src/events/shard.ts'
import { bindings, NOW } from '../consumer/harness.ts'
import { setClock, spyTarget } from '../consumer/world.ts'
import { HOUR_MS, toEventRow, type Row } from '../ledger/harness.ts'
import {
  createShardWorld,
  idOf,
  ledgers,
  migrateAll,
  readAllLedgers,
  toBody,
  toIds,
} from './world.ts'

beforeEach(async () => {
  setClock()
  vi.spyOn(console, 'log').mockReturnValue()
  await migrateAll()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await reset()
})

const [ONE = '', TWO = '', THREE = ''] = [1, 2, 3].flatMap((shard) => toIds(shard, 1))
const refs = (sent: readonly unknown[]) => sent.map((body) => JSON.parse(String(body)).ref)

async function insertEvent(db: D1Database, row: Row): Promise<void> {
  const names = Object.keys(row)
  const sql = `INSERT INTO events (${names.join()}) VALUES (${names.map(() => '?').join()})`
  await db
    .prepare(sql)
    .bind(...Object.values(row))
    .run()
}

describe('three shards', () => {
  it('record in their own ledger, and deliver once', async () => {
    const target = spyTarget()
    const world = createShardWorld()
    for (const shard of [1, 2, 3]) {
      const bodies = toIds(shard, 4).map((id) => toBody(id))
      expect(await world.consume(shard, bodies)).toEqual({ acked: 4, retried: 0 })
    }
    expect(await readAllLedgers()).toEqual(
      [1, 2, 3].map((shard) => toIds(shard, 4).map((id) => `${id} delivered`)),
    )
    expect(target.calls).toHaveLength(12)
  })

  it('call a target once for 50 copies that come at once', async () => {
    const target = spyTarget()
    const world = createShardWorld()
    const copies = Array.from({ length: 10 }, () => toBody(THREE))
    await Promise.all(Array.from({ length: 5 }, () => world.consume(3, copies)))
    expect(target.calls).toHaveLength(1)
    expect(await readAllLedgers()).toEqual([[], [], [`${THREE} delivered`]])
  })

  it('put back what waits, and bury what nobody can read, in their own queues', async () => {
    const world = createShardWorld()
    expect(await world.consume(2, ['{'])).toEqual({ acked: 1, retried: 0 })
    expect(world.dead.map(({ sent }) => sent)).toEqual([[], ['{'], []])
    expect(await world.bury(2, ['{'])).toEqual({ acked: 1, retried: 0 })
    const [first, second, third] = await readAllLedgers()
    expect([first, third]).toEqual([[], []])
    expect(second).toEqual([expect.stringMatching(/^unreadable_\w+ dead$/)])
  })

  it('let the lanes record late, each into the ledger of the claim', async () => {
    spyTarget()
    const claim = async (db: D1Database, id: string) => {
      const request = {
        ...{ claim: id, eventId: id, replay: null, owner: 'm', receivedAt: NOW, kind: 'x' },
        ...{ source: '/x', account: null, subject: null, from: null, to: null, thread: null },
        ...{ tookMs: null, keyName: null, targets: ['crm'], payload: '{}' },
      }
      const { claims } = await createLedger(db).claim([request], NOW)
      const [own] = claims
      return own?.state === 'ours' ? own.seq : 0
    }
    const change = (id: string, seq: number, more: object = {}): KeptChange => ({
      ...{ claim: id, seq, target: 'crm', status: 'delivered', attempts: 1, nextAt: null },
      ...{ reason: null, ...more },
      attempt: {
        ...{ at: NOW, durationMs: 1, status: 200, verdict: 'delivered', reason: null },
        ...{ excerpt: '', nextAt: null },
      },
    })
    const seqs = await Promise.all([claim(ledgers[0], ONE), claim(ledgers[1], TWO)])
    expect(seqs).toEqual([1, 1])
    const lane = bindings.LANES.getByName('crm/0')
    await lane.keep([change(TWO, 1, { shard: 2 })])
    await runDurableObjectAlarm(lane)
    expect(await readAllLedgers()).toEqual([[`${ONE} waiting`], [`${TWO} delivered`], []])
    // As a release without shards has stored it.
    await lane.keep([change(ONE, 1)])
    await runDurableObjectAlarm(lane)
    expect(await readAllLedgers()).toEqual([[`${ONE} delivered`], [`${TWO} delivered`], []])
  })
})

describe('bindings that do not fit together', () => {
  it.each([
    ['EVENTS_2', { EVENTS_2: undefined }],
    ['LEDGER', { LEDGER_3: undefined }],
    ['DEAD', { DEAD_2: undefined, DEAD_3: undefined }],
  ])('leave everything in the queue: %s', async (name, missing) => {
    const whole = createShardWorld().env
    const env = Object.entries({ ...whole, ...missing }).filter(([, one]) => one !== undefined)
    const world = createShardWorld()
    for (const key of Object.keys(world.env)) delete world.env[key]
    Object.assign(world.env, Object.fromEntries(env))
    const { createConsumer } = await import('../../src/consumer/consumer.ts')
    const lines: Row[] = []
    const log = (line: object) => void lines.push({ ...line })
    const consumer = createConsumer(world.env, null, { log })
    const retried: unknown[] = []
    const message = { attempts: 1, retry: (how: unknown) => retried.push(how) }
    const context = { waitUntil: () => {} }
    await consumer.consume({ messages: [message] } as never, context as never)
    expect(retried).toEqual([{ delaySeconds: 10 }])
    await consumer.keepHouse(context as never)
    expect(lines).toEqual([
      { event: 'consumer.misconfigured', problem: expect.stringContaining(name) },
      { event: 'consumer.misconfigured', problem: expect.stringContaining(name) },
    ])
    await expect(world.operations.paused()).rejects.toThrow(name)
  })

  it('leave a queue of a shard that is gone alone', async () => {
    const world = createShardWorld()
    const told = await world.handOut('switchboard-events-4', [toBody(ONE)])
    expect(told).toEqual({ acked: 0, retried: 1 })
    expect(world.lines).toEqual([
      { event: 'queue.unknown', queue: 'switchboard-events-4', count: 1 },
    ])
  })
})

describe('pauses', () => {
  const readPauses = () =>
    Promise.all(
      ledgers.map(async (db) => (await createPauses(db).list()).map(({ name }) => name).join()),
    )

  it('hold for all shards, and end for all', async () => {
    const target = spyTarget()
    const world = createShardWorld()
    expect(await world.operations.pause('crm')).toBe(true)
    expect(await readPauses()).toEqual(['crm', 'crm', 'crm'])
    for (const [i, id] of [ONE, TWO, THREE].entries()) {
      expect(await world.consume(i + 1, [toBody(id)])).toEqual({ acked: 0, retried: 1 })
    }
    expect(target.calls).toHaveLength(0)
    expect(await world.operations.resume('crm')).toBe(true)
    expect(await readPauses()).toEqual(['', '', ''])
  })

  it('that reached only some are mended by pausing again', async () => {
    const world = createShardWorld({ LEDGER_2: refusing(ledgers[1]) })
    await expect(world.operations.pause('crm')).rejects.toThrow('D1_ERROR')
    expect(await readPauses()).toEqual(['crm', '', 'crm'])
    await createShardWorld().operations.pause('crm')
    expect(await readPauses()).toEqual(['crm', 'crm', 'crm'])
  })

  it('are mended by the cron as the first ledger has them', async () => {
    await createPauses(ledgers[0]).pause('crm', 'operator', NOW)
    await createPauses(ledgers[2]).pause('erp', 'operator', NOW)
    await createShardWorld().keepHouse()
    expect(await readPauses()).toEqual(['crm', 'crm', 'crm'])
  })

  it('that the first ledger refuses are none', async () => {
    const world = createShardWorld({ LEDGER: refusing(ledgers[0]) })
    await expect(world.operations.pause('crm')).rejects.toThrow('D1_ERROR')
    expect(await readPauses()).toEqual(['', '', ''])
  })
})

const refuse = () => {
  throw new Error('D1_ERROR: no')
}

/** A ledger that refuses everything. */
const refusing = (db: D1Database): D1Database =>
  new Proxy(db, {
    get: (_, key) => (key === 'prepare' || key === 'batch' ? refuse : undefined),
    has: () => true,
  })

describe('the cron', () => {
  it('drains the outbox into the queue of each event', async () => {
    for (const id of [ONE, TWO, THREE]) await bindings.KV.put(`outbox:${id}`, toBody(id))
    const world = createShardWorld()
    await world.keepHouse()
    expect(world.events.map(({ sent }) => sent.map(idOf))).toEqual([[ONE], [TWO], [THREE]])
    expect((await bindings.KV.list()).keys).toEqual([])
  })

  it('finds what is lost in each ledger, though one of them refuses', async () => {
    const lost = (id: string) =>
      toEventRow(1, {
        ...{ claim: id, event_id: id, owner: 'm' },
        ...{ recorded_at: NOW - 27 * HOUR_MS, lease_until: NOW - 26 * HOUR_MS },
      })
    for (const [i, id] of [ONE, TWO, THREE].entries()) {
      const db = ledgers[i]
      if (db) await insertEvent(db, lost(id))
    }
    const world = createShardWorld({ LEDGER_2: refusing(ledgers[1]) })
    await world.keepHouse()
    expect(world.events.map(({ sent }) => refs(sent))).toEqual([
      [`ledger:${ONE}`],
      [],
      [`ledger:${THREE}`],
    ])
    expect(world.lines.filter(({ event }) => event === 'housekeeping.failed')).toEqual(
      ['pauses', 'prune', 'patrol', 'replays'].map((step) =>
        expect.objectContaining({ step, ...(step === 'pauses' ? {} : { shard: 2 }) }),
      ),
    )
  })
})

describe('a shard that is added', () => {
  const HOURS = (count: number) => setClock(NOW + count * HOUR_MS)

  /** Two shards have them, of which one is the third's now. */
  async function grow() {
    const target = spyTarget()
    const world = createShardWorld()
    const before = [ONE, TWO, THREE, ...toIds(3, 5, 100)]
    for (const id of before) await world.consume(toShard(id, 2), [toBody(id)])
    expect(target.calls).toHaveLength(before.length)
    HOURS(1)
    target.calls.length = 0
    return { target, world, moved: toIds(3, 5, 100) }
  }

  it('takes what comes again for a copy, and what is new as such', async () => {
    const { target, world, moved } = await grow()
    const [fresh = ''] = toIds(3, 1, 5_000)
    const bodies = [...moved.slice(0, 2), fresh, ...moved.slice(2)].map((id) => toBody(id))
    expect(await world.consume(3, bodies)).toEqual({ acked: 6, retried: 0 })
    expect(target.calls).toHaveLength(1)
    HOURS(2)
    expect(await world.consume(3, [...bodies, ...bodies])).toEqual({ acked: 12, retried: 0 })
    expect(target.calls).toHaveLength(1)
    expect((await readAllLedgers())[2]).toEqual([`${fresh} delivered`])
  })

  it('leaves in the queue what it cannot ask for, and asks no more after two days', async () => {
    const { target, moved } = await grow()
    const [first = '', second = ''] = toIds(3, 2, 5_000)
    expect(await createShardWorld().consume(3, [toBody(first)])).toEqual({ acked: 1, retried: 0 })
    const away = { LEDGER: refusing(ledgers[0]), LEDGER_2: refusing(ledgers[1]) }
    const alone = createShardWorld(away)
    expect(
      await alone.consume(
        3,
        moved.map((id) => toBody(id)),
      ),
    ).toEqual({ acked: 0, retried: 5 })
    expect(target.calls).toHaveLength(1)
    HOURS(50)
    expect(await createShardWorld(away).consume(3, [toBody(second)])).toEqual({
      acked: 1,
      retried: 0,
    })
    expect(target.calls).toHaveLength(2)
  })
})

describe('replays', () => {
  it('go to the queue of the ledger that has the event', async () => {
    const target = spyTarget()
    const world = createShardWorld()
    // Of a time when there was one shard.
    await world.consume(1, [toBody(ONE), toBody(THREE)])
    await world.consume(2, [toBody(TWO)])
    const orders = [ONE, TWO, THREE, 'evt_unknown'].map((eventId) => ({ eventId, targets: [] }))
    await world.operations.replay(orders, 'rpl_1')
    // What nobody has goes where it belongs: there it is buried, as always.
    expect(world.events.map((queue) => refs(queue.sent))).toEqual([
      [`ledger:${ONE}`, `ledger:${THREE}`, 'ledger:evt_unknown'],
      [`ledger:${TWO}`],
      [],
    ])
    await world.consumeSent()
    expect(world.dead.map((queue) => queue.sent.length)).toEqual([1, 0, 0])
    expect(target.calls).toHaveLength(6)
    expect(await readAllLedgers()).toEqual([
      [`${ONE} delivered`, `${THREE} delivered`],
      [`${TWO} delivered`],
      [],
    ])
  })

  async function addDead() {
    const target = spyTarget()
    target.status = 400
    const world = createShardWorld()
    for (const shard of [1, 2, 3]) {
      await world.consume(
        shard,
        toIds(shard, shard).map((id) => toBody(id)),
      )
    }
    target.status = 200
    target.calls.length = 0
    for (const queue of world.events) queue.sent.length = 0
    return { target, world }
  }

  it('in bulk are one job, worked off in each shard, and bring each event once', async () => {
    const { target, world } = await addDead()
    const { operations } = world
    const plan = await operations.planReplay({})
    expect(plan).toMatchObject({
      events: 6,
      isComplete: true,
      groups: [{ target: 'crm', events: 6 }],
    })
    const first = await operations.startReplay('rpl_1', {}, 'ann')
    expect(first).toMatchObject({ isNew: true, job: { id: 'rpl_1', total: 6, createdBy: 'ann' } })
    const again = await operations.startReplay('rpl_1', {}, 'bob')
    expect(again).toMatchObject({ isNew: false, job: { total: 6, createdBy: 'ann' } })
    await world.keepHouse()
    expect(world.events.map(({ sent }) => sent.length)).toEqual([1, 2, 3])
    await world.consumeSent()
    expect(target.calls).toHaveLength(6)
    expect(await operations.replayJob('rpl_1')).toMatchObject({
      job: { state: 'done', sent: 6, total: 6 },
      outcome: { events: 6, delivered: 6, dead: 0, waiting: 0, isComplete: true },
    })
    expect(await operations.replayJobs()).toMatchObject([{ id: 'rpl_1', sent: 6 }])
    expect(await operations.cancelReplay('rpl_1')).toBe(false)
    expect(await operations.planReplay({})).toMatchObject({ events: 0 })
  })

  it('in bulk that one ledger refused are begun by asking again, and cancelled everywhere', async () => {
    const { world } = await addDead()
    const { env } = world
    const broken = createShardWorld({ ...env, LEDGER_2: refusing(ledgers[1]) })
    await expect(broken.operations.startReplay('rpl_1', {}, 'ann')).rejects.toThrow('D1_ERROR')
    expect(await createShardWorld().operations.replayJobs()).toEqual([])
    // Nobody works it off yet.
    for (const queue of world.events) queue.refuses = true
    const { isNew, job } = await world.operations.startReplay('rpl_1', {}, 'ann')
    expect([isNew, job.total]).toEqual([true, 6])
    expect(await world.operations.cancelReplay('rpl_1')).toBe(true)
    await world.settled()
    for (const queue of world.events) queue.refuses = false
    await world.keepHouse()
    expect(await world.operations.replayJob('rpl_1')).toMatchObject({
      job: { state: 'cancelled', sent: 0 },
    })
  })

  it('of what is dead, page by page, go through all ledgers', async () => {
    const { world } = await addDead()
    let sent = 0
    let pages = 0
    for (let after: number | null = 0; after !== null; pages += 1) {
      const page = await world.operations.replayDead({}, 'rpl_1', after)
      sent += page.sent
      after = page.next
    }
    expect([sent, pages]).toEqual([6, 3])
    expect(world.events.map((queue) => queue.sent.length)).toEqual([1, 2, 3])
  })
})
