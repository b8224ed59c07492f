/** A route of the stand-in: what is asked, and what Twilio would answer. */
import type { Caller } from './login.ts'
import type { TwilioState } from './state.ts'

export interface Call {
  method: string
  /** `api.twilio.com` */
  host: string
  path: string
  query: URLSearchParams
  form: URLSearchParams
  caller: Caller
  state: TwilioState
  /** What Twilio's own addresses start with in an answer. */
  origin: string
}

export interface Answer {
  status: number
  /** Undefined: no body at all (204). */
  body?: unknown
  headers?: Record<string, string>
}

export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  host: string
  /** On the whole path. Named groups are the handler's `params`. */
  path: RegExp
  answer: (call: Call, params: Record<string, string>) => Answer
  /** It changes something: counted, and what `onChange` may break. */
  isChange?: boolean
}

/** As Twilio writes an error. */
export function toError(status: number, code: number, message: string): Answer {
  const more_info = `https://www.twilio.com/docs/errors/${code}`
  return { status, body: { code, message, more_info, status } }
}

export const REFUSED_LOGIN = toError(401, 20003, 'Authenticate')
export const NOT_FOUND = toError(404, 20404, 'The requested resource was not found')
