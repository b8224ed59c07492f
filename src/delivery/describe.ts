/** What happened in an attempt, in words: for people who look at the ledger. */
import type { DeliveryOutcome, UnsentReason } from './decide.ts'

const UNSENT: Record<UnsentReason, string> = {
  secret_missing: 'not sent: a secret that the config names is not set',
  secret_invalid: 'not sent: a secret is malformed (a signing secret is base64)',
  token_missing: 'not sent: there is no auth token for the account',
  url_invalid: 'not sent: the secret that holds the URL is no public https URL',
  request_invalid: 'not sent: no request can be made of this event',
}

/** A sentence without a full stop, without anything of the event in it. */
export function describeOutcome(outcome: DeliveryOutcome, timeoutMs: number): string {
  switch (outcome.type) {
    case 'answered':
      return outcome.retryAfter === null
        ? `answered ${outcome.status}`
        : `answered ${outcome.status} with Retry-After: ${outcome.retryAfter.slice(0, 40)}`
    case 'timeout':
      return `no answer within ${timeoutMs / 1000} s`
    case 'unreachable':
      return 'no connection, or an answer that is no HTTP'
    case 'unsent':
      return UNSENT[outcome.reason]
  }
}
