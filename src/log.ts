/** How a Worker logs: one JSON object a line, which Workers Logs takes apart into searchable fields. */

export type Log = (line: object) => void

export const writeLog: Log = (line) => {
  console.log(JSON.stringify(line))
}

const RARE_MS = 60_000

/** Lets one line a minute through for each key: a misconfiguration is met by every request. */
export function createRareLog<Line extends object>(
  log: (line: Line) => void,
  now: () => number,
): (key: string, line: Line) => void {
  const loggedAt = new Map<string, number>()
  return (key, line) => {
    const last = loggedAt.get(key)
    if (last !== undefined && now() - last < RARE_MS) return
    loggedAt.set(key, now())
    log(line)
  }
}

/** A defect by its class and its places in the code: a message may quote a number or a token. */
export function toFault(error: unknown): { error: string; at: string } {
  if (!(error instanceof Error)) return { error: typeof error, at: '' }
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return { error: error.name, at: frames.slice(0, 3).join(' ').trim() }
}
