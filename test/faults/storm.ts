/**
 * Many webhooks to one target that fails often: 10 % of its answers are 500, 5 % never come. What the
 * test and the benchmark share.
 */
import { toHanded } from './messages.ts'
import { drain } from './queue.ts'
import { answers, atRandom, hangs, ok } from './scripts.ts'
import { toEventId } from './switchboard.ts'
import type { Target } from './target.ts'
import { startWorld, type World } from './world.ts'

export interface StormOptions {
  events: number
  /**
   * `local`: webhooks come in, and the local queue hands out one batch at a time. A number: the messages
   * are in the queue, and so many batches are handed out at the same time, as Cloudflare's queue does.
   */
  queue: 'local' | number
  /** Every answer is 200: what is left is what we are slow at. Default: false. */
  isWell?: boolean
}

export interface Storm {
  /** Events that no 2xx was given for, and deliveries that more than one was given for. */
  lost: string[]
  twice: string[]
  calls: number
  /** From the first event to the last 2xx, events a second. */
  drainRate: number
  /** From the webhook (or from when the queue is opened) to the call that was answered 2xx, ms. */
  waitedMs: number[]
  /** The same of those that were answered 2xx at the first call. */
  smoothMs: number[]
  /** What the ledger says: how many deliveries by status. */
  recorded: Record<string, number>
}

const SEED = 2026
const PATH = '/crm'
/** One in 150 million is not delivered after so many. */
const RETRIES = 9
const CONNECTIONS = 16
const BATCH_SIZE = 50

export async function runStorm(options: StormOptions): Promise<Storm> {
  const shares = [
    { share: 0.1, script: answers(500) },
    { share: 0.05, script: hangs },
  ]
  const script = options.isWell ? ok : atRandom(SEED, shares, ok)
  const retry = Array.from({ length: RETRIES }, () => '1s')
  const target = { script, retry, concurrency: 20, timeout: '1s' }
  const world = await startWorld({ targets: { crm: target } })
  try {
    const startedAt = Date.now()
    const sentAt = await send(world, options)
    await world.target.until(() => world.target.takenCount() >= options.events, 900_000)
    const seconds = (Date.now() - startedAt) / 1_000
    const recorded = await untilRecorded(world, options.events)
    return { ...judge(world.target, sentAt), drainRate: options.events / seconds, recorded }
  } finally {
    await world.stop()
  }
}

/** When each event was sent, by its id. */
async function send(world: World, { events, queue }: StormOptions): Promise<Map<string, number>> {
  const sentAt = new Map<string, number>()
  if (queue !== 'local') {
    const handed = Array.from({ length: events }, (_, n) =>
      toHanded(toEventId(`storm ${n}`), 'crm'),
    )
    for (let n = 0; n < events; n += 1) sentAt.set(toEventId(`storm ${n}`), Date.now())
    await drain(world, handed, { parallel: queue, batchSize: BATCH_SIZE })
    return sentAt
  }
  let next = 0
  async function work(): Promise<void> {
    for (let n = next++; n < events; n = next++) {
      const token = `storm ${n}`
      sentAt.set(toEventId(token), Date.now())
      const { answer } = await world.receive('crm', token)
      if (answer.status !== 200) throw new Error(`the gateway answered ${answer.status}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, work))
  return sentAt
}

function judge(target: Target, sentAt: ReadonlyMap<string, number>) {
  const deliveries = [...sentAt].map(([id, at]) => {
    const taken = target.calls(id, PATH).find(({ answered }) => answered === 200)
    return { id, number: taken?.number ?? 0, waitedMs: (taken?.at ?? Number.NaN) - at }
  })
  return {
    lost: deliveries.filter(({ number }) => number === 0).map(({ id }) => id),
    twice: target.takenTwice(),
    calls: target.calls().length,
    waitedMs: deliveries.map(({ waitedMs }) => waitedMs),
    smoothMs: deliveries.filter(({ number }) => number === 1).map(({ waitedMs }) => waitedMs),
  }
}

/** The last ones are recorded a moment after they were answered. */
async function untilRecorded(world: World, events: number): Promise<Record<string, number>> {
  const lateAt = Date.now() + 60_000
  for (;;) {
    const rows = await world.query<{ status: string; count: number }>(
      'SELECT status, count(*) AS count FROM all_deliveries GROUP BY status',
    )
    const recorded = Object.fromEntries(rows.map(({ status, count }) => [status, count]))
    if (recorded['delivered'] === events || Date.now() > lateAt) return recorded
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
