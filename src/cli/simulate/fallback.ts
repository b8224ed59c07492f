/**
 * The fallback URL: asked at once when the first one could not be had, or its answer not be used, with the
 * same parameters and what went wrong. Callbacks have none. Pure.
 * https://www.twilio.com/docs/usage/availability-reliability
 */
import { findKind } from '../../twilio/kinds.ts'
import type { Param } from '../../twilio/params.ts'
import { drawSid, planPost, type PlannedRequest, type Story } from './planned-request.ts'
import { createChance, toToken } from './seeded.ts'

/** Beside the call's own document: who is on the line does not hear that it failed. */
const WITHOUT = new Set(['voice.conference.wait', 'voice.queue.wait', 'voice.dial.whisper'])

/** Whether Twilio has a fallback URL for it. */
export function hasFallback({ request, enemy, isFallback }: PlannedRequest): boolean {
  const { kind } = request
  const isAsked = findKind(kind)?.reply === 'twiml' && !WITHOUT.has(kind)
  return enemy === null && !isFallback && isAsked
}

/** The same for each copy of what failed: Twilio asks once. */
export function toFallback(
  failed: PlannedRequest,
  url: string,
  code: number,
  errorUrl = failed.request.url,
): PlannedRequest {
  const { request, seed } = failed
  const set: Param[] = [...request.set, ['ErrorCode', String(code)], ['ErrorUrl', errorUrl]]
  return {
    ...failed,
    request: { ...request, url, set },
    token: toToken(createChance(`${seed}/fallback`)),
    isTogether: false,
    follow: null,
    isFallback: true,
  }
}

/** Connection, answer, type, document: what Twilio may have had with somebody else's app. */
const CODES = [11200, 11205, 11210, 11220, 11750, 12100, 12300] as const
const APP = 'https://app.example.com'

/**
 * An app that failed behind a gateway that is its fallback; or the answer of the gateway itself got lost
 * on its way to Twilio, so that both URLs are asked.
 */
export const fallback: Story = (deps) => {
  const { chance, places } = deps
  const { sms, voice, fallback: url } = places
  if (url === null || url === undefined) return []
  const isCall = chance.next() < 0.5
  const set: Param[] = isCall
    ? [
        ['CallSid', drawSid('CA', chance)],
        ['CallStatus', 'ringing'],
      ]
    : [
        ['MessageSid', drawSid('SM', chance)],
        ['Body', 'hello'],
      ]
  const [kind, first] = isCall ? ['voice.inbound', voice] : ['messaging.inbound', sms]
  const planned = planPost(kind, first, set, deps)
  if (chance.next() < 0.5) return [planned, toFallback(planned, url, 11205)]
  const errorUrl = `${APP}/${isCall ? 'voice' : 'sms'}`
  return [toFallback(planned, url, chance.pick(CODES), errorUrl)]
}
