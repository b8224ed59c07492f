/** The Worker whole: its handlers, with the local KV, D1 and lanes, and where it says so the local queues. */
import { createExecutionContext, createScheduledController, reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { toDocument } from '../../src/config/document.ts'
import worker from '../../src/consumer/index.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { migrate, readAll } from '../ledger/harness.ts'
import { bindings, NOW } from './harness.ts'
import { createWorld, setClock, spyTarget, toCompiledTarget, toConfig } from './world.ts'

const CRM_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SIGNED = toConfig({ targets: [toCompiledTarget({ secrets: ['CRM_SECRET'] })] })
const ACKED = { acked: 1, retried: 0 }
const RETRIED = { acked: 0, retried: 1 }

let logged: string[] = []

beforeEach(async () => {
  setClock()
  logged = []
  vi.spyOn(console, 'log').mockImplementation((line) => void logged.push(String(line)))
  await migrate()
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  await reset()
})

const readDeliveries = () => readAll('SELECT target, status, reason FROM all_deliveries')

describe('the consumer', () => {
  it('delivers with the config that it was deployed with', async () => {
    const target = spyTarget()
    expect(await createWorld().consume([toMessage()])).toEqual(ACKED)
    expect(target.calls.map(({ url }) => url)).toEqual(['https://crm.example.com/'])
    expect(await readDeliveries()).toEqual([{ target: 'crm', status: 'delivered', reason: null }])
  })

  it('delivers with the config that was published', async () => {
    const target = spyTarget()
    await bindings.KV.put('config:current', JSON.stringify(toDocument(toConfig(), '2')))
    await createWorld(toDocument(toConfig({ targets: [] }), '1')).consume([toMessage()])
    expect(target.calls.map(({ url }) => url)).toEqual(['https://crm.example.com/'])
  })

  it('keeps the messages when there is no config at all', async () => {
    expect(await createWorld({}).consume([toMessage()])).toEqual(RETRIED)
  })

  it('keeps the messages while KV does not answer, whatever it was deployed with', async () => {
    const target = spyTarget()
    const KV = { get: () => Promise.reject(new Error('KV GET failed: 500')) }
    expect(await createWorld(undefined, { KV }).consume([toMessage()])).toEqual(RETRIED)
    expect(target.calls).toEqual([])
  })

  it('keeps the messages while D1 refuses, and calls nobody', async () => {
    const target = spyTarget()
    await bindings.LEDGER.prepare('DROP TABLE events').run()
    const { consume, lines } = createWorld()
    expect(await consume([toMessage()])).toEqual(RETRIED)
    expect(lines).toMatchObject([{ event: 'ledger.refused', messages: 1 }])
    expect(target.calls).toEqual([])
  })

  it('takes a copy for a copy, also in another isolate', async () => {
    const target = spyTarget()
    await createWorld().consume([toMessage()])
    expect(await createWorld().consume([toMessage()])).toEqual(ACKED)
    expect(target.calls).toHaveLength(1)
  })

  it('gives a second hand-out back while the first may be at work, for as long as it is told', async () => {
    const target = spyTarget()
    target.status = 500
    const own = { id: 'message-own' }
    await createWorld().consume([toMessage()], own)
    // What waits is released; this one died with it in hand.
    await bindings.LEDGER.prepare('UPDATE events SET lease_until = ?1')
      .bind(NOW + 60_000)
      .run()
    setClock(NOW + 59_999)
    expect(await createWorld().consume([toMessage()], own)).toEqual(RETRIED)
    expect(target.calls).toHaveLength(1)
    target.status = 200
    setClock(NOW + 60_000)
    expect(await createWorld().consume([toMessage()], own)).toEqual(ACKED)
    expect(target.calls).toHaveLength(2)
  })
})

/** Lanes have the bindings of the Worker, not those of a test: the secret is set in no file. */
describe('a target with a secret', () => {
  it('is not called without it, and the log says once which is missing', async () => {
    const target = spyTarget()
    const messages = ['evt_1', 'evt_2'].map((id) => toMessage({ event: toEvent({ id }) }))
    const { consume } = createWorld(toDocument(SIGNED, '1'))
    expect(await consume(messages)).toEqual({ acked: 0, retried: 2 })
    expect(target.calls).toEqual([])
    const lines = logged.map((line): unknown => JSON.parse(line))
    expect(
      lines.filter((line) => (line as { event: string }).event === 'delivery.unsigned'),
    ).toEqual([
      { event: 'delivery.unsigned', target: 'crm', reason: 'secret_missing', name: 'CRM_SECRET' },
    ])
  })

  it('gets a signature', async () => {
    const target = spyTarget()
    Reflect.set(bindings, 'CRM_SECRET', CRM_SECRET)
    expect(await createWorld(toDocument(SIGNED, '1')).consume([toMessage()])).toEqual(ACKED)
    expect(target.calls[0]?.headers.get('webhook-signature')).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)
    Reflect.deleteProperty(bindings, 'CRM_SECRET')
  })
})

