/** The gateway Worker. One gateway for each isolate: it keeps the config in memory. */
import builtIn from 'switchboard:config'
import { createWorker, type Worker } from './worker.ts'
import type { GatewayEnv } from './env.ts'

let worker: Worker | undefined

export default {
  fetch(request, env, context) {
    worker ??= createWorker(env, builtIn)
    return worker.fetch(request, env, context)
  },
} satisfies ExportedHandler<GatewayEnv>
