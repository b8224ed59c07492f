/** What the verify phase says: what is not as it has to be, and what became of each webhook. */
import type { Webhook } from './accounts.ts'
import { CAUSES, type Cause } from './causes.ts'

export interface Difference {
  what: string
  /** Event id or token; empty: it is about the whole run. */
  about: string
  expected: string
  found: string
  /** Faults whose windows touched it. */
  faults: string[]
}

/** What became of a genuine webhook. */
export interface Outcome {
  webhook: Webhook
  isAccepted: boolean
  /** A live call that got its TwiML, and whose event is in the log alone. */
  isUnstored: boolean
  delivered: number
  dead: Map<string, number>
  again: Record<Cause, number>
  /** Deliveries that were promised and are not there. */
  lost: number
}

export interface Note {
  (what: string, about: string, expected: string, found: string, during?: readonly number[]): void
}

export const noCalls = (): Record<Cause, number> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each of them is there
  Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>
