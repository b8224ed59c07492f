/**
 * Plays one conversation as Twilio does: one request after the other, each not before its time, retries
 * with the same token, cookies kept to its end. Never rejects for what comes back.
 */
import { createHash } from 'node:crypto'
import { makeCall } from '../trigger/call/caller.ts'
import type { CallRequest } from '../trigger/call/call-request.ts'
import { createReach } from '../trigger/reach.ts'
import { toProblem } from '../trigger/run-scenario.ts'
import type { SignedWebhook } from '../trigger/signed-webhook.ts'
import { toCallStatus } from '../trigger/status-requests.ts'
import { isTriedAgain, toSinkRules, type Overrides } from './overrides.ts'
import type { Conversation, ScheduledRequest } from './plan.ts'
import { createChance, toToken } from './seeded.ts'
import { isRefused } from './spoil.ts'
import type { Places, PlannedRequest } from './stories.ts'
import type { Sent } from './summary.ts'
import { toWebhook, type Identity } from './to-webhook.ts'
import type { Transport, WireAnswer } from './transport.ts'

export interface PlayOptions extends Identity {
  places: Places
  overrides: Overrides
  transport: Transport
  /** Resolves at this time after the start; rejects when the simulation has been ended. */
  waitUntil: (atMs: number) => Promise<void>
  /** Waits for a place among those that are under way; gives the function that leaves it. */
  enter: () => Promise<() => void>
  record: (sent: Sent) => void
}

/** What a request is when nobody planned it, because TwiML led to it. */
type Asked = Pick<PlannedRequest, 'request' | 'token' | 'seed' | 'enemy'>

/** With less time left than this, another attempt could not be answered. */
const LEAST_MS = 5

export async function playConversation(
  { number, story, requests }: Conversation,
  options: PlayOptions,
): Promise<void> {
  const cookies = new Map<string, string>()
  const ask = (asked: Asked) => askWithRetries(asked, { number, story, cookies }, options)
  for (const group of toGroups(requests)) {
    await options.waitUntil(group[0]?.atMs ?? 0)
    await Promise.all(
      group.map((each) => (each.follow === null ? ask(each) : followCall(each, ask, options))),
    )
  }
}

function toGroups(requests: readonly ScheduledRequest[]): ScheduledRequest[][] {
  const groups: ScheduledRequest[][] = []
  for (const request of requests) {
    if (request.isTogether) groups.at(-1)?.push(request)
    else groups.push([request])
  }
  return groups
}

async function followCall(
  planned: PlannedRequest,
  ask: (asked: Asked) => Promise<WireAnswer>,
  { places, publicUrl }: PlayOptions,
): Promise<void> {
  const chance = createChance(planned.seed)
  const callSid = planned.request.set.find(([name]) => name === 'CallSid')?.[1] ?? ''
  let isFirst = true
  const send = (request: CallRequest) => {
    const asked = isFirst
      ? planned
      : { request, token: toToken(chance), seed: chance.hex(16), enemy: null }
    isFirst = false
    return ask(asked)
  }
  await makeCall(
    { ...planned.request, callSid },
    {
      send,
      reach: createReach({
        to: places.voice,
        status: null,
        fallback: null,
        publicUrl,
        isAnyHost: false,
      }),
      behaviour: planned.follow ?? { digits: [], dial: 'completed' },
      makeSid: (prefix) => prefix + chance.hex(32),
      fallbackUrl: null,
      onAnswered: async () =>
        void (await send(toCallStatus(places.status, 'in-progress', callSid, 1))),
      record: () => {},
    },
  )
}

interface Session extends Pick<Conversation, 'number' | 'story'> {
  cookies: Map<string, string>
}

/** The last answer. */
async function askWithRetries(
  asked: Asked,
  { number, story, cookies }: Session,
  options: PlayOptions,
): Promise<WireAnswer> {
  const { transport, record } = options
  const { request, token, enemy } = asked
  const webhook = toWebhook(asked, options)
  const isSink = request.kind === 'event-streams'
  const rules = isSink ? toSinkRules(options.overrides) : options.overrides
  const leave = await options.enter()
  try {
    const started = performance.now()
    for (let attempt = 1; ; attempt++) {
      const leftMs = Math.max(LEAST_MS, rules.tt - (performance.now() - started))
      const answer = await transport(webhook, toCookie(cookies), {
        connectMs: rules.ct,
        readMs: rules.rt,
        wholeMs: leftMs,
      })
      if (enemy === null) keepCookies(answer.cookies, cookies)
      const isOver = performance.now() - started > rules.tt - LEAST_MS
      const isAgain = enemy === null && !isOver && isTriedAgain(rules, attempt, answer)
      const about = { conversation: number, story, kind: request.kind, token, enemy, attempt }
      record({ ...about, isLast: !isAgain, ...toVerdict(asked, webhook, answer) })
      if (!isAgain) return answer
    }
  } finally {
    leave()
  }
}

function toVerdict({ request, enemy }: Asked, { url }: SignedWebhook, answer: WireAnswer) {
  const { status, contentType, text, durationMs, loss } = answer
  const problem = toProblem({ request: { ...request, url }, answer })
  const isGood = enemy === null ? problem === null : isRefused(enemy, status)
  const digest = createHash('sha256').update(JSON.stringify([status, contentType, text]))
  return {
    status,
    loss,
    durationMs,
    isGood,
    code: problem?.code ?? null,
    answer: digest.digest('hex'),
  }
}

function toCookie(cookies: ReadonlyMap<string, string>): string | null {
  if (cookies.size === 0) return null
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

/** All go to one origin, and a conversation is too short for a cookie to expire. */
function keepCookies(headers: readonly string[], cookies: Map<string, string>): void {
  for (const header of headers) {
    const [, name, value = ''] = /^\s*([^=;\s]+)=([^;]*)/.exec(header) ?? []
    if (name !== undefined) cookies.set(name, value.trim())
  }
}
