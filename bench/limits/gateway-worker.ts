/**
 * The real gateway Worker on stores that only count, with its log kept instead of written. `/-observed`
 * tells what has happened since it was last asked.
 */
import { toDocument } from '../../src/config/document.ts'
import type { GatewayEnv } from '../../src/gateway/env.ts'
import { createWorker, type Worker } from '../../src/gateway/worker.ts'
import { OBSERVED_PATH, type Observed } from './observed.ts'

interface Env {
  TWILIO_AUTH_TOKENS: string
  CONFIG: string
}

let observed: Observed = { keys: [], messages: 0, lines: [] }
let gateway: { worker: Worker; env: GatewayEnv } | undefined

function createGateway({ TWILIO_AUTH_TOKENS, CONFIG }: Env) {
  const note = (key: string) => {
    if (key !== 'config:current') observed.keys.push(key)
    return Promise.resolve(null)
  }
  const kv: object = { get: note, put: note }
  const queue: object = {
    send: () => Promise.resolve(void observed.messages++),
    sendBatch: (all: unknown[]) => Promise.resolve(void (observed.messages += all.length)),
  }
  // The real types have more methods, none of which the gateway calls.
  const env: GatewayEnv = { KV: kv as KVNamespace, EVENTS: queue as Queue, TWILIO_AUTH_TOKENS }
  const worker = createWorker(env, toDocument(JSON.parse(CONFIG), 'limits'), {
    log: (line) => observed.lines.push(JSON.stringify(line)),
    fetch: () => Promise.reject(new Error('no endpoint asks an origin')),
    now: () => Date.now(),
  })
  return { worker, env }
}

export default {
  fetch(request, env, context) {
    if (request.url.endsWith(OBSERVED_PATH)) {
      const seen = observed
      observed = { keys: [], messages: 0, lines: [] }
      return Response.json(seen)
    }
    gateway ??= createGateway(env)
    return gateway.worker.fetch(request, gateway.env, context)
  },
} satisfies ExportedHandler<Env>
