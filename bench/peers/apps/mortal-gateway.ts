/**
 * The gateway Worker, which dies when it was told to (`POST /die`) and next sends to the queue: before the
 * send one time, after it the other. Requests under way end in an error, and nothing that it was doing has
 * any effect from then on. The next request finds a new one.
 */
import builtIn from 'switchboard:config'
import type { GatewayEnv } from '../../../src/gateway/env.ts'
import { createWorker, type Worker } from '../../../src/gateway/worker.ts'

interface Life {
  worker: Worker
  env: GatewayEnv
  death: Promise<never>
}

let life: Life | undefined
let deaths = 0
let isDue = false

const never = (): Promise<never> => new Promise(() => {})

function createLife(env: GatewayEnv): Life {
  const { promise: death, reject } = Promise.withResolvers<never>()
  let isDead = false
  const dieAt = (moment: 'before' | 'after', method: string) => {
    if (!isDue || method !== 'send' || (deaths % 2 === 0 ? 'before' : 'after') !== moment) return
    isDue = false
    deaths += 1
    isDead = true
    life = undefined
    reject(new Error('the gateway died'))
  }
  const toMortal = <T extends object>(binding: T): T =>
    new Proxy(binding, {
      get(target, key) {
        const method: unknown = Reflect.get(target, key)
        if (typeof method !== 'function') return method
        return async (...args: unknown[]) => {
          dieAt('before', String(key))
          if (isDead) return never()
          const value: unknown = await method.apply(target, args)
          dieAt('after', String(key))
          return isDead ? never() : value
        }
      },
    })
  const mortal = { ...env, KV: toMortal(env.KV), EVENTS: toMortal(env.EVENTS) }
  // Nobody may be waiting.
  death.catch(() => {})
  return { worker: createWorker(mortal, builtIn), env: mortal, death }
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/die') {
      isDue = true
      return new Response(null, { status: 204 })
    }
    const { worker, env: mortal, death } = (life ??= createLife(env))
    const answer = Promise.resolve(worker.fetch(request, mortal, context))
    return Promise.race([answer, death])
  },
} satisfies ExportedHandler<GatewayEnv>
