/** What the processes of a soak say to each other. Each is started by run.ts and ends when told to, or alone. */

/** To the Workers' process: `bench/soak/stack.ts`. */
export interface StackOrder {
  order: 'stop'
}

export type StackNews =
  | { news: 'ready'; gatewayUrl: string; consoleUrl: string; inspectorUrl: string }
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
  /** Pages that were no 200. */
  failedPages: number
  /** How many events the target has taken, in all, but for those of Event Streams. */
  taken: number
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
