/** Composes the gateway from its bindings: clock, randomness and network are handed out here, once. */
import { CONFIG_KEY, createConfigSource } from '../config/source.ts'
import { toProblemsOnly } from '../config/problems-only.ts'
import { prepareEndpoints } from '../config/routes.ts'
import { isQueue, readBindings } from '../events/shard-bindings.ts'
import { pickShard } from '../events/shard.ts'
import { createRareLog } from '../log.ts'
import { PLATFORM } from '../platform.ts'
import { EMPTY_KEY_RING, parseKeyRing } from '../twilio/keyring.ts'
import { createReportAnswer } from './answers.ts'
import { createApp } from './app.ts'
import type { GatewayEnv } from './env.ts'
import { createGateway, type GatewayConfig } from './gateway.ts'
import { HEALTH_PATH } from './health.ts'
import { createAskOrigin } from './origin.ts'
import { createPublisher, type EventQueue, type QueueOf } from './publish.ts'
import { splitUrl } from './request-url.ts'
import { createTokenStore } from './tokens.ts'

export interface Worker {
  fetch(request: Request, env: GatewayEnv, context: ExecutionContext): Response | Promise<Response>
}

/** @param builtIn the config document that the Worker was deployed with */
export function createWorker(env: GatewayEnv, builtIn: unknown, platform = PLATFORM): Worker {
  const { log, now } = platform
  const rareLog = createRareLog(log, now)
  const config = createConfigSource<GatewayConfig>({
    builtIn,
    store: { get: () => env.KV.get(CONFIG_KEY, { cacheTtl: 30 }) },
    prepare: (compiled) => ({
      ...compiled,
      endpoints: prepareEndpoints(compiled),
      recordsProblemsOnly: toProblemsOnly(compiled),
    }),
    now,
    onRefused: (problem) => log({ event: 'config.refused', ...problem }),
    isLive: env.SWITCHBOARD_RELOAD === '1',
  })
  const keys = parseKeyRing(env.TWILIO_AUTH_TOKENS)
  const queues = readBindings(env, 'EVENTS', isQueue)
  const queueOf: QueueOf = queues.ok ? (id) => pickShard(queues.value, id) : () => REFUSING
  const gateway = createGateway({
    config,
    ring: keys.ok ? keys.value : EMPTY_KEY_RING,
    tokens: createTokenStore(env.KV),
    publisher: createPublisher(queueOf, env.KV),
    askOrigin: createAskOrigin(platform.fetch),
    reportAnswer: createReportAnswer(queueOf),
    log,
    now,
    nonce: () => crypto.randomUUID(),
  })
  const app = createApp(async (waitUntil) => {
    const problems = keys.ok ? [] : [toProblem(keys.error).problem]
    if (!queues.ok) problems.push(queues.error)
    const loaded = await config.current(waitUntil)
    if (!loaded) problems.push('there is no usable config')
    return { problems, config: loaded?.version ?? null }
  })

  return {
    fetch(request, _env, context) {
      const isHealthCheck = splitUrl(request.url).path === HEALTH_PATH && request.method !== 'POST'
      if (isHealthCheck) return app.fetch(request, env, context)
      // Webhooks have no routes but the config's: to pass through a router would cost each of them as
      // much as its recognition.
      if (!keys.ok) rareLog('keys', { event: 'gateway.misconfigured', ...toProblem(keys.error) })
      if (!queues.ok) {
        rareLog('queues', { event: 'gateway.misconfigured', problem: queues.error })
      }
      return gateway(request, (work) => context.waitUntil(work))
    },
  }
}

/**
 * While the bindings leave open which queue is whose, none gets anything: events wait in the outbox, which
 * has no shards.
 */
const REFUSING: EventQueue = {
  send: () => Promise.reject(new Error('no queue')),
  sendBatch: () => Promise.reject(new Error('no queue')),
}

const toProblem = ({ hint }: { hint: string }) => ({ problem: `TWILIO_AUTH_TOKENS ${hint}` })
