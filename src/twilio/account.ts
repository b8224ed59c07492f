/**
 * The account that a webhook says it is of, in whichever of its families' spellings.
 */
import type { Params } from './params.ts'

const ACCOUNT_SID = /^AC[0-9a-fA-F]{32}$/

export function isAccountSid(text: string): boolean {
  return ACCOUNT_SID.test(text)
}

/** One for each family of webhooks. The first that is there counts, so that a request names one account. */
const ACCOUNT_NAMES = [
  'AccountSid',
  'account_sid',
  'interactionAccountSid',
  'sessionAccountSid',
  'accountId',
  'accountSid',
]

/** Stands for any account that is not written as one; no ring can hold it, and it is safe to log. */
export const MALFORMED_ACCOUNT = 'malformed'

/**
 * The account that a request says it is of: untrusted, good for choosing keys and nothing else until
 * the signature is verified. Null when it names none, which an empty value does too.
 *
 * A value that is no account SID is not ignored: then any account's key could vouch for an event that
 * says it is of something else. It counts as an account that the ring does not know.
 *
 * `json`: the parsed body, or null. An Event Streams batch names no account here: a parent's sink can
 * receive its sub-accounts' events (`receive_events_from_subaccounts` of a subscription), so the
 * accounts in a batch do not say who signed it.
 */
export function findAccount(params: Params, json: unknown): string | null {
  const body = toFields(json)
  for (const name of ACCOUNT_NAMES) {
    const value = params.get(name) ?? body?.get(name)
    if (value === undefined || value === null || value === '') continue
    return typeof value === 'string' && isAccountSid(value) ? value : MALFORMED_ACCOUNT
  }
  return null
}

/** The members of a JSON object as a Map: names are the sender's. */
function toFields(json: unknown): Map<string, unknown> | null {
  const isObject = typeof json === 'object' && json !== null && !Array.isArray(json)
  return isObject ? new Map(Object.entries(json)) : null
}
