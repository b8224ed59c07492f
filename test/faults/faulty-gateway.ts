/**
 * The gateway Worker as it is, with faults, as consumer.ts has them. One that dies takes all requests
 * with it that it was at work on: their senders get an error, and what they had not done yet is never done.
 */
import builtIn from 'switchboard:config'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker } from '../../src/gateway/worker.ts'
import { PLATFORM } from '../../src/platform.ts'
import { gate, toFaultyGatewayEnv } from './faulty-bindings.ts'
import { createMortal, Died, LAST_CALLS_MS } from './mortal.ts'
import { answerSwitches, SWITCH_PATHS } from './switch-requests.ts'

const live = createMortal('gateway', (env: GatewayEnv, life) =>
  createWorker(toFaultyGatewayEnv(env, life), builtIn, {
    ...PLATFORM,
    fetch(input, init) {
      const url = input instanceof Request ? input.url : String(input)
      return gate(life, `ORIGIN ${url}`, () => PLATFORM.fetch(input, init))
    },
  }),
)

/** As the platform's page is an error to its sender; in words by which a test knows whose. */
function toError(error: unknown): Response {
  if (error instanceof Died) return new Response(error.message, { status: 500 })
  throw error
}

export default {
  fetch(request, env, context) {
    if (SWITCH_PATHS.includes(new URL(request.url).pathname)) return answerSwitches(request)
    // Of several calls at once one may fail, and then nobody waits for the others.
    context.waitUntil(new Promise((resolve) => setTimeout(resolve, LAST_CALLS_MS)))
    return live(env, context, async (worker) => worker.fetch(request, env, context)).catch(toError)
  },
} satisfies ExportedHandler<GatewayEnv>
