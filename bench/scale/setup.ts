/** What a simulation is told: the traffic, the configuration, and what nobody publishes. */
import { KV_READ, QUEUE_SEND, type Latency } from '../log-normal.ts'

export interface Traffic {
  /** Webhooks a second, on average. */
  rate: number
  /** For so long in each period there are so many times more of them; between, fewer. */
  burst: { factor: number; lengthS: number; periodS: number }
}

export interface Configuration {
  /** Queues, each with a ledger of its own. */
  shards: number
  /** Calls at a time to the target; five to a lane. */
  concurrency: number
  /** `max_concurrency` of each queue. */
  consumers: number
  retentionDays: number
  /** Events of which all goes well are not written to the ledger. */
  recordProblemsOnly: boolean
  /** Events that the cron deletes in a ledger in a minute; Infinity: all that are old. */
  prunedPerRun: number
}

export interface Assumptions {
  /** What the target takes for its answer. */
  answer: Latency
  /** Answers 500; how often. */
  failShare: number
  /** Does not answer at all; how often. */
  hangShare: number
  timeoutMs: number
  retryMs: readonly number[]
  /** A call of D1: so much, and so much for each event in it. Its p99 is so many times its median. */
  d1: { fixedMs: number; eventMs: number; p99Factor: number }
  /** A walk of cron or patrol reads without writing: for each event. */
  d1ReadEventMs: number
  /** Calls that wait for a database before it says that it is overloaded. */
  d1Line: number
  /** To a lane and back. */
  hopMs: number
  kvRead: Latency
  lookupBudgetMs: number
  queueSend: Latency
}

export interface Run {
  seed: string
  /** Virtual; the first part is not counted. */
  seconds: number
  warmUpS: number
}

export interface Setup extends Traffic, Configuration, Assumptions, Run {
  /** For each message: what it has in the queue. */
  messageBytes: number
  /** The gateway looks in KV before it answers, and keeps what it has answered. */
  remembers: boolean
}

/** Not measured, and said so wherever results are shown. */
export const ASSUMED: Assumptions = {
  answer: { medianMs: 150, p99Ms: 600 },
  failShare: 0.01,
  hangShare: 0.001,
  timeoutMs: 10_000,
  retryMs: [5_000, 300_000],
  d1: { fixedMs: 4, eventMs: 0.16, p99Factor: 4 },
  d1ReadEventMs: 0.002,
  d1Line: 200,
  hopMs: 10,
  kvRead: KV_READ,
  lookupBudgetMs: 50,
  queueSend: QUEUE_SEND,
}

export const BURST: Traffic['burst'] = { factor: 1.5, lengthS: 5, periodS: 30 }
