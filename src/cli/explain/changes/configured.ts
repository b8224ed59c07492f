/**
 * The URL that the user says is configured in Twilio, against the one that the gateway saw: every part
 * that differs is a mistake of its own, and all of them are undone together.
 */
import type { UrlParts } from '../../../twilio/url-forms.ts'
import { joinQuery, splitOwnQuery, splitQuery, withUrl, type Signed } from '../signed.ts'
import type { MistakeCode } from '../mistakes.ts'
import type { Change } from './change.ts'

const DETAIL = '--url'

/** The guess as it stands, then with each query that it may have been signed with. */
export function* toConfigured(base: Signed, configured: UrlParts): Generator<readonly Change[]> {
  for (const query of toQueries(base, configured)) {
    const changes = toChanges(base, { ...configured, userinfo: '', query })
    if (changes.length > 0) yield changes
  }
}

/** With GET Twilio adds its parameters behind the configured ones, with JSON its bodySHA256. */
function* toQueries({ url }: Signed, configured: UrlParts): Generator<string> {
  yield url.query
  if (configured.query === '') return
  const { own, added } = splitOwnQuery(url.query)
  const mine = splitQuery(configured.query)
  yield joinQuery([...mine, ...added])
  yield joinQuery([...mine, ...own.filter((pair) => !mine.includes(pair)), ...added])
}

function toChanges(base: Signed, signedUrl: UrlParts): Change[] {
  const codes: [code: MistakeCode, part: Partial<UrlParts>][] = []
  const { url } = base
  const { scheme, host, port, path, query } = signedUrl
  const isSameHost = host.toLowerCase() === url.host.toLowerCase()
  if (scheme !== url.scheme) codes.push(['scheme', { scheme }])
  if (host !== url.host) codes.push([isSameHost ? 'host_case' : 'proxy_host', { host }])
  if (port !== url.port) codes.push(['port', { port }])
  if (path !== url.path) codes.push([toPathCode(path, url.path), { path }])
  if (query !== url.query) codes.push(['query_lost', { query }])
  let signed = base
  return codes.map(([code, part]) => {
    signed = withUrl(signed, part)
    return { code, detail: DETAIL, signed }
  })
}

function toPathCode(configured: string, seen: string): MistakeCode {
  if (configured === `${seen}/` || seen === `${configured}/`) return 'trailing_slash'
  return configured.endsWith(seen) || seen.endsWith(configured) ? 'path_prefix' : 'path'
}
