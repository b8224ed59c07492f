/**
 * The consumer Worker as it is, with faults: the same code, its bindings and its network switched by
 * the tests. Its `fetch` is how they reach the switches.
 *
 * A consumer that dies takes its isolate with it: the batch ends in an exception, so the queue hands
 * all of it out again, and nothing that was under way has any effect from then on.
 */
import builtIn from 'switchboard:config'
import { createConsumer, type Consumer } from '../../src/consumer/consumer.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Lane as RealLane } from '../../src/consumer/lane.ts'
import type { Fault } from './fault.ts'
import { gate, setFaults, switches, toFaultyEnv, type Life } from './faulty-bindings.ts'

interface Isolate {
  consumer: Consumer
  /** Told when it ends: one for each batch that it is at work on. */
  mourners: Set<() => void>
}

let isolate: Isolate | undefined

function createIsolate(env: ConsumerEnv): Isolate {
  const mourners = new Set<() => void>()
  const life: Life = {
    by: 'consumer',
    isDead: false,
    end() {
      life.isDead = true
      switches.consumers.delete(life)
      isolate = undefined
      for (const mourn of mourners) mourn()
    },
  }
  switches.consumers.add(life)
  const options = env['LEASE_MS'] === undefined ? {} : { leaseMs: Number(env['LEASE_MS']) }
  return { consumer: createConsumer(toFaultyEnv(env, life), builtIn, options), mourners }
}

/** Rejects when the isolate dies before the work is done. */
async function live(env: ConsumerEnv, work: (consumer: Consumer) => Promise<void>): Promise<void> {
  const { consumer, mourners } = (isolate ??= createIsolate(env))
  const { promise: death, reject } = Promise.withResolvers<never>()
  const mourn = () => reject(new Error('the consumer died'))
  mourners.add(mourn)
  try {
    await Promise.race([work(consumer), death])
  } finally {
    mourners.delete(mourn)
  }
}

/** A lane that can be killed: its memory and what it was doing go, its storage stays. */
export class Lane extends RealLane {
  readonly #life: Life

  constructor(ctx: DurableObjectState, env: ConsumerEnv) {
    const life: Life = {
      by: 'lane',
      isDead: false,
      end() {
        life.isDead = true
        ctx.abort('killed by a test')
      },
    }
    super(ctx, toFaultyEnv(env, life))
    this.#life = life
  }

  protected override call(url: string, init: RequestInit): Promise<Response> {
    return gate(this.#life, `FETCH ${url}`, () => super.call(url, init))
  }
}

export default {
  queue: (batch, env, context) => live(env, (consumer) => consumer.consume(batch, context)),

  scheduled: (_controller, env, context) => live(env, (consumer) => consumer.keepHouse(context)),

  async fetch(request) {
    const { pathname } = new URL(request.url)
    if (pathname === '/faults') {
      setFaults(await request.json<Fault[]>())
      switches.calls = []
    }
    return Response.json(switches.calls)
  },
} satisfies ExportedHandler<ConsumerEnv>
