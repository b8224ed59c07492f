/**
 * Replays in bulk, as the ledger keeps them (migrations/0003, table replay_jobs).
 *
 * Promises: an id is one job, whoever asks how often; of any number of workers one holds a job, until
 * its lease is over; who has lost the lease moves nothing any more; what is cancelled or done stays so.
 * Every call rejects when D1 fails.
 */
import { bounded } from './d1.ts'
import type { DeadFilter } from './replays.ts'

export type ReplayJobState = 'running' | 'done' | 'cancelled'

export interface ReplayJob {
  /** `rpl_…`: also the replay's id. */
  id: string
  filter: DeadFilter
  state: ReplayJobState
  /** How many events were found when it began; of very many (MAX_SCANNED) it grows with `sent`. */
  total: number
  /** How many went into the queue. Less than `total` at the end: the others were delivered meanwhile. */
  sent: number
  /** Milliseconds since the epoch, as all times. */
  createdAt: number
  createdBy: string
  endedAt: number | null
  /** Only what was in the ledger then, and dead, is part of it. */
  startSeq: number
}

/** A job in the hands of one worker. */
export interface HeldJob extends ReplayJob {
  /** Where the next page begins. */
  afterSeq: number
  /** Also what tells this worker from one before it. */
  leaseUntil: number
}

export type NewReplayJob = Pick<
  ReplayJob,
  'id' | 'filter' | 'total' | 'createdAt' | 'createdBy' | 'startSeq'
>

export interface ReplayJobs {
  /** False: there is a job of this id. */
  insert(job: NewReplayJob): Promise<boolean>
  find(id: string): Promise<ReplayJob | null>
  /** The newest first. */
  list(limit: number): Promise<ReplayJob[]>
  /** False: there is none that runs. */
  cancel(id: string, now: number): Promise<boolean>
  /** The one that has waited longest and that nobody holds; null: there is none. */
  hold(now: number, leaseUntil: number): Promise<HeldJob | null>
  /** Null: it is not ours any more, or there is nothing more to do. */
  advance(job: HeldJob, page: SentPage, now: number, leaseUntil: number): Promise<HeldJob | null>
  /** Somebody else may go on. */
  release(job: HeldJob, now: number): Promise<void>
  /** The highest `seq` that was given. */
  lastSeq(): Promise<number>
}

export interface SentPage {
  sent: number
  /** Where the next page begins; null: this was the last one. */
  next: number | null
}

const COLUMNS = `
  id, filter, state, total, sent, created_at AS createdAt, created_by AS createdBy,
  ended_at AS endedAt, start_seq AS startSeq, after_seq AS afterSeq, lease_until AS leaseUntil`

const INSERT = `
  INSERT INTO replay_jobs (id, filter, state, total, sent, after_seq, lease_until, start_seq,
                           created_at, created_by)
  VALUES (?1, ?2, 'running', ?3, 0, 0, 0, ?4, ?5, ?6)
  ON CONFLICT DO NOTHING`

const CANCEL = `
  UPDATE replay_jobs SET state = 'cancelled', ended_at = ?2 WHERE id = ?1 AND state = 'running'`

// By the lease, not by age: one that fails each time does not keep the others from their turn.
const HOLD = `
  UPDATE replay_jobs SET lease_until = ?2
  WHERE id = (
    SELECT id FROM replay_jobs WHERE state = 'running' AND lease_until <= ?1
    ORDER BY lease_until, created_at LIMIT 1)
  RETURNING ${COLUMNS}`

// Also of a job that was cancelled meanwhile: the page went out, and is counted.
const ADVANCE = `
  UPDATE replay_jobs SET
    sent = sent + ?4, after_seq = coalesce(?5, after_seq), lease_until = ?6,
    state = iif(state = 'running' AND ?5 IS NULL, 'done', state),
    ended_at = iif(state = 'running' AND ?5 IS NULL, ?7, ended_at)
  WHERE id = ?1 AND lease_until = ?2 AND after_seq = ?3
  RETURNING ${COLUMNS}`

const RELEASE = 'UPDATE replay_jobs SET lease_until = ?3 WHERE id = ?1 AND lease_until = ?2'

type Row = Omit<HeldJob, 'filter'> & { filter: string }

export function createReplayJobs(db: D1Database): ReplayJobs {
  const prepare = (sql: string, ...values: readonly (string | number | null)[]) =>
    db.prepare(sql).bind(...values)
  const first = async (sql: string, ...values: readonly (string | number | null)[]) => {
    const row = await bounded(prepare(sql, ...values).first<Row>())
    return row && toHeldJob(row)
  }
  const change = async (sql: string, ...values: readonly (string | number | null)[]) => {
    const { meta } = await bounded(prepare(sql, ...values).run())
    return meta.changes > 0
  }

  return {
    insert: ({ id, filter, total, startSeq, createdAt, createdBy }) =>
      change(INSERT, id, JSON.stringify(filter), total, startSeq, createdAt, createdBy),
    async find(id) {
      const job = await first(`SELECT ${COLUMNS} FROM replay_jobs WHERE id = ?1`, id)
      return job && toReplayJob(job)
    },
    async list(limit) {
      const sql = `SELECT ${COLUMNS} FROM replay_jobs ORDER BY created_at DESC, id LIMIT ?1`
      const { results } = await bounded(prepare(sql, limit).all<Row>())
      return results.map((row) => toReplayJob(toHeldJob(row)))
    },
    cancel: (id, now) => change(CANCEL, id, now),
    hold: (now, leaseUntil) => first(HOLD, now, leaseUntil),
    async advance({ id, leaseUntil: held, afterSeq }, { sent, next }, now, leaseUntil) {
      const job = await first(ADVANCE, id, held, afterSeq, sent, next, leaseUntil, now)
      return job?.state === 'running' ? job : null
    },
    async release({ id, leaseUntil }, now) {
      await change(RELEASE, id, leaseUntil, now)
    },
    async lastSeq() {
      const sql = 'SELECT coalesce(max(seq), 0) AS seq FROM events'
      return (await bounded(db.prepare(sql).first<number>('seq'))) ?? 0
    },
  }
}

function toHeldJob({ filter, ...row }: Row): HeldJob {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as `insert` wrote it
  return { ...row, filter: JSON.parse(filter) as DeadFilter }
}

/** A plan that looked at a part of what is dead has found less than there was. */
function toReplayJob(held: HeldJob): ReplayJob {
  const { id, filter, state, sent, createdAt, createdBy, endedAt, startSeq } = held
  const total = Math.max(held.total, sent)
  return { id, filter, state, total, sent, createdAt, createdBy, endedAt, startSeq }
}
