/** What every contestant can be asked, however it is made. */
import type { Visitor } from './target.ts'

export interface StartOptions {
  /** Where it posts to. */
  visitor: Visitor
  /** Parts of it are to be killed. */
  isMortal?: boolean
  /** How long a job's lock and a consumer's claim hold; BullMQ's and our own default when absent. */
  leaseMs?: number | undefined
}

export interface Instance {
  port: number
  /** Its processes; what they started themselves is found by looking. */
  pids: () => number[]
  /** How many events it holds that it has not delivered. */
  kept: () => Promise<number>
  /** Kills a part where it stands, and starts it again. */
  kill: (part: string) => Promise<void>
  stop: () => Promise<void>
}

export interface Contestant {
  name: string
  /** It posts to the target; else it only answers. */
  delivers: boolean
  /** It keeps what it has acknowledged until it is delivered. */
  stores: boolean
  /** What of it can die. */
  parts: readonly string[]
  /** Resolves when it was started; it may not listen yet. */
  start: (options: StartOptions) => Promise<Instance>
}
