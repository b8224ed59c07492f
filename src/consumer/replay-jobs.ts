/**
 * Replays in bulk: a plan, then a job that is worked off page by page (ledger/replay-jobs.ts).
 *
 * Promises: a job brings what was dead when it began, and what was delivered meanwhile it leaves out. It
 * goes on whatever dies: the cron takes it up where it was. A page that went out and was not recorded
 * goes out again under the same replay id, which the ledger takes for copies. A job that is cancelled
 * sends the page that it has in hand at most.
 *
 * Weak: when something died is known by the clock of whoever recorded it.
 */
import { summarizeDead, type DeadSummary } from '../ledger/dead-summary.ts'
import { createReplayJobs, type HeldJob, type ReplayJob } from '../ledger/replay-jobs.ts'
import { readDeadPage, type DeadFilter, type DeadPage } from '../ledger/replays.ts'
import { settleAll } from '../ledger/shards/ledgers.ts'
import { createShardedJobs } from '../ledger/shards/replay-jobs.ts'
import type { Log } from '../log.ts'
import type { Outlet } from './bury.ts'
import { sendReplays } from './replay.ts'

export interface ReplayJobDeps {
  db: D1Database
  events: Outlet
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

export interface StartedJob {
  job: ReplayJob
  /** False: there was a job of this id before, perhaps with another filter. */
  isNew: boolean
}

export const PAGE_EVENTS = 100
/** So many dead deliveries are looked at in one step, where none of the next hundred passes the filter. */
const LONG_SCAN = 1_000
/** 10,000 events a minute at most: what is fresh goes through the same queue. */
const MAX_PAGES = 100
export const RUN_MS = 20_000
/** Longer than a page takes, also with a slow D1. */
export const LEASE_MS = 60_000

export function planReplay(
  filter: DeadFilter,
  { db }: Pick<ReplayJobDeps, 'db'>,
): Promise<DeadSummary> {
  return summarizeDead(db, filter)
}

/** Inserts it; `runReplayJobs` works it off. Rejects when D1 fails, and may then be repeated. */
export async function startReplay(
  id: string,
  filter: DeadFilter,
  by: string,
  { db, now, log }: Omit<ReplayJobDeps, 'events'>,
): Promise<StartedJob> {
  const jobs = createReplayJobs(db)
  const known = await jobs.find(id)
  if (known) return { job: known, isNew: false }
  const createdAt = now()
  const startSeq = await jobs.lastSeq()
  const bound = { untilSeq: startSeq, diedUntil: createdAt }
  const { events: total } = await summarizeDead(db, filter, bound)
  const isNew = await jobs.insert({ id, filter, total, createdAt, createdBy: by, startSeq })
  const job = await jobs.find(id)
  if (!job) throw new Error('a job that was inserted is not there')
  if (isNew) log({ event: 'replay.started', replay: id, count: total })
  return { job, isNew }
}

/**
 * The same in each of several shards, the first one's last: what that has was begun everywhere. A call
 * that failed in between is repeated, and begins what is missing.
 */
export async function startReplays(
  id: string,
  filter: DeadFilter,
  by: string,
  shards: readonly [ReplayJobDeps, ...ReplayJobDeps[]],
): Promise<StartedJob> {
  const [first, ...others] = shards
  if (others.length === 0) return startReplay(id, filter, by, first)
  const jobs = createShardedJobs([first.db, ...others.map(({ db }) => db)])
  const known = await jobs.find(id)
  if (known) return { job: known, isNew: false }
  await settleAll(others.map((deps) => startReplay(id, filter, by, deps)))
  const { isNew, job } = await startReplay(id, filter, by, first)
  return { isNew, job: (await jobs.find(id)) ?? job }
}

/**
 * Works jobs off until there are none, the time is over, or it was enough for once.
 *
 * @param share of the pages that it may work off at most, 0 to 1
 *
 * Rejects when D1 or the queue fails: the next run takes the job up again.
 */
export async function runReplayJobs(
  deps: ReplayJobDeps,
  { forMs = RUN_MS, share = 1 }: { forMs?: number; share?: number } = {},
): Promise<void> {
  const { db, now } = deps
  const jobs = createReplayJobs(db)
  const until = now() + forMs
  for (let pages = 0; ;) {
    let job = await jobs.hold(now(), now() + LEASE_MS)
    if (!job) return
    while (job) {
      if (pages >= MAX_PAGES * share || now() >= until) return jobs.release(job, now())
      pages += 1
      job = await tryPage(job, deps)
    }
  }
}

/** Gives the job back when the page failed, so that the next minute takes it up. */
async function tryPage(job: HeldJob, deps: ReplayJobDeps): Promise<HeldJob | null> {
  try {
    return await workPage(job, deps)
  } catch (error) {
    // Should this fail too, its lease will be over.
    await createReplayJobs(deps.db)
      .release(job, deps.now())
      .catch(() => undefined)
    throw error
  }
}

/** A full page costs a tenth of a long look. */
async function readPage(job: HeldJob, db: D1Database): Promise<DeadPage> {
  const { filter, startSeq, createdAt, afterSeq } = job
  const bound = { untilSeq: startSeq, diedUntil: createdAt }
  const query = { filter, bound, limit: PAGE_EVENTS }
  const page = await readDeadPage(db, { ...query, after: afterSeq, scan: PAGE_EVENTS })
  if (page.events.length > 0 || page.next === null) return page
  return readDeadPage(db, { ...query, after: page.next, scan: LONG_SCAN })
}

/** Null: it is not ours any more, or it is at its end. */
async function workPage(job: HeldJob, { db, events, now, log }: ReplayJobDeps) {
  const { id } = job
  const page = await readPage(job, db)
  await sendReplays(page.events, id, events)
  const sent = page.events.length
  const jobs = createReplayJobs(db)
  const next = await jobs.advance(job, { sent, next: page.next }, now(), now() + LEASE_MS)
  if (!next) log({ event: 'replay.left', replay: id, count: job.sent + sent })
  return next
}
