/**
 * What operators may do, for a Worker that is bound to this one as a service: there is no way in from
 * outside. Every call rejects when D1 or the queue fails, and may then be repeated.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import builtIn from 'switchboard:config'
import { withDeadline } from '../deadline.ts'
import { createValueHash } from '../events/redact.ts'
import { toTestEvent } from '../events/test-event.ts'
import type { DeadSummary } from '../ledger/dead-summary.ts'
import { createPauses, type PausedTarget } from '../ledger/pauses.ts'
import { createReplayJobs, type ReplayJob } from '../ledger/replay-jobs.ts'
import { readReplayOutcome, type ReplayOutcome } from '../ledger/replay-outcome.ts'
import { findDead, type DeadFilter } from '../ledger/replays.ts'
import { toFault, writeLog } from '../log.ts'
import { createAlerts } from './alerts.ts'
import type { ConsumerEnv } from './env.ts'
import { toLaneNames } from './lanes.ts'
import {
  checkActor,
  checkFilter,
  checkName,
  checkOrders,
  checkReason,
  checkReplay,
  checkTest,
} from './operation-checks.ts'
import {
  planReplay,
  runReplayJobs,
  startReplay,
  type ReplayJobDeps,
  type StartedJob,
} from './replay-jobs.ts'
import { sendReplays, type ReplayOrder } from './replay.ts'
import { createSettings } from './settings.ts'
import { clearLanes, lookAtLanes, type LaneView } from './target-lanes.ts'

export interface ReplayedPage {
  /** How many events were sent. */
  sent: number
  /** What to pass as `after` for the next page; null: there is none. */
  next: number | null
}

export interface WatchedJob {
  job: ReplayJob
  outcome: ReplayOutcome
}

const PAGE = 1_000
const MAX_LISTED = 50
const CONFIG_MS = 1_000

const now = () => Date.now()

export class Operations extends WorkerEntrypoint<ConsumerEnv> {
  /** Which of these secrets, by name, this Worker does not have. */
  async missingSecrets(names: readonly string[]): Promise<string[]> {
    return names.filter((name) => typeof this.env[name] !== 'string' || this.env[name] === '')
  }

  /** What stands for this value in the ledger where the config redacts; null: there is no key. */
  async hashValue(value: string): Promise<string | null> {
    const { REDACT_KEY: key = '' } = this.env
    return key === '' ? null : createValueHash(key)(value)
  }

  /** How each lane of a target stands. One that cannot be reached is unknown; null keeps its place. */
  async lanes(target: string): Promise<LaneView[]> {
    checkName(target)
    return lookAtLanes(await this.#laneNames(target), this.env.LANES)
  }

  /** From now on the target gets nothing, and loses nothing. False: it was paused already. */
  async pause(target: string, reason = 'operator'): Promise<boolean> {
    checkName(target)
    checkReason(reason)
    const isNew = await createPauses(this.env.LEDGER).pause(target, reason, now())
    if (isNew) await this.#tellOfPause(target, reason)
    // Last: when a lane cannot be reached, the call is repeated, and the pause is not new any more.
    await clearLanes(await this.#laneNames(target), this.env.LANES)
    return isNew
  }

  /** What waits goes out as its messages come back: within ten minutes. False: it was not paused. */
  async resume(target: string): Promise<boolean> {
    checkName(target)
    return createPauses(this.env.LEDGER).resume(target)
  }

  async paused(): Promise<PausedTarget[]> {
    return createPauses(this.env.LEDGER).list()
  }

  /**
   * Sends an event of the kind `switchboard.test` to this target alone, on the way of all events: a
   * paused target gets it when it is resumed.
   *
   * @param id `tst_…`: the same one is the same event
   * @returns the id of the event
   */
  async sendTest(target: string, id: string): Promise<string> {
    checkName(target)
    checkTest(id)
    const message = toTestEvent(target, id, now())
    await this.env.EVENTS.send(JSON.stringify(message), { contentType: 'text' })
    return message.event.id
  }

  /**
   * Single events, whatever became of them; a thousand at most.
   *
   * @param replay `rpl_…`: the same one runs once for an event, with the targets that it came with first
   */
  async replay(orders: readonly ReplayOrder[], replay: string): Promise<void> {
    checkReplay(replay)
    checkOrders(orders)
    await sendReplays(orders, replay, this.env.EVENTS)
  }

  /** One page of what is dead. Call it with `next` until that is null. */
  async replayDead(filter: DeadFilter, replay: string, after = 0): Promise<ReplayedPage> {
    checkReplay(replay)
    const found = await findDead(this.env.LEDGER, filter, after, PAGE)
    await sendReplays(found, replay, this.env.EVENTS)
    const last = found.at(-1)
    return { sent: found.length, next: last && found.length === PAGE ? last.seq : null }
  }

  /** What a replay of all that is dead and passes the filter would bring. */
  async planReplay(filter: DeadFilter): Promise<DeadSummary> {
    checkFilter(filter)
    return planReplay(filter, this.#jobDeps())
  }

  /**
   * A replay in bulk, of what is dead now. It begins at once; the cron carries it on.
   *
   * @param id `rpl_…`: the same one is the same job, with the filter that it came with first
   */
  async startReplay(id: string, filter: DeadFilter, by: string): Promise<StartedJob> {
    checkReplay(id)
    checkFilter(filter)
    checkActor(by)
    const started = await startReplay(id, filter, by, this.#jobDeps())
    if (started.isNew) this.ctx.waitUntil(this.#kick())
    return started
  }

  /** Null: there is no such job. */
  async replayJob(id: string): Promise<WatchedJob | null> {
    const job = await createReplayJobs(this.env.LEDGER).find(id)
    if (!job) return null
    return { job, outcome: await readReplayOutcome(this.env.LEDGER, id, job.startSeq) }
  }

  /** The newest first. */
  async replayJobs(): Promise<ReplayJob[]> {
    return createReplayJobs(this.env.LEDGER).list(MAX_LISTED)
  }

  /** What is on its way stays on its way. False: there is no such job, or it is at its end. */
  async cancelReplay(id: string): Promise<boolean> {
    return createReplayJobs(this.env.LEDGER).cancel(id, now())
  }

  async #kick(): Promise<void> {
    try {
      await runReplayJobs(this.#jobDeps())
    } catch (error) {
      writeLog({ event: 'replay.interrupted', ...toFault(error) })
    }
  }

  #jobDeps(): ReplayJobDeps {
    return { db: this.env.LEDGER, events: this.env.EVENTS, now, log: writeLog }
  }

  /** As the config says. Without one, or without the target in it, the first: it always has one. */
  async #laneNames(target: string): Promise<string[]> {
    const load = createSettings(this.env.KV, builtIn, { now, log: writeLog })
    const settings = await withDeadline(load(this.ctx), CONFIG_MS, null).catch(() => null)
    const { concurrency = 1 } = settings?.targets.get(target) ?? {}
    return toLaneNames({ name: target, concurrency })
  }

  async #tellOfPause(target: string, reason: string): Promise<void> {
    const { EVENTS: events, KV: outbox } = this.env
    const alerts = createAlerts({ events, outbox, now, log: writeLog })
    await alerts.raise({ kind: 'switchboard.target.paused', target, data: { reason } })
  }
}
