/** Composes the consumer from its bindings: everything that is not pure is handed out here, once. */
import { createValueHash, redactMessage } from '../events/redact.ts'
import { createLedger } from '../ledger/d1-ledger.ts'
import { createDeadRows } from '../ledger/dead-letters.ts'
import { createRareLog, writeLog, type Log } from '../log.ts'
import { createAlerts } from './alerts.ts'
import type { Redact } from './claim.ts'
import { consumeEvents, type ConsumeDeps } from './consume.ts'
import { recordDeadLetters } from './dead-letters.ts'
import type { ConsumerEnv } from './env.ts'
import { runHousekeeping } from './housekeeping.ts'
import { createSettings } from './settings.ts'

const now = () => Date.now()

export interface Consumer {
  consume(batch: MessageBatch, context: ExecutionContext): Promise<void>
  /** What the cron does. Never rejects. */
  keepHouse(context: ExecutionContext): Promise<void>
}

export interface ConsumerOptions {
  log?: Log
  /** How long a claimed event is left to whoever claimed it, milliseconds. */
  leaseMs?: number
}

/** Queue names with `dead` for a part of them: `switchboard-dead`, `switchboard-dead-staging`. */
const DEAD_QUEUE = /(?:^|-)dead(?:-|$)/

/** @param builtIn the config document that the Worker was deployed with */
export function createConsumer(
  env: ConsumerEnv,
  builtIn: unknown,
  { log = writeLog, leaseMs }: ConsumerOptions = {},
): Consumer {
  const isLive = env['SWITCHBOARD_RELOAD'] === '1'
  const loadSettings = createSettings(env.KV, builtIn, { now, log, isLive })
  const ledger = createLedger(env.LEDGER, leaseMs)
  const alerts = createAlerts({ events: env.EVENTS, outbox: env.KV, now, log })
  const deps: Omit<ConsumeDeps, 'loadSettings'> = {
    ledger,
    alerts,
    lanes: env.LANES,
    redact: createRedact(env, log),
    events: env.EVENTS,
    dead: env.DEAD,
    store: env.KV,
    buryUnreadable: (body) => env.DEAD.send(body, { contentType: toContentType(body) }),
    now,
    log,
  }

  return {
    consume: (batch, context) =>
      DEAD_QUEUE.test(batch.queue)
        ? recordDeadLetters(batch, {
            ...deps,
            rows: createDeadRows(env.LEDGER),
            loadSettings: () => loadSettings(context),
          })
        : consumeEvents(batch, { ...deps, loadSettings: () => loadSettings(context) }),
    keepHouse: (context) =>
      runHousekeeping({
        outbox: env.KV,
        events: env.EVENTS,
        dead: env.DEAD,
        db: env.LEDGER,
        loadSettings: () => loadSettings(context),
        alerts,
        now,
        log,
      }),
  }
}

/** Without a key nothing but the fact is kept: a hash that anybody could make hides no phone number. */
function createRedact(env: ConsumerEnv, log: Log): Redact {
  const rareLog = createRareLog(log, now)
  const key = env.REDACT_KEY ?? ''
  const hash = createValueHash(key)
  return (message, names) => {
    if (key === '') rareLog('unkeyed', { event: 'redact.unkeyed', name: 'REDACT_KEY' })
    return redactMessage(message, names, key === '' ? () => 'redacted' : hash)
  }
}

/** As it came, so that it is no larger than it was. */
function toContentType(body: unknown): QueueContentType {
  if (typeof body === 'string') return 'text'
  return body instanceof ArrayBuffer || ArrayBuffer.isView(body) ? 'bytes' : 'v8'
}
