/**
 * Somebody at a telephone: follows the TwiML that comes back, document by document, as Twilio does, and
 * makes the requests that Twilio makes on the way. Knows nothing of signing or sending: `send` does.
 *
 * Ends by itself: after 50 documents (a loop of redirects), when nothing follows, or at an answer that
 * Twilio would not accept and for which there is no fallback.
 */
import type { XmlElement } from '@rgrove/parse-xml'
import type { Param } from '../../../twilio/params.ts'
import { judgeTwiml, type AnswerProblem, type Content } from './answer.ts'
import type { CallDeps, CallStart } from './call-deps.ts'
import type { CallRequest } from './call-request.ts'
import { ask, createHand, createScene, reachable, type Moment } from './create-scene.ts'
import { childrenOf, shorten } from './elements.ts'
import type { Outcome, Scene } from './scene.ts'
import { VERBS } from './verbs.ts'

/** https://www.twilio.com/docs/api/errors/14106 says so of messages; a call is no better off. */
export const MAX_DOCUMENTS = 50

/** Never rejects for what comes back. */
export async function makeCall(start: CallStart, deps: CallDeps): Promise<void> {
  const hand = createHand(deps.behaviour)
  let next: CallRequest | null = {
    kind: start.kind,
    url: start.url,
    method: 'POST',
    set: start.set,
  }
  let isAnswered = false
  let hasFallback = deps.fallbackUrl !== null
  for (let count = 1; next !== null; count++) {
    const request: CallRequest = next
    const exchange = await ask(request, deps)
    const judged = judgeTwiml(exchange.answer)
    if (!judged.ok) {
      exchange.problem = judged.error
      next = hasFallback ? toFallback(request, judged.error, deps) : null
      hasFallback = false
      continue
    }
    if (!isAnswered) await deps.onAnswered()
    isAnswered = true
    next = await perform(judged.value, { start, deps, hand, request, exchange })
    if (next !== null && count >= MAX_DOCUMENTS) {
      exchange.problem = { code: 11215, text: `more than ${MAX_DOCUMENTS} documents in one call` }
      next = null
    }
  }
}

/** At once, with the same parameters and what went wrong. */
function toFallback(request: CallRequest, { code }: AnswerProblem, { fallbackUrl }: CallDeps) {
  const set: Param[] = [...request.set, ['ErrorCode', String(code)], ['ErrorUrl', request.url]]
  return {
    ...request,
    kind: 'fallback',
    method: 'POST',
    url: fallbackUrl ?? request.url,
    set,
  } as const
}

/** The request for the next document; null: the call is over. */
async function perform(content: Content, moment: Moment): Promise<CallRequest | null> {
  const { heard } = moment.exchange
  if (content.type === 'audio') heard.push('hears a sound')
  if (content.type === 'text') heard.push(`hears “${shorten(content.text)}”`)
  if (content.type !== 'twiml') return null
  const scene = createScene(moment)
  for (const element of childrenOf(content.document.root)) {
    const outcome = await performVerb(element, scene)
    if (outcome === 'end') return null
    if (outcome !== 'continue') return reachable(outcome.ask, moment)
  }
  heard.push('the call ends')
  return null
}

function performVerb(element: XmlElement, scene: Scene): Outcome | Promise<Outcome> {
  const verb = VERBS.get(element.name)
  if (verb) return verb(element, scene)
  scene.hear(`<${element.name}> is not played here`)
  return 'continue'
}
