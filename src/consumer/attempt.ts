/**
 * One attempt of one delivery: build, send, decide, log. Never rejects: whatever goes wrong with a
 * target is an outcome of its own.
 */
import type { LaneTarget } from '../config/targets.ts'
import {
  decideDelivery,
  isTargetFailure,
  type DeliveryOutcome,
  type Verdict,
} from '../delivery/decide.ts'
import { describeOutcome } from '../delivery/describe.ts'
import type { RequestContext, RequestProblem } from '../delivery/format.ts'
import { toDeliveryRequest } from '../delivery/request.ts'
import { parseRetryAfter } from '../delivery/retry-after.ts'
import { sendRequest, type Fetch } from '../delivery/send.ts'
import type { EventMessage } from '../events/message.ts'
import type { AttemptRecord, DeliveryStatus } from '../ledger/ledger.ts'
import { toFault, type Log } from '../log.ts'
import { err, type Result } from '../result.ts'

export interface AttemptDeps extends Pick<RequestContext, 'secret' | 'authToken' | 'local'> {
  fetch: Fetch
  /** Milliseconds since the epoch. */
  now: () => number
  /** A number from 0 up to 1. */
  random: () => number
  log: Log
  /** Called whenever a secret or token is missing or malformed. */
  onUnsigned: (target: string, problem: RequestProblem) => void
}

/** What the ledger will say of the delivery after the attempt, and what the lane learns from it. */
export interface AttemptResult {
  status: DeliveryStatus
  /** The number of this attempt, 1 for the first. */
  attempts: number
  nextAt: number | null
  reason: string | null
  attempt: AttemptRecord
  /** The target does not want events any more. */
  isGone: boolean
  /** Whether it speaks against the target, and not against the event; null: nothing was sent. */
  isFailure: boolean | null
  /** How long the target asked to be left alone, milliseconds. */
  askedMs: number
}

export async function attemptDelivery(
  message: EventMessage,
  target: LaneTarget,
  attempts: number,
  deps: AttemptDeps,
): Promise<AttemptResult> {
  const startedAt = deps.now()
  const request = buildRequest(message, target, deps)
  const outcome: DeliveryOutcome = request.ok
    ? await sendRequest(request.value, { fetch: deps.fetch, timeoutMs: target.timeoutMs })
    : { type: 'unsent', reason: request.error.reason }
  if (!request.ok) deps.onUnsigned(target.name, request.error)
  const now = deps.now()
  const verdict = decideDelivery(outcome, attempts, target, now, deps.random)
  const nextAt = 'delayMs' in verdict ? now + verdict.delayMs : null
  const answer = outcome.type === 'answered' ? outcome : null
  const isDelivered = verdict.verdict === 'delivered'
  const attempt: AttemptRecord = {
    at: startedAt,
    // A clock can be set back.
    durationMs: Math.max(now - startedAt, 0),
    status: answer?.status ?? null,
    verdict: verdict.verdict,
    reason: isDelivered ? null : describeOutcome(outcome, target.timeoutMs),
    excerpt: (target.keepsAnswers && answer?.excerpt) || '',
    nextAt,
  }
  logAttempt(message, target.name, attempts, attempt, verdict, deps.log)
  return {
    status: STATUSES[verdict.verdict],
    attempts,
    nextAt,
    reason: isDelivered ? null : verdict.reason,
    attempt,
    isGone: verdict.verdict === 'gone' || answer?.status === 410,
    isFailure: outcome.type === 'unsent' ? null : isTargetFailure(outcome),
    askedMs: parseRetryAfter(answer?.retryAfter ?? null, now) ?? 0,
  }
}

const STATUSES: Record<Verdict['verdict'], DeliveryStatus> = {
  delivered: 'delivered',
  retry: 'waiting',
  gone: 'waiting',
  dead: 'dead',
}

function logAttempt(
  { event, replay }: EventMessage,
  target: string,
  number: number,
  { status, durationMs, verdict, nextAt }: AttemptRecord,
  decided: Verdict,
  log: Log,
): void {
  log({
    event: 'delivery.attempted',
    eventId: event.id,
    kind: event.kind,
    target,
    attempt: number,
    status,
    durationMs,
    verdict,
    reason: decided.verdict === 'delivered' ? null : decided.reason,
    delayMs: 'delayMs' in decided ? decided.delayMs : null,
    nextAttempt: nextAt === null ? null : new Date(nextAt).toISOString(),
    ...(replay !== undefined && { replay }),
  })
}

/** A target that no request can be built for is this target's problem, not the batch's. */
function buildRequest(message: EventMessage, target: LaneTarget, deps: AttemptDeps) {
  try {
    return toDeliveryRequest(message, target, { ...deps, now: deps.now() })
  } catch (error) {
    deps.log({ event: 'delivery.defect', target: target.name, ...toFault(error) })
    const problem: Result<never, RequestProblem> = err({
      reason: 'request_invalid',
      name: target.name,
    })
    return problem
  }
}
