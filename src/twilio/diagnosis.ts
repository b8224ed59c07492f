/**
 * Why a signature did not match: which known mistake, if it were undone, would make it match.
 *
 * For operators' logs only. A sender learns nothing but 403: an answer that told the variants apart
 * would help a forger. It runs on forged requests, so it makes at most MAX_HMACS HMACs over texts
 * of bounded length and then gives up with `unknown`. A code and its sentence come from one table and hold nothing of the request.
 */
import { isSignedBy, parseSignature } from './hmac.ts'
import { keysFor, type KeyRing } from './keyring.ts'
import type { SignatureProblem, SignedRequest } from './signature.ts'
import { toSortedParams } from './signed-text.ts'
import { toVariants, type Mistake } from './signature-variants.ts'
import { toUrlForms } from './url-forms.ts'

/** A ring of one account needs some 25 for everything below. */
export const MAX_HMACS = 128
/** Characters of parameters; Twilio's have a few thousand. A forged request may have many more. */
const MAX_PARAMS_LENGTH = 16_384
/** As it is, and with or without its port. */
const FORMS_TRIED = 2

/** Each known mistake and what to do about it, after https://www.twilio.com/docs/usage/security. */
export const DIAGNOSES = {
  missing_signature:
    'The request has no X-Twilio-Signature: it is not from Twilio, or a proxy removed the header.',
  empty_key_ring: 'No auth token is configured: set the secret TWILIO_AUTH_TOKENS.',
  unknown_account:
    'The request names an account without a key: add it, or *, to the secret TWILIO_AUTH_TOKENS.',
  body_hash:
    'The body is not the one that Twilio hashed into bodySHA256, or that parameter is missing: something before the gateway changed the body or the query.',
  json_read_as_form:
    'Twilio signed the URL alone, as for JSON, but the request says that it is a form: something changed its content type.',
  form_read_as_json:
    'Twilio signed form parameters, but the request says that it is JSON: something changed its content type.',
  scheme:
    'Twilio was given this URL with another scheme (http or https): make it the same in Twilio and in publicUrl.',
  port: 'Twilio was given this URL with another port: make it the same in Twilio and in publicUrl.',
  proxy_host:
    'Twilio was given this URL with another host, which the request still names: set publicUrl to the host that Twilio calls.',
  trailing_slash:
    'Twilio was given this URL with, or without, a slash at the end of its path: something before the gateway changes it.',
  query_missing: 'Something before the gateway removed bodySHA256 from the query.',
  query_changed: 'Something before the gateway added the query or wrote it in another encoding.',
  other_accounts_token:
    'The signature is made with the token of another account than the request names: check whose token is under which account in TWILIO_AUTH_TOKENS.',
  unknown:
    'No known mistake explains it: the token may be wrong or rotated, or the request is forged.',
} as const

export type DiagnosisCode = keyof typeof DIAGNOSES

export interface RefusalContext {
  /** What verifySignature said. */
  reason: SignatureProblem
  /** The account that findAccount found. */
  account: string | null
  /** The request's Host header as received. */
  host: string | null
  /** Its X-Forwarded-Host header as received. */
  forwardedHost: string | null
}

/** `request` and `ring`: what verifySignature was asked about, and where its keys are from. */
export function diagnoseRefusal(
  request: SignedRequest,
  ring: KeyRing,
  context: RefusalContext,
): { code: DiagnosisCode; hint: string } {
  const code = decideCode(request, ring, context)
  return { code, hint: DIAGNOSES[code] }
}

/** What the reason alone explains; the others are a matter of which variant matches. */
function decideCode(request: SignedRequest, ring: KeyRing, context: RefusalContext): DiagnosisCode {
  const { reason } = context
  if (reason === 'missing_signature') return 'missing_signature'
  if (reason === 'no_key') return ring.all.length === 0 ? 'empty_key_ring' : 'unknown_account'
  if (reason === 'body_hash_mismatch') return 'body_hash'
  const matched = findMatch(request, ring, context)
  return matched ?? (reason === 'body_hash_missing' ? 'body_hash' : 'unknown')
}

function findMatch(request: SignedRequest, ring: KeyRing, context: RefusalContext): Mistake | null {
  const digest = request.signature === null ? null : parseSignature(request.signature)
  if (!digest) return null
  const ownKeys = keysFor(ring, context.account)
  const otherKeys = ring.all.filter((key) => !ownKeys.includes(key))
  const ownParams = request.bodyType === 'form' ? toSortedParams(request.pairs) : ''
  let remaining = MAX_HMACS
  for (const variant of toVariants(request, [context.forwardedHost, context.host])) {
    const { params = ownParams, upgrade = request.upgrade } = variant
    if (params.length > MAX_PARAMS_LENGTH) continue
    const keys = variant.code === 'other_accounts_token' ? otherKeys : ownKeys
    for (const url of toUrlForms(variant.url, upgrade).take(FORMS_TRIED)) {
      for (const { token } of keys) {
        if (remaining-- === 0) return null
        if (isSignedBy(token, url + params, digest)) return variant.code
      }
    }
  }
  return null
}
