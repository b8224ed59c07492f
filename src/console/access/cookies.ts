/**
 * The console's two cookies. `__Host-` binds each to this host, https and the path `/`: no other host
 * of the domain can plant one (RFC 6265bis, §4.1.3.2). On this machine there is no https, and so neither
 * the prefix nor `Secure`.
 */
import { parse, serialize } from 'hono/utils/cookie'

export type CookieName = 'session' | 'csrf'

const COOKIES = {
  session: { name: 'switchboard-session', sameSite: 'Strict' },
  // Lax: a link from elsewhere has to bring it, or it would be replaced, and the forms of other tabs
  // with it. It proves nothing on its own.
  csrf: { name: 'switchboard-csrf', sameSite: 'Lax' },
} as const

export interface Cookies {
  read(headers: Headers, name: CookieName): string | null
  /**
   * As the value of Set-Cookie.
   *
   * @param maxAgeS without it, until the browser is closed; 0 deletes
   */
  write(name: CookieName, value: string, maxAgeS?: number): string
}

export function createCookies(isLocal: boolean): Cookies {
  const fullName = (name: CookieName): string => (isLocal ? '' : '__Host-') + COOKIES[name].name
  return {
    read: (headers, name) => readCookie(headers, fullName(name)),
    write: (name, value, maxAgeS) =>
      serialize(fullName(name), value, {
        path: '/',
        httpOnly: true,
        secure: !isLocal,
        sameSite: COOKIES[name].sameSite,
        ...(maxAgeS === undefined ? {} : { maxAge: maxAgeS }),
      }),
  }
}

/** Null: there is none, or it is empty. */
export function readCookie(headers: Headers, name: string): string | null {
  const value = parse(headers.get('cookie') ?? '', name)[name]
  return value === undefined || value === '' ? null : value
}
