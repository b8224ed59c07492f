/** One request that Twilio makes in a call or about a message, and what came of it. */
import type { Param } from '../../../twilio/params.ts'
import type { Answer, AnswerProblem } from './answer.ts'

export interface CallRequest {
  kind: string
  /** Absolute. */
  url: string
  method: 'GET' | 'POST'
  /** What it says besides what every request of the scenario says. */
  set: readonly Param[]
  /** Parameters that its kind may have and this request has not. */
  without?: readonly string[]
}

/** Signs, sends, and does not reject: that nobody answers is an answer. */
export type Send = (request: CallRequest) => Promise<Answer>

export interface Exchange {
  request: CallRequest
  answer: Answer
  /** Why Twilio would not accept the answer; null when it would. */
  problem: AnswerProblem | null
  /** What the person at the telephone hears and does, in order. */
  heard: string[]
}
