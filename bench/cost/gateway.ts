/** The gateway Worker as it is, with bindings that count. `GET /count` says what it has counted. */
import builtIn from 'switchboard:config'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker, type Worker } from '../../src/gateway/worker.ts'
import { toCountedKv, toCountedQueue } from './counted-bindings.ts'
import { count, tally } from './tally.ts'

let worker: Worker | undefined

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/count') return Response.json(tally)
    const counted = { ...env, KV: toCountedKv(env.KV), EVENTS: toCountedQueue(env.EVENTS) }
    worker ??= createWorker(counted, builtIn)
    count('gateway.requests')
    return worker.fetch(request, env, context)
  },
} satisfies ExportedHandler<GatewayEnv>
