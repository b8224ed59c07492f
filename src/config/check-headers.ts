/** Extra headers of a target: valid (RFC 9110 section 5), not Switchboard's own, and nothing secret. */
import { isPlainObject } from './json.ts'
import { at, type Complaint, type Report } from './problem.ts'

const MAX_HEADERS = 32
const MAX_VALUE_CHARACTERS = 1_024
export const HEADER_LIMITS = [MAX_HEADERS, MAX_VALUE_CHARACTERS] as const

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Visible ASCII, with spaces between: no line break that would start another header. */
const VALUE = /^[\x21-\x7e]+(?:[ \t]+[\x21-\x7e]+)*$/

/** What says who sent it, what it is and how long it is. */
const RESERVED =
  /^(?:webhook-.*|switchboard-.*|x-twilio-.*|i-twilio-.*|ce-.*|cf-.*|content-(?:type|length|encoding)|host|connection|transfer-encoding|te|trailer|upgrade|keep-alive|expect|proxy-.*|cookie|traceparent)$/
const SECRET = /(?:^|-)(?:api-?key|token|secret|password|auth)(?:-|$)/

/** The headers by lower-case name; the report says what is wrong with the others. */
export function readHeaders(value: unknown, path: string, report: Report): Record<string, string> {
  const headers = new Map<string, string>()
  if (value === undefined) return {}
  if (!isPlainObject(value)) {
    const fix = "write { 'x-team': 'billing' }"
    report.add(path, { code: 'wrong_type', message: 'this is no object', fix })
    return {}
  }
  for (const [written, text] of Object.entries(value)) {
    const name = written.toLowerCase()
    const place = at(path, written)
    const complaint = headers.has(name) ? TWICE : (checkName(name) ?? checkValue(text))
    if (complaint) report.add(place, complaint)
    else headers.set(name, String(text))
    if (SECRET.test(name)) report.warn(place, SECRET_HEADER)
  }
  if (headers.size > MAX_HEADERS) {
    const message = `over ${MAX_HEADERS} headers`
    report.add(path, { code: 'out_of_range', message, fix: 'leave some out' })
  }
  return Object.fromEntries(headers)
}

const TWICE: Complaint = {
  code: 'bad_header',
  message: 'the same header twice',
  fix: 'upper and lower case do not matter: keep one',
}

const SECRET_HEADER: Complaint = {
  code: 'secret_in_header',
  message: 'the config is stored in the clear',
  fix: "if this is a secret, send it as bearer: 'NAME_OF_THE_SECRET'",
}

function checkName(name: string): Complaint | null {
  if (!TOKEN.test(name)) {
    return { code: 'bad_header', message: 'this is no header name', fix: "write 'x-team'" }
  }
  if (name === 'authorization') {
    const message = 'a secret does not belong into the config'
    return { code: 'reserved_header', message, fix: "write bearer: 'NAME_OF_THE_SECRET'" }
  }
  if (RESERVED.test(name)) {
    const message = 'this header is set by Switchboard or the platform'
    return { code: 'reserved_header', message, fix: 'choose another name' }
  }
  return null
}

function checkValue(value: unknown): Complaint | null {
  if (typeof value !== 'string') {
    return { code: 'wrong_type', message: 'this is no text', fix: "write 'text'" }
  }
  if (VALUE.test(value) && value.length <= MAX_VALUE_CHARACTERS) return null
  const message = 'this value cannot be sent'
  const fix = `use visible ASCII, up to ${MAX_VALUE_CHARACTERS} characters, without line breaks`
  return { code: 'bad_header', message, fix }
}
