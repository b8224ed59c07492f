/**
 * The parts of a request's URL, byte for byte as received: `new URL()` would rewrite some of them, and
 * the signature is over what Twilio sent.
 */
export interface UrlParts {
  path: string
  /** Without `?`. */
  query: string
  pathAndQuery: string
}

export function splitUrl(url: string): UrlParts {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const pathAndQuery = start === -1 ? '/' : url.slice(start)
  const mark = pathAndQuery.indexOf('?')
  if (mark === -1) return { path: pathAndQuery, query: '', pathAndQuery }
  return { path: pathAndQuery.slice(0, mark), query: pathAndQuery.slice(mark + 1), pathAndQuery }
}
