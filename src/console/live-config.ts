/**
 * The config that counts now, as the console knows it: what KV says, else what the deploy carries.
 *
 * Read again when it is older than a few seconds, and then waited for: whoever looks here wants to see
 * what is, and the memory of an isolate that nobody asked for an hour is no answer. KV itself is up to
 * a minute behind. A document that is not whole is said so, and the last good one is shown, as the other
 * Workers go on using theirs; a KV that does not answer is no reason to show nothing.
 */
import type { CompiledConfig } from '../config/compiled.ts'
import { parseDocument, type DocumentProblem } from '../config/document.ts'
import { askHealth, type Health } from '../config/published/health.ts'
import { createBoundStore } from '../config/published/kv-store.ts'
import { readLive, toMark, type Live } from '../config/published/live.ts'
import { withDeadline } from '../deadline.ts'
import { createRareLog } from '../log.ts'
import type { Platform } from '../platform.ts'
import type { ConsoleEnv } from './env.ts'

export interface ActiveConfig {
  /** `kv`: published; `deploy`: what the Worker was deployed with. */
  source: 'kv' | 'deploy'
  version: string
  config: CompiledConfig
  /** Why what is in KV does not count; null: it does, or nothing is published. */
  problem: DocumentProblem['reason'] | 'unavailable' | null
  /** The mark of what is in KV, as far as it is known: see `toMark`. */
  published: string | null
}

export interface LiveConfig {
  /** Null: there is none that can be used. Never rejects; answers within seconds. */
  current(): Promise<ActiveConfig | null>
  /** Something was published: the next look is a fresh one. */
  forget(): void
  /**
   * What the gateway says of itself; null: the config does not tell where it is. That it is
   * unreachable proves nothing: at Cloudflare no Worker can call another one's workers.dev address.
   */
  askGateway(config: CompiledConfig): Promise<Health | null>
}

const FRESH_MS = 5_000
const KV_BUDGET_MS = 3_000
const GATEWAY_BUDGET_MS = 2_500
const LATE = Symbol('late')

/** One for each isolate. @param builtIn the config document that the Worker was deployed with */
export function createLiveConfig(
  { KV, SWITCHBOARD_RELOAD }: Pick<ConsoleEnv, 'KV' | 'SWITCHBOARD_RELOAD'>,
  builtIn: unknown,
  { now, log, fetch }: Pick<Platform, 'now' | 'log' | 'fetch'>,
): LiveConfig {
  const store = createBoundStore(KV)
  const freshMs = SWITCHBOARD_RELOAD === '1' ? 0 : FRESH_MS
  const deployed = parseDocument(builtIn)
  const reportRarely = createRareLog(log, now)
  let last: { active: ActiveConfig | null; at: number } | null = null
  const builtInConfig: ActiveConfig | null = deployed.ok
    ? { source: 'deploy', ...deployed.value, problem: null, published: null }
    : null
  let lastGood = builtInConfig

  async function read(): Promise<Live | null> {
    try {
      const live = await withDeadline(readLive(store), KV_BUDGET_MS, LATE)
      return live === LATE ? null : live
    } catch {
      return null
    }
  }

  function toActive(live: Live | null): ActiveConfig | null {
    if (live?.state === 'none') return builtInConfig
    if (live?.state === 'published') {
      const { version, config } = live
      return { source: 'kv', version, config, problem: null, published: version }
    }
    const problem = live ? live.reason : 'unavailable'
    reportRarely(problem, { event: 'config.refused', source: 'kv', reason: problem })
    return lastGood && { ...lastGood, problem, published: live ? toMark(live) : null }
  }

  return {
    async current() {
      if (last && now() - last.at < freshMs) return last.active
      const active = toActive(await read())
      last = { active, at: now() }
      if (active?.problem === null) lastGood = active
      return active
    },
    forget() {
      last = null
    },
    async askGateway({ publicUrl }) {
      return publicUrl === null ? null : askHealth(publicUrl, fetch, GATEWAY_BUDGET_MS)
    },
  }
}
