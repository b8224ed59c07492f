/**
 * What a captured request says about the way it came: other names of its host, other paths, other
 * schemes, mostly in headers that proxies add. Untrusted, and only good for explaining.
 */
import { Buffer } from 'node:buffer'
import { splitUrl, type UrlParts } from '../../twilio/url-forms.ts'
import { findHeader, type CapturedRequest } from './capture/captured-request.ts'

export interface Evidence {
  method: string
  body: Uint8Array
  bodyText: string
  hosts: readonly HostHint[]
  paths: readonly PathHint[]
  ports: readonly string[]
  /** The URL that is configured in Twilio, when the user gave it. */
  configured: UrlParts | null
}

export interface HostHint {
  /** Which header, or what else, names it. */
  source: string
  host: string
  /** `:8443` or empty. */
  port: string
}

export interface PathHint {
  source: string
  path: string
  /** `?a=1` or empty; null: the header does not say. */
  query: string | null
  /** It stands in front of the path that came, rather than in its place. */
  isPrefix: boolean
}

const HOST_HEADERS = [
  'x-forwarded-host',
  'host',
  ':authority',
  'x-original-host',
  'x-host',
  'x-forwarded-server',
  'x-envoy-original-host',
]
const PATH_HEADERS = [
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
  'x-request-uri',
  'x-forwarded-uri',
  'x-forwarded-path',
  'x-envoy-original-path',
  'x-replaced-path',
  'x-waws-unencoded-url',
]
const PREFIX_HEADERS = ['x-forwarded-prefix', 'x-script-name', 'x-forwarded-pathbase']

export function toEvidence(capture: CapturedRequest, configured: UrlParts | null): Evidence {
  const { headers, method, body } = capture
  const own = splitUrl(capture.url)
  const hosts = [
    ...(configured ? [{ source: '--url', host: configured.host, port: configured.port }] : []),
    ...toHostHints(capture),
    ...(own ? [{ source: 'the captured URL', host: own.host, port: own.port }] : []),
  ]
  const forwardedPort = findHeader(headers, 'x-forwarded-port')?.match(/^\s*(\d{1,5})/)?.[1]
  return {
    method,
    body,
    bodyText: Buffer.from(body).toString('utf8'),
    hosts,
    paths: toPathHints(capture),
    ports: forwardedPort === undefined ? [] : [`:${forwardedPort}`],
    configured,
  }
}

/** A header may name one host for each proxy. */
const HOST = /^\s*(?<host>\[[0-9a-f:.]+\]|[\w.-]+)(?<port>:\d{1,5})?\s*$/i
const MAX_HINTS = 12

function toHostHints({ headers }: CapturedRequest): HostHint[] {
  const named = HOST_HEADERS.flatMap((name) => toHosts(`header ${name}`, findHeader(headers, name)))
  const forwarded = findHeader(headers, 'forwarded') ?? ''
  const inForwarded = [...forwarded.matchAll(/\bhost="?([^";,]+)"?/gi)].flatMap(([, host = '']) =>
    toHosts('header forwarded', host),
  )
  return [...named, ...inForwarded].slice(0, MAX_HINTS)
}

function toHosts(source: string, value: string | null): HostHint[] {
  return (value ?? '').split(',').flatMap((each): HostHint[] => {
    const { host, port = '' } = HOST.exec(each)?.groups ?? {}
    return host === undefined ? [] : [{ source, host, port }]
  })
}

function toPathHints({ headers }: CapturedRequest): PathHint[] {
  const find = (name: string) => (findHeader(headers, name) ?? '').trim()
  const whole = PATH_HEADERS.flatMap((name): PathHint[] => {
    // Some proxies put the whole URL there.
    const target = find(name).replace(/^https?:\/\/[^/?#]+/i, '')
    const { path, query } = /^(?<path>\/[^?#\s]*)(?<query>\?[^#\s]*)?$/.exec(target)?.groups ?? {}
    if (path === undefined) return []
    return [{ source: `header ${name}`, path, query: query ?? null, isPrefix: false }]
  })
  const prefixes = PREFIX_HEADERS.flatMap((name): PathHint[] => {
    const value = find(name).replace(/\/+$/, '')
    if (!/^\/?[^?#\s,]+$/.test(value)) return []
    const path = value.startsWith('/') ? value : `/${value}`
    return [{ source: `header ${name}`, path, query: null, isPrefix: true }]
  })
  return [...whole, ...prefixes].slice(0, MAX_HINTS)
}
