/**
 * One attempt of one delivery: build, send, decide, log. Never rejects: whatever goes wrong with a
 * target is an outcome of its own, and the other targets of the event do not notice.
 */
import type { PreparedTarget } from '../config/targets.ts'
import { decideDelivery, type DeliveryOutcome, type Verdict } from '../delivery/decide.ts'
import type { RequestContext, RequestProblem } from '../delivery/format.ts'
import { toDeliveryRequest } from '../delivery/request.ts'
import { sendRequest, type Fetch } from '../delivery/send.ts'
import type { EventMessage } from '../events/message.ts'
import { err, type Result } from '../result.ts'
import { toFault, type Log } from '../log.ts'

export interface AttemptDeps extends Pick<RequestContext, 'secret' | 'authToken'> {
  fetch: Fetch
  /** Milliseconds since the epoch. */
  now: () => number
  /** A number from 0 up to 1. */
  random: () => number
  log: Log
  /** Called whenever a secret or token is missing or malformed. */
  onUnsigned: (target: string, problem: RequestProblem) => void
}

/** How a delivery stands: what the verdict is, and after how many attempts. */
export interface DeliveryState {
  target: string
  verdict: Verdict
  attempts: number
}

/** @param attempt 1 for the first */
export async function attemptDelivery(
  message: EventMessage,
  target: PreparedTarget,
  attempt: number,
  deps: AttemptDeps,
): Promise<DeliveryState> {
  const startedAt = deps.now()
  const request = buildRequest(message, target, deps)
  const outcome: DeliveryOutcome = request.ok
    ? await sendRequest(request.value, { fetch: deps.fetch, timeoutMs: target.timeoutMs })
    : { type: 'unsent', reason: request.error.reason }
  if (!request.ok) deps.onUnsigned(target.name, request.error)
  const now = deps.now()
  const verdict = decideDelivery(outcome, attempt, target, now, deps.random)
  const delayMs = verdict.verdict === 'retry' ? verdict.delayMs : null
  deps.log({
    event: 'delivery.attempted',
    eventId: message.event.id,
    kind: message.event.kind,
    target: target.name,
    attempt,
    status: outcome.type === 'answered' ? outcome.status : null,
    durationMs: now - startedAt,
    verdict: verdict.verdict,
    reason: verdict.verdict === 'delivered' ? null : verdict.reason,
    delayMs,
    nextAttempt: delayMs === null ? null : new Date(now + delayMs).toISOString(),
  })
  return { target: target.name, verdict, attempts: attempt }
}

/** A target that no request can be built for is this target's problem, not the batch's. */
function buildRequest(message: EventMessage, target: PreparedTarget, deps: AttemptDeps) {
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
