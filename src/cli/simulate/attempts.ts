/**
 * One webhook until Twilio is content or gives up: attempts with the same token and the same body, each
 * signed with the key that is current and from an edge of its own. Never rejects for what comes back,
 * only when the simulation has been ended.
 */
import { createHash } from 'node:crypto'
import type { Answer } from '../trigger/call/answer.ts'
import { toProblem } from '../trigger/run-scenario.ts'
import { keepCookies, toCookieHeader, toSession, type CookieJar } from './cookies.ts'
import { DEFAULT_EDGES, toEdge } from './edges.ts'
import { toKeyInUse, toSignerInUse, type Rotation } from './keys.ts'
import type { Overrides } from './overrides.ts'
import type { Conversation } from './plan.ts'
import type { PlannedRequest, Places } from './planned-request.ts'
import { decideSinkPauseMs, isTriedAgain, toRules, type Rules } from './rules.ts'
import { createChance } from './seeded.ts'
import { isForeignKey, isRefused } from './spoil.ts'
import type { Sent } from './summary.ts'
import { toStreamedIds, toWebhook, type Identity } from './to-webhook.ts'
import type { Transport, WireAnswer } from './transport.ts'

export interface PlayOptions extends Identity {
  places: Places
  overrides: Overrides
  transport: Transport
  /** When the second key is promoted; null or undefined: never. */
  rotation?: Rotation | null
  /** From how many edges Twilio calls. */
  edges?: number
  /** How many times as fast as Twilio's the clock of Event Streams' pauses runs. */
  hurry?: number
  /** Milliseconds since the start. */
  elapsedMs: () => number
  /** Resolves at this time after the start; rejects when the simulation has been ended. */
  waitUntil: (atMs: number) => Promise<void>
  /** Waits for a place among those that are under way; gives the function that leaves it. */
  enter: () => Promise<() => void>
  record: (sent: Sent) => void
}

/** Four hours are four seconds. */
export const DEFAULT_HURRY = 3_600

export interface Session extends Pick<Conversation, 'number' | 'story'> {
  jar: CookieJar
}

/** With less time left than this, another attempt could not be answered. */
const LEAST_MS = 5

/** The last answer, and what Twilio has against it. */
export async function askWithRetries(
  planned: PlannedRequest,
  session: Session,
  options: PlayOptions,
): Promise<{ answer: WireAnswer; problem: ReturnType<typeof toProblem> }> {
  const { hurry = DEFAULT_HURRY, elapsedMs } = options
  const rules = toRules(planned.request.kind, options.overrides)
  const chance = createChance(`${planned.seed}/pauses`)
  let leave = await options.enter()
  try {
    const startedMs = elapsedMs()
    for (let attempt = 1, pausedMs = 0; ; attempt++) {
      const tookMs = elapsedMs() - startedMs
      const leftMs = rules.tt === null ? rules.ct + rules.rt : Math.max(LEAST_MS, rules.tt - tookMs)
      const sent = await attemptOnce(planned, attempt, { rules, leftMs, session, options })
      const waitedMs = pausedMs + elapsedMs() - startedMs
      const pauseMs =
        planned.enemy === null ? decidePauseMs(rules, attempt, sent.answer, waitedMs, chance) : null
      options.record({ ...sent.record, isLast: pauseMs === null })
      if (pauseMs === null) return sent
      if (pauseMs === 0) continue
      pausedMs += pauseMs
      leave()
      leave = () => {}
      await options.waitUntil(elapsedMs() + pauseMs / hurry)
      leave = await options.enter()
    }
  } finally {
    leave()
  }
}

/** Null: no retry follows. */
function decidePauseMs(
  rules: Rules,
  attempt: number,
  answer: WireAnswer,
  waitedMs: number,
  chance: ReturnType<typeof createChance>,
): number | null {
  if (rules.tt === null) return decideSinkPauseMs(attempt, answer, waitedMs, chance)
  if (waitedMs > rules.tt - LEAST_MS) return null
  return isTriedAgain(rules, attempt, answer) ? 0 : null
}

interface Attempt {
  rules: Rules
  leftMs: number
  session: Session
  options: PlayOptions
}

async function attemptOnce(
  planned: PlannedRequest,
  attempt: number,
  { rules, leftMs, session, options }: Attempt,
) {
  const { request, enemy, token, edge, isFallback } = planned
  const { rotation = null, edges = DEFAULT_EDGES } = options
  const atMs = options.elapsedMs()
  const key = toKeyInUse(rotation, atMs)
  const signer = toSignerInUse(options.signer, rotation, key)
  const webhook = toWebhook(planned, { ...options, signer })
  const place = toEdge(edge, attempt, edges)
  const cookieSession = enemy === null ? toSession(request) : null
  const cookie =
    cookieSession === null ? null : toCookieHeader(session.jar, cookieSession, webhook.url)
  const limits = { connectMs: rules.ct, readMs: rules.rt, wholeMs: leftMs }
  const answer = await options.transport(webhook, cookie, limits, place)
  if (cookieSession !== null) {
    keepCookies(session.jar, cookieSession, webhook.url, answer.cookies)
  }
  const problem = toProblem({ request: { ...request, url: webhook.url }, answer })
  const record: Omit<Sent, 'isLast'> = {
    conversation: session.number,
    story: session.story,
    kind: isFallback ? 'fallback' : request.kind,
    token,
    enemy,
    attempt,
    place,
    key: isForeignKey(enemy) ? null : key,
    atMs: Math.round(atMs),
    sid: findSid(planned),
    streamed: toStreamedIds(webhook),
    ...toVerdict(planned, answer, problem?.code ?? null),
  }
  return { answer, problem, record }
}

function findSid({ request }: PlannedRequest): string | null {
  return request.set.find(([name, value]) => name.endsWith('Sid') && value !== '')?.[1] ?? null
}

function toVerdict({ enemy }: PlannedRequest, answer: WireAnswer, code: number | null) {
  const { status, loss, durationMs } = answer
  const isGood = enemy === null ? code === null : isRefused(enemy, status)
  return { status, loss, durationMs, isGood, code, answer: toDigest(answer) }
}

function toDigest({ status, contentType, text }: Answer): string {
  return createHash('sha256')
    .update(JSON.stringify([status, contentType, text]))
    .digest('hex')
}
