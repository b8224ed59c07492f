/**
 * A verified webhook: recognise → look up → reply and publish → record.
 *
 * A reply that is computed in memory travels with the event; what an app answers follows it.
 *
 * Promises: Twilio is answered only after the event is stored; a retry gets the reply that the first
 * one got; every wait has a deadline, and together they end before Twilio's.
 * Only an endpoint that remembers (src/config/remember.ts) looks up and records. Everywhere else a
 * retry's reply is computed again from the same request, and its event published again under the same
 * id, of which the ledger makes one.
 * Weak where KV is: copies that arrive before the first one's reply is recorded, or in a place that has
 * not heard of it, are published again, too, and an origin is asked again.
 */
import type { KindTest } from '../config/problems-only.ts'
import type { Route } from '../config/routes.ts'
import { toFault, type Log } from '../log.ts'
import { err, ok, type Result } from '../result.ts'
import { withoutBodyHash } from '../twilio/signature.ts'
import type { ReportAnswer } from './answers.ts'
import type { Intake } from './intake.ts'
import { toAnswered } from './messages.ts'
import type { AskOrigin } from './origin.ts'
import type { PublishBudget, Publisher, Stored } from './publish.ts'
import { recognise, type Recognised } from './recognise.ts'
import type { Refusal } from './refusal.ts'
import { decideReply, type ReplyRequest } from './reply.ts'
import type { Reply } from './response.ts'
import type { TokenStore } from './tokens.ts'
import type { VerifiedWebhook } from './verify.ts'
import { endStep, type Visit } from './visit.ts'

export interface AdmitDeps {
  tokens: TokenStore
  publisher: Publisher
  askOrigin: AskOrigin
  reportAnswer: ReportAnswer
  log: Log
  /** Milliseconds since the epoch. */
  now: () => number
  /** Random text, for events that nothing else tells apart. */
  nonce: () => string
}

export interface Admission extends VerifiedWebhook {
  route: Route
  intake: Intake
  lookupBudgetMs: number
  recordsProblemsOnly: KindTest
}

export async function admit(
  admission: Admission,
  deps: AdmitDeps,
  visit: Visit,
): Promise<Result<Reply, Refusal>> {
  const { line } = visit
  const recognised = recognise(admission, deps.nonce, visit)
  const { identity } = recognised
  if (isRemembered(admission, recognised)) {
    const recorded = await lookUp(admission, recognised, deps, visit)
    if (recorded) return ok(recorded)
  }
  // Side by side; only an origin makes the reply a promise.
  const replying = makeReply(admission, recognised, deps, visit)
  const publishing = publish(recognised, replying, deps, visit)
  const reply = replying instanceof Promise ? await replying : replying
  if (replying instanceof Promise) line.ms.reply = deps.now() - visit.stepAt
  const stored = await publishing
  endStep(visit, 'publish', deps.now)
  line.stored = stored
  line.reply = reply.from
  if (stored === 'nowhere') return surrender(admission, recognised, reply, deps, visit)
  line.verdict = 'accepted'
  if (isRemembered(admission, recognised)) record(identity.id, reply, deps, visit)
  if (replying instanceof Promise) report(admission, recognised, reply, deps, visit)
  return ok(reply)
}

/** What has no key cannot be told from another; nobody would look its reply up. */
const isRemembered = ({ route }: Admission, { identity }: Recognised): boolean =>
  route.endpoint.remembers && identity.key !== null

/** The reply that an earlier copy got. */
async function lookUp(
  { lookupBudgetMs }: Admission,
  { identity, deadlineMs }: Recognised,
  { tokens, now }: AdmitDeps,
  visit: Visit,
): Promise<Reply | null> {
  const { line } = visit
  const budgetMs = Math.min(lookupBudgetMs, deadlineMs * 0.1)
  const recorded = await tokens.lookup(identity.id, budgetMs, (step) => line.faults.push(step))
  endStep(visit, 'lookup', now)
  if (!recorded) return null
  line.verdict = 'duplicate'
  line.reply = recorded.from
  return recorded
}

