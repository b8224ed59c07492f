/** Composes the consumer from its bindings: everything that is not pure is handed out here, once. */
import { createConfigSource, CONFIG_KEY } from '../config/source.ts'
import { prepareTargets, type PreparedTargets } from '../config/targets.ts'
import type { RequestContext } from '../delivery/format.ts'
import { createDeadDeliveries } from '../ledger/dead-deliveries.ts'
import { createRareLog, writeLog, type Log } from '../log.ts'
import { EMPTY_KEY_RING, keysFor, parseKeyRing, type KeyRing } from '../twilio/keyring.ts'
import { consumeEvents, type ConsumeDeps } from './consume.ts'
import { recordDeadLetters } from './dead-letters.ts'
import type { ConsumerEnv } from './env.ts'
import { drainOutbox } from './outbox.ts'

const now = () => Date.now()

export interface Consumer {
  consume(batch: MessageBatch, context: ExecutionContext): Promise<void>
  drain(): Promise<void>
}

/** How long a new isolate waits for KV. */
const CONFIG_BUDGET_MS = 10_000
/** Queue names with `dead` for a part of them: `switchboard-dead`, `switchboard-dead-staging`. */
const DEAD_QUEUE = /(?:^|-)dead(?:-|$)/

/** @param builtIn the config document that the Worker was deployed with */
export function createConsumer(env: ConsumerEnv, builtIn: unknown, log: Log = writeLog): Consumer {
  const rareLog = createRareLog(log, now)
  let isConfigKnown = false
  const source = createConfigSource({
    builtIn,
    store: {
      async get() {
        const text = await env.KV.get(CONFIG_KEY, { cacheTtl: 30 })
        isConfigKnown = true
        return text
      },
    },
    budgetMs: CONFIG_BUDGET_MS,
    prepare: prepareTargets,
    now,
    onRefused: (problem) => log({ event: 'config.refused', ...problem }),
  })

  async function loadTargets(context: ExecutionContext): Promise<PreparedTargets> {
    const loaded = await source.current((work) => context.waitUntil(work))
    // Until KV has answered, the config of the deploy may be long out of date, and an event for which
    // it has no target would be gone. Twilio waits for the gateway; nobody waits for this Worker.
    if (!loaded || !isConfigKnown) throw new Error('no config')
    return loaded.prepared
  }

  const deps: Omit<ConsumeDeps, 'loadTargets'> = {
    ...createKeys(env, log),
    events: env.EVENTS,
    dead: env.DEAD,
    store: env.KV,
    buryUnreadable: (body) => env.DEAD.send(body, { contentType: toContentType(body) }),
    fetch: (url, init) => fetch(url, init),
    now,
    random: () => Math.random(),
    log,
    onUnsigned: (target, problem) => {
      rareLog(`${target} ${problem.name}`, { event: 'delivery.unsigned', target, ...problem })
    },
  }
  const ledger = createDeadDeliveries(env.LEDGER)

  return {
    consume: (batch, context) =>
      DEAD_QUEUE.test(batch.queue)
        ? recordDeadLetters(batch, { ledger, store: env.KV, now, log })
        : consumeEvents(batch, { ...deps, loadTargets: () => loadTargets(context) }),
    drain: () => drainOutbox({ outbox: env.KV, events: env.EVENTS, dead: env.DEAD, log }),
  }
}

/** The secrets that deliveries are signed with, by their names in the config and by account. */
function createKeys(env: ConsumerEnv, log: Log): Pick<RequestContext, 'secret' | 'authToken'> {
  let ring: KeyRing | undefined
  const readRing = (): KeyRing => {
    const parsed = parseKeyRing(env.TWILIO_AUTH_TOKENS)
    if (parsed.ok) return parsed.value
    log({ event: 'auth_tokens.refused', reason: parsed.error.reason })
    return EMPTY_KEY_RING
  }
  return {
    secret: (name) => {
      const value = env[name]
      return typeof value === 'string' && value !== '' ? value : undefined
    },
    authToken: (account) => keysFor((ring ??= readRing()), account ?? null)[0]?.token,
  }
}

/** As it came, so that it is no larger than it was. */
function toContentType(body: unknown): QueueContentType {
  if (typeof body === 'string') return 'text'
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? 'bytes' : 'v8'
}
