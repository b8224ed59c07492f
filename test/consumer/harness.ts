/**
 * The consumer with its own parts real (KV, D1, lines) and its surroundings told what to do: targets
 * that answer, queues that refuse, a clock that stands still until it is set. Hand-outs are recorded
 * with their delays, which `getQueueResult` of cloudflare:test leaves out.
 */
import { env } from 'cloudflare:workers'
import type { PreparedTarget, PreparedTargets } from '../../src/config/targets.ts'
import type { Outgoing, Outlet } from '../../src/consumer/bury.ts'
import type { KeptChange } from '../../src/consumer/changes.ts'
import type { ConsumeDeps } from '../../src/consumer/consume.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import type { LaneSpace, LaneStub } from '../../src/consumer/lanes.ts'
import { Line, type LateAnswer } from '../../src/consumer/line.ts'
import type { Alert } from '../../src/events/alert.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import { createPauses } from '../../src/ledger/pauses.ts'
import { toTarget } from '../delivery/sample.ts'

export const NOW = Date.parse('2026-11-20T10:00:00.000Z')

export const bindings = toBindings(env)

/** The `consumer` project runs with the bindings of wrangler.consumer.toml. */
function toBindings(value: object): ConsumerEnv {
  if (!isConsumerEnv(value)) throw new Error('run this with --project consumer')
  return value
}

function isConsumerEnv(value: object): value is ConsumerEnv {
  return ['EVENTS', 'DEAD', 'LEDGER', 'KV', 'LANES'].every((name) => name in value)
}

/** What a handed-out message was told: `ack`, or the delay of its retry in seconds. */
export type Told = 'ack' | number | undefined

export interface TestBatch extends MessageBatch {
  told: Map<string, Told[]>
}

function refuseWhole(): never {
  throw new Error('a batch is never settled as a whole')
}

export interface Handed {
  body: unknown
  id?: string
  attempts?: number
  ageMs?: number
}

export function toBatch(handed: Handed[], queue = 'switchboard-events'): TestBatch {
  const told = new Map<string, Told[]>()
  const messages = handed.map(({ body, attempts = 1, ageMs = 0, ...rest }, index): Message => {
    const id = rest.id ?? `message-${index}`
    const calls = told.get(id) ?? []
    told.set(id, calls)
    return {
      id,
      body,
      attempts,
      timestamp: new Date(NOW - ageMs),
      ack: () => calls.push('ack'),
      retry: (options) => calls.push(options?.delaySeconds),
    }
  })
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } }
  return { queue, messages, metadata, ackAll: refuseWhole, retryAll: refuseWhole, told }
}

/** A queue that keeps what it is sent, or refuses everything. */
export interface TestOutlet extends Outlet {
  sendBatch: (messages: Outgoing[]) => Promise<void>
  sent: { body: unknown; delaySeconds: number | undefined }[]
  refuses: boolean
}

export function createOutlet(): TestOutlet {
  const outlet: TestOutlet = {
    sent: [],
    refuses: false,
    async sendBatch(messages: Outgoing[]) {
      if (outlet.refuses) throw new Error('Too Many Requests')
      for (const { body, delaySeconds } of messages) {
        outlet.sent.push({ body: JSON.parse(body), delaySeconds })
      }
    },
  }
  return outlet
}

export function toTargets(targets: PreparedTarget[]): PreparedTargets {
  return {
    matching: (event) => targets.filter((target) => target.matches(event)),
    get: (name) => targets.find((target) => target.name === name),
  }
}

/** What the target at a URL answers: a status, or whatever the function does. */
export type Answers = { [url: string]: number | (() => Response | Promise<Response>) }

export interface TestConsumer extends ConsumeDeps {
  events: TestOutlet
  dead: TestOutlet
  answers: Answers
  /** Bodies that nobody could read. */
  unreadable: unknown[]
  calls: { url: string; init: RequestInit }[]
  lines: object[]
  late: LateAnswer[]
  kept: KeptChange[]
  alerted: Omit<Alert, 'now'>[]
}

/** Each lane is a line in this isolate; lane.test.ts has the real objects. */
export function createTestConsumer(
  targets: PreparedTarget[] = [toTarget()],
  answers: Answers = {},
): TestConsumer {
  const calls: TestConsumer['calls'] = []
  const lines: object[] = []
  const unreadable: unknown[] = []
  const late: LateAnswer[] = []
  const kept: KeptChange[] = []
  const alerted: TestConsumer['alerted'] = []
  const dead = createOutlet()
  const consumer: TestConsumer = {
    calls,
    lines,
    unreadable,
    late,
    kept,
    alerted,
    dead,
    answers,
    events: createOutlet(),
    store: bindings.KV,
    ledger: createLedger(bindings.LEDGER),
    pauses: createPauses(bindings.LEDGER),
    lanes: createLanes(),
    alerts: {
      async raise(alert) {
        alerted.push(alert)
      },
    },
    redact: (message) => message,
    loadSettings: async () => ({
      targets: toTargets(targets),
      redact: [],
      retentionMs: 30 * 86_400_000,
      recordsProblemsOnly: () => false,
    }),
    buryUnreadable: async (body) => {
      if (dead.refuses) throw new Error('Too Many Requests')
      unreadable.push(body)
    },
    now: () => NOW,
    log: (line) => lines.push(line),
  }

  function createLanes(): LaneSpace {
    const stubs = new Map<string, LaneStub>()
    return {
      getByName(name) {
        const stub = stubs.get(name) ?? createStub()
        stubs.set(name, stub)
        return stub
      },
    }
  }

  function createStub(): LaneStub {
    const line = new Line({
      secret: () => undefined,
      authToken: () => undefined,
      async fetch(url, init) {
        calls.push({ url, init })
        const answer = consumer.answers[url] ?? 200
        return typeof answer === 'number' ? new Response(null, { status: answer }) : answer()
      },
      now: () => consumer.now(),
      random: () => 0.5,
      log: (entry) => lines.push(entry),
      onUnsigned: () => {},
      restored: {},
      save: () => {},
      recall: () => null,
      onLate: (answer) => late.push(answer),
      onResult: () => {},
      onBreaker: () => {},
    })
    return {
      offer: (offer) => line.offer(offer),
      keep: async (changes) => void kept.push(...changes),
      clear: async () => line.clear(),
    }
  }

  return consumer
}

/** The deliveries of an event as the ledger has them, by target. */
export async function readDeliveries(eventId: string) {
  const { results } = await bindings.LEDGER.prepare(
    `SELECT target, status, attempts, next_at AS nextAt, reason FROM all_deliveries JOIN events USING (seq)
     WHERE event_id = ?1 ORDER BY events.seq, target`,
  )
    .bind(eventId)
    .all()
  return results
}
