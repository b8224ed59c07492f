/** A request on its way through the gateway, with the line that is being written about it. */
import type { WebhookLine } from './log.ts'

/** Keeps the isolate alive for work that the answer does not wait for. */
export type WaitUntil = (work: Promise<unknown>) => void

export interface Visit {
  request: Request
  waitUntil: WaitUntil
  /** Milliseconds since the epoch. */
  startedAt: number
  /** When the step that is running began; a Worker's clock stands still between waits. */
  stepAt: number
  line: WebhookLine
}

/** Notes how long a step took; the next one begins. */
export function endStep(visit: Visit, step: keyof WebhookLine['ms'], now: () => number): void {
  const at = now()
  visit.line.ms[step] = at - visit.stepAt
  visit.stepAt = at
}
