/** Where to go after the login: the `next` of the login page's URL, if it leads to a page of ours. */

/** Any origin: what matters is whether the path stays on it. */
const BASE = 'https://console.invalid'
const NOT_AFTER_LOGIN = /^\/(?:login|logout|api|assets)(?:\/|$)/

/**
 * A path with its query, or `/`. Browsers read `\` as `/` and drop tabs and line feeds, so that
 * `/\evil.example` and `/<tab>/evil.example` lead away: the URL parser decides, as theirs does, and what
 * it made of it is what we use.
 */
export function toNextPath(next: string | null | undefined): string {
  if (!next?.startsWith('/')) return '/'
  const url = URL.parse(next, BASE)
  if (!url || url.origin !== BASE || url.pathname.startsWith('//')) return '/'
  return NOT_AFTER_LOGIN.test(url.pathname) ? '/' : url.pathname + url.search
}
