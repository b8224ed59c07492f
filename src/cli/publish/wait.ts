/**
 * Waits until the gateway says that it uses a version.
 *
 * One answer is one isolate in one place: others may need a little longer. Asking helps, too: an isolate
 * looks for a new config when somebody calls it.
 */
import type { AskHealth, Health } from '../../config/published/health.ts'

export interface WaitOptions {
  ask: AskHealth
  version: string
  /** Milliseconds since the epoch. */
  now: () => number
  sleep: (ms: number) => Promise<unknown>
  onAnswer?: (health: Health) => void
}

/** KV's cache of 30 s, a refresh each 30 s, and as much again. */
export const WAIT_MS = 120_000
const PAUSE_MS = 2_000

/** Null: it is live. Else the last answer, when the time was over. */
export async function waitUntilLive(options: WaitOptions): Promise<Health | null> {
  const { ask, version, now, sleep, onAnswer } = options
  const endAt = now() + WAIT_MS
  for (;;) {
    const health = await ask()
    if (health.kind === 'gateway' && health.version === version) return null
    if (now() + PAUSE_MS >= endAt) return health
    onAnswer?.(health)
    await sleep(PAUSE_MS)
  }
}
