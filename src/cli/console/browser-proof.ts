/**
 * What the console wants of a change that comes without a token (src/console/access/csrf.ts): the word that
 * it comes from its own origin, and one secret in a cookie and in a header. Its doc says that programs may
 * make theirs up. On this machine `switchboard dev` lets everyone in without a token.
 */
import { randomBytes } from 'node:crypto'

/** The second: of a console that is served over https. */
const COOKIES = ['switchboard-csrf', '__Host-switchboard-csrf']

/** @param url the console's */
export function createBrowserProof(url: string): (headers: Headers) => void {
  const secret = randomBytes(32).toString('base64url')
  const { origin } = new URL(url)
  return (headers) => {
    headers.set('origin', origin)
    headers.set('cookie', COOKIES.map((name) => `${name}=${secret}`).join('; '))
    headers.set('x-csrf-token', secret)
  }
}
