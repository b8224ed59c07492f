/**
 * The consumer Worker as it is deployed, with its real KV, ledger and lanes; only its queues are told
 * what to do and keep what they are sent, its clock stands still until it is set, and targets are a
 * spied `fetch`.
 */
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { vi } from 'vitest'
import type { CompiledConfig, CompiledTarget } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import { createConsumer } from '../../src/consumer/consumer.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Operations } from '../../src/consumer/operations.ts'
import { bindings, NOW } from './harness.ts'

export function toCompiledTarget(changes: Partial<CompiledTarget> = {}): CompiledTarget {
  return {
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
    ...changes,
  }
}

export function toConfig(changes: Partial<CompiledConfig> = {}): CompiledConfig {
  return {
    publicUrl: null,
    lookupBudgetMs: 50,
    endpoints: [],
    targets: [toCompiledTarget()],
    ...changes,
  }
}

export interface TestQueue extends Queue {
  /** Bodies, as they were sent. */
  sent: unknown[]
  /** How many each `sendBatch` had. */
  batches: number[]
  refuses: boolean
}

export function createQueue(): TestQueue {
  const sent: unknown[] = []
  const batches: number[] = []
  const take = (bodies: unknown[]) => {
    if (queue.refuses) throw new Error('Too Many Requests')
    sent.push(...bodies)
  }
  const queue = {
    sent,
    batches,
    refuses: false,
    send: async (body: unknown) => take([body]),
    async sendBatch(messages: Iterable<MessageSendRequest>) {
      const bodies = [...messages].map(({ body }) => body)
      take(bodies)
      batches.push(bodies.length)
    },
  } as unknown as TestQueue
  return queue
}

export interface HandOut {
  queue?: string
  attempts?: number
  /** Of the first message; the others are numbered. */
  id?: string
}

/** How many messages were told what. */
export interface Told {
  acked: number
  retried: number
}

export interface World {
  env: ConsumerEnv
  events: TestQueue
  dead: TestQueue
  operations: Operations
  lines: object[]
  /** Hands out a batch. */
  consume(bodies: readonly unknown[], how?: HandOut): Promise<Told>
  /** Hands out all that the events queue was sent. */
  consumeSent(how?: HandOut): Promise<Told>
}

let handedOut = 0

export function createWorld(
  builtIn: unknown = toDocument(toConfig(), '1'),
  changes: object = {},
): World {
  const events = createQueue()
  const dead = createQueue()
  const env: ConsumerEnv = { ...bindings, EVENTS: events, DEAD: dead, ...changes }
  const lines: object[] = []
  const consumer = createConsumer(env, builtIn, { log: (line) => lines.push(line) })

  async function consume(bodies: readonly unknown[], how: HandOut = {}): Promise<Told> {
    const { queue = 'switchboard-events', attempts = 1, id } = how
    const messages = bodies.map((body, index) => {
      handedOut += 1
      const own = index === 0 && id !== undefined ? id : `message-${handedOut}`
      return { id: own, timestamp: new Date(), attempts, body }
    })
    const batch = createMessageBatch(queue, messages)
    const context = createExecutionContext()
    await consumer.consume(batch, context)
    await waitOnExecutionContext(context)
    const result = await getQueueResult(batch, context)
    return { acked: result.explicitAcks.length, retried: result.retryMessages.length }
  }

  return {
    env,
    events,
    dead,
    operations: new Operations(createExecutionContext(), env),
    lines,
    consume,
    consumeSent: (how) => consume(events.sent.splice(0), how),
  }
}

/** The clock of everything in this isolate, lanes included; timers go on as they are. */
export function setClock(ms = NOW): void {
  vi.useFakeTimers({ now: ms, toFake: ['Date'] })
}

export interface TestTarget {
  calls: { url: string; headers: Headers; body: string }[]
  /** Of the answers from now on. */
  status: number
}

export function spyTarget(): TestTarget {
  const target: TestTarget = { calls: [], status: 200 }
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const body = new TextDecoder().decode(init?.body as Uint8Array)
    target.calls.push({ url: String(url), headers: new Headers(init?.headers), body })
    return new Response(null, { status: target.status })
  })
  return target
}