/** Never throws: a defect here must not keep the event from being stored. */
function makeReply(
  admission: Admission,
  recognised: Recognised,
  { askOrigin }: AdmitDeps,
  visit: Visit,
): Reply | Promise<Reply> {
  try {
    return decideReply(toReplyRequest(admission, recognised, visit), askOrigin)
  } catch (error) {
    return Promise.reject(error)
  }
}

function toReplyRequest(
  { route, intake, webhook, key }: Admission,
  { kind, deadlineMs }: Recognised,
  { request, startedAt, stepAt }: Visit,
): ReplyRequest {
  const { method, bodyType, contentType, body, params } = intake
  return {
    endpoint: route.endpoint,
    kind,
    params: webhook.params,
    now: startedAt,
    limitMs: deadlineMs - (stepAt - startedAt),
    toOriginRequest: () => ({
      method,
      bodyType,
      contentType,
      body,
      pairs: params.pairs,
      query: withoutBodyHash(intake.query),
      rest: route.rest,
      token: key.token,
      headers: request.headers,
    }),
  }
}

function publish(
  { messages, deadlineMs }: Recognised,
  reply: Reply | Promise<Reply>,
  { publisher }: AdmitDeps,
  { line, startedAt, stepAt }: Visit,
): Promise<Stored> {
  const leftMs = Math.max(deadlineMs - (stepAt - startedAt), 0)
  const answered = reply instanceof Promise ? messages : toAnswered(messages, reply)
  return publisher.publish(answered, toBudget(leftMs), (step) => line.faults.push(step))
}

/**
 * A large event's put, the queue and the outbox come one after another: together they stay below the
 * deadline. Their own caps are some ten times what each usually takes at worst.
 */
function toBudget(leftMs: number): PublishBudget {
  return { queueMs: Math.min(2_000, leftMs * 0.4), outboxMs: Math.min(1_000, leftMs * 0.2) }
}

/**
 * Nothing took the event. It goes into the log whole, the one place left, and Twilio is told to try
 * again; but a caller who is on the line gets the answer all the same.
 */
function surrender(
  { webhook }: Admission,
  { kind, messages }: Recognised,
  reply: Reply,
  { log }: AdmitDeps,
  { line }: Visit,
): Result<Reply, Refusal> {
  for (const message of messages) log({ event: 'event.unstored', message })
  line.verdict = 'unstored'
  const isLiveCall = kind.reply === 'twiml' && webhook.params.has('CallSid')
  return isLiveCall ? ok(reply) : err({ reason: 'unstored' })
}

/** Behind the answer, when the webhook's line is written: a fault gets a line of its own. */
function record(eventId: string, reply: Reply, { tokens, log }: AdmitDeps, visit: Visit): void {
  const onFault = (step: string) => log({ event: 'token.unrecorded', eventId, step })
  visit.waitUntil(tokens.record(eventId, reply, onFault))
}

/**
 * Behind the answer, as above: nobody waits for it, and nothing but the record misses it. Of what is
 * recorded only when there is a problem nobody here knows whether there will be a record.
 */
function report(
  { recordsProblemsOnly }: Admission,
  { identity, ...recognised }: Recognised,
  reply: Reply,
  { reportAnswer, log }: AdmitDeps,
  { startedAt, stepAt, waitUntil }: Visit,
): void {
  const messages = recognised.messages.filter(({ event }) => !recordsProblemsOnly(event.kind))
  if (messages.length === 0) return
  const tookMs = Math.max(stepAt - startedAt, 0)
  const reporting = reportAnswer({ messages, reply, at: stepAt, tookMs }).catch((error: unknown) =>
    log({ event: 'answer.unrecorded', eventId: identity.id, ...toFault(error) }),
  )
  waitUntil(reporting)
}
