/** Composes the console from its bindings: clock, network and log are handed out here, once. */
import { isDatabase, readBindings } from '../events/shard-bindings.ts'
import type { Log } from '../log.ts'
import { PLATFORM } from '../platform.ts'
import { createAudit } from './access/audit.ts'
import { createApp } from './app.ts'
import type { ConsoleEnv } from './env.ts'
import { createLiveConfig } from './live-config.ts'

export interface Console {
  fetch(request: Request, env: ConsoleEnv, context: ExecutionContext): Response | Promise<Response>
}

/** @param builtIn the config document that the Worker was deployed with */
export function createConsole(env: ConsoleEnv, builtIn: unknown, platform = PLATFORM): Console {
  const { log, now } = platform
  const ledgers = readBindings(env, 'LEDGER', isDatabase)
  if (!ledgers.ok) return createClosed(ledgers.error, log)
  return createApp({
    env,
    platform,
    deps: {
      ledger: env.LEDGER,
      ledgers: ledgers.value,
      kv: env.KV,
      operations: env.CONSUMER,
      audit: createAudit(env.LEDGER, now, log),
      liveConfig: createLiveConfig(env, builtIn, platform),
      log,
      now,
    },
  })
}

/** A part of what happened would look like all of it. */
function createClosed(problem: string, log: Log): Console {
  return {
    fetch() {
      log({ event: 'console.misconfigured', problem })
      return new Response('The bindings of this console do not fit together; its log says how.\n', {
        status: 503,
      })
    },
  }
}
