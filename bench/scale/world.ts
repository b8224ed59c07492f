/** The whole platform of a setup, in virtual time: what is where, and who calls whom. */
import { LANE_CONCURRENCY, toLaneCount } from '../../src/config/targets.ts'
import { D1_BUDGET_MS } from '../../src/ledger/d1.ts'
import { startArrivals } from './arrivals.ts'
import { createDraws, createRandom, type Draws } from './chance.ts'
import { createClock, type Clock } from './clock.ts'
import { OURS } from './constants.ts'
import { Consumer } from './consumer.ts'
import { Cron } from './cron.ts'
import { Lane } from './lane.ts'
import { LateRecords } from './late-records.ts'
import limits from './limits.json' with { type: 'json' }
import { toMessage, type Message } from './message.ts'
import { Queue } from './queue.ts'
import type { Setup } from './setup.ts'
import { Writer } from './writer.ts'

export interface Shard {
  queue: Queue
  writer: Writer
  consumer: Consumer
}

export interface World {
  clock: Clock
  shards: Shard[]
  lanes: Lane[]
  cron: Cron
  outbox: Message[]
  /** How many webhooks came, were refused by the queue, are on their way to it. */
  tally: { arrived: number; refused: number; sending: number }
  /** From the webhook to the target's 2xx, and to Twilio's answer, milliseconds, since `measureFrom`. */
  deliveredMs: number[]
  answeredMs: number[]
  measureFrom: (timeMs: number) => void
}

const CRON_AT_MS = 5_000
const MINUTE_S = 60

export function createWorld(setup: Setup): World {
  const clock = createClock()
  const toDraws = (name: string) => createDraws(createRandom(setup.seed, name))
  const deliveredMs: number[] = []
  const lanes: Lane[] = []
  const shards: Shard[] = []
  let fromMs = 0
  const onTaken = (message: Message) => {
    if (message.arrivedAt >= fromMs) deliveredMs.push(clock.now() - message.arrivedAt)
  }
  for (let i = 0; i < setup.shards; i += 1) {
    shards.push(createShard(setup, clock, lanes, toDraws(`d1 ${i}`)))
  }
  const writers = shards.map(({ writer }) => writer)
  const fail = (message: Message) => shards[message.shard]?.consumer.fail(message)
  for (let i = 0; i < toLaneCount(setup.concurrency); i += 1) {
    const draws = toDraws(`lane ${i}`)
    lanes.push(createLane(setup, { clock, draws, writers, fail, onTaken }))
  }
  const outbox: Message[] = []
  const tally = { arrived: 0, refused: 0, sending: 0 }
  const world = { clock, shards, lanes, outbox, tally, deliveredMs, answeredMs: [] as number[] }
  const rowsPerSecond = () => {
    const kept = shards.reduce((sum, { consumer }) => sum + consumer.kept, 0)
    const share = setup.recordProblemsOnly ? kept / Math.max(1, tally.arrived) : 1
    return (setup.rate * share) / setup.shards
  }
  const cron = new Cron({
    clock,
    shards,
    outbox,
    prunedPerRun: setup.prunedPerRun,
    oldPerMinute: () => Math.round(rowsPerSecond() * MINUTE_S),
    patrolEvents: (OURS.patrolledPage * setup.d1ReadEventMs) / setup.d1.eventMs,
    firstAtMs: CRON_AT_MS,
  })
  const measureFrom = (timeMs: number) => {
    fromMs = timeMs
    deliveredMs.length = 0
    world.answeredMs.length = 0
  }
  const whole: World = { ...world, cron, measureFrom }
  if (setup.rate > 0) startGateway(setup, whole, toDraws('gateway'))
  return whole
}

function createShard(setup: Setup, clock: Clock, lanes: readonly Lane[], draws: Draws): Shard {
  const { fixedMs, eventMs, p99Factor } = setup.d1
  const writer = new Writer({
    clock,
    drawMs(events) {
      const medianMs = fixedMs + eventMs * events
      return draws.latency({ medianMs, p99Ms: medianMs * p99Factor })
    },
    maxWaiting: setup.d1Line,
    budgetMs: D1_BUDGET_MS,
  })
  const { hopMs, retryMs, recordProblemsOnly, consumers } = setup
  const consumer: Consumer = new Consumer({
    ...{ clock, writer, lanes, hopMs, retryMs, recordProblemsOnly },
    queue: () => queue,
  })
  const queue = new Queue({
    ...{ clock, consumers, batchSize: OURS.batchSize, batchWaitMs: OURS.batchWaitMs },
    messagesPerSecond: limits.queueMessagesPerSecond.value,
    maxBacklog: limits.queueBacklogBytes.value / setup.messageBytes,
    consume: (batch, end) => consumer.consume(batch, end),
  })
  return { queue, writer, consumer }
}

interface LaneParts {
  clock: Clock
  draws: Draws
  writers: readonly Writer[]
  fail: (message: Message) => void
  onTaken: (message: Message) => void
}

function createLane(setup: Setup, { clock, draws, writers, fail, onTaken }: LaneParts): Lane {
  const late = new LateRecords({ clock, writers, gatherMs: OURS.laneGatherMs })
  const { answer, failShare, hangShare, timeoutMs, concurrency } = setup
  const perLane = Math.floor(concurrency / toLaneCount(concurrency))
  return new Lane({
    clock,
    random: draws.random,
    timeoutMs,
    connections: Math.max(1, Math.min(perLane, LANE_CONCURRENCY)),
    requestsPerSecond: limits.objectRequestsPerSecond.value,
    maxQueued: OURS.laneQueue,
    drawCall(message) {
      const luck = draws.random()
      if (luck < hangShare) return { tookMs: timeoutMs, hasFailed: true }
      const tookMs = Math.min(draws.latency(answer), timeoutMs)
      const hasFailed = luck < hangShare + failShare || tookMs === timeoutMs
      if (!hasFailed) clock.after(tookMs, () => onTaken(message))
      return { tookMs, hasFailed }
    },
    onLate(message, { state }) {
      if (state === 'waits') return
      if (state === 'failed') fail(message)
      late.add(message)
    },
  })
}

/** Looks in KV if it remembers, sends to the queue, else to the outbox; then Twilio has its answer. */
function startGateway(setup: Setup, world: World, draws: Draws): void {
  const { clock, shards, lanes, outbox, tally } = world
  const { rate, burst, kvRead, lookupBudgetMs, queueSend, remembers } = setup
  const arrive = () => {
    const arrivedAt = clock.now()
    const shard = Math.floor(draws.random() * shards.length)
    const message = toMessage(arrivedAt, shard, Math.floor(draws.random() * lanes.length))
    tally.arrived += 1
    tally.sending += 1
    const lookupMs = remembers ? Math.min(draws.latency(kvRead), lookupBudgetMs) : 0
    clock.after(lookupMs + draws.latency(queueSend), () => {
      tally.sending -= 1
      world.answeredMs.push(clock.now() - arrivedAt)
      if (shards[shard]?.queue.send(message)) return
      tally.refused += 1
      outbox.push(message)
    })
  }
  startArrivals({ clock, random: draws.random, arrive, rate, burst })
}
