/**
 * The events queue: each event goes to the targets that it is owed to.
 *
 * resolve → claim → offer to the lanes → record → settle, each once for a whole batch; beside it, what
 * Twilio was told is recorded, and what is recorded only when there is a problem is offered before it is
 * claimed, if it is (unrecorded.ts).
 *
 * Promises: a message is acknowledged only when the ledger says that all its deliveries are finished,
 * or that another message is responsible for its event, or when every target took an event at once that
 * need not be recorded; nothing that goes wrong with one message or one target touches another; nothing
 * is thrown, since an uncaught throw would hand out the whole batch again (Cloudflare Queues). It may die
 * at any point: what it has not acknowledged comes back, and the ledger and the lanes know what was done.
 */
import type { Ledger } from '../ledger/ledger.ts'
import { toFault } from '../log.ts'
import type { Alerts } from './alerts.ts'
import { recordAnswers } from './answers.ts'
import { claimWorks, type ClaimDeps } from './claim.ts'
import { offerJobs, toJob, toOwnChanges, type Change, type Job } from './job.ts'
import { keepAll, type LaneDeps } from './lane-calls.ts'
import { storeEvent } from './large-events.ts'
import { postpone } from './postpone.ts'
import { isFirst, resolveBatch, type ResolveDeps, type Work } from './resolve.ts'
import type { Settings } from './settings.ts'
import { settleWaiting, type SettleDeps } from './settle.ts'
import {
  deliverUnrecorded,
  isUnrecorded,
  NOTHING_ASKED,
  type Left,
  type UnrecordedDeps,
} from './unrecorded.ts'

export interface ConsumeDeps
  extends Omit<ResolveDeps, 'ledger'>, ClaimDeps, LaneDeps, SettleDeps, UnrecordedDeps {
  /** From the current config. Rejects when there is no config at all. */
  loadSettings: () => Promise<Settings>
  ledger: Ledger
  alerts: Alerts
}

/** A queue that is well hands out within seconds. */
const OLD_MS = 5 * 60_000

/** The longest schedule has 30 days; a pause may come in between. */
const MIN_MAX_AGE_MS = 35 * 86_400_000

export async function consumeEvents(batch: MessageBatch, deps: ConsumeDeps): Promise<void> {
  const settings = await loadSettings(deps)
  if (!settings) {
    for (const message of batch.messages) postpone(message)
    return
  }
  const { works, answers } = await resolveBatch(batch.messages, deps)
  await Promise.all([recordAnswers(answers, settings, deps), deliverAll(works, settings, deps)])
}

/** Side by side: what has to be asked first must not hold up the others. */
async function deliverAll(
  works: readonly Work[],
  settings: Settings,
  deps: ConsumeDeps,
): Promise<void> {
  await alertBacklog(works, deps)
  const unrecorded = works.filter((work) => isUnrecorded(work, settings))
  const recorded = works.filter((work) => !unrecorded.includes(work))
  await Promise.all([
    deliver({ works: recorded, asked: NOTHING_ASKED }, settings, deps),
    deliverUnrecorded(unrecorded, settings, deps).then((left) => deliver(left, settings, deps)),
  ])
}

async function deliver(
  { works, asked }: Left,
  settings: Settings,
  deps: ConsumeDeps,
): Promise<void> {
  if (works.length === 0) return
  const { claimed, paused } = await claimWorks(works, settings, deps)
  const { targets, retentionMs } = settings
  const maxAgeMs = Math.max(retentionMs, MIN_MAX_AGE_MS)
  const situation = { targets, paused, now: deps.now(), maxAgeMs }
  const planned = await Promise.all(claimed.map((one) => toJob(one, situation, deps)))
  const jobs = planned.filter((job) => job !== null)
  const changes = [...toOwnChanges(jobs), ...(await offerJobs(jobs, asked, deps))]
  await settleJobs(jobs, await recordChanges(jobs, changes, deps), settings, deps)
}

/** For messages that come out of the queue for the first time: how long have they been in it? */
async function alertBacklog(works: readonly Work[], { alerts, now }: ConsumeDeps): Promise<void> {
  const ages = works.filter(isFirst).map(({ handed }) => now() - handed.timestamp.getTime())
  const oldestMs = Math.max(0, ...ages)
  if (oldestMs < OLD_MS) return
  const data = { oldestSeconds: Math.round(oldestMs / 1000) }
  await alerts.raise({ kind: 'switchboard.backlog.old', target: null, data })
}

async function loadSettings(deps: ConsumeDeps): Promise<Settings | null> {
  try {
    return await deps.loadSettings()
  } catch (error) {
    deps.log({ event: 'config.unavailable', ...toFault(error) })
    return null
  }
}

/** The jobs of which something could not be recorded. */
async function recordChanges(
  jobs: readonly Job[],
  changes: readonly Change[],
  deps: ConsumeDeps,
): Promise<ReadonlySet<Job>> {
  const released = jobs.filter(isOpen).map(({ claim }) => claim.seq)
  if (changes.length === 0 && released.length === 0) return new Set()
  try {
    const recorded = changes.map(({ change }) => change)
    await deps.ledger.record(recorded, released, deps.now())
  } catch (error) {
    deps.log({ event: 'ledger.refused', changes: changes.length, ...toFault(error) })
    const known = changes.flatMap(({ change, lane }) => (lane === null ? [] : [{ change, lane }]))
    await keepAll(known, deps)
    return new Set(changes.map(({ job }) => job))
  }
  await alertDead(changes, deps)
  return new Set()
}

/** Of those that died without a call; the lane tells of the others. */
async function alertDead(changes: readonly Change[], { alerts }: ConsumeDeps): Promise<void> {
  for (const { job, change, lane } of changes) {
    if (lane !== null || change.status !== 'dead') continue
    const { target, reason, attempts } = change
    const { message } = job.work
    const data = { eventId: message.event.id, kind: message.event.kind, reason, attempts }
    await alerts.raise({ kind: 'switchboard.delivery.dead', target, data }, message)
  }
}

const isOpen = ({ dueAt }: Job) => dueAt.size > 0

async function settleJobs(
  jobs: readonly Job[],
  unrecorded: ReadonlySet<Job>,
  settings: Settings,
  deps: ConsumeDeps,
): Promise<void> {
  for (const job of jobs) if (unrecorded.has(job)) postpone(job.work.handed)
  const recorded = jobs.filter((job) => !unrecorded.has(job))
  await settleWaiting(
    recorded
      .filter(isOpen)
      .map(({ work, dueAt }) => ({ work, dueAt: Math.min(...dueAt.values()) })),
    deps,
  )
  const finished = recorded.filter((job) => !isOpen(job))
  await Promise.all(finished.map((job) => finish(job, settings, deps)))
}

/**
 * What is dead must be replayable, also when the ledger may not keep it whole: then it stays in KV for
 * as long as a large event does.
 */
async function finish(job: Job, { redact }: Settings, deps: ConsumeDeps): Promise<void> {
  const { handed, packed, message } = job.work
  const mustKeep = job.hasDead && redact.length > 0 && 'event' in packed
  try {
    if (mustKeep) await storeEvent(message, deps.store)
    handed.ack()
  } catch (error) {
    deps.log({ event: 'message.failed', message: handed.id, ...toFault(error) })
    postpone(handed)
  }
}
