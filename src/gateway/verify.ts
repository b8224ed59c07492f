/**
 * Proves that a request is Twilio's, before any I/O and before its body is interpreted.
 *
 * A form names its account in a parameter, which chooses the keys. A JSON body is not parsed before it
 * is proven, so it is checked against every key; afterwards the account that it names has to be one
 * that the matching key may speak for.
 */
import { findAccount, isAccountSid } from '../twilio/account.ts'
import { diagnoseRefusal, DIAGNOSES } from '../twilio/diagnosis.ts'
import { keysFor, type KeyRing, type NamedKey } from '../twilio/keyring.ts'
import { verifySignature, type SignedRequest } from '../twilio/signature.ts'
import { toWebhook, type Webhook } from '../twilio/webhook.ts'
import { err, ok, type Result } from '../result.ts'
import type { Intake } from './intake.ts'
import type { Refusal } from './refusal.ts'

export interface VerifiedWebhook {
  webhook: Webhook
  key: NamedKey
  /** The account that the webhook is of: which it names, else whose key signed it. */
  account: string | null
}

/** @param url What Twilio was given: the public origin with path and query as received. */
export function verifyWebhook(
  url: string,
  intake: Intake,
  headers: Headers,
  ring: KeyRing,
): Result<VerifiedWebhook, Refusal> {
  const isJson = intake.bodyType === 'json'
  const claimed = isJson ? null : findAccount(intake.params, null)
  const signed: SignedRequest = {
    url,
    signature: headers.get('x-twilio-signature'),
    bodyType: intake.bodyType,
    pairs: intake.params.pairs,
    body: intake.body,
  }
  const verified = verifySignature(signed, keysFor(ring, claimed))
  if (!verified.ok) {
    return err(toRefusal(signed, verified.error.reason, claimed, headers, ring))
  }
  const key = verified.value
  const webhook = toWebhook(intake)
  const named = isJson ? findAccount(intake.params, webhook.json) : claimed
  if (isJson && !keysFor(ring, named).includes(key)) {
    const code = 'other_accounts_token'
    return err({ reason: 'not_signed', code, hint: DIAGNOSES[code], account: named })
  }
  const account = named !== null && isAccountSid(named) ? named : key.account
  return ok({ webhook, key, account })
}

function toRefusal(
  signed: SignedRequest,
  reason: Parameters<typeof diagnoseRefusal>[2]['reason'],
  account: string | null,
  headers: Headers,
  ring: KeyRing,
): Refusal {
  const host = headers.get('host')
  const forwardedHost = headers.get('x-forwarded-host')
  const diagnosis = diagnoseRefusal(signed, ring, { reason, account, host, forwardedHost })
  return { reason: 'not_signed', ...diagnosis, account }
}

/** A WebSocket handshake carries nothing but its URL. */
export function verifyUpgrade(
  url: string,
  headers: Headers,
  ring: KeyRing,
): Result<NamedKey, Refusal> {
  const signed: SignedRequest = {
    url,
    signature: headers.get('x-twilio-signature'),
    bodyType: 'none',
    pairs: [],
    body: new Uint8Array(),
    upgrade: true,
  }
  const verified = verifySignature(signed, ring.all)
  return verified.ok ? verified : err(toRefusal(signed, verified.error.reason, null, headers, ring))
}
