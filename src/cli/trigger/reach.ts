/**
 * Which URLs a scenario calls. TwiML may lead anywhere, for instance to a live app; only the hosts that
 * the user named are called, unless the user says otherwise.
 */

export interface ReachOptions {
  to: string
  status: string | null
  fallback: string | null
  publicUrl: string | null
  isAnyHost: boolean
}

/**
 * From a URL in TwiML to the one that is called; null: none. What belongs to the gateway's public origin
 * is called where the user said that the gateway is.
 */
export function createReach(options: ReachOptions): (url: string) => string | null {
  const { to, status, fallback, publicUrl, isAnyHost } = options
  const here = new URL(to).origin
  const publicOrigin = publicUrl === null ? null : new URL(publicUrl).origin
  const named = new Set([to, status, fallback].flatMap((url) => (url ? [new URL(url).origin] : [])))
  return (url) => {
    if (!URL.canParse(url)) return null
    const { origin, protocol } = new URL(url)
    if (origin === publicOrigin) return here + url.slice(origin.length)
    if (named.has(origin)) return url
    const isWeb = protocol === 'https:' || protocol === 'http:'
    return isWeb && isAnyHost ? url : null
  }
}
