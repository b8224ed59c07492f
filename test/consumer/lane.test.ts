/** The Durable Object whole: its RPC, its storage, D1 and the queue; only the targets are made up. */
import {
  evictDurableObject,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LaneTarget } from '../../src/config/targets.ts'
import { toResult, type KeptChange } from '../../src/consumer/changes.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Lane } from '../../src/consumer/lane.ts'
import type { LineAnswer } from '../../src/consumer/line.ts'
import { FAILURES_TO_OPEN } from '../../src/delivery/breaker.ts'
import type { EventMessage } from '../../src/events/message.ts'
import { ACCOUNT, toEvent, toMessage } from '../delivery/sample.ts'
import { migrate, readAll } from '../ledger/harness.ts'
import { bindings } from './harness.ts'
import { reasons, states, toItem, toNames, toPlainTarget } from './line-harness.ts'

const TARGET = toPlainTarget()
const LAST_TRY = toPlainTarget({ retryMs: [] })

const stub = () => bindings.LANES.getByName('crm/0')

let lines: { event?: string }[] = []
const linesOf = (event: string) => lines.filter((line) => line.event === event)

beforeEach(async () => {
  lines = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => lines.push(JSON.parse(line)))
  await migrate()
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

/** A target that answers each call so; the ids of the events that it got. */
function mockTarget(answer: () => Response | Promise<Response>): string[] {
  const got: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    got.push(new Headers(init?.headers).get('webhook-id') ?? '')
    return answer()
  })
  return got
}

const answers = (status: number) => () => new Response('hello', { status })

interface OfferOptions {
  target?: LaneTarget
  kind?: string
}

function toOffer(names: readonly string[], { target = TARGET, kind }: OfferOptions = {}) {
  const items = names.map((name) => {
    const item = toItem(name)
    const event = { ...item.message.event, ...(kind !== undefined && { kind }) }
    return { ...item, message: { ...item.message, event } }
  })
  return { target, lanes: 1, items }
}

interface InLane {
  lane: Lane
  state: DurableObjectState
  /** The alerts that it sent. */
  alerts: EventMessage['event'][]
  offer(names: readonly string[], options?: OfferOptions): Promise<LineAnswer[]>
}

/** A lane of our own in a real object's place, so that it has the bindings that we want. */
function inLane<T>(changes: Partial<ConsumerEnv>, act: (here: InLane) => Promise<T>): Promise<T> {
  return runInDurableObject(stub(), (_, state) => {
    const alerts: InLane['alerts'] = []
    const send = async (text: string) => void alerts.push(JSON.parse(text).event)
    const env = { ...bindings, EVENTS: { send }, ...changes } as unknown as ConsumerEnv
    const lane = new Lane(state, env)
    return act({
      lane,
      state,
      alerts,
      offer: (names, options) => lane.offer(toOffer(names, options)),
    })
  })
}

const refusing = {
  prepare: (sql: string) => bindings.LEDGER.prepare(sql),
  batch: () => Promise.reject(new Error('D1_ERROR: overloaded')),
} as unknown as D1Database

const readRows = () =>
  readAll('SELECT seq, target, status, attempts, reason FROM all_deliveries ORDER BY seq')

describe('a lane', () => {
  it('delivers what it is offered', async () => {
    const got = mockTarget(answers(200))
    const result = await stub().offer(toOffer(['evt-1', 'evt-2']))
    expect(states(result)).toEqual(['done', 'done'])
    expect(got).toEqual(['evt-1', 'evt-2'])
    // Recording it is the caller's business.
    expect(await readRows()).toEqual([])
  })

  it('remembers what it called, as long as it lives', async () => {
    const got = mockTarget(answers(200))
    const first = await stub().offer(toOffer(['evt-1']))
    expect(await stub().offer(toOffer(['evt-1']))).toEqual(first)
    expect(got).toHaveLength(1)
  })

  it('sends away what waits, by its RPC', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    mockTarget(async () => {
      await promise
      return new Response()
    })
    await inLane({}, async ({ lane, offer }) => {
      const offered = offer(toNames(6))
      await lane.clear()
      resolve()
      expect(reasons(await offered)).toEqual(['paused'])
    })
    await expect(stub().clear()).resolves.toBeUndefined()
  })
})

