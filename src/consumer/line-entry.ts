/** A delivery as a line knows it, from its offer to its answer. */
import type { LaneTarget } from '../config/targets.ts'
import type { EventMessage } from '../events/message.ts'
import type { FinalAnswer, LateAnswer } from './line-answer.ts'
import type { Terms } from './traffic.ts'

/**
 * In place of the claim's row, for what is offered before it is claimed; rows count from 1. The ledger has
 * no delivery for it, so its late result is not reported: it waits in the line's memory.
 */
export const UNCLAIMED = 0

export interface Entry {
  key: string
  offered: Omit<LateAnswer, 'answer'>
  answer: FinalAnswer | null
  /** Its offer was answered with `held`. */
  isHeld: boolean
  answered: PromiseWithResolvers<void>
}

/** An entry that is not begun, with all that it takes to begin. */
export interface Waiting {
  entry: Entry
  message: EventMessage
  target: LaneTarget
  terms: Terms
  /** After that it is not begun any more: much may have changed since it was offered. */
  startBy: number
}

export function toEntry(key: string, offered: Entry['offered']): Entry {
  return { key, offered, answer: null, isHeld: false, answered: Promise.withResolvers<void>() }
}
