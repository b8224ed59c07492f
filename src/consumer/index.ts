/**
 * The consumer Worker: delivers the events of the queue, records what became of them, keeps house. It
 * has no HTTP interface of its own.
 */
import builtIn from 'switchboard:config'
import { createConsumer, type Consumer } from './consumer.ts'
import type { ConsumerEnv } from './env.ts'

export { Lane } from './lane.ts'
export { Operations } from './operations.ts'

/** One for each isolate: it keeps the config in memory. */
let consumer: Consumer | undefined

export default {
  async queue(batch, env, context) {
    consumer ??= createConsumer(env, builtIn)
    await consumer.consume(batch, context)
  },

  async scheduled(_controller, env, context) {
    consumer ??= createConsumer(env, builtIn)
    await consumer.keepHouse(context)
  },

  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler<ConsumerEnv>
