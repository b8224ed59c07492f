/** Composes the console from its bindings: clock, network and log are handed out here, once. */
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
  return createApp({
    env,
    platform,
    deps: {
      ledger: env.LEDGER,
      kv: env.KV,
      operations: env.CONSUMER,
      audit: createAudit(env.LEDGER, now, log),
      liveConfig: createLiveConfig(env, builtIn, platform),
      log,
      now,
    },
  })
}
