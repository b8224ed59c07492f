/**
 * Cookies as Twilio keeps them: for one call, or for one person's messages, and sent back nowhere else. A
 * jar is a conversation's; no conversation here is long enough for a cookie to grow old, so that only
 * those are dropped that are meant to be. Pure but for the jar and the clock.
 * https://www.twilio.com/docs/usage/webhooks/getting-started-twilio-webhooks
 */
import type { CallRequest } from '../trigger/call/call-request.ts'

/** Session, path and name to what is kept. */
export type CookieJar = Map<string, Cookie>

interface Cookie {
  session: string
  path: string
  name: string
  value: string
}

const OF_MESSAGES = ['messaging.inbound', 'messaging.inbound.whatsapp']

/** What a request belongs to; null: Twilio has no session for it. */
export function toSession({ kind, set }: Pick<CallRequest, 'kind' | 'set'>): string | null {
  if (OF_MESSAGES.includes(kind)) return 'messages'
  if (!kind.startsWith('voice.') && kind !== 'fallback') return null
  if (kind === 'voice.conference.status') return null
  return set.find(([name]) => name === 'CallSid')?.[1] ?? null
}

/** The header; null: none. */
export function toCookieHeader(jar: CookieJar, session: string, url: string): string | null {
  const { pathname } = new URL(url)
  const own = [...jar.values()].filter(
    (cookie) => cookie.session === session && isUnder(pathname, cookie.path),
  )
  if (own.length === 0) return null
  return own.map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** RFC 6265, section 5.1.4. */
function isUnder(pathname: string, path: string): boolean {
  if (pathname === path) return true
  return pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

/** From `Set-Cookie` headers. One for another host is not kept, a name without a value is. */
export function keepCookies(
  jar: CookieJar,
  session: string,
  url: string,
  headers: readonly string[],
): void {
  const { hostname, pathname } = new URL(url)
  for (const header of headers) {
    const [pair = '', ...rest] = header.split(';')
    const at = pair.indexOf('=')
    const name = pair.slice(0, Math.max(at, 0)).trim()
    if (name === '') continue
    const attributes = new Map(rest.map(toAttribute))
    const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase()
    if (domain && hostname !== domain && !hostname.endsWith(`.${domain}`)) continue
    const named = attributes.get('path')
    const path = named?.startsWith('/') ? named : toDefaultPath(pathname)
    const key = JSON.stringify([session, path, name])
    if (isOver(attributes)) jar.delete(key)
    else jar.set(key, { session, path, name, value: pair.slice(at + 1).trim() })
  }
}

function toAttribute(text: string): [name: string, value: string] {
  const [name = '', ...value] = text.split('=')
  return [name.trim().toLowerCase(), value.join('=').trim()]
}

/** The folder of what was asked. */
const toDefaultPath = (pathname: string) => pathname.slice(0, pathname.lastIndexOf('/')) || '/'

function isOver(attributes: ReadonlyMap<string, string>): boolean {
  const age = attributes.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0
  const expires = Date.parse(attributes.get('expires') ?? '')
  return !Number.isNaN(expires) && expires <= Date.now()
}
