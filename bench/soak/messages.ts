/** What the processes of a soak say to each other. Each is started by run.ts and ends when told to, or alone. */

/** To the Workers' process: `bench/soak/stack.ts`. */
export type StackOrder =
  | { order: 'look' }
  /** Deletes what was recorded before that. */
  | { order: 'prune'; olderThan: number }
  | { order: 'stop' }

export interface Look {
  /** Rows by table. */
  rows: Record<string, number>
  /** Deliveries that wait, and that are dead. */
  waiting: number
  dead: number
}

export type StackNews =
  | { news: 'ready'; gatewayUrl: string; consoleUrl: string }
  | { news: 'looked'; look: Look }
  | { news: 'pruned'; deleted: number }
  /** The gateway has stored an event, or a batch of so many that have ids of their own. */
  | { news: 'stored'; id: string; batchOf: number | null }

/** To the load's process: `bench/soak/load.ts`. */
export type LoadOrder =
  | { order: 'aim'; gatewayUrl: string; consoleUrl: string }
  | { order: 'send'; rate: number; seconds: number; seed: string }
  | { order: 'measure' }
  | { order: 'end' }

/** Since the last one; milliseconds. */
export interface Window {
  sent: number
  replyMs: number[]
  deliveryMs: number[]
  pageMs: number[]
  /** Requests under way, and pages that were no 200. */
  failedPages: number
}

export interface Account {
  sent: number
  /** What was not answered as it has to be, in words. */
  wrong: string[]
  /** Ids that a target has taken, and those that it has taken more than once. */
  taken: string[]
  twice: string[]
}

export type LoadNews =
  | { news: 'listening'; targetUrl: string }
  | { news: 'sent' }
  | { news: 'measured'; window: Window }
  | { news: 'ended'; account: Account }
