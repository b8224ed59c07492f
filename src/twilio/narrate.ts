/**
 * What somebody at the other end hears or gets, in words: a TwiML document as a list of steps, and the
 * other answers that Twilio takes.
 *
 * Says what the document asks for, not what became of it. Takes any text: what is no TwiML is said to be
 * none. At most MAX_STEPS steps, and each of a sentence's texts is shortened.
 */
import type { XmlElement } from '@rgrove/parse-xml'
import type { Answer } from '../events/message.ts'
import { findKind } from './kinds.ts'
import { childrenOf, ownText, quote, shorten } from './narrate-element.ts'
import { VERBS, type VerbRow } from './narrate-verbs.ts'
import { parseTwiml, type TwimlProblem } from './twiml.ts'
import { parseJson } from './values.ts'

export interface Step {
  /** 0 for the verbs of the document, 1 for what is in a Gather or a Dial, … */
  depth: number
  /** The element's name; empty for a remark about the whole answer. */
  verb: string
  /** Without a subject: `hears “Welcome” (voice alice)`. */
  text: string
  /** False: the document ends before it. */
  isReached: boolean
}

export const MAX_STEPS = 200

const remark = (text: string): Step[] => [{ depth: 0, verb: '', text, isReached: true }]

/** One step at least. */
export function narrateTwiml(document: string): Step[] {
  if (document.trim() === '') return remark('an empty answer, which is no TwiML (error 12100)')
  const parsed = parseTwiml(document)
  if (!parsed.ok) return remark(describeProblem(parsed.error))
  const { root } = parsed.value
  const steps: Step[] = []
  narrateChildren(root, 0, true, steps)
  if (ownText(root) !== '') {
    steps.push(...remark(`text outside of any verb is passed over: ${quote(ownText(root))}`))
  }
  if (steps.length === 0) return remark('nothing: a call ends here, a sender gets no answer')
  const rest = steps.length - MAX_STEPS
  if (rest <= 0) return steps
  return [...steps.slice(0, MAX_STEPS), ...remark(`… and ${rest} more`)]
}

function narrateChildren(parent: XmlElement, depth: number, isReached: boolean, steps: Step[]) {
  let isGoingOn = isReached
  for (const element of childrenOf(parent)) {
    const row = findRow(element, parent)
    const text = row?.say(element) ?? 'is no verb that Twilio knows, and is passed over'
    steps.push({ depth, verb: element.name, text, isReached: isGoingOn })
    if (row !== undefined && row.isWhole !== true) {
      narrateChildren(element, depth + 1, isGoingOn, steps)
    }
    if (row?.ends === true) isGoingOn = false
  }
}

/** By own properties: an element may be called `constructor`. */
function findRow({ name }: XmlElement, parent: XmlElement): VerbRow | undefined {
  const names = [`${parent.name}/${name}`, name]
  const found = names.find((each) => Object.hasOwn(VERBS, each))
  return found === undefined ? undefined : VERBS[found]
}

function describeProblem({ reason, detail, line }: TwimlProblem): string {
  switch (reason) {
    case 'too_large':
      return 'is larger than the 64 KB that Twilio takes (error 11750)'
    case 'wrong_root':
      return 'is XML, but no TwiML: its root is not Response (error 12102)'
    case 'too_deep':
    case 'malformed':
      return `is no TwiML: ${detail}${line === undefined ? '' : `, line ${line}`} (error 12100)`
  }
}

const TWIML_TYPES = ['text/xml', 'application/xml', 'text/html', 'application/twiml+xml']

/** Any answer, for the kind of webhook that it was given to. */
export function narrateReply(answer: Omit<Answer, 'from'>, kindName: string): Step[] {
  const { status, body } = answer
  const kind = findKind(kindName)
  const type = (answer.contentType?.split(';', 1)[0] ?? '').trim().toLowerCase()
  if (status >= 300) {
    const isDecision = kind?.decidesByStatus(status) ?? false
    if (isDecision) return remark(`${status}: the app's decision, which Twilio obeys`)
    return remark(`${status}: a failure for Twilio, which may try again or use the fallback URL`)
  }
  if (body === null)
    return remark('the answer was not kept: it was too large, or the config says so')
  if (body.trim() === '') {
    if (kind?.reply === 'twiml' && status !== 204) return narrateTwiml(body)
    return remark('nothing: Twilio asked for nothing')
  }
  if (kind?.reply === 'none') return remark('received: Twilio does not read this answer')
  if (TWIML_TYPES.includes(type)) return narrateTwiml(body)
  if (type.endsWith('json')) return narrateJson(body, kindName)
  if (type.startsWith('audio/')) return remark('hears the sound in the answer, then is hung up')
  if (type === 'text/plain' && !parseTwiml(body).ok) {
    return remark(`hears or gets the text as it is: ${quote(shorten(body.trim()))}`)
  }
  return narrateTwiml(body)
}

function narrateJson(body: string, kind: string): Step[] {
  const json = parseJson(body)
  if (json === undefined) return remark('is no JSON, though it says so')
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return remark(`gets the JSON ${quote(shorten(body))}`)
  }
  const names = Object.keys(json)
  const instruction = json['instruction']
  if (kind === 'taskrouter.assignment' && typeof instruction === 'string') {
    return remark(`TaskRouter is told to ${quote(shorten(instruction))}`)
  }
  if (kind === 'conversations.pre') {
    return remark(names.length === 0 ? 'passes as it is' : `passes, changed: ${listNames(names)}`)
  }
  return remark(names.length === 0 ? 'gets an empty JSON object' : `gets JSON: ${listNames(names)}`)
}

const listNames = (names: readonly string[]): string => shorten(names.join(', '))
