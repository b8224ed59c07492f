/** What the gateway sees of a captured request, as the start of the search for what was signed. */
import { findAccount } from '../../twilio/account.ts'
import { keysFor, type KeyRing, type NamedKey } from '../../twilio/keyring.ts'
import { Params, parseForm } from '../../twilio/params.ts'
import { splitUrl, type UrlParts } from '../../twilio/url-forms.ts'
import { parseJson } from '../../twilio/values.ts'
import type { CapturedRequest } from './capture/captured-request.ts'
import type { GatewayView } from './gateway-verdict.ts'
import type { Signed } from './signed.ts'

/** As the gateway makes it: the public origin, the path and query as they came. */
export function toSeenUrl(url: string, publicUrl: string | null): string {
  // A Worker sees a handshake as https:.
  const own = url.replace(/^ws/, 'http')
  const parts = splitUrl(own)
  if (publicUrl === null || !parts) return own
  return new URL(publicUrl).origin + parts.path + parts.query
}

/** Null for a URL that is none, which no parser of captures gives. */
export function toBase(
  { url, isUpgrade, intake }: GatewayView,
  capture: CapturedRequest,
): Signed | null {
  const parts = splitUrl(url)
  if (!parts) return null
  if (isUpgrade || capture.method === 'GET') return { url: parts, pairs: [], upgrade: isUpgrade }
  if (intake) {
    const pairs = intake.bodyType === 'form' ? intake.params.pairs : []
    return { url: parts, pairs, upgrade: false }
  }
  // The gateway would not read it, whatever was signed: a form unless it looks like JSON.
  const text = new TextDecoder().decode(capture.body)
  const isForm = text !== '' && parseJson(text) === undefined
  return { url: parts, pairs: isForm ? parseForm(text) : [], upgrade: false }
}

/** The keys of the account that the request names, wherever it names it. */
export function toOwnKeys(
  ring: KeyRing,
  base: Signed | null,
  { body }: CapturedRequest,
): readonly NamedKey[] {
  const isForm = base !== null && base.pairs.length > 0
  const pairs = isForm ? base.pairs : parseForm(base?.url.query.slice(1) ?? '')
  const json = isForm ? null : (parseJson(new TextDecoder().decode(body)) ?? null)
  return keysFor(ring, findAccount(new Params(pairs), json))
}

export function toConfigured(url: string | null): UrlParts | null {
  const parts = url === null ? null : splitUrl(url.replace(/^ws/, 'http'))
  return parts && { ...parts, path: parts.path === '' ? '/' : parts.path }
}
