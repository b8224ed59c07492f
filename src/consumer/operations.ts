/**
 * What operators may do, for a Worker that is bound to this one as a service: there is no way in from
 * outside. Every call rejects when D1 or the queue fails, and may then be repeated.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import builtIn from 'switchboard:config'
import { withDeadline } from '../deadline.ts'
import { createValueHash } from '../events/redact.ts'
import type { Bound } from '../events/shard-bindings.ts'
import { pickShard } from '../events/shard.ts'
import { toTestEvent } from '../events/test-event.ts'
import type { DeadSummary } from '../ledger/dead-summary.ts'
import type { PausedTarget } from '../ledger/pauses.ts'
import type { ReplayJob } from '../ledger/replay-jobs.ts'
import type { ReplayOutcome } from '../ledger/replay-outcome.ts'
import { findDead, type DeadFilter } from '../ledger/replays.ts'
import { mergeSummaries } from '../ledger/shards/dead.ts'
import { askAll, settleAll } from '../ledger/shards/ledgers.ts'
import { locateEvents } from '../ledger/shards/locate.ts'
import { createShardedPauses, type ShardedPauses } from '../ledger/shards/pauses.ts'
import { createShardedJobs, readShardedOutcome } from '../ledger/shards/replay-jobs.ts'
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
  startReplays,
  type ReplayJobDeps,
  type StartedJob,
} from './replay-jobs.ts'
import { sendReplays, type ReplayOrder } from './replay.ts'
import { createSettings } from './settings.ts'
import { requireShards, toDatabases, type Shard } from './shards.ts'
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

/** Far behind what a `seq` can be. */
const SHARD_PLACES = 2 ** 46

/** A page of what is dead begins in one shard, behind one `seq`; the first shard's are as they are. */
const toPlace = ({ shard, seq }: { shard: number; seq: number }) => shard * SHARD_PLACES + seq
const fromPlace = (place: number) => ({
  shard: Math.floor(place / SHARD_PLACES),
  seq: place % SHARD_PLACES,
})

const now = () => Date.now()

const toJobDeps = ({ db, events }: Shard): ReplayJobDeps => ({ db, events, now, log: writeLog })

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
    const isNew = await this.#pauses.pause(target, reason, now())
    if (isNew) await this.#tellOfPause(target, reason)
    // Last: when a lane cannot be reached, the call is repeated, and the pause is not new any more.
    await clearLanes(await this.#laneNames(target), this.env.LANES)
    return isNew
  }

  /** What waits goes out as its messages come back: within ten minutes. False: it was not paused. */
  async resume(target: string): Promise<boolean> {
    checkName(target)
    return this.#pauses.resume(target)
  }

  async paused(): Promise<PausedTarget[]> {
    return this.#pauses.list()
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
    await pickShard(this.#shards, message.event.id).events.send(JSON.stringify(message), {
      contentType: 'text',
    })
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
    const ids = orders.map(({ eventId }) => eventId)
    const places = await locateEvents(this.#ledgers, ids)
    await settleAll(
      this.#shards.map(({ number, events }) => {
        const own = orders.filter(({ eventId }) => places.get(eventId) === number)
        return sendReplays(own, replay, events)
      }),
    )
  }

  /** One page of what is dead. Call it with `next` until that is null. */
  async replayDead(filter: DeadFilter, replay: string, after = 0): Promise<ReplayedPage> {
    checkReplay(replay)
    checkFilter(filter)
    const { shard, seq } = fromPlace(after)
    const shards = this.#shards
    const part = shards[shard]
    if (!part) throw new TypeError('no page begins there')
    const { db, events } = part
    const found = await findDead(db, filter, seq, PAGE)
    await sendReplays(found, replay, events)
    const last = found.at(-1)
    if (last && found.length === PAGE) {
      return { sent: found.length, next: toPlace({ shard, seq: last.seq }) }
    }
    const hasMore = shard + 1 < shards.length
    return { sent: found.length, next: hasMore ? toPlace({ shard: shard + 1, seq: 0 }) : null }
  }

  /** What a replay of all that is dead and passes the filter would bring. */
  async planReplay(filter: DeadFilter): Promise<DeadSummary> {
    checkFilter(filter)
    return mergeSummaries(await askAll(this.#ledgers, (db) => planReplay(filter, { db })))
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
    const started = await startReplays(id, filter, by, this.#jobDeps())
    if (started.isNew) this.ctx.waitUntil(this.#kick())
    return started
  }

  /** Null: there is no such job. */
  async replayJob(id: string): Promise<WatchedJob | null> {
    const job = await createShardedJobs(this.#ledgers).find(id)
    return job && { job, outcome: await readShardedOutcome(this.#ledgers, job) }
  }

  /** The newest first. */
  async replayJobs(): Promise<ReplayJob[]> {
    return createShardedJobs(this.#ledgers).list(MAX_LISTED)
  }

  /** What is on its way stays on its way. False: there is no such job, or it is at its end. */
  async cancelReplay(id: string): Promise<boolean> {
    return createShardedJobs(this.#ledgers).cancel(id, now())
  }

  async #kick(): Promise<void> {
    const works = this.#jobDeps().map(async (deps) => {
      try {
        await runReplayJobs(deps)
      } catch (error) {
        writeLog({ event: 'replay.interrupted', ...toFault(error) })
      }
    })
    await Promise.all(works)
  }

  /** Throws when the bindings do not fit together. */
  get #shards(): Bound<Shard> {
    return requireShards(this.env)
  }

  get #ledgers(): Bound<D1Database> {
    return toDatabases(this.#shards)
  }

  get #pauses(): ShardedPauses {
    return createShardedPauses(this.#ledgers)
  }

  #jobDeps(): Bound<ReplayJobDeps> {
    const [first, ...others] = this.#shards
    return [toJobDeps(first), ...others.map(toJobDeps)]
  }

  /** As the config says. Without one, or without the target in it, the first: it always has one. */
  async #laneNames(target: string): Promise<string[]> {
    const load = createSettings(this.env.KV, builtIn, { now, log: writeLog })
    const settings = await withDeadline(load(this.ctx), CONFIG_MS, null).catch(() => null)
    const { concurrency = 1 } = settings?.targets.get(target) ?? {}
    return toLaneNames({ name: target, concurrency })
  }

  async #tellOfPause(target: string, reason: string): Promise<void> {
    const shards = this.#shards
    const events = (eventId: string) => pickShard(shards, eventId).events
    const alerts = createAlerts({ events, outbox: this.env.KV, now, log: writeLog })
    await alerts.raise({ kind: 'switchboard.target.paused', target, data: { reason } })
  }
}
