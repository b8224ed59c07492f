/**
 * One wide line for each webhook, as JSON: everything about it that an operator may search for, and no
 * phone number, body, token or query.
 */
import type { Refusal } from './refusal.ts'

export interface WebhookLine {
  event: 'webhook.received'
  endpoint: string | null
  method: string
  kind: string | null
  eventId: string | null
  /** How many events it became: more than 1 for an Event Streams batch. */
  events: number
  verdict: 'accepted' | 'duplicate' | 'unstored' | 'refused' | 'rejected'
  /** Why it was refused or rejected: a code. */
  reason: string | null
  /** What to do about it: a fixed sentence. */
  hint: string | null
  status: number
  /** Of a refused request: the account that it claims to be of. */
  account: string | null
  keyName: string | null
  region: string | null
  stored: 'queue' | 'outbox' | 'nowhere' | null
  /** How the reply came about. */
  reply: string | null
  /** Steps that failed or were late, and were done without. */
  faults: string[]
  /** Milliseconds of each step. A Worker's clock moves only while it waits for something. */
  ms: Record<'config' | 'read' | 'lookup' | 'reply' | 'publish' | 'total', number>
}

export function createLine(method: string): WebhookLine {
  return {
    event: 'webhook.received',
    endpoint: null,
    method,
    kind: null,
    eventId: null,
    events: 0,
    verdict: 'rejected',
    reason: null,
    hint: null,
    status: 0,
    account: null,
    keyName: null,
    region: null,
    stored: null,
    reply: null,
    faults: [],
    ms: { config: 0, read: 0, lookup: 0, reply: 0, publish: 0, total: 0 },
  }
}

export function noteRefusal(line: WebhookLine, refusal: Refusal): void {
  if (line.verdict !== 'unstored') line.verdict = 'rejected'
  line.reason = refusal.reason
  if (refusal.reason !== 'not_signed') return
  line.verdict = 'refused'
  line.reason = refusal.code
  line.hint = refusal.hint
  line.account = refusal.account
}
