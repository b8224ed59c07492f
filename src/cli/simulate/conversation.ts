/**
 * Plays one conversation as Twilio does: one request after the other, each not before its time, the
 * fallback URL at once where the first one failed, cookies kept to its end.
 */
import { makeCall } from '../trigger/call/caller.ts'
import type { CallRequest } from '../trigger/call/call-request.ts'
import { createReach } from '../trigger/reach.ts'
import { toCallStatus } from '../trigger/status-requests.ts'
import { askWithRetries, type PlayOptions } from './attempts.ts'
import { hasFallback, toFallback } from './fallback.ts'
import type { Conversation, ScheduledRequest } from './plan.ts'
import type { PlannedRequest } from './planned-request.ts'
import { createChance, toToken } from './seeded.ts'
import type { WireAnswer } from './transport.ts'

export type { PlayOptions } from './attempts.ts'

export async function playConversation(
  { number, story, requests }: Conversation,
  options: PlayOptions,
): Promise<void> {
  const session = { number, story, jar: new Map() }
  const ask = (planned: PlannedRequest) => askWithRetries(planned, session, options)
  const failed = new Set<string>()
  const askOrFallBack = async (planned: PlannedRequest) => {
    const { problem } = await ask(planned)
    const { fallback } = options.places
    if (problem === null || !fallback || !hasFallback(planned)) return
    // Copies are one webhook, and fail as one.
    if (failed.has(planned.token)) return
    failed.add(planned.token)
    await ask(toFallback(planned, fallback, problem.code))
  }
  const play = async (planned: PlannedRequest) => {
    if (planned.follow === null) return askOrFallBack(planned)
    return followCall(planned, async (each) => (await ask(each)).answer, options)
  }
  for (const group of toGroups(requests)) {
    await options.waitUntil(group[0]?.atMs ?? 0)
    await Promise.all(group.map(play))
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

/** What TwiML leads to was planned by nobody, and is drawn from the seed of what was. */
async function followCall(
  planned: PlannedRequest,
  ask: (planned: PlannedRequest) => Promise<WireAnswer>,
  { places, publicUrl }: PlayOptions,
): Promise<void> {
  const chance = createChance(planned.seed)
  const callSid = planned.request.set.find(([name]) => name === 'CallSid')?.[1] ?? ''
  let isFirst = true
  const send = (request: CallRequest) => {
    const drawn = isFirst ? planned : { ...planned, token: toToken(chance), seed: chance.hex(16) }
    isFirst = false
    return ask({ ...drawn, request, follow: null })
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
      fallbackUrl: places.fallback ?? null,
      onAnswered: async () =>
        void (await send(toCallStatus(places.status, 'in-progress', callSid, 1))),
      record: () => {},
    },
  )
}