describe('the dead-letter queue', () => {
  it.each(['switchboard-dead', 'switchboard-dead-staging', 'dead'])(
    'is known by its name: %s',
    async (queue) => {
      const target = spyTarget()
      const message = toMessage({ targets: ['crm'] })
      expect(await createWorld().consume([message], { queue })).toEqual(ACKED)
      expect(target.calls).toEqual([])
      expect(await readDeliveries()).toEqual([
        { target: 'crm', status: 'dead', reason: 'retries_exhausted' },
      ])
    },
  )

  it.each(['switchboard-events', 'switchboard-deadly', 'undead'])(
    'is not any other: %s',
    async (queue) => {
      const target = spyTarget()
      await createWorld().consume([toMessage()], { queue })
      expect(target.calls).toHaveLength(1)
    },
  )

  it('is not the end: the event that still comes is delivered, and no copy of it', async () => {
    const target = spyTarget()
    const { consume } = createWorld()
    await consume([toMessage()], { queue: 'switchboard-dead' })
    expect(await readDeliveries()).toMatchObject([{ target: '*', status: 'dead' }])
    expect(await consume([toMessage(), toMessage()])).toEqual({ acked: 2, retried: 0 })
    expect(target.calls).toHaveLength(1)
    expect(await readDeliveries()).toEqual([{ target: 'crm', status: 'delivered', reason: null }])
  })

  it('is the end for what was claimed and waits, and not for what was delivered', async () => {
    const target = spyTarget()
    target.status = 500
    const { consume } = createWorld()
    await consume([toMessage({ event: toEvent({ id: 'evt_waits' }) })], { id: 'message-own' })
    target.status = 200
    await consume([toMessage({ event: toEvent({ id: 'evt_done' }) })])
    const moved = ['evt_waits', 'evt_done'].map((id) => toMessage({ event: toEvent({ id }) }))
    const how = { queue: 'switchboard-dead' }
    expect(await consume(moved, how)).toEqual({ acked: 2, retried: 0 })
    expect(await readDeliveries()).toEqual([
      { target: 'crm', status: 'dead', reason: 'retries_exhausted' },
      { target: 'crm', status: 'delivered', reason: null },
    ])
    const again = { id: 'message-own', attempts: 2 }
    setClock(NOW + 3_600_000)
    const [waits] = moved
    expect(await consume([waits], again)).toEqual(ACKED)
    expect(target.calls).toHaveLength(2)
  })
})

describe('the deployed Worker', () => {
  it('has no HTTP interface', () => {
    expect(worker.fetch().status).toBe(404)
  })

  it('drains the outbox on its cron', async () => {
    await bindings.KV.put('outbox:evt_1', JSON.stringify(toMessage()))
    await worker.scheduled(createScheduledController(), bindings, createExecutionContext())
    expect((await bindings.KV.list({ prefix: 'outbox:' })).keys).toEqual([])
  })

  it('records what nobody can read by way of the real dead-letter queue', async () => {
    vi.useRealTimers()
    // For nobody: what other tests have left in the real queues must not go out.
    const published = toDocument(toConfig({ targets: [] }), '1')
    await bindings.KV.put('config:current', JSON.stringify(published))
    const { consume } = createWorld(undefined, { DEAD: bindings.DEAD })
    const bodies = ['{"v":', { v: 7 }, Uint8Array.of(1, 2, 3)]
    expect(await consume(bodies)).toEqual({ acked: 3, retried: 0 })
    await vi.waitFor(
      async () =>
        expect(
          await readAll(`SELECT message FROM events WHERE kind IS NULL ORDER BY message`),
        ).toEqual([{ message: '\u{1}\u{2}\u{3}' }, { message: '{"v":' }, { message: '{"v":7}' }]),
      { timeout: 20_000, interval: 100 },
    )
  })
})
