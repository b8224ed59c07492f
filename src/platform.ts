/** What a Worker is handed that is neither a binding nor pure. */
import { writeLog, type Log } from './log.ts'

export interface Platform {
  log: Log
  fetch: typeof fetch
  /** Milliseconds since the epoch. */
  now: () => number
}

export const PLATFORM: Platform = {
  log: writeLog,
  fetch: (request, init) => fetch(request, init),
  now: () => Date.now(),
}
