/** Composes the gateway from its bindings: clock, randomness and network are handed out here, once. */
import { CONFIG_KEY, createConfigSource } from '../config/source.ts'
import { prepareEndpoints } from '../config/routes.ts'
import { createRareLog, writeLog, type Log } from '../log.ts'
import { EMPTY_KEY_RING, parseKeyRing } from '../twilio/keyring.ts'
import { createApp } from './app.ts'
import type { GatewayEnv } from './env.ts'
import { createGateway, type GatewayConfig } from './gateway.ts'
import { createAskOrigin } from './origin.ts'
import { createPublisher } from './publish.ts'
import { createTokenStore } from './tokens.ts'

export interface Worker {
  fetch(request: Request, env: GatewayEnv, context: ExecutionContext): Response | Promise<Response>
}

/** What is neither a binding nor pure. */
export interface Platform {
  log: Log
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now: () => number
}

const PLATFORM: Platform = {
  log: writeLog,
  fetch: (request, init) => fetch(request, init),
  now: () => Date.now(),
}

/** @param builtIn the config document that the Worker was deployed with */
export function createWorker(env: GatewayEnv, builtIn: unknown, platform = PLATFORM): Worker {
  const { log, now } = platform
  const rareLog = createRareLog(log, now)
  const config = createConfigSource<GatewayConfig>({
    builtIn,
    store: { get: () => env.KV.get(CONFIG_KEY, { cacheTtl: 30 }) },
    prepare: (compiled) => ({ ...compiled, endpoints: prepareEndpoints(compiled) }),
    now,
    onRefused: (problem) => log({ event: 'config.refused', ...problem }),
  })
  const keys = parseKeyRing(env.TWILIO_AUTH_TOKENS)
  const gateway = createGateway({
    config,
    ring: keys.ok ? keys.value : EMPTY_KEY_RING,
    tokens: createTokenStore(env.KV),
    publisher: createPublisher(env.EVENTS, env.KV),
    askOrigin: createAskOrigin(platform.fetch),
    log,
    now,
    nonce: () => crypto.randomUUID(),
  })
  return createApp({
    gateway: (request, waitUntil) => {
      if (!keys.ok) rareLog('keys', { event: 'gateway.misconfigured', ...toProblem(keys.error) })
      return gateway(request, waitUntil)
    },
    checkHealth: async (waitUntil) => {
      const problems = keys.ok ? [] : [toProblem(keys.error).problem]
      if (!(await config.current(waitUntil))) problems.push('there is no usable config')
      return problems
    },
  })
}

const toProblem = ({ hint }: { hint: string }) => ({ problem: `TWILIO_AUTH_TOKENS ${hint}` })
