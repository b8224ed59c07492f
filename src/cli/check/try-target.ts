/**
 * Calls one target with a test, by the product's own code: the same request, signature and time limit as a
 * delivery has. Nothing is written down anywhere, and it is one attempt.
 */
import { randomUUID } from 'node:crypto'
import type { CompiledConfig } from '../../config/compiled.ts'
import { prepareTargets, type PreparedTarget } from '../../config/targets.ts'
import type { DeliveryOutcome } from '../../delivery/decide.ts'
import { describeOutcome } from '../../delivery/describe.ts'
import type { DeliveryRequest, RequestContext } from '../../delivery/format.ts'
import { toDeliveryRequest } from '../../delivery/request.ts'
import { sendRequest } from '../../delivery/send.ts'
import type { EventMessage } from '../../events/message.ts'
import { explainStatus, explainUnreachable, type Explanation } from './explain-failure.ts'
import { observeFetch, type Observed } from './observed-fetch.ts'
import { toPlace } from './summary.ts'
import { toTestMessage } from './test-message.ts'
import type { Trial } from './trial.ts'

export interface TrialContext extends Omit<RequestContext, 'now'> {
  account: string
  now: () => number
  fetch: typeof globalThis.fetch
}

export async function tryTarget(
  name: string,
  config: CompiledConfig,
  context: TrialContext,
): Promise<Trial> {
  const compiled = config.targets.find((target) => target.name === name)
  const target = prepareTargets(config).get(name)
  if (!compiled || !target) throw new TypeError('a target of this config')
  const none = {
    what: 'target' as const,
    name,
    to: toPlace(target),
    status: null,
    durationMs: null,
  }
  const { account, now } = context
  const message = toTestMessage(compiled, { account, now: now(), nonce: randomUUID() })
  if (message === null) {
    return {
      ...none,
      result: 'skipped',
      message: 'no kind that it takes can be made up',
      next: null,
    }
  }
  const request = toDeliveryRequest(message, target, { ...context, now: now() })
  if (request.ok) return { ...none, ...(await call(request.value, target, message, context)) }
  const { reason, name: missing } = request.error
  const why = describeOutcome({ type: 'unsent', reason }, target.timeoutMs)
  const next = 'Set it in the environment or .dev.vars.'
  return { ...none, result: 'failed', message: `${why}: ${missing || 'any'}`, next }
}

async function call(
  request: DeliveryRequest,
  target: PreparedTarget,
  message: EventMessage,
  context: TrialContext,
): Promise<Pick<Trial, 'result' | 'status' | 'durationMs' | 'message' | 'next'>> {
  const { observed, fetch } = observeFetch(context.fetch)
  const startedAt = performance.now()
  const outcome = await sendRequest(request, { fetch, timeoutMs: target.timeoutMs })
  const durationMs = Math.round(performance.now() - startedAt)
  const measured = { status: observed.status, durationMs }
  if (isDelivered(outcome)) {
    const text = `answered ${outcome.status} to a ${message.event.kind}`
    return { ...measured, result: 'ok', message: text, next: null }
  }
  return { ...measured, result: 'failed', ...explain(outcome, observed, target, message) }
}

const isDelivered = (
  outcome: DeliveryOutcome,
): outcome is Extract<DeliveryOutcome, { type: 'answered' }> =>
  outcome.type === 'answered' && outcome.status >= 200 && outcome.status < 300

function explain(
  outcome: DeliveryOutcome,
  observed: Observed,
  target: PreparedTarget,
  { event }: EventMessage,
): Explanation {
  switch (outcome.type) {
    case 'answered': {
      // Where a secret URL leads is part of the secret.
      const shown = target.urlSecret === null ? observed : { ...observed, location: null }
      return explainStatus(shown, { unauthorized: toAdvice(target, event.account) })
    }
    case 'unreachable':
      return explainUnreachable(observed)
    case 'timeout':
    case 'unsent':
      return {
        message: describeOutcome(outcome, target.timeoutMs),
        next: 'Is it up? If it is slow: give it a longer timeout, or let it answer before it works.',
      }
  }
}

function toAdvice(target: PreparedTarget, account: string | undefined): string {
  if (target.format === 'slack') return 'Is the URL still good? The service can revoke it.'
  if (target.format === 'twilio') {
    const whose = account === undefined ? '' : ` of the account ${account.slice(0, 4)}…`
    return `Does it know the auth token${whose}, and does it check the signature against this URL?`
  }
  const names = [...target.secrets, target.bearer ?? []].flat()
  if (names.length === 0) return 'Does it want a secret? The config names none.'
  return `Does it know the secret (${names.join(', ')})?`
}
