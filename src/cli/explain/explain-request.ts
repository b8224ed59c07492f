/**
 * The doctor: what the gateway says to a captured request, and if it refuses, which known mistakes
 * would make it accept. No clock, no network, and no more work than its budget allows.
 *
 * An explanation never holds a token, nor the signature that would be good for the request as it is:
 * whoever reads it could send forged requests.
 */
import type { KeyRing, NamedKey } from '../../twilio/keyring.ts'
import { joinUrl } from '../../twilio/url-forms.ts'
import { toBase, toConfigured, toOwnKeys, toSeenUrl } from './base.ts'
import { findHeader, type CapturedRequest } from './capture/captured-request.ts'
import { toEvidence } from './evidence.ts'
import { toFindings, toFindingsAround, type Finding } from './findings.ts'
import { viewAsGateway, type GatewayView } from './gateway-verdict.ts'
import { searchMistakes } from './search.ts'
import { readSignature } from './signature-header.ts'
import type { Signed } from './signed.ts'
import { createTrial } from './trial.ts'

export interface Question {
  capture: CapturedRequest
  /** The keys that the gateway has. */
  ring: KeyRing
  /** Keys that it has not, and that may have signed. */
  extraKeys: readonly NamedKey[]
  /** What the gateway checks against instead of the captured origin; null: the captured one. */
  publicUrl: string | null
  /** The URL that stands in Twilio, if the user knows it. */
  configuredUrl: string | null
  /** Whether the gateway has an endpoint at this path. */
  hasEndpoint: (path: string) => boolean
}

export interface Explanation {
  verdict: 'accepted' | 'mistake' | 'unknown'
  /** What is wrong; empty when it is accepted. */
  findings: readonly Finding[]
  /** The URL that the gateway checks against. */
  seenUrl: string
  /** What was signed; null when nobody can say. */
  signed: { url: string; names: readonly string[] } | null
  /** Which key signed. Its token stays here. */
  key: { account: string | null; name: string; isFirst: boolean } | null
}

export async function explainRequest(question: Question): Promise<Explanation> {
  const { capture, ring, publicUrl, hasEndpoint } = question
  const view = await viewAsGateway(capture, toSeenUrl(capture.url, publicUrl), ring)
  const base = toBase(view, capture)
  const header = findHeader(capture.headers, 'x-twilio-signature')?.trim() ?? ''
  const explained = explain(question, view, base, header)
  // A handshake is answered before the gateway looks for an endpoint.
  if (view.isUpgrade || !base || hasEndpoint(base.url.path)) return explained
  const findings = [{ code: 'unknown_path' } as const, ...explained.findings]
  const verdict = explained.verdict === 'unknown' ? 'unknown' : 'mistake'
  return { ...explained, verdict, findings }
}

function explain(
  question: Question,
  view: GatewayView,
  base: Signed | null,
  header: string,
): Explanation {
  const { capture, ring } = question
  const seenUrl = view.url
  if (view.verdict.ok && base) {
    const { key } = view.verdict.value
    const url = findForm(base, key, header)
    const signed = toSigned(url, base)
    return { verdict: 'accepted', findings: [], seenUrl, signed, key: toShownKey(key, ring) }
  }
  const nothing = { seenUrl, signed: null, key: null }
  if (header === '') {
    return { verdict: 'mistake', findings: [{ code: 'missing_signature' }], ...nothing }
  }
  const signature = readSignature(header)
  const own = toOwnKeys(ring, base, capture)
  const others = [...ring.all.filter((key) => !own.includes(key)), ...question.extraKeys]
  const evidence = toEvidence(capture, toConfigured(question.configuredUrl))
  const trial = createTrial(signature.digests)
  const isReadable = signature.digests.length > 0
  const found = base && isReadable ? searchMistakes(base, evidence, { own, others }, trial) : null
  const around = toFindingsAround(view, signature.isRepaired)
  if (!found) {
    const noKey = own.length === 0 ? [{ code: 'unknown_account' } as const] : []
    const findings = [...around, ...noKey, { code: 'unknown' } as const]
    return { verdict: 'unknown', findings, ...nothing }
  }
  const findings = [...around, ...toFindings(found, { ...question, own })]
  const signed = toSigned(found.url, found.signed)
  return { verdict: 'mistake', findings, seenUrl, signed, key: toShownKey(found.key, ring) }
}

/** Which of the accepted spellings it was: the first that passes alone. */
function findForm(base: Signed, key: NamedKey, header: string): string {
  const trial = createTrial(readSignature(header).digests)
  return trial.find(base, [key], Number.POSITIVE_INFINITY)?.url ?? joinUrl(base.url)
}

function toSigned(url: string, { pairs }: Signed) {
  return { url, names: [...new Set(pairs.map(([name]) => name))].toSorted() }
}

/** `isFirst`: it is the one in use, rather than one that is kept for a rotation. */
function toShownKey(key: NamedKey, ring: KeyRing) {
  const { account, name } = key
  const [first] = account === null ? ring.others : (ring.accounts.get(account) ?? [])
  return { account, name, isFirst: first === undefined || first === key }
}
