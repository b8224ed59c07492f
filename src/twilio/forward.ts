/**
 * A webhook signed again for another URL, so that a handler behind the middleware of Twilio's SDKs
 * works there unchanged: its body byte for byte, its query behind that of the URL.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
import type { Param } from './params.ts'
import { signWebhook, toSignedJsonUrl } from './signature.ts'

export interface ForwardedWebhook {
  /** `form`: its parameters are signed. `json`: its body's hash is. `none`: all is in the URL (GET). */
  bodyType: 'form' | 'json' | 'none'
  pairs: readonly Param[]
  body: Uint8Array
  /** Without `?` and without `bodySHA256`. */
  query: string
}

/**
 * What is signed is the URL as it is sent: parsed and serialised once here, because `fetch` would
 * serialise it (`https://CRM.example.com` → `https://crm.example.com/`) and the receiver sees that.
 */
export function signForUrl(
  { bodyType, pairs, body, query }: ForwardedWebhook,
  target: string,
  token: string,
): { url: string; signature: string } {
  const parsed = new URL(target)
  // Neither Twilio's signature nor HTTP carries a fragment.
  parsed.hash = ''
  if (query !== '') parsed.search = parsed.search === '' ? query : `${parsed.search}&${query}`
  const url = bodyType === 'json' ? toSignedJsonUrl(parsed.href, body) : parsed.href
  return { url, signature: signWebhook({ url, pairs: bodyType === 'form' ? pairs : [], token }) }
}
