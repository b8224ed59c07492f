/** The gateway with three queues: each event into its own, all of them stored before Twilio is answered. */
import { createExecutionContext, reset, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import { toShard } from '../../src/events/shard.ts'
import { createReportAnswer } from '../../src/gateway/answers.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import type { EventQueue } from '../../src/gateway/publish.ts'
import type { Reply } from '../../src/gateway/response.ts'
import { createWorker } from '../../src/gateway/worker.ts'
import { toMessage } from '../delivery/sample.ts'
import { createQueue } from '../consumer/world.ts'
import { endpoint, ORIGIN, signedJson, signedPost, SMS, TOKEN } from '../gateway/harness.ts'
import { range } from '../ledger/harness.ts'
import { idOf, SHARDS } from './world.ts'

beforeEach(reset)

const { KV } = env as unknown as GatewayEnv
const IDS = range(1, 30).map((n) => `EZ${n.toString(16).padStart(32, '0')}`)
const ofShard = (shard: number) => IDS.filter((id) => toShard(id, SHARDS) === shard)

const streamed = (ids: readonly string[]) =>
  signedJson(
    '/sms',
    JSON.stringify(
      ids.map((id) => ({
        ...{ specversion: '1.0', id, type: 'com.twilio.messaging.message.delivered' },
        ...{ source: '/x', time: '2026-11-20T09:59:59Z', datacontenttype: 'application/json' },
        data: { n: id },
      })),
    ),
  )

function createGateway(
  changes: object = {},
  replies: CompiledConfig['endpoints'] = [endpoint({})],
) {
  const queues = [createQueue(), createQueue(), createQueue()] as const
  const [EVENTS, EVENTS_2, EVENTS_3] = queues
  const bound = { KV, EVENTS, EVENTS_2, EVENTS_3, TWILIO_AUTH_TOKENS: TOKEN, ...changes }
  const gatewayEnv = Object.fromEntries(
    Object.entries(bound).filter(([, one]) => one !== undefined),
  ) as unknown as GatewayEnv
  const config: CompiledConfig = {
    ...{ publicUrl: ORIGIN, lookupBudgetMs: 50, targets: [] },
    endpoints: replies,
  }
  const lines: Record<string, unknown>[] = []
  const platform = {
    log: (line: object) => void lines.push({ ...line }),
    fetch: async () => new Response('hello', { headers: { 'content-type': 'text/plain' } }),
    now: () => Date.now(),
  }
  const worker = createWorker(gatewayEnv, toDocument(config, '1'), platform)
  return {
    queues,
    lines,
    async fetch(request: Request): Promise<Response> {
      const context = createExecutionContext()
      const response = await worker.fetch(request, gatewayEnv, context)
      await waitOnExecutionContext(context)
      return response
    },
  }
}

const outbox = async () =>
  (await KV.list({ prefix: 'outbox:' })).keys.map(({ name }) => name.slice('outbox:'.length))

describe('three queues', () => {
  it('get the events of a batch, each its own', async () => {
    const { fetch, queues } = createGateway()
    const response = await fetch(streamed(IDS))
    expect(response.status).toBe(204)
    expect(queues.map(({ sent }) => sent.map(idOf))).toEqual([1, 2, 3].map(ofShard))
    expect(queues.map(({ batches }) => batches.length)).toEqual([1, 1, 1])
  })

  it('of which one refuses leave its events to the outbox, and the webhook is taken', async () => {
    const { fetch, queues } = createGateway()
    queues[1].refuses = true
    const response = await fetch(streamed(IDS))
    expect(response.status).toBe(204)
    expect(queues.map(({ sent }) => sent.map(idOf))).toEqual([ofShard(1), [], ofShard(3)])
    expect((await outbox()).toSorted()).toEqual(ofShard(2).toSorted())
  })

  it('of which one refuses, with an outbox that does too, make Twilio try again', async () => {
    const kv = { ...{ get: async () => null, list: async () => ({ keys: [] }) } }
    const put = () => Promise.reject(new Error('KV'))
    const { fetch, queues } = createGateway({ KV: { ...kv, put } })
    queues[2].refuses = true
    const response = await fetch(streamed(IDS))
    expect(response.status).toBe(503)
  })

  it('get what an app answered where its event went', async () => {
    const origin = { type: 'origin', url: 'https://app.example.com/', when: null }
    const app = endpoint({ replies: [origin] as never })
    const { fetch, queues } = createGateway({}, [app])
    const headers = { 'i-twilio-idempotency-token': 'token-1' }
    await fetch(signedPost('/sms', SMS, { headers }))
    const sent = queues.map((queue) => queue.sent.length)
    expect(sent.toSorted()).toEqual([0, 0, 2])
    const own = queues.find((queue) => queue.sent.length > 0)
    const [event, answer] = own?.sent.map((body) => JSON.parse(String(body))) ?? []
    expect(answer?.answered?.eventId ?? event?.answered?.eventId).toBe(
      event?.event?.id ?? answer?.event?.id,
    )
  })
})

it('what an app answered is in the other queues before one that refuses is told of', async () => {
  const slow = Promise.withResolvers<void>()
  const said: string[] = []
  const sending = (name: string, work: Promise<void>): EventQueue => {
    const send = () => work.finally(() => said.push(name))
    return { send, sendBatch: send }
  }
  const refusing = sending('refused', Promise.reject(new Error('full')))
  const taking = sending('taken', slow.promise)
  const report = createReportAnswer((id) => (id === 'evt_1' ? refusing : taking))
  const [first, second] = ['evt_1', 'evt_2'].map((id) => {
    const message = toMessage()
    return { ...message, event: { ...message.event, id } }
  })
  if (!first || !second) throw new Error('no messages')
  const reply: Reply = { status: 200, contentType: null, body: '', cookies: [], from: 'origin' }
  const reporting = report({ messages: [first, second], reply, at: 1, tookMs: 1 })
    .catch(() => {})
    .finally(() => said.push('told'))
  await vi.waitFor(() => expect(said).toContain('refused'))
  setTimeout(slow.resolve, 10)
  await reporting
  expect(said).toEqual(['refused', 'taken', 'told'])
})

it('bindings with a gap send nothing anywhere, keep what comes, and say so', async () => {
  const { fetch, queues, lines } = createGateway({ EVENTS_2: undefined })
  const health = await fetch(new Request(`${ORIGIN}/healthz`))
  expect(health.status).toBe(503)
  const { problems }: { problems: string[] } = await health.json()
  expect(problems.join()).toContain('EVENTS_2 is missing')
  expect((await fetch(streamed(IDS.slice(0, 3)))).status).toBe(204)
  expect(queues.map(({ sent }) => sent.length)).toEqual([0, 0, 0])
  expect((await outbox()).toSorted()).toEqual(IDS.slice(0, 3))
  expect(lines).toContainEqual({
    event: 'gateway.misconfigured',
    problem: expect.stringContaining('EVENTS_2'),
  })
})
