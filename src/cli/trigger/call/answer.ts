/**
 * Whether Twilio accepts an answer, by its own rules and error codes.
 * https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application, https://www.twilio.com/docs/api/errors
 */
import { err, ok, type Result } from '../../../result.ts'
import { parseTwiml, type TwimlDocument, type TwimlReason } from '../../../twilio/twiml.ts'

export interface Answer {
  status: number
  contentType: string
  text: string
  durationMs: number
  /** Why nobody answered; null when somebody did. */
  failure: string | null
}

export interface AnswerProblem {
  /** Twilio's own number for it. */
  code: number
  text: string
}

/** What Twilio gives a webhook that asks for TwiML. */
export const LIMIT_MS = 15_000

const CODES: Readonly<Record<TwimlReason, number>> = {
  too_large: 11750,
  malformed: 12100,
  too_deep: 12100,
  wrong_root: 12102,
}

const XML_TYPES = new Set(['text/xml', 'application/xml', 'text/html'])

export type Content =
  | { type: 'twiml'; document: TwimlDocument }
  /** Played, and then the call ends. */
  | { type: 'audio' }
  /** Spoken, or sent as a message. */
  | { type: 'text'; text: string }

/** For a webhook that asks for TwiML. */
export function judgeTwiml(answer: Answer): Result<Content, AnswerProblem> {
  const received = judgeReceipt(answer)
  if (!received.ok) return received
  const { contentType, text } = answer
  const [mime = ''] = contentType.toLowerCase().split(';', 1)
  const type = mime.trim()
  if (type.startsWith('audio/')) return ok({ type: 'audio' })
  if (!XML_TYPES.has(type) && type !== 'text/plain') {
    return problem(12300, type === '' ? 'no content type' : `the content type ${type}`)
  }
  if (text.trim() === '') return problem(11770, 'an empty document')
  const parsed = parseTwiml(text)
  if (parsed.ok) return ok({ type: 'twiml', document: parsed.value })
  if (type === 'text/plain') return ok({ type: 'text', text })
  const { reason, detail, line } = parsed.error
  return problem(CODES[reason], line === undefined ? detail : `${detail} (line ${line})`)
}

/** For a callback, whose answer is only a receipt. */
export function judgeReceipt(answer: Answer): Result<null, AnswerProblem> {
  const { status, failure, durationMs } = answer
  if (failure !== null) return problem(11205, failure)
  if (durationMs > LIMIT_MS) return problem(11203, `${(durationMs / 1_000).toFixed(1)} s`)
  if (status >= 300 && status < 400) {
    return problem(11200, `a redirect (${status}), in which a POST loses its parameters`)
  }
  return status >= 200 && status < 300 ? ok(null) : problem(11200, `status ${status}`)
}

const problem = (code: number, text: string) => err({ code, text })
