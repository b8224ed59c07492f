/** A URL as it may be shown: a login or a token that somebody put into it is not. */

/** `https://***@host/path?token=***#rc=2`: names of the query stay, and connection overrides. */
export function maskUrl(url: string): string {
  const [address = '', fragment] = url.split(/#(.*)/s)
  const [place = '', query] = address.split(/\?(.*)/s)
  const safePlace = place.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1***@')
  const safeQuery = query === undefined ? '' : `?${query.split('&').map(maskPair).join('&')}`
  return `${safePlace}${safeQuery}${fragment === undefined ? '' : `#${fragment}`}`
}

function maskPair(pair: string): string {
  const at = pair.indexOf('=')
  // A part without a name may be a token as it is.
  return at === -1 ? '***' : `${pair.slice(0, at)}=***`
}

export const maskOrNull = (url: string | null): string | null =>
  url === null ? null : maskUrl(url)
