/**
 * Which key signs, by the gateway's own record: each event in the ledger says which key its request was
 * signed with. The record lags behind by what waits in the queue.
 */
import { z } from 'zod'
import type { D1Database } from '../cloudflare/d1.ts'

/** How long the old key has to be silent, and the promotion to be past. Twilio's retries end in seconds. */
export const QUIET_MS = 15 * 60_000

const Row = z.object({
  /** Null: the gateway that took the event is too old to say. */
  name: z.string().nullable(),
  count: z.number(),
  lastSeenAt: z.number(),
})

export type KeyUse = z.infer<typeof Row>

/** The newest events that are looked at: it bounds what the question costs. */
const MAX_EVENTS = 20_000

const SQL = `SELECT
  events.key_name AS name,
  sum(events.received_at >= ?1) AS count,
  max(events.received_at) AS lastSeenAt
FROM events
WHERE events.seq > (SELECT coalesce(max(seq), 0) FROM events) - ${MAX_EVENTS}
  AND events.received_at >= ?2 AND events.replay IS NULL AND events.message IS NOT NULL
  AND (?3 IS NULL OR events.account = ?3)
GROUP BY 1 ORDER BY lastSeenAt DESC`

export interface RecordOptions {
  /** Null: all accounts, where the ring has one entry and any of its keys is of it. */
  account: string | null
  promotedAt: number
  now: number
}

/** Counts since the promotion; a key that was only seen in the minutes before it has a count of 0. */
export async function readKeyUse(ledger: D1Database, options: RecordOptions): Promise<KeyUse[]> {
  const { account, promotedAt, now } = options
  const since = Math.min(promotedAt, now - QUIET_MS)
  const uses = await ledger.query(SQL, [promotedAt, since, account], Row)
  return [...Map.groupBy(uses, ({ name }) => name)]
    .map(([name, own]) => ({
      name,
      count: own.reduce((all, { count }) => all + count, 0),
      lastSeenAt: Math.max(...own.map(({ lastSeenAt }) => lastSeenAt)),
    }))
    .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
}

export interface QuietFacts {
  uses: readonly KeyUse[]
  oldKey: string
  promotedAt: number
  now: number
}

/** When the old key may go: 0 if now, else the time at the earliest. Pure. */
export function decideQuiet({ uses, oldKey, promotedAt, now }: QuietFacts): number {
  // An event without a name may have been signed by either.
  const suspects = uses.filter(({ name }) => name === oldKey || name === null)
  const last = Math.max(promotedAt, ...suspects.map(({ lastSeenAt }) => lastSeenAt))
  return last + QUIET_MS <= now ? 0 : last + QUIET_MS
}
