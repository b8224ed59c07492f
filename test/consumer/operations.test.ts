/** What operators can do, and what comes of it: real ledger, KV and lanes. */
import { createExecutionContext, reset } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toDocument } from '../../src/config/document.ts'
import { toLaneName } from '../../src/consumer/lanes.ts'
import { Operations, type ReplayedPage } from '../../src/consumer/operations.ts'
import type { ReplayOrder } from '../../src/consumer/replay.ts'
import { FAILURES_TO_OPEN, OPEN_MS } from '../../src/delivery/breaker.ts'
import { toDeliveryRequest } from '../../src/delivery/request.ts'
import { toTestEvent } from '../../src/events/test-event.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import {
  insertRows,
  migrate,
  range,
  readAll,
  readMessages,
  toDeliveryRow,
  toEventRow,
} from '../ledger/harness.ts'
import { bindings, NOW } from './harness.ts'
import { toPlainTarget } from './line-harness.ts'
import {
  createWorld,
  setClock,
  spyTarget,
  toCompiledTarget,
  toConfig,
  type World,
} from './world.ts'

const ID = toEvent().id
const HOUR_MS = 3_600_000

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

/** In KV, where the operations look for it. */
const publish = (changes: Parameters<typeof toCompiledTarget>[0]) => {
  const config = toConfig({ targets: [toCompiledTarget(changes)] })
  return bindings.KV.put('config:current', JSON.stringify(toDocument(config, '2')))
}

const read = (texts: readonly unknown[]) => texts.map((text) => JSON.parse(String(text)))
const readDeliveries = () =>
  readAll(
    `SELECT claim, target, status, attempts, reason FROM events JOIN all_deliveries USING (seq)
     ORDER BY claim, target`,
  )
const bodyOf = (message: object) => JSON.stringify(message)

it('are there for a Worker that is bound to this one', async () => {
  await insertRows('paused_targets', [{ name: 'crm', paused_at: NOW, reason: 'operator' }])
  const { Operations: operations } = exports as unknown as { Operations: Operations }
  expect(await operations.paused()).toEqual([{ name: 'crm', pausedAt: NOW, reason: 'operator' }])
  expect(await operations.resume('crm')).toBe(true)
  expect(await operations.paused()).toEqual([])
})

