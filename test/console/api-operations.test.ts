/** What operators do by the API: targets, what is dead, replays. Real ledger, KV, lanes and consumer. */
import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CompiledTarget } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import { createAudit } from '../../src/console/access/audit.ts'
import type { Identity } from '../../src/console/access/identity.ts'
import { api } from '../../src/console/api/api.ts'
import { askConsumer } from '../../src/console/api/consumer-calls.ts'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import type { ConsoleEnv } from '../../src/console/env.ts'
import { createLiveConfig } from '../../src/console/live-config.ts'
import { Operations } from '../../src/consumer/operations.ts'
import { FAILURES_TO_OPEN, OPEN_MS } from '../../src/delivery/breaker.ts'
import {
  createWorld,
  setClock,
  spyTarget,
  toCompiledTarget,
  toConfig,
  type World,
} from '../consumer/world.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import {
  db,
  insertRows,
  migrate,
  NOW,
  range,
  readAll,
  toDeliveryRow,
  toEventRow,
} from '../ledger/harness.ts'

const { KV: kv, CONSUMER: consumer } = env as unknown as ConsoleEnv

const OPERATOR: Identity = { actor: 'ann@example.com', via: 'access', role: 'operator' }
const VIEWER: Identity = { actor: 'vic@example.com', via: 'access', role: 'viewer' }

const MINUTE_MS = 60_000
const at = (ms: number) => new Date(ms).toISOString()

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

interface Asked {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- what a client sees: JSON
  body: any
}

interface Console extends World {
  ask(method: string, path: string, body?: object, identity?: Identity): Promise<Asked>
}

