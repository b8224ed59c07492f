/** A request on its way through the gateway, with the line that is being written about it. */
import type { WebhookLine } from './log.ts'

/** Keeps the isolate alive for work that the answer does not wait for. */
export type WaitUntil = (work: Promise<unknown>) => void

export interface Visit {
  request: Request
  waitUntil: WaitUntil
  /** Milliseconds since the epoch. */
  startedAt: number
  line: WebhookLine
}
