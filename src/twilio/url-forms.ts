/**
 * The forms in which Twilio may have signed the URL of a request, likeliest first.
 *
 * A signature covers the URL byte for byte, so nothing is decoded or normalised here: `new URL()`
 * re-encodes the query and breaks good signatures (twilio-node #1183). Each form below is another
 * spelling of the same host, path and query. That is what makes the widening safe: whichever form
 * matched, no byte that the gateway acts on can differ from what Twilio signed. The two exceptions are
 * stated where they are made (an explicit port, the last slash of a WebSocket path).
 *
 * Not tried, because Twilio is not known to sign them and each would let changed bytes pass: a host in
 * other letter case, a re-ordered or re-encoded query, another scheme, another path.
 */

/** A URL in the pieces that its forms differ in, each with its own punctuation; joined they are it. */
export interface UrlParts {
  /** `https` */
  scheme: string
  /** `user:pass@` or empty. */
  userinfo: string
  /** `example.com`, `[::1]` */
  host: string
  /** `:8443` or empty. */
  port: string
  /** `/sms` or empty. */
  path: string
  /** `?a=1` or empty. */
  query: string
}

const URL_PARTS =
  /^(?<scheme>[a-z]+):\/\/(?<userinfo>[^/?#]*@)?(?<host>\[[^\]/?#@]*\]|[^/?#@:]*)(?<port>:\d*)?(?<path>\/[^?#]*)?(?<query>\?[^#]*)?(?:#.*)?$/

/** Splits an absolute URL without its fragment, which is never sent nor signed; null when it is none. */
export function splitUrl(url: string): UrlParts | null {
  const groups = URL_PARTS.exec(url)?.groups
  if (!groups) return null
  const { scheme = '', userinfo = '', host = '', port = '', path = '', query = '' } = groups
  return { scheme, userinfo, host, port, path, query }
}

export function joinUrl({ scheme, userinfo, host, port, path, query }: UrlParts): string {
  return `${scheme}://${userinfo}${host}${port}${path}${query}`
}

const DEFAULT_PORTS = new Map([
  ['https', ':443'],
  ['wss', ':443'],
  ['http', ':80'],
  ['ws', ':80'],
])

const UPGRADED_SCHEMES = new Map([
  ['https', 'wss'],
  ['http', 'ws'],
])

/**
 * What Twilio signs, and then what it has been seen to sign instead; made one at a time, so that a
 * good request costs no more than its first form. No two are equal. A sender can bring about 8 of them
 * (an apostrophe in the query of a WebSocket or of the root), 2 is usual; twice as many when the
 * configured URL itself holds credentials. `upgrade`: the request is a WebSocket handshake, which
 * Twilio signs as `wss:` while a Worker sees `https:`.
 */
export function* toUrlForms(url: string, upgrade = false): Generator<string, void, undefined> {
  // Nearly every request is signed as it is: without credentials and fragment it is its first form.
  const isPlain = !upgrade && !url.includes('@') && !url.includes('#')
  if (isPlain) yield url
  const parts = splitUrl(url)
  if (!parts) {
    if (!isPlain) yield url
    return
  }
  const scheme = (upgrade && UPGRADED_SCHEMES.get(parts.scheme)) || parts.scheme
  for (const userinfo of userinfoForms(parts)) {
    for (const query of queryForms(parts)) {
      for (const path of pathForms(parts, upgrade)) {
        for (const port of portForms(parts.port, scheme)) {
          const form = joinUrl({ scheme, userinfo, host: parts.host, port, path, query })
          if (!isPlain || form !== url) yield form
        }
      }
    }
  }
}

/** Twilio drops `user:pass@` before it signs; the SDKs keep it and their test vectors too. */
function userinfoForms({ userinfo }: UrlParts): string[] {
  return userinfo === '' ? [''] : ['', userinfo]
}

/**
 * Voice over HTTPS signs the URL without its port, other products with it, some with the default port
 * spelled out (the SDKs try both). Widens: a signature for the default port is good for a URL with
 * another one; never the reverse, and never from one explicit port to another.
 */
function portForms(port: string, scheme: string): string[] {
  if (port !== '') return [port, '']
  const standard = DEFAULT_PORTS.get(scheme)
  return standard === undefined ? [''] : ['', standard]
}

/**
 * The root has two spellings, with and without its slash, which are one and the same request (RFC 9112
 * section 3.2.1). Twilio's security page asks to retry a WebSocket with a slash behind the URL. Widens:
 * a handshake signed for `/x/` is good for `/x`. The slash goes behind the path, never behind a query,
 * where it would change a value.
 */
function pathForms({ path }: UrlParts, upgrade: boolean): string[] {
  if (path === '/') return ['/', '']
  return upgrade && !path.endsWith('/') ? [path, `${path}/`] : [path]
}

/** Some of Twilio's back ends sign `'` as `%27` or the reverse (twilio-node #1059, #1183). */
function queryForms({ query }: UrlParts): string[] {
  if (query.includes("'")) return [query, query.replaceAll("'", '%27')]
  return query.includes('%27') ? [query, query.replaceAll('%27', "'")] : [query]
}
