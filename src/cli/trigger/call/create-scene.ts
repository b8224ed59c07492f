/** The scene of one document: what its verbs have at hand, bound to the call that it belongs to. */
import type { Param } from '../../../twilio/params.ts'
import { judgeReceipt, judgeTwiml } from './answer.ts'
import type { CallDeps, CallStart } from './call-deps.ts'
import type { CallRequest, Exchange } from './call-request.ts'
import { childrenOf, toHeard } from './elements.ts'
import type { Behaviour, Scene } from './scene.ts'

/** One document of a call while it is performed. */
export interface Moment {
  start: CallStart
  deps: CallDeps
  hand: Hand
  request: CallRequest
  exchange: Exchange
}

export async function ask(request: CallRequest, { send, record }: CallDeps): Promise<Exchange> {
  const exchange = { request, answer: await send(request), problem: null, heard: [] }
  record(exchange)
  return exchange
}

/** A URL that is none ends the call (error 11100); one that must not be called does so quietly. */
export function reachable(request: CallRequest, { deps, exchange }: Moment): CallRequest | null {
  if (!URL.canParse(request.url)) {
    exchange.problem = { code: 11100, text: 'a URL in the document is none' }
    return null
  }
  const url = deps.reach(request.url)
  if (url !== null) return { ...request, url }
  exchange.heard.push(`${new URL(request.url).host} would be asked next, and is not`)
  return null
}

export function createScene(moment: Moment): Scene {
  const { start, deps, hand, request, exchange } = moment
  return {
    callSid: start.callSid,
    dial: deps.behaviour.dial,
    makeSid: deps.makeSid,
    ...hand,
    hear: (text) => void exchange.heard.push(text),
    toRequest(kind, url, method, set) {
      const isGet = method?.toUpperCase() === 'GET'
      const resolved = URL.canParse(url, request.url) ? new URL(url, request.url).href : url
      const about: Param[] = set.some(([name]) => name === 'CallStatus')
        ? set
        : [['CallStatus', 'in-progress'], ...set]
      const known = start.set.filter(([name]) => !about.some(([each]) => each === name))
      return { kind, url: resolved, method: isGet ? 'GET' : 'POST', set: [...known, ...about] }
    },
    async tell(callback, about) {
      const allowed = reachable(callback, moment)
      if (!allowed) return
      const told = await ask(allowed, deps)
      told.heard.push(about)
      const judged = judgeReceipt(told.answer)
      if (!judged.ok) told.problem = judged.error
    },
    whisper: async (whispered) => {
      const allowed = reachable(whispered, moment)
      return allowed ? hearOnce(await ask(allowed, deps)) : []
    },
  }
}

/** Somebody else's document: what they hear, without following it. */
function hearOnce(exchange: Exchange): string[] {
  const judged = judgeTwiml(exchange.answer)
  if (!judged.ok) {
    exchange.problem = judged.error
    return []
  }
  if (judged.value.type !== 'twiml') return ['hears a sound']
  return childrenOf(judged.value.document.root).flatMap((element) => toHeard(element) ?? [])
}

export type Hand = Pick<Scene, 'takeDigits' | 'takeRecording'>

/** What the caller has left to key in and to say. */
export function createHand({ digits }: Behaviour): Hand {
  const left = [...digits]
  let hasSpoken = false
  return {
    takeDigits(atMost) {
      const next = left.shift()
      if (next === undefined) return null
      const rest = next.slice(atMost)
      if (rest !== '') left.unshift(rest)
      return next.slice(0, atMost)
    },
    takeRecording() {
      const speaks = !hasSpoken
      hasSpoken = true
      return speaks
    },
  }
}
