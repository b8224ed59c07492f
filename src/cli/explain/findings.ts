/** What a match means: the mistakes that led there, and what is wrong beside them. */
import type { NamedKey } from '../../twilio/keyring.ts'
import { toBodyHash } from '../../twilio/signature.ts'
import { findBodyRewrite } from './body-rewrites.ts'
import type { CapturedRequest } from './capture/captured-request.ts'
import type { GatewayView } from './gateway-verdict.ts'
import type { MistakeCode } from './mistakes.ts'
import type { Found } from './search.ts'

export interface Finding {
  code: MistakeCode
  /** Which header, parameter or encoding it was: a name, never a value. */
  detail?: string
}

function toFinding(code: MistakeCode, detail: string | undefined): Finding {
  return detail === undefined ? { code } : { code, detail }
}

/** What the gateway refuses whatever was signed. */
export function toFindingsAround({ verdict }: GatewayView, isRepaired: boolean): Finding[] {
  const findings: Finding[] = isRepaired ? [{ code: 'signature_header' }] : []
  const reason = verdict.ok ? null : verdict.error.reason
  if (reason === 'unsupported_type' || reason === 'method_not_allowed' || reason === 'too_large') {
    findings.push({ code: reason })
  }
  return findings
}

interface Context {
  capture: CapturedRequest
  extraKeys: readonly NamedKey[]
  /** The keys of the account that the request names. */
  own: readonly NamedKey[]
}

export function toFindings(found: Found, { capture, extraKeys, own }: Context): Finding[] {
  const changes = found.changes.map(({ code, detail }) => toFinding(code, detail))
  return [...changes, ...toKeyFindings(found, extraKeys, own), ...toBodyFindings(found, capture)]
}

function toKeyFindings(
  { key }: Found,
  extraKeys: readonly NamedKey[],
  own: readonly NamedKey[],
): Finding[] {
  if (extraKeys.includes(key)) return [{ code: 'token_missing' }]
  return own.includes(key) ? [] : [{ code: 'other_accounts_token' }]
}

/** The last one counts, as for the gateway. */
const BODY_HASH = /^[^?]*\?(?:.*&)?bodySHA256=(?<hash>[^&]*)/

/** Where no parameter is signed, the body must be the one whose hash is. */
function toBodyFindings(found: Found, { body, method }: CapturedRequest): Finding[] {
  const { url, signed, changes } = found
  const isMoved = changes.some(({ code }) => code === 'method')
  if (signed.pairs.length > 0 || method === 'GET' || isMoved) return []
  const hash = BODY_HASH.exec(url)?.groups?.['hash']
  if (hash === undefined) return body.byteLength > 0 ? [{ code: 'body_hash_missing' }] : []
  if (toBodyHash(body) === hash) return []
  return [toFinding('body_changed', findBodyRewrite(body, hash) ?? undefined)]
}
