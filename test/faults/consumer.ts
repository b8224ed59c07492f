/**
 * The consumer Worker as it is, with faults: the same code, its bindings and its network switched by
 * the tests. Its `fetch` is how they reach the switches.
 *
 * A consumer that dies takes its isolate with it: the batch ends in an exception, so the queue hands
 * all of it out again, and nothing that was under way has any effect from then on.
 */
import builtIn from 'switchboard:config'
import { createConsumer } from '../../src/consumer/consumer.ts'
import type { ConsumerEnv } from '../../src/consumer/env.ts'
import { Lane as RealLane } from '../../src/consumer/lane.ts'
import { gate, noteBirth, toFaultyEnv, type Life } from './faulty-bindings.ts'
import { createMortal } from './mortal.ts'
import { answerSwitches } from './switch-requests.ts'
import { toWatchedBatch } from './watched-batch.ts'

const live = createMortal('consumer', (env: ConsumerEnv, life) => {
  const options = env['LEASE_MS'] === undefined ? {} : { leaseMs: Number(env['LEASE_MS']) }
  return createConsumer(toFaultyEnv(env, life), builtIn, options)
})

/** A lane that can be killed: its memory and what it was doing go, its storage stays. */
export class Lane extends RealLane {
  readonly #life: Life

  constructor(ctx: DurableObjectState, env: ConsumerEnv) {
    const life: Life = {
      ...{ by: 'lane', lane: ctx.id.name ?? '', isDead: false },
      end() {
        life.isDead = true
        ctx.abort('killed by a test')
      },
    }
    super(ctx, toFaultyEnv(env, life))
    this.#life = life
    noteBirth(life)
  }

  protected override call(url: string, init: RequestInit): Promise<Response> {
    const id = new Headers(init.headers).get('webhook-id') ?? ''
    return gate(this.#life, `FETCH ${url} ${id}`, () => super.call(url, init))
  }
}

export default {
  queue(batch, env, context) {
    const watched = toWatchedBatch(batch, Number(env['MAX_DELAY_SECONDS'] ?? Infinity))
    // Who hands out batches by hand and looks what comes of a death must not wait for its last calls.
    const isByHand = env['MAX_DELAY_SECONDS'] === undefined
    const mourner = isByHand ? { waitUntil() {} } : context
    return live(env, mourner, (consumer) => consumer.consume(watched, context))
  },

  scheduled: (_controller, env, context) =>
    live(env, context, (consumer) => consumer.keepHouse(context)),

  fetch: (request) => answerSwitches(request),
} satisfies ExportedHandler<ConsumerEnv>
