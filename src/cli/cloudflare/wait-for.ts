/** Asking again and again, for a bounded time. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface Clock {
  now: () => number
  sleep: (ms: number) => Promise<unknown>
}

export const CLOCK: Clock = { now: () => performance.now(), sleep }

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 2_000

/** What `ask` gives once it is not null; null when the time is over. The last question is asked at its end. */
export async function waitFor<T>(
  ask: () => Promise<T | null>,
  waitMs: number,
  { now, sleep: pause }: Clock,
): Promise<T | null> {
  const endAt = now() + waitMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const found = await ask()
    const leftMs = endAt - now()
    if (found !== null || leftMs <= 0) return found
    await pause(Math.min(pauseMs, leftMs))
  }
}