describe('what a lane stores', () => {
  it('is its breaker', async () => {
    const got = mockTarget(answers(500))
    await stub().offer(toOffer(toNames(FAILURES_TO_OPEN)))
    await evictDurableObject(stub())
    expect(reasons(await stub().offer(toOffer(['late'])))).toEqual(['breaker_open'])
    expect(got).toHaveLength(FAILURES_TO_OPEN)
    expect(linesOf('breaker.opened')).toMatchObject([{ target: 'crm' }])
  })

  it('is its last start, when the next one is long after', async () => {
    const got = mockTarget(answers(200))
    const target = toPlainTarget({ rate: { limit: 1, perMs: 15_000 } })
    await stub().offer(toOffer(['a'], { target }))
    await evictDurableObject(stub())
    expect(states(await stub().offer(toOffer(['b'], { target })))).toEqual(['held'])
    expect(got).toEqual(['a'])
  })

  it('is nothing else', async () => {
    mockTarget(answers(200))
    await stub().offer(toOffer(toNames(20)))
    const keys = await runInDurableObject(stub(), (_, { storage }) => [...storage.kv.list()])
    expect(keys).toEqual([])
  })
})

describe('what is done late', () => {
  it('is recorded by the lane', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    mockTarget(async () => {
      await promise
      return new Response('no', { status: 500 })
    })
    await inLane({}, async ({ offer }) => {
      expect(states(await offer(['evt-7']))).toEqual(['held'])
      expect(await readRows()).toEqual([])
      resolve()
      await vi.waitFor(async () =>
        expect(await readRows()).toEqual([
          { seq: 7, target: 'crm', status: 'waiting', attempts: 1, reason: 'status_500' },
        ]),
      )
    })
  })

  it('is recorded as what it is, when it was not called', async () => {
    mockTarget(() => new Promise(() => {}))
    await inLane({}, async ({ lane, offer }) => {
      await offer(toNames(5))
      const items = [{ ...toItem('evt-6'), attempt: 3 }]
      expect(states(await lane.offer({ ...toOffer([]), items }))).toEqual(['held'])
      await lane.clear()
      await vi.waitFor(async () =>
        expect(await readRows()).toEqual([
          { seq: 6, target: 'crm', status: 'waiting', attempts: 2, reason: 'paused' },
        ]),
      )
    })
  })

  it('is recorded together, when it comes within a moment', async () => {
    const batch = vi.fn<D1Database['batch']>(async (statements) => {
      return bindings.LEDGER.batch(statements)
    })
    const counted = { prepare: (sql: string) => bindings.LEDGER.prepare(sql), batch }
    const open: (() => void)[] = []
    mockTarget(async () => {
      await new Promise<void>((resolve) => open.push(resolve))
      return new Response()
    })
    await inLane({ LEDGER: counted as unknown as D1Database }, async ({ offer }) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const offered = offer(toNames(2))
      await vi.advanceTimersByTimeAsync(500)
      await offered
      open[0]?.()
      await vi.advanceTimersByTimeAsync(99)
      open[1]?.()
      await vi.advanceTimersByTimeAsync(1)
      vi.useRealTimers()
      await vi.waitFor(async () => expect(await readRows()).toHaveLength(2))
    })
    expect(batch).toHaveBeenCalledOnce()
  })

  it('is recorded together, when it comes while the ledger is busy', async () => {
    const gate = Promise.withResolvers<void>()
    const batches: number[] = []
    const busy = {
      prepare: (sql: string) => bindings.LEDGER.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        batches.push(statements.length)
        await gate.promise
        return bindings.LEDGER.batch(statements)
      },
    } as unknown as D1Database
    const open: (() => void)[] = []
    mockTarget(async () => {
      await new Promise<void>((resolve) => open.push(resolve))
      return new Response()
    })
    await inLane({ LEDGER: busy }, async ({ offer }) => {
      expect(states(await offer(toNames(4)))).toEqual(Array(4).fill('held'))
      open[0]?.()
      await vi.waitFor(() => expect(batches).toHaveLength(1))
      for (const finish of open.slice(1)) finish()
      await vi.waitFor(() => expect(linesOf('delivery.attempted')).toHaveLength(4))
      expect(batches).toHaveLength(1)
      gate.resolve()
      await vi.waitFor(async () => expect(await readRows()).toHaveLength(4))
      expect(batches).toHaveLength(2)
    })
  })

  it('is kept when the ledger refuses it, and no second call is made', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const got = mockTarget(async () => {
      await promise
      return new Response()
    })
    await inLane({ LEDGER: refusing }, async ({ offer, state }) => {
      await offer(['evt-7'])
      resolve()
      await vi.waitFor(() => expect([...state.storage.kv.list()]).toHaveLength(1))
      expect(linesOf('ledger.refused')).toHaveLength(1)
    })
    await evictDurableObject(stub())
    // A new object: it knows by its storage.
    expect(await stub().offer(toOffer(['evt-7']))).toMatchObject([
      { state: 'done', result: { status: 'delivered', attempts: 1, isFailure: null } },
    ])
    expect(got).toHaveLength(1)
    expect(await runDurableObjectAlarm(stub())).toBe(true)
    expect(await readRows()).toMatchObject([{ seq: 7, status: 'delivered', attempts: 1 }])
  })

  it('goes on being recorded after the ledger has refused', async () => {
    const open: (() => void)[] = []
    mockTarget(async () => {
      await new Promise<void>((resolve) => open.push(resolve))
      return new Response()
    })
    let isDown = true
    const flaky = {
      prepare: (sql: string) => bindings.LEDGER.prepare(sql),
      batch: (statements: D1PreparedStatement[]) =>
        isDown ? Promise.reject(new Error('D1_ERROR')) : bindings.LEDGER.batch(statements),
    } as unknown as D1Database
    await inLane({ LEDGER: flaky }, async ({ offer, state }) => {
      await offer(['evt-1', 'evt-2'])
      open[0]?.()
      await vi.waitFor(() => expect([...state.storage.kv.list()]).toHaveLength(1))
      isDown = false
      open[1]?.()
      await vi.waitFor(async () => expect(await readRows()).toMatchObject([{ seq: 2 }]))
    })
  })
})

