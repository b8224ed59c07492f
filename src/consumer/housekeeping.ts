/**
 * What the cron does, each step by itself: none keeps the next from running, and none rejects. Shards are
 * looked after side by side, so that one whose ledger hangs keeps nobody waiting.
 */
import { LEDGER_PREFIX, MESSAGE_VERSION, type ReferenceMessage } from '../events/message.ts'
import { forget } from '../ledger/forget.ts'
import { createPatrol, type LostEvent } from '../ledger/patrol.ts'
import { createPruner } from '../ledger/prune.ts'
import type { ShardedPauses } from '../ledger/shards/pauses.ts'
import { toFault, type Log } from '../log.ts'
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import type { Outgoing, Outlet } from './bury.ts'
import { createPace } from './pace.ts'
import type { Settings } from './settings.ts'
import { drainOutbox, type OutboxDeps } from './outbox.ts'
import { runReplayJobs } from './replay-jobs.ts'
import { REPLAY_ID } from './replay.ts'

export interface HousekeepingDeps extends OutboxDeps {
  shards: readonly ShardHouse[]
  pauses: Pick<ShardedPauses, 'mend'>
  /** Rejects when there is no config. */
  loadSettings: () => Promise<Settings>
  now: () => number
  log: Log
}

/** What is looked after in each shard. */
export interface ShardHouse {
  number: number
  db: D1Database
  events: Outlet
}

interface ShardDeps extends Pick<HousekeepingDeps, 'loadSettings' | 'now' | 'log'>, ShardHouse {
  /** Of the calls that one shard may make when it is alone, 0 to 1. */
  share: number
}

/** Of the cron's minute; replays in bulk have twenty more seconds. */
const PRUNE = { forMs: 25_000, slowMs: 2_000 }
const PATROL = { forMs: 5_000, slowMs: 2_000 }
/**
 * In one run of a shard, should there be time: 300 calls of D1 and 200, beside some 350 for replays. D1's
 * page of limits gives a Worker 1,000 calls for one invocation, that of Workers 10,000, which all shards
 * have to share.
 */
const MAX_PRUNED = 75_000
const MAX_ROUNDS = 40
const FULL_SHARDS = 10
/** In one round of the patrol. */
const MAX_LOST = 100

export async function runHousekeeping(deps: HousekeepingDeps): Promise<void> {
  const { shards, pauses, loadSettings, now, log } = deps
  await drainOutbox(deps)
  await logFailure('pauses', { number: 1, log }, () => pauses.mend())
  const share = Math.min(1, FULL_SHARDS / shards.length)
  await Promise.all(shards.map((shard) => keepShard({ ...shard, share, loadSettings, now, log })))
}

async function keepShard(deps: ShardDeps): Promise<void> {
  await logFailure('prune', deps, () => prune(deps))
  await logFailure('patrol', deps, () => patrol(deps))
  // Last: it takes its time.
  await logFailure('replays', deps, () => runReplayJobs(deps, { share: deps.share }))
}

async function logFailure(
  name: string,
  { number, log }: Pick<ShardDeps, 'number' | 'log'>,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step()
  } catch (error) {
    const shard = number === 1 ? {} : { shard: number }
    log({ event: 'housekeeping.failed', step: name, ...shard, ...toFault(error) })
  }
}

async function prune({ db, share, loadSettings, now, log }: ShardDeps): Promise<void> {
  const { retentionMs } = await loadSettings()
  const olderThan = now() - retentionMs
  const mayGoOn = createPace(now, PRUNE)
  const maxEvents = Math.floor(MAX_PRUNED * share)
  const { deleted } = await createPruner(db).prune({ olderThan, maxEvents, mayGoOn })
  if (deleted > 0) log({ event: 'ledger.pruned', count: deleted })
  await forget(db, { olderThan, now: now() })
}

/** Events whose message is gone go into the queue again; they know whose they are. */
async function patrol({ db, events, share, now, log }: ShardDeps): Promise<void> {
  const mayGoOn = createPace(now, PATROL)
  const walker = createPatrol(db)
  let count = 0
  try {
    for (let rounds = 0; rounds < MAX_ROUNDS * share; rounds += 1) {
      const round = await walker.walk(now(), MAX_LOST)
      const lost = round.lost.map(toOutgoing)
      for (const batch of toBatches(lost, QUEUE_BATCH, ({ body }) => body)) {
        await events.sendBatch(batch)
      }
      await round.advance()
      count += lost.length
      if (!round.more || !mayGoOn()) return
    }
  } finally {
    if (count > 0) log({ event: 'events.found', count })
  }
}

/** A message in place of the one that is gone, with what that was responsible for. */
export function toOutgoing({ claim, eventId, owner, targets }: LostEvent): Outgoing {
  const part = claim.slice(eventId.length + 1)
  const isReplay = REPLAY_ID.test(part)
  const message: ReferenceMessage = {
    v: MESSAGE_VERSION,
    ref: LEDGER_PREFIX + eventId,
    ...(owner !== '' && { owner }),
    ...(isReplay && { replay: part, targets }),
    ...(!isReplay && part !== '' && { targets: part.split('+') }),
  }
  return { body: JSON.stringify(message), contentType: 'text' }
}
