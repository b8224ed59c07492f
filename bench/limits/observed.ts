/** What the gateway under test has done since it was last asked. */
export interface Observed {
  /** Keys that were read or written, the config's left out. */
  keys: string[]
  messages: number
  /** Log lines as JSON. */
  lines: string[]
}

/** Where it is asked. */
export const OBSERVED_PATH = '/-observed'
