/**
 * A request as somebody captured it, whatever wrote it down: method, URL, headers and the bytes of the
 * body. Nothing of it is decoded here, because a signature covers the bytes.
 */
import { UsageError } from '../../terminal/errors.ts'

export type Header = readonly [name: string, value: string]

export interface CapturedRequest {
  method: string
  /** Absolute, as it was written; without a fragment. */
  url: string
  /** The capture has no scheme (raw HTTP has none): https, or http for a loopback address. */
  isSchemeAssumed: boolean
  headers: readonly Header[]
  body: Uint8Array
  /** What is odd about the capture itself, in the order in which it was seen. */
  oddities: readonly Oddity[]
}

export type Oddity =
  /** Fewer bytes than Content-Length says. */
  | 'body_incomplete'
  /** More bytes than Content-Length says: what follows was cut off. */
  | 'body_cut'
  /** A form without Content-Length that ends with a line end, which was left out. */
  | 'line_end_cut'
  /** The capture lists parameters instead of the body: its bytes are made again. */
  | 'body_remade'

/** The values of a header, joined as HTTP does (RFC 9110, section 5.2); null when it did not come. */
export function findHeader(headers: readonly Header[], name: string): string | null {
  const lower = name.toLowerCase()
  const values = headers.filter(([each]) => each.toLowerCase() === lower).map(([, value]) => value)
  return values.length === 0 ? null : values.join(', ')
}

const ABSOLUTE = /^(?<scheme>https?|wss?):\/\/(?<authority>[^/?#]+)(?<rest>[^#]*)/i
const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i

export interface AbsoluteUrl {
  url: string
  isSchemeAssumed: boolean
}

/** @param target An absolute URL, or a path, which needs a `Host` header. */
export function toAbsoluteUrl(target: string, headers: readonly Header[]): AbsoluteUrl {
  const { scheme, authority = '', rest = '' } = ABSOLUTE.exec(target)?.groups ?? {}
  if (scheme !== undefined) {
    // What is on the wire always has a path (RFC 9112, section 3.2.1).
    const path = rest.startsWith('/') ? rest : `/${rest}`
    return { url: `${scheme.toLowerCase()}://${authority}${path}`, isSchemeAssumed: false }
  }
  const host = findHeader(headers, 'host') ?? findHeader(headers, ':authority')
  if (host === null || !target.startsWith('/')) {
    throw new UsageError('The request does not say to which host it went.', {
      code: 'capture_host_missing',
      next: 'Give the whole URL, or keep the Host header in the capture.',
    })
  }
  const [path = '/'] = target.split('#', 1)
  const assumed = LOOPBACK.test(host.trim()) ? 'http' : 'https'
  return { url: `${assumed}://${host.trim()}${path}`, isSchemeAssumed: true }
}
