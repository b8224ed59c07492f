/**
 * Pure: how many webhooks a second hold, by what each takes and what Cloudflare or this product allows.
 * On paper: nothing here was tried at such rates.
 */
export interface Load {
  messagesPerWebhook: number
  storedBytesPerWebhook: number
  /** Calls of D1 for a full batch of the queue, pruning included; a transaction is one. */
  d1CallsPerBatch: number
  retentionDays: number
}

export interface Limit {
  name: string
  /** Webhooks a second that it allows. */
  rate: number
  /** What one can do about it. */
  beyond: string
}

/** What is not counted but assumed, and said so wherever it is shown. */
export const ASSUMED = {
  /** A call of D1 for a batch of 100, milliseconds; one database does one after another. */
  d1CallMs: 20,
  /** A call of D1 that deletes 500 events, or walks through 5,000, milliseconds. */
  d1PageMs: 100,
  /** What a target takes for its answer, milliseconds. */
  answerMs: 200,
  /** A batch in the consumer, seconds: half a second of patience, and D1. */
  batchSeconds: 1,
}

/** https://developers.cloudflare.com/queues/platform/limits/ */
const QUEUE_MESSAGES_PER_SECOND = 5_000
/** https://developers.cloudflare.com/d1/platform/limits/ */
const D1_BYTES = 10e9
/** wrangler.consumer.toml: max_batch_size, max_concurrency. */
export const BATCH = 100
const CONSUMERS = 50
/** src/consumer/housekeeping.ts, once a minute: the seconds of PRUNE and PATROL, MAX_PRUNED and MAX_ROUNDS. */
const PRUNE_MS = 25_000
const PATROL_MS = 5_000
const MAX_PRUNED = 100_000
const MAX_ROUNDS = 100
/** src/ledger/prune.ts: STEP_EVENTS, and src/ledger/patrol.ts: PAGE_EVENTS. */
const PRUNE_STEP = 500
const PATROL_PAGE = 5_000
/** src/config/targets.ts: what a target has without a `concurrency` of its own. */
const CONNECTIONS = 5

const DAY_S = 86_400

/** A page is looked for, then deleted; the patrol looks in two ways, once at all of a page, then goes on. */
const PRUNE_STEP_MS = ASSUMED.d1CallMs + ASSUMED.d1PageMs
const ROUND_MS = 3 * ASSUMED.d1CallMs + ASSUMED.d1PageMs

const PRUNED_PER_SECOND = Math.min(MAX_PRUNED, (PRUNE_MS / PRUNE_STEP_MS) * PRUNE_STEP) / 60
const PATROLLED_PER_SECOND = (Math.min(MAX_ROUNDS, PATROL_MS / ROUND_MS) * PATROL_PAGE) / 60

/** The lowest first. */
export function toLimits(load: Load): Limit[] {
  const { messagesPerWebhook, storedBytesPerWebhook, d1CallsPerBatch, retentionDays } = load
  const keptS = retentionDays * DAY_S
  const limits = [
    {
      name: 'D1: 10 GB a database',
      rate: D1_BYTES / (storedBytesPerWebhook * keptS),
      beyond: 'a shorter retention; ledgers by time or by event id',
    },
    {
      name: 'the cron deletes for 25 s of a minute',
      rate: PRUNED_PER_SECOND,
      beyond: 'ledgers by event id',
    },
    {
      name: 'the patrol walks for 5 s of a minute',
      rate: PATROLLED_PER_SECOND,
      beyond: 'ledgers by event id',
    },
    {
      name: 'connections: 5 to a target without `concurrency`',
      rate: (CONNECTIONS * 1_000) / ASSUMED.answerMs,
      beyond: '`concurrency`, a lane for each five',
    },
    {
      name: 'D1: one writer',
      rate: (BATCH * 1_000) / (d1CallsPerBatch * ASSUMED.d1CallMs),
      beyond: 'ledgers by event id',
    },
    {
      name: 'Queues: 5,000 messages a second',
      rate: QUEUE_MESSAGES_PER_SECOND / messagesPerWebhook,
      beyond: 'queues by event id',
    },
    {
      name: 'consumers: 50 batches of 100 at a time',
      rate: (CONSUMERS * BATCH) / ASSUMED.batchSeconds,
      beyond: '`max_concurrency` up to 250; queues by event id',
    },
  ]
  return limits.toSorted((one, other) => one.rate - other.rate)
}

/** How many of each it would take for such a rate; those of which one is enough are left out. */
export function toShortages(load: Load, rate: number): { name: string; needed: number }[] {
  return toLimits(load)
    .filter((limit) => limit.rate < rate)
    .map((limit) => ({ name: limit.name, needed: Math.ceil(rate / limit.rate) }))
}
