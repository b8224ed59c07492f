/**
 * Where the REST API is: Twilio's own hosts, or one server that stands in for all of them
 * (TWILIO_API_BASE_URL), which gets the host as the first part of the path.
 */
import { err, ok, type Result } from '../../result.ts'

const TWILIO_HOST = /^(?:[a-z0-9-]+\.)+twilio\.com$/
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/

/** Every request carries a login, so plain http is for this machine only. */
export function parseBaseUrl(text: string): Result<string, { reason: string }> {
  if (!URL.canParse(text)) return err({ reason: 'is not a URL' })
  const url = new URL(text)
  const isSafe =
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (!isSafe) {
    return err({ reason: 'must be https, or http on this machine: the login travels with it' })
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return err({ reason: 'must be an origin with at most a path' })
  }
  return ok(url.href.replace(/\/$/, ''))
}

/**
 * The address that a request of the SDK really goes to. The address of a next page comes out of an
 * answer: no login leaves for a host that is not Twilio's.
 */
export function toApiUrl(uri: string, baseUrl: string | null): string {
  const url = new URL(uri)
  if (url.protocol !== 'https:' || !TWILIO_HOST.test(url.hostname)) {
    throw new TypeError(`an API address outside twilio.com: ${url.origin}`)
  }
  return baseUrl === null ? uri : `${baseUrl}/${url.hostname}${url.pathname}${url.search}`
}
