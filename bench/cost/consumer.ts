/**
 * The consumer Worker and its lanes as they are, with bindings that count. `GET /count` says what they
 * have counted; `POST /prune` deletes all events as the cron does when their time has come.
 */
import builtIn from 'switchboard:config'
import { createConsumer, type Consumer } from '../../src/consumer/consumer.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Lane as RealLane } from '../../src/consumer/lane.ts'
import type { LineAnswer, Offer } from '../../src/consumer/line.ts'
import { createPruner } from '../../src/ledger/prune.ts'
import {
  toCountedBatch,
  toCountedDatabase,
  toCountedKv,
  toCountedLanes,
  toCountedQueue,
} from './counted-bindings.ts'
import { BusyTime, count, tally } from './tally.ts'

let consumer: Consumer | undefined

function toCountedEnv(env: ConsumerEnv): ConsumerEnv {
  return {
    ...env,
    KV: toCountedKv(env.KV),
    EVENTS: toCountedQueue(env.EVENTS),
    DEAD: toCountedQueue(env.DEAD),
    LEDGER: toCountedDatabase(env.LEDGER),
    LANES: toCountedLanes(env.LANES),
  }
}

export class Lane extends RealLane {
  readonly #busy = new BusyTime()

  constructor(ctx: DurableObjectState, env: ConsumerEnv) {
    super(ctx, toCountedEnv(env))
  }

  override offer(offer: Offer): Promise<LineAnswer[]> {
    return this.#busy.during(() => super.offer(offer))
  }

  override alarm(): Promise<void> {
    count('object.requests')
    return this.#busy.during(() => super.alarm())
  }

  protected override call(url: string, init: RequestInit): Promise<Response> {
    count('fetch.targets')
    return this.#busy.during(() => super.call(url, init))
  }
}

const MAX_PRUNED = 100_000

export default {
  async queue(batch, env, context) {
    consumer ??= createConsumer(toCountedEnv(env), builtIn)
    await consumer.consume(toCountedBatch(batch), context)
  },

  async scheduled(_controller, env, context) {
    consumer ??= createConsumer(toCountedEnv(env), builtIn)
    count('cron')
    await consumer.keepHouse(context)
  },

  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/prune') {
      const pruner = createPruner(toCountedDatabase(env.LEDGER))
      const olderThan = Date.now() + 1_000
      return Response.json(await pruner.prune({ olderThan, maxEvents: MAX_PRUNED }))
    }
    return Response.json(tally)
  },
} satisfies ExportedHandler<ConsumerEnv>
