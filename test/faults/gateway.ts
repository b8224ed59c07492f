/** The gateway Worker in a place that KV has not reached: no token is ever known. */
import builtIn from 'switchboard:config'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker, type Worker } from '../../src/gateway/worker.ts'

let worker: Worker | undefined

function withoutTokens(kv: KVNamespace): KVNamespace {
  return new Proxy(kv, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key)
      if (typeof method !== 'function') return method
      return async (...args: unknown[]) =>
        key === 'get' && String(args[0]).startsWith('token:') ? null : method.apply(target, args)
    },
  })
}

export default {
  fetch(request, env, context) {
    worker ??= createWorker({ ...env, KV: withoutTokens(env.KV) }, builtIn)
    return worker.fetch(request, env, context)
  },
} satisfies ExportedHandler<GatewayEnv>
