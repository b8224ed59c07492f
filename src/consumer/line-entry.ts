/** A delivery as a line knows it, from its offer to its answer. */
import type { LaneTarget } from '../config/targets.ts'
import type { EventMessage } from '../events/message.ts'
import type { FinalAnswer, LateAnswer } from './line-answer.ts'
import type { Terms } from './traffic.ts'

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