describe('what the caller could not record', () => {
  const change: KeptChange = {
    claim: 'evt-9',
    seq: 9,
    target: 'crm',
    status: 'waiting',
    attempts: 1,
    nextAt: 1_800_000_000_000,
    reason: 'status_500',
    attempt: {
      at: 1_700_000_000_000,
      durationMs: 12,
      status: 500,
      verdict: 'retry',
      reason: 'answered 500',
      excerpt: 'Zażółć \u{1f680}',
      nextAt: 1_800_000_000_000,
    },
  }

  it('is kept by the lane, known to its successor, and recorded by its alarm', async () => {
    const got = mockTarget(answers(200))
    await stub().keep([change, { ...change, claim: 'evt-8', seq: 8, attempt: null }])
    await evictDurableObject(stub())
    expect(await stub().offer(toOffer(['evt-9']))).toEqual([
      { state: 'done', result: toResult(change) },
    ])
    expect(got).toEqual([])
    expect(await runDurableObjectAlarm(stub())).toBe(true)
    expect(await readRows()).toEqual([
      { seq: 9, target: 'crm', status: 'waiting', attempts: 1, reason: 'status_500' },
    ])
    expect(await runDurableObjectAlarm(stub())).toBe(false)
  })

  it('is tried again by the alarm for as long as it takes', async () => {
    await stub().keep([change])
    await inLane({ LEDGER: refusing }, async ({ lane, state }) => {
      await state.storage.deleteAlarm()
      await lane.alarm()
      expect(await state.storage.getAlarm()).not.toBeNull()
    })
    expect(await runDurableObjectAlarm(stub())).toBe(true)
    expect(await readRows()).toHaveLength(1)
  })
})

