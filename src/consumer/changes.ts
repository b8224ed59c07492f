/** A line's answer as the change that the ledger records. */
import type { DeliveryChange } from '../ledger/ledger.ts'
import type { AttemptResult } from './attempt.ts'
import type { FinalAnswer, LineAnswer } from './line-answer.ts'

/** A change with what the lane needs to find it again. */
export interface KeptChange extends DeliveryChange {
  claim: string
  /** Whose ledger it is for, from 2 on. Absent: the first one's, as in changes of the release before. */
  shard?: number
}

export interface Offered {
  claim: string
  seq: number
  target: string
  /** The number of the attempt that was offered. */
  attempt: number
  /** As KeptChange's. */
  shard?: number
}

/** Null while it is in the line: there is nothing to say yet. */
export function toChange(offered: Offered, answer: LineAnswer, now: number): KeptChange | null {
  return answer.state === 'held' ? null : toFinalChange(offered, answer, now)
}

export function toFinalChange(
  { claim, seq, target, attempt, shard }: Offered,
  answer: FinalAnswer,
  now: number,
): KeptChange {
  const of = { claim, seq, target, ...(shard !== undefined && { shard }) }
  if (answer.state === 'done') {
    const { status, attempts, nextAt, reason, attempt: record } = answer.result
    return { ...of, status, attempts, nextAt, reason, attempt: record }
  }
  const { reason, forMs } = answer
  const waiting = { status: 'waiting', attempts: attempt - 1, nextAt: now + forMs, reason } as const
  return { ...of, ...waiting, attempt: null }
}

/** What a kept change says to whoever offers the attempt again; it says nothing new of the target. */
export function toResult(change: KeptChange): AttemptResult | null {
  const { status, attempts, nextAt, reason, attempt } = change
  if (attempt === null) return null
  const ofTarget = { isGone: false, isFailure: null, askedMs: 0 }
  return { status, attempts, nextAt, reason, attempt, ...ofTarget }
}
