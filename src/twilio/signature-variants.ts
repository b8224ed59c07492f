/**
 * A refused request with one known mistake undone at a time: what Twilio would have signed if that
 * mistake had been made. Nothing is accepted because of these; they only explain a refusal.
 */
import { parseForm } from './params.ts'
import { toSignedJsonUrl, type SignedRequest } from './signature.ts'
import { toSortedParams } from './signed-text.ts'
import { joinUrl, splitUrl, type UrlParts } from './url-forms.ts'

export type Mistake =
  | 'scheme'
  | 'port'
  | 'proxy_host'
  | 'trailing_slash'
  | 'json_read_as_form'
  | 'form_read_as_json'
  | 'query_missing'
  | 'query_changed'
  | 'other_accounts_token'

export interface Variant {
  code: Mistake
  url: string
  /** Sorted parameters as signed. Absent: the request's own. */
  params?: string
  /** Whether the URL was signed as a WebSocket's. Absent: as the request is one. */
  upgrade?: boolean
}

/**
 * The likeliest first, one mistake at a time; only host and scheme are often wrong together. `hosts`:
 * what the request's own headers call the host, null for a header that did not come.
 */
export function* toVariants(
  request: SignedRequest,
  hosts: readonly (string | null)[],
): Generator<Variant, void, undefined> {
  const { url } = request
  const parts = splitUrl(url)
  if (parts) {
    yield* toSchemeVariants(parts, request.upgrade ?? false)
    yield* toHostVariants(parts, hosts)
    const { path } = parts
    const toggled = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
    yield { code: 'trailing_slash', url: joinUrl({ ...parts, path: toggled }) }
  }
  yield* toBodyVariants(request)
  yield { code: 'other_accounts_token', url }
  if (parts) yield* toQueryVariants(parts)
}

const OTHER_SCHEMES = new Map([
  ['https', 'http'],
  ['http', 'https'],
])

function swapScheme(parts: UrlParts): string {
  return joinUrl({ ...parts, scheme: OTHER_SCHEMES.get(parts.scheme) ?? parts.scheme })
}

/** A proxy that ends TLS (twilio-node #321), or a WebSocket signed like any request. */
function* toSchemeVariants(parts: UrlParts, upgrade: boolean): Generator<Variant> {
  if (upgrade) yield { code: 'scheme', url: joinUrl(parts), upgrade: false }
  yield { code: 'scheme', url: swapScheme(parts) }
}

/** A header that names hosts may list one for each proxy, the outermost first. */
const HOST = /^\s*(?<host>\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?<port>:\d{1,5})?\s*(?:,|$)/i

function* toHostVariants(own: UrlParts, hosts: readonly (string | null)[]): Generator<Variant> {
  for (const header of new Set(hosts)) {
    const groups = HOST.exec(header ?? '')?.groups
    if (!groups) continue
    const { host = '', port = '' } = groups
    const isSameHost = host.toLowerCase() === own.host.toLowerCase()
    if (isSameHost && port === own.port) continue
    const code = isSameHost ? 'port' : 'proxy_host'
    const parts = { ...own, host, port }
    yield { code, url: joinUrl(parts) }
    yield { code, url: swapScheme(parts) }
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: false })

/** A body that was signed as the other type, or whose hash has gone from the query. */
function* toBodyVariants({ url, bodyType, body }: SignedRequest): Generator<Variant> {
  if (bodyType === 'form') yield { code: 'json_read_as_form', url, params: '' }
  if (bodyType !== 'json') return
  const params = toSortedParams(parseForm(decoder.decode(body)))
  yield { code: 'form_read_as_json', url, params }
  if (!url.includes('bodySHA256=')) {
    yield { code: 'query_missing', url: toSignedJsonUrl(url, body) }
  }
}

/** What frameworks and proxies do to a query. An order that they lost cannot be found again. */
function* toQueryVariants(parts: UrlParts): Generator<Variant> {
  const { query } = parts
  const forms = [
    '',
    query.replaceAll('+', '%20'),
    query.replaceAll('%20', '+'),
    `?${new URLSearchParams(query).toString()}`,
  ]
  for (const form of new Set(forms)) {
    if (query !== '' && form !== query) {
      yield { code: 'query_changed', url: joinUrl({ ...parts, query: form }) }
    }
  }
}