const readPaused = () => readAll('SELECT name, reason FROM paused_targets')

describe('a target that answers 410', () => {
  it('is paused, and people are told once', async () => {
    mockTarget(answers(410))
    await inLane({}, async ({ offer, alerts }) => {
      expect(await offer(toNames(3))).toMatchObject([
        { state: 'done', result: { status: 'waiting', reason: 'target_gone' } },
        {},
        {},
      ])
      await vi.waitFor(() => expect(alerts).toHaveLength(1))
      expect(alerts[0]).toMatchObject({
        kind: 'switchboard.target.paused',
        subject: 'crm',
        data: { target: 'crm', reason: 'target_gone' },
      })
      await offer(['again'])
      expect(linesOf('alert.raised')).toHaveLength(1)
    })
    expect(await readPaused()).toEqual([{ name: 'crm', reason: 'target_gone' }])
  })

  it('is paused by its next 410 when the ledger refuses', async () => {
    mockTarget(answers(410))
    const statements = ['SELECT nothing']
    const flaky = {
      prepare: (sql: string) => bindings.LEDGER.prepare(statements.shift() ?? sql),
    } as unknown as D1Database
    await inLane({ LEDGER: flaky }, async ({ offer, alerts }) => {
      await offer(['a'])
      expect(await readPaused()).toEqual([])
      expect(alerts).toEqual([])
      await offer(['b'])
      await vi.waitFor(() => expect(alerts).toHaveLength(1))
    })
    expect(await readPaused()).toHaveLength(1)
  })

  it('keeps what somebody else has paused it for, and people are told', async () => {
    await bindings.LEDGER.prepare(
      `INSERT INTO paused_targets (name, paused_at, reason) VALUES ('crm', 1, 'operator')`,
    ).run()
    mockTarget(answers(410))
    await inLane({}, async ({ offer, alerts }) => {
      await offer(['a'])
      await vi.waitFor(() => expect(alerts).toHaveLength(1))
    })
    expect(await readPaused()).toEqual([{ name: 'crm', reason: 'operator' }])
  })
})

describe('the alerts of a lane', () => {
  it('tell of what is dead, once', async () => {
    mockTarget(answers(404))
    await inLane({}, async ({ offer, alerts }) => {
      await offer(['evt-1', 'evt-2'], { target: LAST_TRY })
      expect(alerts).toMatchObject([
        {
          kind: 'switchboard.delivery.dead',
          subject: 'crm',
          data: {
            target: 'crm',
            eventId: 'evt-1',
            kind: 'messaging.inbound',
            reason: 'status_404',
            attempts: 1,
          },
        },
      ])
    })
  })

  it('tell when the breaker opens and closes', async () => {
    let status = 500
    mockTarget(() => new Response(null, { status }))
    await inLane({}, async ({ offer, state }) => {
      await offer(toNames(FAILURES_TO_OPEN))
      const breaker = state.storage.kv.get<object>('breaker')
      state.storage.kv.put('breaker', { ...breaker, untilMs: 0 })
    })
    status = 200
    await inLane({}, async ({ offer, alerts }) => {
      await offer(['probe'])
      expect(alerts).toMatchObject([
        { kind: 'switchboard.breaker.closed', data: { target: 'crm' } },
      ])
    })
    expect(linesOf('alert.raised')).toMatchObject([
      { kind: 'switchboard.breaker.opened', target: 'crm' },
      { kind: 'switchboard.breaker.closed', target: 'crm' },
    ])
  })

  it.each([
    ['is dead', 404, 1, 0],
    ['finds its target gone', 410, 1, 1],
    ['opens the breaker', 500, FAILURES_TO_OPEN, 0],
  ])('are not raised when an alert %s', async (_name, status, count, paused) => {
    mockTarget(answers(status))
    await inLane({}, async ({ offer, alerts }) => {
      const options = { target: LAST_TRY, kind: 'switchboard.delivery.dead' }
      expect(states(await offer(toNames(count), options))).toEqual(Array(count).fill('done'))
      // The one of a pause would come behind its statement.
      await vi.waitFor(async () => expect(await readPaused()).toHaveLength(paused))
      await readPaused()
      expect(alerts).toEqual([])
    })
    expect(linesOf('alert.raised')).toEqual([])
  })
})

