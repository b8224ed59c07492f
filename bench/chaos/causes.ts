/**
 * Why a target may be called again although it has answered 2xx: or be dead for the ledger
 * although it has: the cases of docs/guarantees.md,
 * each proven by what a fault did to this very delivery. Pure.
 */
import type { Evidence, LedgerDelivery, TargetCall } from './accounts.ts'

export const CAUSES = [
  'lane_died',
  'lane_ended',
  'answer_lost',
  'answer_late',
  'target_removed',
] as const
export type Cause = (typeof CAUSES)[number]

/**
 * D1 has ten seconds to take a record, and a lane five to keep what it refused. Only when the consumer
 * died, or the ledger could not be told, the lane alone knows for longer: until the claim runs out.
 */
const RECORD_MS = 15_000
/** Clocks of a Worker stand still while it computes. */
const SLACK_MS = 250

/**
 * @param taken the call that was answered 2xx
 * @param nextAt when the target was called again, or Infinity
 * @returns null: nothing explains that the answer was not known
 */
export function findCause(
  taken: TargetCall,
  nextAt: number,
  delivery: LedgerDelivery | undefined,
  evidence: Evidence,
): Cause | null {
  const { eventId, target } = taken
  if (evidence.lostAnswers.has(`${eventId} ${target}`)) return 'answer_lost'
  const answeredAt = taken.answeredAt ?? taken.at
  const isWithinRecord = (at: number) =>
    at >= taken.at - SLACK_MS && at <= answeredAt + RECORD_MS + SLACK_MS
  const isUnrecorded = evidence.unrecorded.some(isWithinRecord)
  const lane = evidence.laneOf(target, eventId)
  const isItsOwn = (end: { lane: string; at: number }) =>
    end.lane === lane &&
    end.at >= taken.at - SLACK_MS &&
    end.at <= nextAt + SLACK_MS &&
    (isUnrecorded || isWithinRecord(end.at))
  if (evidence.laneDeaths.some(isItsOwn)) return 'lane_died'
  // The runtime ends what is idle, and nobody told the ledger before.
  if (isUnrecorded && evidence.laneBirths.some(isItsOwn)) return 'lane_ended'
  // Nobody asks a lane about a target that the config does not have any more.
  if (delivery?.reason === 'target_removed' && isUnrecorded) return 'target_removed'
  const isItsTry = (one: LedgerDelivery['tries'][number]) =>
    one.status === null &&
    one.at <= taken.at + SLACK_MS &&
    answeredAt <= one.at + one.durationMs + SLACK_MS &&
    answeredAt >= one.at + one.durationMs - SLACK_MS
  return delivery?.tries.some(isItsTry) ? 'answer_late' : null
}
