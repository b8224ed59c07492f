/**
 * Which URLs Switchboard may call or be called at: absolute, http(s), and public unless this is local
 * development. Used when a config is checked, and by a Worker for a URL that is a secret; so nothing
 * here imports the checker. A complaint never repeats the URL.
 */
import { err, ok, type Result } from '../result.ts'
import { isPublicHost } from './address.ts'
import type { Complaint } from './problem.ts'

const complain = (code: Complaint['code'], message: string, fix: string) =>
  err({ code, message, fix })

/** @param local plain http and private addresses are fine */
export function parseReachableUrl(text: string, local: boolean): Result<URL, Complaint> {
  const parsed = parseUrl(text)
  return parsed.ok ? checkReach(parsed.value, local) : parsed
}

function parseUrl(text: string): Result<URL, Complaint> {
  const url = URL.parse(text)
  if (!url) return complain('bad_url', 'this is no absolute URL', "write 'https://…' in full")
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return complain('bad_url', `${url.protocol} is not supported`, "write 'https://…'")
  }
  if (url.username !== '' || url.password !== '') {
    return complain('url_part', 'a URL in the config holds no user or password', 'leave them out')
  }
  if (text.includes('#')) return complain('url_part', 'a # part is never sent', 'leave it out')
  return ok(url)
}

function checkReach(url: URL, local: boolean): Result<URL, Complaint> {
  if (local) return ok(url)
  if (!isPublicHost(url.hostname)) {
    const message = 'a private or local address'
    return complain(
      'private_address',
      message,
      'use a public host; others work only in development',
    )
  }
  if (url.protocol !== 'https:') {
    return complain('not_https', 'plain http', 'use https; http works only in development')
  }
  return ok(url)
}