describe('the secrets of a lane', () => {
  const SIGNED = toPlainTarget({ secrets: ['CRM_SECRET'] })
  const TWILIO = toPlainTarget({ format: 'twilio' })

  it('are those of its environment', async () => {
    let signature: string | null = null
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
      signature = new Headers(init?.headers).get('webhook-signature')
      return new Response()
    })
    const env = { CRM_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }
    await inLane(env, ({ offer }) => offer(['a'], { target: SIGNED }))
    expect(signature).toMatch(/^v1,/)
  })

  it.each([
    ['missing', {}],
    ['empty', { CRM_SECRET: '' }],
    ['no text', { CRM_SECRET: bindings.KV }],
  ])('are missed when one is %s, and that is said once a minute', async (_name, env) => {
    const got = mockTarget(answers(200))
    await inLane(env, async ({ offer }) => {
      expect(await offer(['a', 'b'], { target: SIGNED })).toMatchObject([
        { state: 'done', result: { reason: 'secret_missing' } },
        { state: 'done', result: { reason: 'secret_missing' } },
      ])
    })
    expect(got).toEqual([])
    expect(linesOf('delivery.unsigned')).toEqual([
      { event: 'delivery.unsigned', target: 'crm', reason: 'secret_missing', name: 'CRM_SECRET' },
    ])
  })

  it.each([
    ['the token of the account', { [ACCOUNT]: 'a'.repeat(32) }, 'done', null],
    ['no token of another account', { AC9: 'a'.repeat(32) }, 'done', 'token_missing'],
  ])('have %s', async (_name, ring, state, reason) => {
    mockTarget(answers(200))
    const env = { TWILIO_AUTH_TOKENS: JSON.stringify(ring) }
    const result = await inLane(env, ({ offer }) => offer(['a'], { target: TWILIO }))
    expect(result).toMatchObject([{ state, result: { reason } }])
  })

  it('say that the tokens cannot be read, once', async () => {
    await inLane({ TWILIO_AUTH_TOKENS: '{' }, async ({ offer }) => {
      expect(await offer(['a', 'b'], { target: TWILIO })).toMatchObject([
        { result: { reason: 'token_missing' } },
        { result: { reason: 'token_missing' } },
      ])
    })
    expect(linesOf('auth_tokens.refused')).toHaveLength(1)
  })

  it.each([
    ['1', null],
    ['', 'url_invalid'],
  ])("hold a private URL only on a machine of one's own (%j)", async (local, reason) => {
    mockTarget(answers(200))
    const env = { SWITCHBOARD_LOCAL: local, HOOK: 'http://127.0.0.1:9/' }
    const target = toPlainTarget({ urlSecret: 'HOOK', url: '' })
    const result = await inLane(env, ({ offer }) => offer(['a'], { target }))
    expect(result).toMatchObject([{ result: { reason } }])
  })

  it('are in no line of the log, and neither is the event', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('at https://crm.example.com/secret'))
    const env = { HOOK: 'https://crm.example.com/secret', KEY: 'bearer-of-the-crm' }
    const target = toPlainTarget({ urlSecret: 'HOOK', bearer: 'KEY', retryMs: [] })
    await inLane(env, async ({ lane, alerts }) => {
      const items = [{ claim: 'a', seq: 1, message: toMessage({ event: toEvent() }), attempt: 1 }]
      await lane.offer({ target, lanes: 1, items })
      const text = JSON.stringify([lines, alerts])
      expect(text).toContain('alert.raised')
      for (const secret of ['crm.example.com', 'bearer-of', '5005550006', 'Köln']) {
        expect(text).not.toContain(secret)
      }
    })
  })
})
