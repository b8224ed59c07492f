/** What the consumer knows of the config: to whom events go, and what the ledger may keep. */
import { toLedgerSettings, type LedgerSettings } from '../config/ledger-settings.ts'
import { toProblemsOnly, type KindTest } from '../config/problems-only.ts'
import { createConfigSource, CONFIG_KEY } from '../config/source.ts'
import { prepareTargets, type PreparedTargets } from '../config/targets.ts'
import type { Log } from '../log.ts'

export interface Settings extends LedgerSettings {
  targets: PreparedTargets
  /** By kind of event. */
  recordsProblemsOnly: KindTest
}

/** Of the current config. Rejects when there is no config at all, or none that can be trusted. */
export type LoadSettings = (context: Pick<ExecutionContext, 'waitUntil'>) => Promise<Settings>

/** How long a new isolate waits for KV. */
const CONFIG_BUDGET_MS = 10_000

/** @param builtIn the config document that the Worker was deployed with */
export function createSettings(
  kv: KVNamespace,
  builtIn: unknown,
  { now, log, isLive = false }: { now: () => number; log: Log; isLive?: boolean },
): LoadSettings {
  let isConfigKnown = false
  const source = createConfigSource({
    builtIn,
    store: {
      async get() {
        const text = await kv.get(CONFIG_KEY, { cacheTtl: 30 })
        isConfigKnown = true
        return text
      },
    },
    budgetMs: CONFIG_BUDGET_MS,
    isLive,
    prepare: (config): Settings => ({
      ...toLedgerSettings(config),
      targets: prepareTargets(config),
      recordsProblemsOnly: toProblemsOnly(config),
    }),
    now,
    onRefused: (problem) => log({ event: 'config.refused', ...problem }),
  })

  return async (context) => {
    const loaded = await source.current((work) => context.waitUntil(work))
    // Until KV has answered, the config of the deploy may be long out of date, and an event for which
    // it has no target would be gone. Twilio waits for the gateway; nobody waits for this Worker.
    if (!loaded || !isConfigKnown) throw new Error('no config')
    return loaded.prepared
  }
}
