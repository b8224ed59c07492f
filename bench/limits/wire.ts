/** Requests as they go over the wire, and signatures as Twilio makes them. */
import { createHash, createHmac } from 'node:crypto'

export const AUTH_TOKEN = '0123456789abcdef0123456789abcdef'
export const ORIGIN = 'https://hooks.example.com'
export const ACCOUNT = `AC${'0'.repeat(32)}`
/** In what is sent and nowhere else: no log line may have them. */
export const NUMBER = '+15005550006'
export const BODY_MARK = 'w0rds-of-a-caller'
export const SECRETS: readonly string[] = [NUMBER.slice(1), BODY_MARK, AUTH_TOKEN]

export const FORM = 'application/x-www-form-urlencoded'

export type Pair = [name: string, value: string]
export type Header = [name: string, value: string | Buffer]

export interface Parts {
  /** Absent: the gateway's, behind a proxy that ends TLS. */
  host?: string
  method?: string
  /** Path and query. */
  path?: string
  headers?: Header[]
  type?: string | null
  body?: string | Buffer
  /** Absent: as long as the body; null: no header at all. */
  length?: string | null
}

export function toBytes(parts: Parts): Buffer {
  const { method = 'POST', path = '/sms', headers = [], type = FORM, body = '' } = parts
  const bytes = Buffer.from(body)
  const length = parts.length === undefined ? String(bytes.byteLength) : parts.length
  const all: Header[] =
    parts.host === undefined
      ? [['Host', new URL(ORIGIN).host], ['X-Forwarded-Proto', 'https'], ...headers]
      : [['Host', parts.host], ...headers]
  if (type !== null) all.push(['Content-Type', type])
  if (length !== null) all.push(['Content-Length', length])
  const lines = all.flatMap(([name, value]) => [Buffer.from(`${name}: `), Buffer.from(value), CRLF])
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n`), ...lines, CRLF, bytes])
}

const CRLF = Buffer.from('\r\n')

/** Parameters of a text message that comes in. */
export const toMessage = (sid: string): Pair[] => [
  ['MessageSid', `SM${sid}`],
  ['AccountSid', ACCOUNT],
  ['From', NUMBER],
  ['To', '+15005550010'],
  ['NumMedia', '0'],
  ['Body', BODY_MARK],
]

export const toForm = (pairs: readonly Pair[]): string => new URLSearchParams([...pairs]).toString()

/** https://www.twilio.com/docs/usage/security#validating-requests */
export function sign(
  path: string,
  pairs: readonly Pair[],
  { token = AUTH_TOKEN, origin = ORIGIN } = {},
): string {
  const sets = Map.groupBy(pairs, ([name]) => name)
  const names = [...sets.keys()].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const toText = (name: string) =>
    [...new Set(sets.get(name)?.map(([, value]) => value))]
      .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((value) => name + value)
      .join('')
  const text = origin + path + names.map(toText).join('')
  return createHmac('sha1', token).update(text).digest('base64')
}

export const toSignature = (signature: string | Buffer): Header => ['X-Twilio-Signature', signature]

export function toSignedForm(pairs: readonly Pair[], parts: Parts = {}): Buffer {
  const { path = '/sms', headers = [] } = parts
  const signature = toSignature(sign(path, pairs))
  return toBytes({ ...parts, body: toForm(pairs), headers: [...headers, signature] })
}

export function toSignedJson(body: string | Buffer, path = '/events'): Buffer {
  const signed = `${path}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`
  const headers = [toSignature(sign(signed, []))]
  return toBytes({ path: signed, type: 'application/json', body, headers })
}
