/**
 * The shards that this Worker's bindings give it: each a queue, its dead-letter queue and a ledger. They
 * share the targets, and so the lanes: a lane is told whose ledger a delivery belongs to.
 */
import { isDatabase, isQueue, readBindings, type Bound } from '../events/shard-bindings.ts'
import { err, ok, type Result } from '../result.ts'
import type { ConsumerEnv } from './env.ts'
import type { LaneSpace } from './lanes.ts'

export interface Shard {
  /** From 1 on. */
  number: number
  events: Queue
  dead: Queue
  db: D1Database
}

/** The problem in words, when the bindings leave open which shards there are. */
export function readShards(env: ConsumerEnv): Result<Bound<Shard>, string> {
  const queues = readBindings(env, 'EVENTS', isQueue)
  if (!queues.ok) return queues
  const dead = readBindings(env, 'DEAD', isQueue)
  if (!dead.ok) return dead
  const ledgers = readBindings(env, 'LEDGER', isDatabase)
  if (!ledgers.ok) return ledgers
  const counts = [queues, dead, ledgers].map(({ value }) => value.length)
  if (new Set(counts).size > 1) {
    return err(
      `there are ${counts.join(', ')} bindings EVENTS, DEAD and LEDGER: one of each a shard`,
    )
  }
  const toOne = (events: Queue, i: number): Shard => ({
    number: i + 1,
    events,
    dead: dead.value[i] ?? dead.value[0],
    db: ledgers.value[i] ?? ledgers.value[0],
  })
  const [first, ...others] = queues.value
  return ok([toOne(first, 0), ...others.map((events, i) => toOne(events, i + 1))])
}

export function toDatabases([first, ...others]: Bound<Shard>): Bound<D1Database> {
  return [first.db, ...others.map(({ db }) => db)]
}

/** For what cannot go on without. Throws. */
export function requireShards(env: ConsumerEnv): Bound<Shard> {
  const shards = readShards(env)
  if (shards.ok) return shards.value
  throw new TypeError(`the bindings of the shards do not fit together: ${shards.error}`)
}

/** The lanes as a shard's batches call them. */
export function toShardLanes(lanes: LaneSpace, shard: number): LaneSpace {
  // As it always was: the first one's say nothing.
  if (shard === 1) return lanes
  return {
    getByName(name) {
      const lane = lanes.getByName(name)
      return {
        offer: ({ items, ...offer }) =>
          lane.offer({ ...offer, items: items.map((item) => ({ ...item, shard })) }),
        keep: (changes) => lane.keep(changes.map((change) => ({ ...change, shard }))),
        clear: () => lane.clear(),
      }
    },
  }
}