describe('pause', () => {
  it('says whether it is new, and tells people once', async () => {
    const { operations, events } = createWorld()
    expect(await operations.pause('crm', 'they are moving')).toBe(true)
    expect(await operations.pause('crm')).toBe(false)
    expect(await operations.pause('erp')).toBe(true)
    expect(await operations.paused()).toEqual([
      { name: 'crm', pausedAt: NOW, reason: 'they are moving' },
      { name: 'erp', pausedAt: NOW, reason: 'operator' },
    ])
    expect(read(events.sent).map(({ event }) => [event.kind, event.data])).toEqual([
      ['switchboard.target.paused', { target: 'crm', reason: 'they are moving' }],
      ['switchboard.target.paused', { target: 'erp', reason: 'operator' }],
    ])
  })

  it('leaves the alert in the outbox when the queue refuses', async () => {
    const { operations, events } = createWorld()
    events.refuses = true
    expect(await operations.pause('crm')).toBe(true)
    const { keys } = await bindings.KV.list({ prefix: 'outbox:' })
    expect(keys).toHaveLength(1)
  })

  it('may be repeated when the lane was out of reach, and has told people then', async () => {
    const cleared: string[] = []
    let isUp = false
    const LANES = {
      getByName: (name: string) => ({
        async clear() {
          if (!isUp) throw new Error('Network connection lost')
          cleared.push(name)
        },
      }),
    }
    const { operations, events } = createWorld(undefined, { LANES })
    await expect(operations.pause('crm')).rejects.toThrow('Network connection lost')
    expect(events.sent).toHaveLength(1)
    isUp = true
    expect(await operations.pause('crm')).toBe(false)
    expect(cleared).toEqual(['crm/0'])
    expect(events.sent).toHaveLength(1)
  })

  it('empties all lanes that the config gives the target, also behind one that is out of reach', async () => {
    await publish({ concurrency: 12 })
    const cleared: string[] = []
    const LANES = {
      getByName: (name: string) => ({
        async clear() {
          if (name === 'crm/0') throw new Error('Network connection lost')
          cleared.push(name)
        },
      }),
    }
    const { operations } = createWorld(undefined, { LANES })
    await expect(operations.pause('crm')).rejects.toThrow('Network connection lost')
    expect(cleared).toEqual(['crm/1', 'crm/2'])
  })

  it('keeps events from the target, and costs them no attempt, until it is resumed', async () => {
    const target = spyTarget()
    const { operations, consume } = createWorld()
    await operations.pause('crm')
    const how = { id: 'message-own' }
    expect(await consume([toMessage()], how)).toEqual({ acked: 0, retried: 1 })
    expect(await readDeliveries()).toMatchObject([
      { status: 'waiting', attempts: 0, reason: 'paused' },
    ])
    expect(await operations.resume('crm')).toBe(true)
    setClock(NOW + 30_000)
    expect(await consume([toMessage()], { ...how, attempts: 2 })).toEqual({ acked: 1, retried: 0 })
    expect(target.calls).toHaveLength(1)
    expect(await readDeliveries()).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('takes back what is in the lane and has not begun', async () => {
    const { promise: hanging, resolve } = Promise.withResolvers<Response>()
    const fetch = vi.spyOn(globalThis, 'fetch').mockReturnValue(hanging)
    const { operations, consume } = createWorld()
    const messages = range(1, 6).map((n) => toMessage({ event: toEvent({ id: `evt_${n}` }) }))
    expect(await consume(messages)).toEqual({ acked: 0, retried: 6 })
    await operations.pause('crm')
    await vi.waitFor(async () =>
      expect(await readDeliveries()).toEqual([
        { claim: 'evt_6', target: 'crm', status: 'waiting', attempts: 0, reason: 'paused' },
      ]),
    )
    resolve(new Response())
    await vi.waitFor(async () => expect(await readDeliveries()).toHaveLength(6))
    expect(fetch).toHaveBeenCalledTimes(5)
  })

  it('rejects when D1 fails', async () => {
    const { operations, events } = createWorld()
    await bindings.LEDGER.prepare('DROP TABLE paused_targets').run()
    await expect(operations.pause('crm')).rejects.toThrow('paused_targets')
    await expect(operations.resume('crm')).rejects.toThrow('paused_targets')
    await expect(operations.paused()).rejects.toThrow('paused_targets')
    expect(events.sent).toEqual([])
  })
})

describe('resume', () => {
  it('says whether there was something to resume', async () => {
    const { operations } = createWorld()
    await operations.pause('crm')
    expect(await operations.resume('erp')).toBe(false)
    expect(await operations.resume('crm')).toBe(true)
    expect(await operations.resume('crm')).toBe(false)
  })
})

describe('lanes', () => {
  it('says how each of them stands', async () => {
    await publish({ concurrency: 6, rate: { limit: 2, perMs: 2_000 } })
    const { promise: hanging, resolve } = Promise.withResolvers<Response>()
    vi.spyOn(globalThis, 'fetch').mockReturnValue(hanging)
    const { operations, consume } = createWorld()
    const claims = range(1, 8).map((n) => `evt_${n}`)
    await consume(claims.map((id) => toMessage({ event: toEvent({ id }) })))
    const seen = await operations.lanes('crm')
    expect(seen.map(({ lane }) => lane)).toEqual(['crm/0', 'crm/1'])
    const views = seen.flatMap(({ view }) => view ?? [])
    const lanes = claims.map((claim) => toLaneName({ name: 'crm', concurrency: 6 }, claim))
    expect(views.map(({ running, waiting }) => running.length + waiting)).toEqual(
      ['crm/0', 'crm/1'].map((name) => lanes.filter((lane) => lane === name).length),
    )
    for (const view of views) {
      expect(view).toMatchObject({
        breaker: { state: 'closed', since: null, until: null },
        lastStartAt: NOW,
        terms: { connections: 3, intervalMs: 2_000 },
      })
      expect(view.running).toEqual([
        { claim: expect.stringMatching(/^evt_\d$/), attempt: 1, startedAt: NOW },
      ])
    }
    resolve(new Response())
  })

  it('says since when a breaker is open, and until when', async () => {
    const target = spyTarget()
    target.status = 500
    const { operations, consume } = createWorld()
    const messages = range(1, FAILURES_TO_OPEN).map((n) =>
      toMessage({ event: toEvent({ id: `evt_${n}` }) }),
    )
    await consume(messages)
    const [lane] = await operations.lanes('crm')
    expect(lane?.view).toMatchObject({
      breaker: { state: 'open', since: NOW, until: NOW + OPEN_MS },
      running: [],
      waiting: 0,
    })
  })

  it('that fail or hang are unknown, and only they', async () => {
    await publish({ concurrency: 15 })
    const look = {
      'crm/0': () => Promise.reject(new Error('Network connection lost')),
      'crm/1': () => bindings.LANES.getByName('crm/1').look(),
      'crm/2': () => new Promise(() => {}),
    }
    const LANES = { getByName: (name: keyof typeof look) => ({ look: look[name] }) }
    const { operations } = createWorld(undefined, { LANES })
    const views = await operations.lanes('crm')
    expect(views).toMatchObject([
      { lane: 'crm/0', view: null },
      { lane: 'crm/1', view: { waiting: 0, terms: null, lastStartAt: null } },
      { lane: 'crm/2', view: null },
    ])
  })

  it('of a target that nobody knows is one', async () => {
    const { operations } = createWorld()
    expect(await operations.lanes('nobody')).toMatchObject([{ lane: 'nobody/0', view: {} }])
  })
})

describe('a test', () => {
  const targets = ['crm', 'ops'].map((name) =>
    toCompiledTarget({
      name,
      url: `https://${name}.example.com/`,
      events: name === 'ops' ? ['switchboard.*'] : ['messaging.*'],
    }),
  )

  it('goes to that target alone, says of itself what it is, and is one for one id', async () => {
    const target = spyTarget()
    const { operations, consumeSent } = createWorld(toDocument(toConfig({ targets }), '1'))
    const eventId = await operations.sendTest('crm', 'tst_1')
    setClock(NOW + 1_000)
    expect(await operations.sendTest('crm', 'tst_1')).toBe(eventId)
    expect(await operations.sendTest('crm', 'tst_2')).not.toBe(eventId)
    expect(await operations.sendTest('ops', 'tst_1')).not.toBe(eventId)
    expect(await consumeSent()).toEqual({ acked: 4, retried: 0 })
    expect(target.calls.map(({ url }) => url).toSorted()).toEqual([
      'https://crm.example.com/',
      'https://crm.example.com/',
      'https://ops.example.com/',
    ])
    const bodies = target.calls.map(({ body }) => JSON.parse(body))
    expect(bodies.find(({ id }) => id === eventId)).toMatchObject({
      kind: 'switchboard.test',
      source: '/switchboard',
      subject: 'tst_1',
      time: new Date(NOW).toISOString(),
      data: { target: 'crm', testId: 'tst_1', cause: 'operator' },
    })
  })

  it('can be made for a target of each format', async () => {
    const message = toTestEvent('crm', 'tst_1', NOW)
    for (const format of ['cloudevents', 'slack', 'twilio'] as const) {
      const request = toDeliveryRequest(message, toPlainTarget({ format }), {
        now: NOW,
        secret: () => undefined,
        authToken: () => 'token',
      })
      expect(request.ok).toBe(true)
    }
  })

  it('rejects when the queue refuses', async () => {
    const { operations, events } = createWorld()
    events.refuses = true
    await expect(operations.sendTest('crm', 'tst_1')).rejects.toThrow('Too Many Requests')
  })
})

const ORDER: ReplayOrder = { eventId: ID, targets: ['crm'] }

describe('a call that makes no sense', () => {
  it.each<[string, (operations: Operations) => Promise<unknown>]>([
    ['a name that is none', (one) => one.pause('c rm')],
    ['no name', (one) => one.pause('')],
    ['the name of a lane', (one) => one.pause('crm/1')],
    ['a name that is too long', (one) => one.pause('c'.repeat(65))],
    ['a reason that is too long', (one) => one.pause('crm', 'x'.repeat(201))],
    ['a reason that is no text', (one) => one.pause('crm', 7 as unknown as string)],
    ['to resume a name that is none', (one) => one.resume('crm;')],
    ['a test of a name that is none', (one) => one.sendTest('crm;', 'tst_1')],
    ['a test with the id of a replay', (one) => one.sendTest('crm', 'rpl_1')],
    ['lanes of a lane', (one) => one.lanes('crm/1')],
    ['a job with the id of a test', (one) => one.startReplay('tst_1', {}, 'ann')],
    ['a job of nobody', (one) => one.startReplay('rpl_1', {}, '')],
    ['a job with a broken filter', (one) => one.startReplay('rpl_1', { from: 0.5 }, 'ann')],
    [
      'a plan with too many events',
      (one) => one.planReplay({ eventIds: range(0, 1_000).map(String) }),
    ],
    ['an id of a replay without its prefix', (one) => one.replay([ORDER], '1')],
    ['an id of a replay that could end a claim', (one) => one.replay([ORDER], 'rpl_1~2')],
    ['an id of a replay that is too long', (one) => one.replay([ORDER], `rpl_${'1'.repeat(41)}`)],
    ['no id of a replay', (one) => one.replay([ORDER], 'rpl_')],
    ['an id of a replay of what is dead', (one) => one.replayDead({}, 'rpl_ä')],
    ['a broken filter of what is dead', (one) => one.replayDead({ from: 0.5 }, 'rpl_1')],
    ['a page of a shard that is not there', (one) => one.replayDead({}, 'rpl_1', 2 ** 46)],
    ['an event without an id', (one) => one.replay([{ ...ORDER, eventId: '' }], 'rpl_1')],
    [
      'an event of another type',
      (one) => one.replay([{ ...ORDER, eventId: 7 as unknown as string }], 'rpl_1'),
    ],
    ['a target that is none', (one) => one.replay([{ ...ORDER, targets: ['crm '] }], 'rpl_1')],
    [
      'too many orders',
      (one) =>
        one.replay(
          range(0, 1_000).map(() => ORDER),
          'rpl_1',
        ),
    ],
  ])('does nothing: %s', async (_name, call) => {
    const { operations, events } = createWorld()
    await expect(call(operations)).rejects.toBeInstanceOf(TypeError)
    expect(events.sent).toEqual([])
    expect(await operations.paused()).toEqual([])
  })
})

describe('replay', () => {
  it('sends one message for each event', async () => {
    const { operations, events } = createWorld()
    await operations.replay(
      [
        { eventId: 'evt_1', targets: ['crm', 'erp'] },
        { eventId: 'evt_2', targets: [] },
        { eventId: 'evt_3', targets: ['crm', '*'] },
        { eventId: 'evt_1', targets: ['bi', 'crm'] },
        { eventId: 'evt_4', targets: ['crm'] },
        { eventId: 'evt_4', targets: [] },
      ],
      'rpl_1',
    )
    const of = { v: 1, replay: 'rpl_1' }
    expect(read(events.sent)).toEqual([
      { ...of, ref: 'ledger:evt_1', targets: ['crm', 'erp', 'bi'] },
      { ...of, ref: 'ledger:evt_2' },
      { ...of, ref: 'ledger:evt_3' },
      { ...of, ref: 'ledger:evt_4' },
    ])
  })

  it('sends no more at once than the queue takes', async () => {
    const { operations, events } = createWorld()
    const orders = range(1, 1_000).map((n) => ({ eventId: `evt_${n}`, targets: [] }))
    await operations.replay(orders, 'rpl_1')
    expect(events.batches).toEqual(range(1, 10).map(() => 100))
  })

  it('rejects when the queue refuses', async () => {
    const { operations, events } = createWorld()
    events.refuses = true
    await expect(operations.replay([ORDER], 'rpl_1')).rejects.toThrow('Too Many Requests')
  })

  it('calls the target again, as the same webhook, now, and says that it is a replay', async () => {
    const target = spyTarget()
    const { operations, consume, consumeSent } = createWorld()
    const message = toMessage()
    await consume([bodyOf(message)])
    setClock(NOW + HOUR_MS)
    await operations.replay([ORDER], 'rpl_1')
    expect(await consumeSent()).toEqual({ acked: 1, retried: 0 })
    const [first, second] = target.calls
    expect(target.calls).toHaveLength(2)
    expect(second?.url).toBe(first?.url)
    expect(second?.body).toBe(JSON.stringify(message.event))
    expect(second?.headers.get('webhook-id')).toBe(ID)
    expect(first?.headers.get('webhook-timestamp')).toBe(String(NOW / 1000))
    expect(second?.headers.get('webhook-timestamp')).toBe(String((NOW + HOUR_MS) / 1000))
    expect(first?.headers.has('switchboard-replay')).toBe(false)
    expect(second?.headers.get('switchboard-replay')).toBe('rpl_1')
    const delivered = { target: 'crm', status: 'delivered', attempts: 1, reason: null }
    expect(await readDeliveries()).toEqual([
      { claim: ID, ...delivered },
      { claim: `${ID}~rpl_1`, ...delivered },
    ])
  })

  it('runs once under one id, however often it is asked for; under another id it runs again', async () => {
    const target = spyTarget()
    const { operations, consume, consumeSent } = createWorld()
    await consume([bodyOf(toMessage())])
    for (const id of ['rpl_1', 'rpl_1', 'rpl_2', 'rpl_1']) await operations.replay([ORDER], id)
    expect(await consumeSent()).toEqual({ acked: 4, retried: 0 })
    await operations.replay([ORDER], 'rpl_2')
    expect(await consumeSent()).toEqual({ acked: 1, retried: 0 })
    const replays = target.calls.map(({ headers }) => headers.get('switchboard-replay'))
    expect(replays.toSorted()).toEqual(['rpl_1', 'rpl_2', null].toSorted())
  })

  it('goes to those that match now when it names nobody', async () => {
    const target = spyTarget()
    await createWorld().consume([bodyOf(toMessage())])
    const targets = ['crm', 'erp', 'voice'].map((name) =>
      toCompiledTarget({
        name,
        url: `https://${name}.example.com/`,
        events: [name === 'voice' ? 'voice.*' : '*'],
      }),
    )
    const { operations, consumeSent } = createWorld(toDocument(toConfig({ targets }), '2'))
    await operations.replay([{ eventId: ID, targets: [] }], 'rpl_1')
    await consumeSent()
    expect(target.calls.map(({ url }) => url).toSorted()).toEqual([
      'https://crm.example.com/',
      'https://crm.example.com/',
      'https://erp.example.com/',
    ])
  })

  it('is tried again as the schedule says, and can die itself', async () => {
    const target = spyTarget()
    const { operations, consume, consumeSent, events } = createWorld()
    await consume([bodyOf(toMessage())])
    target.status = 500
    await operations.replay([ORDER], 'rpl_1')
    const sent = [...events.sent]
    const first = await consumeSent({ id: 'message-own' })
    expect(first).toMatchObject({ acked: 0, retried: 1 })
    setClock(NOW + HOUR_MS)
    expect(await consume(sent, { id: 'message-own', attempts: 2 })).toMatchObject({ acked: 1 })
    expect(await readDeliveries()).toMatchObject([
      { claim: ID, status: 'delivered' },
      { claim: `${ID}~rpl_1`, status: 'dead', attempts: 2, reason: 'status_500' },
    ])
  })

  it('of an event that only a part of an older version brought finds it', async () => {
    const target = spyTarget()
    const { operations, consume, consumeSent } = createWorld()
    await consume([bodyOf(toMessage({ targets: ['crm'] }))])
    await operations.replay([ORDER], 'rpl_1')
    expect(await consumeSent()).toEqual({ acked: 1, retried: 0 })
    expect(target.calls).toHaveLength(2)
  })

  it('of an event that is too large for a row finds it in KV', async () => {
    const target = spyTarget()
    const { operations, consume, consumeSent } = createWorld()
    const request = toRequest({ body: 'x'.repeat(2_500_000) })
    await bindings.KV.put(`event:${ID}`, JSON.stringify(toMessage({ request })))
    await consume([bodyOf({ v: 1, ref: `event:${ID}` })])
    await operations.replay([ORDER], 'rpl_1')
    expect(await consumeSent()).toEqual({ acked: 1, retried: 0 })
    expect(target.calls).toHaveLength(2)
  })

  it('of what the ledger does not have is dead at once, and leaves no trace on another', async () => {
    const world = createWorld()
    await world.operations.replay([ORDER], 'rpl_1')
    expect(await world.consumeSent()).toEqual({ acked: 1, retried: 0 })
    await recordDead(world)
    expect(await readDeliveries()).toEqual([
      { claim: `${ID}~rpl_1`, target: 'crm', status: 'dead', attempts: 0, reason: 'event_gone' },
    ])
  })
})

/** Hands out what the dead-letter queue was sent. */
async function recordDead({ dead, consume }: World): Promise<void> {
  const sent = dead.sent.splice(0)
  const queue = 'switchboard-dead'
  expect(await consume(sent, { queue })).toEqual({ acked: sent.length, retried: 0 })
}

describe('replay of an event whose values the ledger may not keep', () => {
  const config = toConfig({
    redact: ['Body', 'From'],
    targets: [toCompiledTarget({ retryMs: [] })],
  })

  async function createDead(): Promise<World> {
    const world = createWorld(toDocument(config, '1'), { REDACT_KEY: 'key' })
    expect(await world.consume([bodyOf(toMessage())])).toEqual({ acked: 1, retried: 0 })
    world.events.sent.splice(0)
    return world
  }

  it('sends the values, out of KV', async () => {
    const target = spyTarget()
    target.status = 500
    const { operations, consumeSent } = await createDead()
    const [stored] = await readMessages()
    expect(stored).not.toContain('15005550006')
    target.status = 200
    expect(await operations.replayDead({}, 'rpl_1')).toEqual({ sent: 1, next: null })
    expect(await consumeSent()).toEqual({ acked: 1, retried: 0 })
    expect(target.calls[1]?.body).toBe(JSON.stringify(toEvent()))
    expect(await readDeliveries()).toMatchObject([{ status: 'dead' }, { status: 'delivered' }])
  })

  it('never sends what stands for them: without KV’s copy it is dead, with the reason', async () => {
    const target = spyTarget()
    target.status = 500
    const world = await createDead()
    await bindings.KV.delete(`event:${ID}`)
    await world.operations.replay([ORDER], 'rpl_1')
    const sent = [...world.events.sent]
    const own = { id: 'message-own' }
    expect(await world.consumeSent({ ...own, attempts: 9 })).toMatchObject({ acked: 0 })
    expect(world.dead.sent).toEqual([])
    expect(await world.consume(sent, { ...own, attempts: 10 })).toMatchObject({ acked: 1 })
    await recordDead(world)
    expect(target.calls).toHaveLength(1)
    expect(await readDeliveries()).toMatchObject([
      { claim: ID, status: 'dead', reason: 'status_500' },
      { claim: `${ID}~rpl_1`, target: 'crm', status: 'dead', reason: 'reference_missing' },
    ])
  })
})

/** All pages, and what was sent. */
async function replayAll({ operations, events }: World, replay: string, filter = {}) {
  const pages: ReplayedPage[] = []
  let after: number | null = 0
  while (after !== null) {
    const page: ReplayedPage = await operations.replayDead(filter, replay, after)
    pages.push(page)
    after = page.next
  }
  return { pages, sent: read(events.sent) }
}

describe('replayDead', () => {
  it('goes through everything dead, a page at a time', async () => {
    const world = createWorld()
    const seqs = range(1, 2_100)
    await insertRows(
      'events',
      seqs.map((seq) => toEventRow(seq, { kind: 'x', owner: 'm' })),
    )
    const dead = seqs.map((seq) => toDeliveryRow(seq, 'crm', { status: 'dead', reason: 'timeout' }))
    await insertRows('deliveries', dead)
    const { pages, sent } = await replayAll(world, 'rpl_1')
    expect(pages).toEqual([
      { sent: 1_000, next: 1_000 },
      { sent: 1_000, next: 2_000 },
      { sent: 100, next: null },
    ])
    expect(sent).toEqual(
      seqs.map((seq) => ({ v: 1, ref: `ledger:evt_${seq}`, replay: 'rpl_1', targets: ['crm'] })),
    )
  })

  it('takes a filter', async () => {
    const world = createWorld()
    await insertRows(
      'events',
      [1, 2].map((seq) => toEventRow(seq, { kind: 'x' })),
    )
    await insertRows('deliveries', [
      toDeliveryRow(1, 'crm', { status: 'dead' }),
      toDeliveryRow(2, 'erp', { status: 'dead' }),
    ])
    const { sent } = await replayAll(world, 'rpl_1', { target: 'erp' })
    expect(sent.map(({ ref }) => ref)).toEqual(['ledger:evt_2'])
  })

  it('brings what was dead for all to all, once', async () => {
    const target = spyTarget()
    const world = createWorld()
    await world.consume([bodyOf(toMessage())], { queue: 'switchboard-dead' })
    world.events.sent.splice(0)
    expect(await readDeliveries()).toMatchObject([{ target: '*', status: 'dead' }])
    expect((await replayAll(world, 'rpl_1')).sent).toHaveLength(1)
    await world.consumeSent()
    expect(target.calls).toHaveLength(1)
    expect((await replayAll(world, 'rpl_2')).sent).toEqual([])
  })

  it('leaves out what was replayed with success', async () => {
    const target = spyTarget()
    target.status = 500
    const config = toConfig({ targets: [toCompiledTarget({ retryMs: [] })] })
    const world = createWorld(toDocument(config, '1'))
    await world.consume([bodyOf(toMessage())])
    world.events.sent.splice(0)
    target.status = 200
    expect((await replayAll(world, 'rpl_1')).sent).toHaveLength(1)
    await world.consumeSent()
    expect((await replayAll(world, 'rpl_2')).sent).toEqual([])
  })

  it('rejects when D1 or the queue fails', async () => {
    const { operations, events } = createWorld()
    await insertRows('events', [toEventRow(1, { kind: 'x' })])
    await insertRows('deliveries', [toDeliveryRow(1, 'crm', { status: 'dead' })])
    events.refuses = true
    await expect(operations.replayDead({}, 'rpl_1')).rejects.toThrow('Too Many Requests')
    await bindings.LEDGER.prepare('DROP TABLE deliveries').run()
    await expect(operations.replayDead({}, 'rpl_1')).rejects.toThrow('deliveries')
  })
})

it('need nothing but their bindings', async () => {
  const operations = new Operations(createExecutionContext(), bindings)
  expect(await operations.replayDead({}, 'rpl_1')).toEqual({ sent: 0, next: null })
})
