/**
 * A captured request in any of the forms that people have at hand. What it is shows by its first
 * characters; `--format` says so where that fails.
 */
import { Buffer } from 'node:buffer'
import { UsageError } from '../../terminal/errors.ts'
import { findHeader, type CapturedRequest } from './captured-request.ts'
import { isCurl, parseCurl } from './curl.ts'
import { parseHar } from './har.ts'
import { parseRequestJson } from './json.ts'
import { isRawHttp, parseRawHttp } from './raw-http.ts'

export const FORMATS = ['curl', 'http', 'har', 'json'] as const
export type CaptureFormat = (typeof FORMATS)[number]

export interface ParsedCapture {
  format: CaptureFormat
  /** A HAR may have many, the other forms have one as a rule. */
  requests: readonly CapturedRequest[]
}

/** Throws a UsageError for what cannot be read. */
export function parseCapture(bytes: Uint8Array, forced?: CaptureFormat): ParsedCapture {
  const text = Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\uFEFF/, '')
  const format = forced ?? detectFormat(text)
  switch (format) {
    case 'curl':
      return { format, requests: [parseCurl(text)] }
    case 'http':
      return { format, requests: [parseRawHttp(bytes)] }
    case 'har':
      return { format, requests: parseHar(toJson(text)) ?? refuse('no HAR with log.entries') }
    case 'json': {
      const shape = 'no JSON with method, url, headers and body (see explain --help)'
      return { format, requests: parseRequestJson(toJson(text)) ?? refuse(shape) }
    }
  }
}

function detectFormat(text: string): CaptureFormat {
  if (isCurl(text)) return 'curl'
  if (isRawHttp(text)) return 'http'
  if (/^\s*[{[]/.test(text)) return parseHar(toJson(text)) ? 'har' : 'json'
  return refuse('neither a curl command, raw HTTP ("POST /sms HTTP/1.1 …"), a HAR nor JSON')
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message would quote the request.
    return refuse('JSON that cannot be parsed')
  }
}

function refuse(what: string): never {
  throw new UsageError(`The capture is ${what}.`, {
    code: 'capture_unreadable',
    next: `Give it in another form, or say what it is: --format ${FORMATS.join('|')}.`,
  })
}

/** @param entry 1-based; null: the only one, or the only one that carries a signature. */
export function chooseRequest(
  requests: readonly CapturedRequest[],
  entry: number | null,
): CapturedRequest {
  const signed = requests.filter(({ headers }) => findHeader(headers, 'x-twilio-signature'))
  const [only] = requests.length === 1 ? requests : signed.length === 1 ? signed : []
  const chosen = entry === null ? only : requests[entry - 1]
  if (chosen) return chosen
  const list = requests.slice(0, 50).map((request, index) => {
    const mark = signed.includes(request) ? ' (signed)' : ''
    const [address] = request.url.split('?', 1)
    return `  ${index + 1}  ${request.method} ${address}${mark}`
  })
  const title =
    entry === null ? 'The capture holds several requests:' : `There is no entry ${entry}:`
  throw new UsageError([title, ...list].join('\n'), {
    code: 'capture_entry',
    next: 'Choose one with --entry N.',
  })
}