/** With the consumer's operations in this isolate, so that its queue is the test's. */
async function createConsole(
  targets: CompiledTarget[] = [toCompiledTarget()],
  changes: Partial<ConsoleDeps> = {},
): Promise<Console> {
  const document = toDocument(toConfig({ targets }), '1')
  await kv.put('config:current', JSON.stringify(document))
  const world = createWorld(document)
  const now = () => Date.now()
  const platform = { now, log: () => {}, fetch }

  async function ask(method: string, path: string, body?: object, identity = OPERATOR) {
    const context = createExecutionContext()
    const operations = new Operations(context, world.env)
    const deps = {
      ledger: db,
      ledgers: [db],
      kv,
      operations,
      audit: createAudit(db, now),
      liveConfig: createLiveConfig({ KV: kv }, null, platform),
      log: () => {},
      now,
      ...changes,
    } as unknown as ConsoleDeps
    const request = new Request(`http://console.invalid${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const bindings = { ...env, INNER: { identity, deps } } as unknown as ConsoleEnv
    const response = await api.fetch(request, bindings, context)
    const answer = { status: response.status, body: await response.json() }
    await waitOnExecutionContext(context)
    return answer
  }
  return { ...world, ask }
}

const refs = ({ events }: World) => events.sent.map((text) => JSON.parse(String(text)))
const readAudit = () =>
  readAll('SELECT actor, action, subject, details, outcome FROM audit ORDER BY id')
const messages = (ids: readonly string[]) => ids.map((id) => toMessage({ event: toEvent({ id }) }))
const names = (first: number, last: number) => range(first, last).map((n) => `evt_${n}`)

async function addDead(seqs: readonly number[], changes: object = {}) {
  await insertRows(
    'events',
    seqs.map((seq) => toEventRow(seq, { kind: 'x', owner: 'm' })),
  )
  const dead = { status: 'dead', reason: 'timeout', updated_at: NOW - 1, ...changes }
  await insertRows(
    'deliveries',
    seqs.map((seq) => toDeliveryRow(seq, 'crm', dead)),
  )
}

const failing = () =>
  ({
    operations: new Proxy(
      {},
      { get: () => () => Promise.reject(new Error('Network connection lost')) },
    ),
  }) as unknown as Partial<ConsoleDeps>

describe('targets', () => {
  it('are told with all that is known of them, and no secret', async () => {
    const target = spyTarget()
    const secret = toCompiledTarget({
      name: 'ops',
      url: '',
      urlSecret: 'OPS_URL',
      events: ['switchboard.*'],
    })
    const crm = toCompiledTarget({
      concurrency: 6,
      rate: { limit: 20, perMs: 1_000 },
      url: 'https://crm.example.com/hooks/abc',
    })
    const { ask, consume } = await createConsole([crm, secret])
    await consume(messages(['evt_good']))
    target.status = 500
    setClock(NOW + 90 * MINUTE_MS)
    await consume(messages(['evt_bad']))
    const { status, body } = await ask('GET', '/targets')
    expect(status).toBe(200)
    expect(body.next).toBeNull()
    expect(body.items).toHaveLength(2)
    expect(body.items[0]).toMatchObject({
      name: 'crm',
      url: 'https://crm.example.com/hooks/abc',
      urlSecret: null,
      format: 'cloudevents',
      retryMs: [5_000],
      limit: { concurrency: 6, rate: { limit: 20, perMs: 1_000 } },
      paused: null,
      breaker: { state: 'closed', since: null, until: null },
      lanes: [
        { name: 'crm/0', running: [], waiting: 0 },
        { name: 'crm/1', running: [], waiting: 0 },
      ],
      success: {
        hour: { attempts: 1, delivered: 0, rate: 0 },
        day: { attempts: 2, delivered: 1, rate: 0.5 },
        since: at(NOW + 90 * MINUTE_MS - 24 * 60 * MINUTE_MS),
      },
      failures: [
        { reason: 'status_500', count: 1, lastAt: at(NOW + 90 * MINUTE_MS), eventId: 'evt_bad' },
      ],
      waiting: { count: 1, isAtLeast: false, oldestReceivedAt: at(NOW) },
      dead: { count: 0, isAtLeast: false },
    })
    expect(body.items[1]).toMatchObject({ name: 'ops', url: null, urlSecret: 'OPS_URL' })
    const viewed = await ask('GET', '/targets/crm', undefined, VIEWER)
    expect(viewed.body.url).toBe('https://crm.example.com/••••')
  })

  it('say since when their breaker is open', async () => {
    const target = spyTarget()
    target.status = 500
    const { ask, consume } = await createConsole()
    await consume(messages(names(1, FAILURES_TO_OPEN)))
    expect((await ask('GET', '/targets/crm')).body).toMatchObject({
      breaker: { state: 'open', since: at(NOW), until: at(NOW + OPEN_MS) },
      failures: [{ reason: 'status_500', count: FAILURES_TO_OPEN }],
    })
  })

  it('are told without their lanes when the consumer does not answer', async () => {
    const { ask } = await createConsole(undefined, failing())
    const { status, body } = await ask('GET', '/targets')
    expect(status).toBe(200)
    expect(body.items).toMatchObject([{ name: 'crm', breaker: { state: 'unknown' }, lanes: [] }])
  })

  it('are reached by the real binding', async () => {
    const { ask } = await createConsole(undefined, { operations: consumer })
    expect((await ask('GET', '/targets/crm')).body.lanes).toMatchObject([
      { name: 'crm/0', waiting: 0 },
    ])
    expect(await ask('POST', '/targets/crm/pause', {})).toMatchObject({ status: 200 })
    expect(await readAll('SELECT name, reason FROM paused_targets')).toEqual([
      { name: 'crm', reason: 'operator' },
    ])
  })

  it('are paused and resumed, recorded, and twice is once', async () => {
    const world = await createConsole()
    const { ask } = world
    const reason = 'Bo, +1 500 555 0006, moves it'
    const masked = expect.not.stringContaining('0006')
    const paused = (changed: boolean) => ({ status: 200, body: { paused: true, changed } })
    expect(await ask('POST', '/targets/crm/pause', { reason })).toEqual(paused(true))
    expect(await ask('POST', '/targets/crm/pause', { reason })).toEqual(paused(false))
    expect((await ask('GET', '/targets/crm')).body.paused).toEqual({ since: at(NOW), reason })
    const viewed = await ask('GET', '/targets/crm', undefined, VIEWER)
    expect(viewed.body.paused.reason).toEqual(masked)
    expect(await ask('POST', '/targets/crm/resume')).toMatchObject({
      body: { paused: false, changed: true },
    })
    expect(await ask('POST', '/targets/crm/resume')).toMatchObject({ body: { changed: false } })
    const row = { actor: 'ann@example.com', subject: 'crm', outcome: 'done' }
    const pause = { ...row, action: 'target.pause', details: masked }
    const resume = { ...row, action: 'target.resume', details: '{}' }
    expect(await readAudit()).toEqual([pause, pause, resume, resume])
    expect(refs(world)).toHaveLength(1)
  })

  it('are tested by one event for one id', async () => {
    const target = spyTarget()
    const { ask, consumeSent } = await createConsole()
    const first = await ask('POST', '/targets/crm/test', { id: 'tst_1' })
    expect(first).toMatchObject({ status: 200, body: { eventId: expect.stringMatching(/^evt_/) } })
    expect(await ask('POST', '/targets/crm/test', { id: 'tst_1' })).toEqual(first)
    await consumeSent()
    expect(target.calls.map(({ headers }) => headers.get('webhook-id'))).toEqual([
      first.body.eventId,
    ])
  })
})

const EVERY_CHANGE: [string, string, object?][] = [
  ['POST', '/targets/crm/pause', {}],
  ['POST', '/targets/crm/resume'],
  ['POST', '/targets/crm/test', { id: 'tst_1' }],
  ['PUT', '/replays/rpl_1', { filter: {} }],
  ['POST', '/replays/rpl_0/cancel'],
  ['POST', '/events/evt_1/replays', { id: 'rpl_1' }],
]

describe('whoever may not, or asks for what makes no sense', () => {
  it('a viewer changes nothing, and leaves no record', async () => {
    const world = await createConsole()
    await addDead([1])
    for (const [method, path, body] of EVERY_CHANGE) {
      expect(await world.ask(method, path, body, VIEWER)).toMatchObject({
        status: 403,
        body: { code: 'operators_only' },
      })
    }
    expect(await readAudit()).toEqual([])
    expect(world.events.sent).toEqual([])
    expect(await readAll('SELECT id FROM replay_jobs')).toEqual([])
    expect(await world.ask('GET', '/dead', undefined, VIEWER)).toMatchObject({
      body: { events: 1 },
    })
  })

  it.each<[string, string, object | undefined, number, string]>([
    ['GET', '/targets/nobody', undefined, 404, 'target_unknown'],
    ['POST', '/targets/nobody/pause', {}, 404, 'target_unknown'],
    ['POST', '/targets/nobody/resume', undefined, 404, 'target_unknown'],
    ['POST', '/targets/nobody/test', { id: 'tst_1' }, 404, 'target_unknown'],
    ['POST', '/targets/crm/pause', { reason: 'x'.repeat(201) }, 400, 'request_invalid'],
    ['POST', '/targets/crm/test', { id: 'rpl_1' }, 400, 'request_invalid'],
    ['GET', '/replays/rpl_9', undefined, 404, 'replay_unknown'],
    ['POST', '/replays/rpl_9/cancel', undefined, 404, 'replay_unknown'],
    ['PUT', '/replays/rpl_9', {}, 400, 'request_invalid'],
    ['PUT', '/replays/rpl_9', { filter: { targets: 'crm' } }, 400, 'request_invalid'],
    ['PUT', '/replays/9', { filter: {} }, 400, 'request_invalid'],
    ['POST', '/replays/plan', { filter: { from: 'yesterday' } }, 400, 'request_invalid'],
    ['GET', '/dead?kind=x', undefined, 400, 'request_invalid'],
    ['POST', '/events/evt_9/replays', { id: 'rpl_1' }, 404, 'event_unknown'],
    ['POST', '/events/evt_9/replays', { id: 'rpl_1', target: 'crm' }, 400, 'request_invalid'],
  ])('%s %s', async (method, path, body, status, code) => {
    const { ask } = await createConsole()
    const answer = await ask(method, path, body)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(await readAudit()).toEqual([])
  })

  it('a consumer that is away: nothing is said to be done', async () => {
    const { ask } = await createConsole(undefined, failing())
    await addDead([1])
    for (const [method, path, body] of EVERY_CHANGE.filter(([, to]) => !to.includes('rpl_0'))) {
      expect(await ask(method, path, body)).toMatchObject({
        status: 503,
        body: { code: 'consumer_unavailable' },
      })
    }
    expect((await readAudit()).map(({ outcome }) => outcome)).toEqual(
      range(1, 5).map(() => 'failed'),
    )
  })

  it('a ledger that is away: nothing is changed', async () => {
    const { ask, events } = await createConsole()
    await db.prepare('DROP TABLE audit').run()
    expect(await ask('POST', '/targets/crm/pause', {})).toMatchObject({
      status: 503,
      body: { code: 'audit_unavailable' },
    })
    await db.prepare('DROP TABLE deliveries').run()
    expect(await ask('GET', '/dead')).toMatchObject({
      status: 503,
      body: { code: 'ledger_unavailable' },
    })
    expect(await ask('POST', '/replays/plan', { filter: {} })).toMatchObject({
      status: 503,
      body: { code: 'ledger_unavailable' },
    })
    expect(events.sent).toEqual([])
    expect(await readAll('SELECT name FROM paused_targets')).toEqual([])
  })
})

describe('what is dead', () => {
  it('is grouped, and listed in pages', async () => {
    const { ask } = await createConsole()
    await addDead([1, 2, 3])
    await addDead([4], { reason: 'status_500', updated_at: NOW })
    const groups = [
      {
        target: 'crm',
        reason: 'timeout',
        events: 3,
        oldestAt: at(NOW - 1),
        newestAt: at(NOW - 1),
        eventId: 'evt_3',
      },
      {
        target: 'crm',
        reason: 'status_500',
        events: 1,
        oldestAt: at(NOW),
        newestAt: at(NOW),
        eventId: 'evt_4',
      },
    ]
    expect(await ask('GET', '/dead')).toEqual({
      status: 200,
      body: { events: 4, groups, isComplete: true },
    })
    const filter = { reason: 'status_500', from: at(NOW) }
    const query = new URLSearchParams(filter).toString()
    expect((await ask('GET', `/dead?${query}`)).body.groups).toEqual(groups.slice(1))
    expect((await ask('POST', '/replays/plan', { filter })).body).toMatchObject({ events: 1 })
    expect((await ask('GET', `/dead?before=${at(NOW)}`)).body).toMatchObject({ events: 0 })

    const first = await ask('GET', '/dead/events?limit=2')
    expect(first.body.items).toEqual(
      ['evt_1', 'evt_2'].map((id) => ({
        id,
        kind: 'x',
        receivedAt: at(NOW),
        deaths: [{ target: 'crm', reason: 'timeout', at: at(NOW - 1) }],
      })),
    )
    const second = await ask('GET', `/dead/events?limit=2&cursor=${first.body.next}`)
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(['evt_3', 'evt_4'])
    expect(second.body.next).toBeNull()
  })
})

describe('a replay', () => {
  it('in bulk begins once, tells how far it is, and goes on to the end', async () => {
    const target = spyTarget()
    target.status = 500
    const world = await createConsole([toCompiledTarget({ retryMs: [] })])
    const { ask, consume, consumeSent, events } = world
    await consume(messages(names(1, 3)))
    events.sent.splice(0)
    target.status = 200
    const order = { filter: { target: 'crm', reason: 'status_500' } }
    const [begun, again] = [
      await ask('PUT', '/replays/rpl_1', order),
      await ask('PUT', '/replays/rpl_1', order),
    ]
    expect(begun).toMatchObject({
      status: 200,
      body: { id: 'rpl_1', ...order, total: 3, createdBy: 'ann@example.com', endedAt: null },
    })
    expect(again).toMatchObject({ status: 200, body: { state: 'done', sent: 3 } })
    expect(refs(world).map(({ ref, replay }) => [ref, replay])).toEqual(
      names(1, 3).map((id) => [`ledger:${id}`, 'rpl_1']),
    )
    expect(await ask('PUT', '/replays/rpl_1', { filter: {} })).toMatchObject({
      status: 409,
      body: { code: 'replay_differs' },
    })
    await consumeSent()
    expect(await ask('GET', '/replays/rpl_1')).toMatchObject({
      status: 200,
      body: {
        job: { state: 'done', sent: 3, total: 3, endedAt: at(NOW) },
        outcome: { events: 3, delivered: 3, dead: 0, waiting: 0, isComplete: true },
      },
    })
    expect(await ask('GET', '/replays')).toMatchObject({
      body: { items: [{ id: 'rpl_1' }], next: null },
    })
    expect(await ask('POST', '/replays/rpl_1/cancel')).toMatchObject({
      status: 200,
      body: { state: 'done' },
    })
    expect(await readAudit()).toMatchObject([
      {
        action: 'replay.start',
        subject: 'rpl_1',
        details: JSON.stringify({ target: 'crm', reason: 'status_500' }),
      },
      { action: 'replay.cancel', subject: 'rpl_1' },
    ])
  })

  it('in bulk that the queue refuses is there, and can be cancelled', async () => {
    const { ask, events } = await createConsole()
    await addDead([1])
    events.refuses = true
    expect(await ask('PUT', '/replays/rpl_1', { filter: {} })).toMatchObject({
      body: { state: 'running' },
    })
    expect(await ask('POST', '/replays/rpl_1/cancel')).toMatchObject({
      status: 200,
      body: { state: 'cancelled', sent: 0, total: 1 },
    })
  })

  it('of an event goes to whom it says, once for one id', async () => {
    const target = spyTarget()
    const world = await createConsole()
    const { ask, consume, consumeSent } = world
    await consume(messages(['evt_1']))
    const order = { id: 'rpl_1', targets: ['crm'] }
    expect(
      await ask('POST', '/events/evt_1/replays', { ...order, targets: ['crm', 'gone'] }),
    ).toMatchObject({ status: 404, body: { code: 'target_unknown' } })
    const begun = { status: 200, body: { ...order, eventId: 'evt_1' } }
    expect(await ask('POST', '/events/evt_1/replays', order)).toEqual(begun)
    expect(await ask('POST', '/events/evt_1/replays', order)).toEqual(begun)
    expect(await ask('POST', '/events/evt_1/replays', { id: 'rpl_2' })).toMatchObject({
      body: { targets: [] },
    })
    const sent = refs(world)
    expect(sent.map(({ replay, targets }) => [replay, targets])).toEqual([
      ['rpl_1', ['crm']],
      ['rpl_1', ['crm']],
      ['rpl_2', undefined],
    ])
    await consumeSent()
    expect(target.calls).toHaveLength(3)
    expect(await readAudit()).toMatchObject(
      [1, 2, 3].map(() => ({ action: 'event.replay', subject: 'evt_1', outcome: 'done' })),
    )
  })
})

it('a consumer that hangs is given up', async () => {
  const hanging = askConsumer(new Promise(() => {}), 1)
  await expect(hanging).rejects.toMatchObject({ problem: { code: 'consumer_unavailable' } })
})

it('the description of the API can be made of it', async () => {
  const { ask } = await createConsole()
  const { body } = await ask('GET', '/openapi.json')
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/targets/{name}/pause',
      '/dead/events',
      '/replays/{id}',
      '/events/{id}/replays',
    ]),
  )
})
