/**
 * How often somebody may guess (migrations/0003, table login_failures): so many failures in each
 * quarter of an hour by the clock, for each address and for all addresses together.
 *
 * An attempt is counted before it is looked at, by one statement that counts and decides: guesses at the
 * same moment cannot slip past. A good one is taken back. It does not clear what failed before: else a
 * user with a role of their own could guess at another's password without end.
 *
 * The limit for all addresses is a trade: a thousand addresses cannot guess faster than one, but they
 * can keep everybody from logging in. Sessions, tokens and Cloudflare Access do not come by here.
 */
import { createHash } from 'node:crypto'
import { bounded } from '../../ledger/d1.ts'
import { toNetwork } from './network.ts'

export interface Limit {
  /** Its counts are its own. */
  name: 'login' | 'token'
  perAddress: number
  forAll: number
}

export const LOGIN_LIMIT: Limit = { name: 'login', perAddress: 10, forAll: 200 }
export const TOKEN_LIMIT: Limit = { name: 'token', perAddress: 20, forAll: 1_000 }

export const WINDOW_MS = 15 * 60_000

export type Attempt =
  | { allowed: true; takeBack(): Promise<void> }
  /** Seconds until the next quarter of an hour. */
  | { allowed: false; retryAfterS: number }

export interface Attempts {
  /** Rejects when D1 fails: then nobody may guess. */
  count(limit: Limit, headers: Headers): Promise<Attempt>
}

// Both or none: an attempt that one of the two refuses must not use up the other. Nothing is written
// for it, so that who hammers costs no rows.
const COUNT = `
  WITH full (key) AS MATERIALIZED (
    SELECT key FROM login_failures
    WHERE window = ?3 AND (key = ?1 AND count >= ?4 OR key = ?2 AND count >= ?5)
  )
  INSERT INTO login_failures (key, window, count)
  SELECT value, ?3, 1 FROM json_each(json_array(?1, ?2))
  WHERE NOT EXISTS (SELECT 1 FROM full)
  ON CONFLICT (key, window) DO UPDATE SET count = count + 1
  RETURNING key`
const TAKE_BACK = `
  UPDATE login_failures SET count = count - 1
  WHERE key IN (?1, ?2) AND window = ?3 AND count > 0`
const FORGET = 'DELETE FROM login_failures WHERE window < ?1'

/** @param now milliseconds since the epoch */
export function createAttempts(db: D1Database, now: () => number): Attempts {
  return {
    async count({ name, perAddress, forAll }, headers) {
      const at = now()
      // Its first millisecond, as the ledger has all times: the cron deletes by it what is old.
      const window = at - (at % WINDOW_MS)
      const address = toNetwork(headers.get('cf-connecting-ip') ?? '')
      const own = `${name}:${toKey(window, address)}`
      const all = `${name}:all`
      const [, counted] = await bounded(
        db.batch([
          db.prepare(FORGET).bind(window),
          db.prepare(COUNT).bind(own, all, window, perAddress, forAll),
        ]),
      )
      if (!counted || counted.results.length === 0) {
        return { allowed: false, retryAfterS: Math.ceil((window + WINDOW_MS - at) / 1_000) }
      }
      return {
        allowed: true,
        async takeBack() {
          await bounded(db.prepare(TAKE_BACK).bind(own, all, window).run())
        },
      }
    },
  }
}

/**
 * Another one in each window: rows of two windows do not say that they are about the same address. It
 * has no key, so whoever reads the ledger at that time can find an IPv4 address out by trying all. The
 * only secret at hand is a password, and a hash keyed with that would be a place to try passwords on.
 */
function toKey(window: number, address: string): string {
  return createHash('sha256').update(`${window} ${address}`).digest('base64url')
}
