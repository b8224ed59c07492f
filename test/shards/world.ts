/**
 * Three shards in one Worker: three real ledgers, real lanes and KV; the queues keep what they are sent
 * and are handed out when a test says so, as test/consumer/world.ts has it.
 */
import { env as real } from 'cloudflare:workers'
import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { toDocument } from '../../src/config/document.ts'
import { createConsumer } from '../../src/consumer/consumer.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Operations } from '../../src/consumer/operations.ts'
import { isDatabase, readBindings } from '../../src/events/shard-bindings.ts'
import { toShard } from '../../src/events/shard.ts'
import { listEvents } from '../../src/ledger/reads/events.ts'
import type { Told } from '../consumer/world.ts'
import { createQueue, toCompiledTarget, toConfig } from '../consumer/world.ts'
import { bindings } from '../consumer/harness.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { MIGRATIONS, type Row } from '../ledger/harness.ts'

export const SHARDS = 3

const bound = readBindings(real, 'LEDGER', isDatabase)
if (!bound.ok) throw new Error('run this with --project shards')
const [first, second, third] = bound.value
if (!second || !third) throw new Error('run this with --project shards')
export const ledgers = [first, second, third] as const

export async function migrateAll(): Promise<void> {
  for (const { sql } of MIGRATIONS) for (const db of ledgers) await db.prepare(sql).run()
}

/** Ids of events that belong to a shard, from a number on; the same each time. */
export function toIds(shard: number, count: number, from = 0): string[] {
  const ids: string[] = []
  for (let i = from; ids.length < count; i += 1) {
    const id = `evt_${i.toString(16).padStart(32, '0')}`
    if (toShard(id, SHARDS) === shard) ids.push(id)
  }
  return ids
}

export const toBody = (id: string, changes: object = {}): string =>
  JSON.stringify(toMessage({ event: toEvent({ id }), ...changes }))

export const idOf = (body: unknown): string => JSON.parse(String(body)).event.id

const toQueueName = (kind: 'events' | 'dead', shard: number) =>
  `switchboard-${kind}${shard === 1 ? '' : `-${shard}`}`

export function createShardWorld(changes: object = {}) {
  const events = [createQueue(), createQueue(), createQueue()] as const
  const dead = [createQueue(), createQueue(), createQueue()] as const
  const env: ConsumerEnv = {
    ...bindings,
    ...{ EVENTS: events[0], EVENTS_2: events[1], EVENTS_3: events[2] },
    ...{ DEAD: dead[0], DEAD_2: dead[1], DEAD_3: dead[2] },
    ...changes,
  }
  const lines: Row[] = []
  const document = toDocument(toConfig({ targets: [toCompiledTarget({ retryMs: [] })] }), '1')
  const log = (line: object) => void lines.push({ ...line })
  const consumer = createConsumer(env, document, { log })
  const calls = createExecutionContext()
  let handedOut = 0

  async function handOut(queue: string, bodies: readonly unknown[], attempts = 1): Promise<Told> {
    const messages = bodies.map((body) => {
      handedOut += 1
      return { id: `message-${handedOut}`, timestamp: new Date(), attempts, body }
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
    lines,
    operations: new Operations(calls, env),
    /** What the operations went on with behind their answers is done. */
    settled: () => waitOnExecutionContext(calls),
    handOut,
    consume: (shard: number, bodies: readonly unknown[]) =>
      handOut(toQueueName('events', shard), bodies),
    bury: (shard: number, bodies: readonly unknown[]) =>
      handOut(toQueueName('dead', shard), bodies),
    /** All that the events queues were sent. */
    async consumeSent() {
      for (const [i, queue] of events.entries()) {
        const bodies = queue.sent.splice(0)
        if (bodies.length > 0) await handOut(toQueueName('events', i + 1), bodies)
      }
    },
    async keepHouse() {
      const context = createExecutionContext()
      await consumer.keepHouse(context)
      await waitOnExecutionContext(context)
    },
  }
}

/** `id outcome` of all that a ledger has, the oldest first. */
export async function readLedger(db: D1Database): Promise<string[]> {
  const page = await listEvents(db, {}, { limit: 100 }, () => 0)
  return page.rows.map(({ eventId, outcome }) => `${eventId} ${outcome}`).toReversed()
}

export const readAllLedgers = () => Promise.all(ledgers.map(readLedger))
