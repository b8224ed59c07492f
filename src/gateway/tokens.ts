/**
 * Which webhooks of the endpoints that remember have been seen, with the reply each of them got.
 *
 * Guarantee: a reply is recorded only after its event is stored, so a known token means that nothing
 * has to be published again. Limits: KV is eventually consistent and has no put-if-absent. Copies that
 * arrive at the same moment, or within a minute in another place, are both "new" here; they share one
 * event id, of which the ledger makes one event.
 */
import { withDeadline } from '../deadline.ts'
import type { Reply } from './response.ts'

export interface TokenStore {
  /** The reply recorded for an event id. Null when unknown, or when KV is slow, broken or down. */
  lookup(eventId: string, budgetMs: number, onFault: OnFault): Promise<Reply | null>
  /** Records the reply. Never rejects: an unrecorded token costs a duplicate check, not an event. */
  record(eventId: string, reply: Reply, onFault: OnFault): Promise<void>
}

/** Called with the step that failed or was late. */
export type OnFault = (step: string) => void

const LATE = Symbol('late')

/** Twilio retries within 15 s, Event Streams for 4 hours. */
const TOKEN_TTL_SECONDS = 86_400

interface Recorded {
  status: number
  type: string | null
  body: string
  cookies?: string[]
}

export function createTokenStore(kv: KVNamespace): TokenStore {
  return {
    async lookup(eventId, budgetMs, onFault) {
      try {
        const text = await withDeadline(kv.get(`token:${eventId}`), budgetMs, LATE)
        if (text === LATE) onFault('lookup.late')
        return typeof text === 'string' ? parseRecorded(text) : null
      } catch {
        onFault('lookup.failed')
        return null
      }
    },
    async record(eventId, reply, onFault) {
      const recorded: Recorded = { status: reply.status, type: reply.contentType, body: reply.body }
      if (reply.cookies.length > 0) recorded.cookies = reply.cookies
      try {
        await kv.put(`token:${eventId}`, JSON.stringify(recorded), {
          expirationTtl: TOKEN_TTL_SECONDS,
        })
      } catch {
        onFault('record.failed')
      }
    },
  }
}

/** Written by this Worker, but by any version of it: what is not understood counts as unknown. */
function parseRecorded(text: string): Reply | null {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return null
  const { status, type, body, cookies = [] } = value as Partial<Record<keyof Recorded, unknown>>
  if (typeof status !== 'number' || status < 200 || status > 499) return null
  if (typeof body !== 'string' || (type !== null && typeof type !== 'string')) return null
  if (!Array.isArray(cookies) || !cookies.every((cookie) => typeof cookie === 'string')) return null
  return { status, contentType: type, body, cookies, from: 'recorded' }
}
