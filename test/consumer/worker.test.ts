/** The Worker whole: its handlers, with the local queues, KV and D1. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
  reset,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import { createConsumer } from '../../src/consumer/consumer.ts'
import worker from '../../src/consumer/index.ts'
import migration from '../../migrations/0001_dead_deliveries.sql?raw'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { bindings } from './harness.ts'

const CONFIG: CompiledConfig = {
  publicUrl: null,
  lookupBudgetMs: 50,
  endpoints: [],
  targets: [
    {
      name: 'crm',
      url: 'https://crm.example.com/',
      events: ['messaging.*'],
      where: null,
      secrets: [],
      format: 'cloudevents',
      timeoutMs: 10_000,
      retryMs: [5_000],
      rate: null,
      headers: {},
      bearer: null,
    },
  ],
}
const CRM_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const SIGNED: CompiledConfig = {
  ...CONFIG,
  targets: CONFIG.targets.map((target) => ({ ...target, secrets: ['CRM_SECRET'] })),
}

beforeEach(async () => {
  await bindings.LEDGER.prepare(migration).run()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await reset()
})

async function consume(builtIn: unknown, body: unknown, queue: string, env: object = {}) {
  const lines: object[] = []
  const consumer = createConsumer({ ...bindings, ...env }, builtIn, (line) => {
    lines.push(line)
  })
  const batch = createMessageBatch(queue, [
    { id: 'message-0', timestamp: new Date(), attempts: 1, body },
  ])
  const context = createExecutionContext()
  await consumer.consume(batch, context)
  await waitOnExecutionContext(context)
  const result = await getQueueResult(batch, context)
  return { lines, acked: result.explicitAcks, retried: result.retryMessages.map((m) => m.msgId) }
}

describe('the consumer', () => {
  it('delivers with the config that it was deployed with', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response())
    const { acked } = await consume(toDocument(CONFIG, '1'), toMessage(), 'switchboard-events')
    expect(acked).toEqual(['message-0'])
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(['https://crm.example.com/'])
  })

  it('delivers with the config that was published', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response())
    await bindings.KV.put('config:current', JSON.stringify(toDocument(CONFIG, '2')))
    const empty = toDocument({ ...CONFIG, targets: [] }, '1')
    await consume(empty, toMessage(), 'switchboard-events')
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(['https://crm.example.com/'])
  })

  it('keeps the messages when there is no config at all', async () => {
    const { acked, retried } = await consume({}, toMessage(), 'switchboard-events')
    expect({ acked, retried }).toEqual({ acked: [], retried: ['message-0'] })
  })

  it('keeps the messages while KV does not answer, whatever it was deployed with', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch')
    const KV = { get: () => Promise.reject(new Error('KV GET failed: 500')) }
    const { retried } = await consume(toDocument(CONFIG, '1'), toMessage(), 'switchboard-events', {
      KV,
    })
    expect(retried).toEqual(['message-0'])
    expect(fetch).not.toHaveBeenCalled()
  })

  it('signs with the secrets of its environment', async () => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response())
    const env = { CRM_SECRET }
    await consume(toDocument(SIGNED, '1'), toMessage(), 'switchboard-events', env)
    const headers = new Headers(fetch.mock.calls[0]?.[1]?.headers)
    expect(headers.get('webhook-signature')).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)
  })

  it('says once which secret is missing', async () => {
    const { lines } = await consume(toDocument(SIGNED, '1'), toMessage(), 'switchboard-events')
    expect(lines).toContainEqual({
      event: 'delivery.unsigned',
      target: 'crm',
      reason: 'secret_missing',
      name: 'CRM_SECRET',
    })
  })

  it.each(['switchboard-dead', 'switchboard-dead-staging', 'dead'])(
    'records what comes from %s',
    async (queue) => {
      const { acked } = await consume({}, toMessage({ targets: ['crm'] }), queue)
      expect(acked).toEqual(['message-0'])
      const row = await bindings.LEDGER.prepare('SELECT * FROM dead_deliveries').first()
      expect(row).toMatchObject({ event_id: toEvent().id, reason: 'retries_exhausted' })
    },
  )
})

async function readMessages() {
  const query = 'SELECT message FROM dead_deliveries ORDER BY message'
  const { results } = await bindings.LEDGER.prepare(query).all<{ message: string }>()
  return results.map(({ message }) => message)
}

describe('the deployed Worker', () => {
  it('has no HTTP interface', () => {
    expect(worker.fetch().status).toBe(404)
  })

  it('drains the outbox on its cron', async () => {
    await bindings.KV.put('outbox:evt_1', JSON.stringify(toMessage()))
    await worker.scheduled(createScheduledController(), bindings)
    expect((await bindings.KV.list()).keys).toEqual([])
  })

  it('records what nobody can read by way of the real dead-letter queue', async () => {
    for (const body of ['{"v":', { v: 7 }, Uint8Array.of(1, 2, 3)]) {
      const { acked } = await consume(toDocument(CONFIG, '1'), body, 'switchboard-events')
      expect(acked).toEqual(['message-0'])
    }
    await vi.waitFor(
      async () => expect(await readMessages()).toEqual(['\u{1}\u{2}\u{3}', '{"v":', '{"v":7}']),
      { timeout: 15_000, interval: 100 },
    )
  })
})
