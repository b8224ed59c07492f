/** What the simulator sends in a run, and its account as verify.ts wants it. */
import { DEFAULT_MIX, type Mix } from '../../src/cli/simulate/mix.ts'
import { planConversations, type Conversation } from '../../src/cli/simulate/plan.ts'
import { hasFallback, toFallback } from '../../src/cli/simulate/fallback.ts'
import type { Places, PlannedRequest } from '../../src/cli/simulate/planned-request.ts'
import type { Sent } from '../../src/cli/simulate/summary.ts'
import { findKind } from '../../src/twilio/kinds.ts'
import { toEventId } from '../../test/faults/switchboard.ts'
import type { Sending, Webhook } from './accounts.ts'
import { PATHS, toDigest, toOwed, toReplyPromise } from './config.ts'

export interface TrafficOptions {
  gateway: string
  seed: string
  count: number
  rate: number
}

/** Whose reply to an inbound message changes with the config, and whose is remembered nevertheless. */
const SHARES = { changing: 0.15, kept: 0.15 }

const MIX: Mix = DEFAULT_MIX

/** With the ordinary endpoint for messages, or another one. */
export function toPlaces(gateway: string, sms: string = PATHS.sms): Places {
  const at = (path: string) => new URL(path, gateway).href
  const { voice, status, fallback } = PATHS
  return { sms: at(sms), voice: at(voice), status: at(status), fallback: at(fallback) }
}

/** In the order in which they begin. */
export function planTraffic({ gateway, seed, count, rate }: TrafficOptions): Conversation[] {
  const parts = [
    { path: PATHS.sms, share: 1 - SHARES.changing - SHARES.kept },
    { path: PATHS.changing, share: SHARES.changing },
    { path: PATHS.kept, share: SHARES.kept },
  ].map(({ path, share }) =>
    planConversations({
      seed: `${seed} ${path}`,
      count: Math.round(count * share),
      rate: rate * share,
      mix: MIX,
      places: toPlaces(gateway, path),
    }),
  )
  const startOf = ({ requests }: Conversation) => requests[0]?.atMs ?? 0
  return parts
    .flat()
    .toSorted((one, other) => startOf(one) - startOf(other))
    .map((conversation, number) => ({ ...conversation, number }))
}

/** When an attempt was answered, beside what the simulator says of it. */
export interface Timed extends Sent {
  doneAt: number
}

/** One for each token; what an enemy made of a webhook is another. */
export function toWebhooks(
  conversations: readonly Conversation[],
  sent: readonly Timed[],
  gateway: string,
  pushes: number,
): Webhook[] {
  const sendings = Map.groupBy(sent, ({ token, enemy }) => toKey(token, enemy))
  const requests = conversations.flatMap((conversation) => conversation.requests)
  const planned = new Map<string, PlannedRequest>(
    requests.map((request) => [toKey(request.token, request.enemy), request] as const),
  )
  const unplanned = toFallbacks(requests, gateway).filter(({ token }) => !planned.has(toKey(token)))
  for (const request of unplanned) {
    const key = toKey(request.token)
    if (sendings.has(key)) planned.set(key, request)
  }
  return [...planned].map(([key, request]) => toWebhook(request, sendings.get(key) ?? [], pushes))
}

const toKey = (token: string, enemy: string | null = null) => `${token} ${enemy ?? ''}`

/** What Twilio asks where the first URL failed: nobody planned that it would. */
function toFallbacks(requests: readonly PlannedRequest[], gateway: string): PlannedRequest[] {
  const { fallback } = toPlaces(gateway)
  if (!fallback) return []
  return requests.filter(hasFallback).map((request) => toFallback(request, fallback, 0))
}

function toWebhook(planned: PlannedRequest, sent: readonly Timed[], pushes: number): Webhook {
  const { token, enemy, isFallback, request } = planned
  const { pathname } = new URL(request.url)
  const id = toEventId(token, pathname.slice(1))
  const streamed = [...new Set(sent.flatMap((one) => one.streamed))]
  const asked = findKind(request.kind)
  const kind = isFallback ? FALLBACK_KIND : request.kind
  return {
    ...{ token, kind, enemy },
    identity: id,
    eventIds: streamed.length > 0 ? streamed : [id],
    isLiveCall: asked?.reply === 'twiml' && request.set.some(([name]) => name === 'CallSid'),
    limitMs: asked?.limitMs ?? 15_000,
    reply: toReplyPromise(pathname, pushes),
    ...toOwed(kind),
    sendings: sent.map(toSending),
  }
}

/** However it began. */
const FALLBACK_KIND = 'fallback'

/** Of test/faults/faulty-gateway.ts. */
const DEATH = toDigest(500, 'text/plain;charset=UTF-8', 'the gateway died')

function toSending({ attempt, doneAt, durationMs, status, loss, isGood, answer }: Timed): Sending {
  const about = { attempt, at: doneAt - durationMs, doneAt, status, loss, isGood, answer }
  return { ...about, isDeath: answer === DEATH }
}
