/**
 * The real gateway Worker with one endpoint, on real stubs, on plain objects that answer at once, or on
 * objects that answer as slowly as the real services do. Told to remember its replies, it makes the same
 * three calls as its peers; else the queue's alone.
 */
import type { CompiledConfig } from '../../src/config/compiled.ts'
import { toDocument } from '../../src/config/document.ts'
import { writeLog } from '../../src/log.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker, type Worker } from '../../src/gateway/worker.ts'
import { createInstantBindings, createSlowBindings } from './bindings.ts'
import { CONFIG } from './config.ts'
import type { BenchEnv } from './env.ts'

interface OursEnv extends BenchEnv {
  BINDINGS: 'stubs' | 'instant' | 'slow'
  LOG: 'on' | 'off'
  REMEMBER: 'on' | 'off'
}

let gateway: { worker: Worker; env: GatewayEnv } | undefined

function createGateway(env: OursEnv) {
  const { TWILIO_AUTH_TOKENS } = env
  const document = toDocument(toConfig(env), 'bench')
  const gatewayEnv = { ...toBindings(env), TWILIO_AUTH_TOKENS }
  const worker = createWorker(gatewayEnv, document, {
    log: env.LOG === 'on' ? writeLog : () => {},
    fetch: () => Promise.reject(new Error('no endpoint asks an origin')),
    now: () => Date.now(),
  })
  return { worker, env: gatewayEnv }
}

function toConfig({ REMEMBER }: OursEnv): CompiledConfig {
  const remember = REMEMBER === 'on'
  return { ...CONFIG, endpoints: CONFIG.endpoints.map((one) => ({ ...one, remember })) }
}

function toBindings({ BINDINGS, KV, EVENTS }: OursEnv) {
  if (BINDINGS === 'slow') return createSlowBindings()
  if (BINDINGS === 'instant') return createInstantBindings()
  if (!KV || !EVENTS) throw new Error('no stubs')
  return { KV, EVENTS }
}

export default {
  fetch(request, env, context) {
    gateway ??= createGateway(env)
    return gateway.worker.fetch(request, gateway.env, context)
  },
} satisfies ExportedHandler<OursEnv>
