/**
 * X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the signed text.
 * https://www.twilio.com/docs/usage/security
 *
 * Promises: a request passes only if one of the given keys signed its URL and its parameters or the
 * hash of its body; a body of which neither is signed does not pass. No promise of freshness: Twilio
 * signs neither time nor nonce, so a captured request can be sent again and has to be recognised by its
 * idempotency token. What else a signature leaves open is said in signed-text.ts and url-forms.ts. No
 * error names a token, a signature or a parameter.
 */
import { Buffer } from 'node:buffer'
import { createHash, timingSafeEqual } from 'node:crypto'
import { err, ok, type Result } from '../result.ts'
import { isSignedBy, parseSignature, toSignature } from './hmac.ts'
import type { NamedKey } from './keyring.ts'
import type { Param } from './params.ts'
import { toSignedText, toSortedParams } from './signed-text.ts'
import { joinUrl, splitUrl, toUrlForms } from './url-forms.ts'

/** What the signature is checked against. */
export interface SignedRequest {
  /** The URL that Twilio was given: public scheme and host, path and query as received. */
  url: string
  /** The X-Twilio-Signature header; null when it did not come. */
  signature: string | null
  /**
   * `form`: a POST or PUT of form parameters, all of which are signed. `json`: any other body, of which
   * the hash is signed. `none`: a GET, whose parameters are in its URL. The content type decides, not
   * `bodySHA256` in the URL, by whose presence the node SDK's middleware is led to skip parameters.
   */
  bodyType: 'form' | 'json' | 'none'
  /** The decoded form parameters; looked at for `form` only. */
  pairs: readonly Param[]
  /** The body as received. */
  body: Uint8Array
  /** A WebSocket handshake. */
  upgrade?: boolean
}

export type SignatureProblem =
  /** No X-Twilio-Signature, or an empty one. */
  | 'missing_signature'
  /** The ring holds no key for the account that the request names. */
  | 'no_key'
  /** A body that is not a form, and no `bodySHA256` in the URL. */
  | 'body_hash_missing'
  /** The URL is signed, but its `bodySHA256` is another body's. */
  | 'body_hash_mismatch'
  | 'signature_mismatch'

/**
 * Checks a request against keys, the likeliest first; gives the key that matched, whose account and name
 * may be logged. Costs one HMAC when the first key signed the URL as it is, at most (URL forms × keys).
 * The cheap checks come first, and the body is hashed only for a URL that Twilio signed.
 */
export function verifySignature(
  request: SignedRequest,
  keys: readonly NamedKey[],
): Result<NamedKey, { reason: SignatureProblem }> {
  const { url, signature, bodyType, body, upgrade } = request
  if (!signature) return err({ reason: 'missing_signature' })
  if (keys.length === 0) return err({ reason: 'no_key' })
  const digest = parseSignature(signature)
  if (!digest) return err({ reason: 'signature_mismatch' })
  const params = bodyType === 'form' ? toSortedParams(request.pairs) : ''
  const bodyHash = findBodyHash(url)
  // Where no parameter is signed, nothing of the body is: it must be empty or hashed. The last
  // condition keeps a captured JSON request from passing with its body taken away.
  const isHashed =
    params === '' && (bodyType === 'json' || body.byteLength > 0 || bodyHash !== null)
  if (isHashed && bodyHash === null) return err({ reason: 'body_hash_missing' })
  const key = findKey(toUrlForms(url, upgrade), params, digest, keys)
  if (!key) return err({ reason: 'signature_mismatch' })
  if (isHashed && !isBodyHash(bodyHash, body)) return err({ reason: 'body_hash_mismatch' })
  return ok(key)
}

/**
 * How much a request may have hashed, for all forms and keys together. A form of 256 KB can be tried 15
 * times, where 2 keys and 2 forms take 4; without a limit, a forged one that names no account would be
 * hashed for a whole ring.
 */
const MAX_HASHED_CHARS = 4 * 1024 * 1024

function findKey(
  urls: Iterable<string>,
  params: string,
  digest: Uint8Array,
  keys: readonly NamedKey[],
): NamedKey | null {
  let remaining = MAX_HASHED_CHARS
  for (const url of urls) {
    const text = url + params
    for (const key of keys) {
      remaining -= text.length
      if (remaining < 0) return null
      if (isSignedBy(key.token, text, digest)) return key
    }
  }
  return null
}

/** Signs a webhook as Twilio does, credentials and fragment of the URL left out. No pairs: GET or JSON. */
export function signWebhook(webhook: {
  url: string
  pairs: readonly Param[]
  token: string
}): string {
  const parts = splitUrl(webhook.url)
  const url = parts ? joinUrl({ ...parts, userinfo: '' }) : webhook.url
  return toSignature(webhook.token, toSignedText(url, webhook.pairs))
}

/** Lower-case hex SHA-256 of the raw bytes: 64 digits. */
export function toBodyHash(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}

/** Adds `bodySHA256` to a URL that has none, as Twilio does for JSON bodies. Drops the fragment. */
export function toSignedJsonUrl(url: string, body: Uint8Array): string {
  const [base = ''] = url.split('#', 1)
  return `${base}${base.includes('?') ? '&' : '?'}bodySHA256=${toBodyHash(body)}`
}

/** A query string (without its `?`) as it was before Twilio added `bodySHA256`; not decoded. */
export function withoutBodyHash(query: string): string {
  if (!query.includes('bodySHA256=')) return query
  const pairs = query.split('&')
  return pairs.filter((pair) => !pair.startsWith('bodySHA256=')).join('&')
}

/** The last `bodySHA256` of a query: Twilio adds its own behind what the configured URL holds. */
const BODY_HASH = /^[^?#]*\?(?:[^#]*&)?bodySHA256=(?<hash>[^&#]*)/

/** The value as it stands in the URL; null when there is none. */
function findBodyHash(url: string): string | null {
  return url.includes('bodySHA256=') ? (BODY_HASH.exec(url)?.groups?.['hash'] ?? null) : null
}

/** Lower case only, as Twilio sends it and as every SDK asks for it. */
const SHA256_HEX = /^[0-9a-f]{64}$/

function isBodyHash(hash: string | null, body: Uint8Array): boolean {
  if (hash === null || !SHA256_HEX.test(hash)) return false
  return timingSafeEqual(createHash('sha256').update(body).digest(), Buffer.from(hash, 'hex'))
}
