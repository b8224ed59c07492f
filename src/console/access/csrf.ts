/**
 * Changes that another site makes a browser ask for (cross-site request forgery).
 *
 * A browser's change needs both: the browser's own word that it comes from this origin, and the token
 * of a cookie once more in the form or in a header, which no other site can read. Programs with a token
 * in `Authorization` need neither: no browser sends that by itself.
 *
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
import { timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from '../../result.ts'

export const CSRF_FIELD = 'csrf'
export const CSRF_HEADER = 'x-csrf-token'

/** 32 bytes in base64url. Programs that act as a browser may make up their own. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export type CsrfRefusal = 'csrf_origin' | 'csrf_token'

export interface CsrfEvidence {
  url: string
  headers: Headers
  /** The cookie's token. */
  expected: string | null
  /** The form's or the header's. */
  given: string | null
}

export function isCsrfToken(value: string | null): value is string {
  return value !== null && TOKEN.test(value)
}

export function verifyCsrf(evidence: CsrfEvidence): Result<null, CsrfRefusal> {
  const { url, headers, expected, given } = evidence
  if (!isSameOrigin(url, headers)) return err('csrf_origin')
  if (!isCsrfToken(expected) || !isCsrfToken(given)) return err('csrf_token')
  const isSame = timingSafeEqual(Buffer.from(expected), Buffer.from(given))
  return isSame ? ok(null) : err('csrf_token')
}

/**
 * What is there has to be right, and one of the two has to be there. `Origin: null` is not right: our
 * pages have a referrer policy under which browsers do not send it.
 */
function isSameOrigin(url: string, headers: Headers): boolean {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  if (origin === null && site === null) return false
  if (origin !== null && origin !== new URL(url).origin) return false
  return site === null || site === 'same-origin'
}

export const isSafeMethod = (method: string): boolean => method === 'GET' || method === 'HEAD'

export function createCsrfToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
