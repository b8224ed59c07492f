/**
 * A request as it was on the wire: request line, headers, an empty line, the body byte for byte. Line
 * ends of the head may be CRLF, or LF as an editor leaves them.
 */
import { Buffer } from 'node:buffer'
import { UsageError } from '../../terminal/errors.ts'
import {
  findHeader,
  toAbsoluteUrl,
  type CapturedRequest,
  type Header,
  type Oddity,
} from './captured-request.ts'

const REQUEST_LINE = /^(?<method>[A-Z]+) (?<target>\S+)(?: HTTP\/[\d.]+)?$/

export const isRawHttp = (text: string): boolean =>
  /^\s*[A-Z]+ \S+ HTTP\/\d/.test(text.slice(0, 20_000))

export function parseRawHttp(capture: Uint8Array): CapturedRequest {
  const bytes = withoutBlankLines(Buffer.from(capture))
  const { head, rest } = splitHead(bytes)
  const [first = '', ...lines] = head.split('\n').map((line) => line.replace(/\r$/, ''))
  const { method, target } = REQUEST_LINE.exec(first)?.groups ?? {}
  if (method === undefined || target === undefined) {
    throw new UsageError('The first line is no request line like "POST /sms HTTP/1.1".', {
      code: 'capture_http',
    })
  }
  const headers = toHeaders(lines)
  const { body, oddities } = toBody(rest, headers)
  return { method, ...toAbsoluteUrl(target, headers), headers, body, oddities }
}

function withoutBlankLines(bytes: Buffer): Buffer {
  let start = 0
  while (bytes[start] === 10 || bytes[start] === 13) start++
  return bytes.subarray(start)
}

/** At the first empty line. Its own line end tells how the head ends; the body is not looked at. */
function splitHead(bytes: Buffer): { head: string; rest: Buffer } {
  const ends = ['\r\n\r\n', '\n\n', '\n\r\n']
    .map((mark) => ({ at: bytes.indexOf(mark), length: mark.length }))
    .filter(({ at }) => at !== -1)
    .toSorted((a, b) => a.at - b.at)
  const [end] = ends
  if (!end) return { head: bytes.toString('latin1').trimEnd(), rest: Buffer.alloc(0) }
  const head = bytes.subarray(0, end.at).toString('latin1')
  return { head, rest: bytes.subarray(end.at + end.length) }
}

/** Bytes of a header are latin1 here (RFC 9110, section 5.5); a folded line belongs to the one before. */
function toHeaders(lines: readonly string[]): Header[] {
  const headers: [string, string][] = []
  for (const line of lines) {
    const before = headers.at(-1)
    if (/^[ \t]/.test(line) && before) before[1] = `${before[1]} ${line.trim()}`.trim()
    else {
      const [, name = '', value = ''] = /^(:?[^:]+):(.*)$/.exec(line) ?? []
      if (name !== '') headers.push([name.trim(), value.trim()])
    }
  }
  return headers
}

function toBody(rest: Buffer, headers: readonly Header[]): { body: Buffer; oddities: Oddity[] } {
  if (/\bchunked\b/i.test(findHeader(headers, 'transfer-encoding') ?? '')) {
    // Many tools write the header and then the body in one piece.
    return { body: joinChunks(rest) ?? rest, oddities: [] }
  }
  const declared = findHeader(headers, 'content-length')
  if (declared === null || !/^\d+$/.test(declared)) return withoutLineEnd(rest, headers)
  const length = Number(declared)
  if (rest.length < length) return { body: rest, oddities: ['body_incomplete'] }
  const surplus = rest.subarray(length).toString('latin1')
  // A last line end is what an editor adds.
  const isOdd = surplus.trim() !== ''
  return { body: rest.subarray(0, length), oddities: isOdd ? ['body_cut'] : [] }
}

/** An editor ends a file with a line end; a form encodes its own, so one that is bare was never sent. */
function withoutLineEnd(body: Buffer, headers: readonly Header[]) {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(
    findHeader(headers, 'content-type') ?? '',
  )
  const length = isForm ? body.toString('latin1').replace(/\r?\n$/, '').length : body.length
  const oddities: Oddity[] = length < body.length ? ['line_end_cut'] : []
  return { body: body.subarray(0, length), oddities }
}

/** RFC 9112, section 7.1; null when it is not written in chunks. */
function joinChunks(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = []
  for (let at = 0; ;) {
    const end = bytes.indexOf('\r\n', at)
    const size = end === -1 ? '' : bytes.subarray(at, end).toString('latin1').split(';')[0]?.trim()
    if (!size || !/^[\da-f]{1,7}$/i.test(size)) return null
    const length = Number.parseInt(size, 16)
    if (length === 0) return Buffer.concat(parts)
    const start = end + 2
    if (bytes.length < start + length) return null
    parts.push(bytes.subarray(start, start + length))
    at = start + length + 2
  }
}
