/**
 * Replays in bulk over several ledgers: one job of the same id in each, which looks at what is dead
 * there and is worked off there. Together they are one.
 *
 * The first ledger gets its part last: what it has was begun everywhere.
 */
import { createReplayJobs, type ReplayJob, type ReplayJobs } from '../replay-jobs.ts'
import { readReplayOutcome, type ReplayOutcome } from '../replay-outcome.ts'
import { askAll, settleAll, type Ledgers } from './ledgers.ts'

export type ShardedJobs = Pick<ReplayJobs, 'find' | 'list' | 'cancel'>

/** Every call rejects when D1 fails, and may then be repeated. */
export function createShardedJobs(dbs: Ledgers): ShardedJobs {
  const [first] = dbs
  if (dbs.length === 1) return createReplayJobs(first)
  return {
    async find(id) {
      const found = await askAll(dbs, (db) => createReplayJobs(db).find(id))
      return found[0] && mergeJobs(found.filter((job) => job !== null))
    },
    async list(limit) {
      const [own, ...others] = await askAll(dbs, (db) => createReplayJobs(db).list(limit))
      const parts = Map.groupBy(others.flat(), ({ id }) => id)
      return own.flatMap((job) => mergeJobs([job, ...(parts.get(job.id) ?? [])]) ?? [])
    },
    async cancel(id, now) {
      const cancelled = await settleAll(dbs.map((db) => createReplayJobs(db).cancel(id, now)))
      return cancelled.includes(true)
    },
  }
}

/** Null: there is none. */
export function mergeJobs(parts: readonly ReplayJob[]): ReplayJob | null {
  const [first] = parts
  if (!first) return null
  const sum = (of: (job: ReplayJob) => number) => parts.reduce((all, job) => all + of(job), 0)
  const isRunning = parts.some(({ state }) => state === 'running')
  const isCancelled = parts.some(({ state }) => state === 'cancelled')
  const lastState = isCancelled ? 'cancelled' : 'done'
  const ends = parts.map(({ endedAt }) => endedAt ?? 0)
  return {
    ...first,
    state: isRunning ? 'running' : lastState,
    total: sum(({ total }) => total),
    sent: sum(({ sent }) => sent),
    endedAt: isRunning ? null : Math.max(...ends),
  }
}

/** Rejects when D1 fails. @param job as the first ledger, or all together, have it */
export async function readShardedOutcome(dbs: Ledgers, job: ReplayJob): Promise<ReplayOutcome> {
  const outcomes = await askAll(dbs, async (db, i) => {
    const own = i === 0 ? job : await createReplayJobs(db).find(job.id)
    return own && readReplayOutcome(db, own.id, own.startSeq)
  })
  return outcomes
    .filter((one) => one !== null)
    .reduce((a, b) => ({
      events: a.events + b.events,
      delivered: a.delivered + b.delivered,
      dead: a.dead + b.dead,
      waiting: a.waiting + b.waiting,
      isComplete: a.isComplete && b.isComplete,
    }))
}
