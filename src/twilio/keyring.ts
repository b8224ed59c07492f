/**
 * The auth tokens that webhooks may be signed with: a few keys for each Twilio account.
 *
 * Twilio signs with the primary token of the account that owns the request; a sub-account has its own
 * (https://www.twilio.com/docs/usage/security, twilio-php #436). More than one key for an account makes
 * a rotation possible: while a secondary token is promoted, requests come signed with either
 * (https://www.twilio.com/docs/iam/api/authtoken). API keys (SK…) sign nothing.
 *
 * Pure look-ups on data that is parsed once. Tokens appear in no error and must appear in no log; the
 * account and the name of a key may.
 */
import { err, ok, type Result } from '../result.ts'
import { isAccountSid } from './account.ts'

export interface NamedKey {
  /** `primary`, `previous`, …; `default` for a token that came without names. */
  readonly name: string
  /** The account it belongs to; null: any account without keys of its own. */
  readonly account: string | null
  readonly token: string
}

export interface KeyRing {
  /** A Map, so that an account named `__proto__` is only a name. */
  readonly accounts: ReadonlyMap<string, readonly NamedKey[]>
  /** For accounts that are not named: `*`, or the one plain token. */
  readonly others: readonly NamedKey[]
  readonly all: readonly NamedKey[]
}

/** Refuses everything: the ring of a Worker whose secret is missing or wrong. */
export const EMPTY_KEY_RING: KeyRing = { accounts: new Map(), others: [], all: [] }

/**
 * A request that names no account is tried with every key, so the size of the ring bounds what a forged
 * one can cost. A Worker secret holds 5 KB, which is some 70 accounts; this only says so.
 */
const MAX_KEYS = 128

const PROBLEMS = {
  missing: 'is not set: give one auth token, or JSON with a key ring for each account',
  malformed_json: 'starts with { but is not a JSON object',
  no_keys: 'holds no token',
  bad_account: 'names an account that is neither AC and 32 hex digits nor *',
  bad_key_name: 'has a key name that is not 1 to 20 letters, digits, - or _, a letter first',
  bad_token: 'has a token that is not plain visible text without spaces and quotes',
  sid_for_token: 'has a SID (AC…, SK…) for a token: only auth tokens sign webhooks',
  too_many_keys: `holds more than ${MAX_KEYS} tokens`,
} as const

export interface KeyRingProblem {
  reason: keyof typeof PROBLEMS
  /** Completes a sentence that starts with the name of the secret. Says where by position only. */
  hint: string
}

/**
 * Reads TWILIO_AUTH_TOKENS: one token, good for every account, or
 * `{ "AC…": { "primary": "…", "previous": "…" } | "token", "*": … }`, `*` being any other account.
 * Keys are tried as they are written: put the one in use first.
 */
export function parseKeyRing(secret: string | undefined): Result<KeyRing, KeyRingProblem> {
  // `echo token | wrangler secret put` brings a line end along.
  const text = secret?.trim() ?? ''
  if (text === '') return problem('missing')
  if (!text.startsWith('{')) return toRing([{ account: null, keys: [['default', text]] }])
  const json = parseObject(text)
  if (!json) return problem('malformed_json')
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(json)) {
    const position = entries.length + 1
    if (name !== '*' && !isAccountSid(name)) return problem('bad_account', position)
    const keys = typeof value === 'string' ? { default: value } : value
    if (!isObject(keys)) return problem('bad_token', position)
    entries.push({ account: name === '*' ? null : name, keys: Object.entries(keys) })
  }
  return toRing(entries)
}

interface Entry {
  account: string | null
  keys: [name: string, token: unknown][]
}

/** Shorter than a token, so that a token in the wrong place is refused and not logged as a name. */
const KEY_NAME = /^[A-Za-z][\w-]{0,19}$/
/** Twilio's tokens are 32 hex digits, its shared keys are not documented. */
const TOKEN = /^[!#-&(-~]+$/
const SID = /^(?:AC|SK)[0-9a-fA-F]{32}$/

function toRing(entries: Entry[]): Result<KeyRing, KeyRingProblem> {
  const accounts = new Map<string, NamedKey[]>()
  const others: NamedKey[] = []
  const all: NamedKey[] = []
  for (const [index, { account, keys }] of entries.entries()) {
    if (keys.length === 0) return problem('no_keys', index + 1)
    const named: NamedKey[] = []
    for (const [name, token] of keys) {
      const reason = findKeyProblem(name, token)
      if (typeof token !== 'string' || reason) return problem(reason ?? 'bad_token', index + 1)
      named.push({ name, account, token })
    }
    if (account === null) others.push(...named)
    else accounts.set(account, named)
    all.push(...named)
  }
  if (all.length === 0) return problem('no_keys')
  if (all.length > MAX_KEYS) return problem('too_many_keys')
  return ok({ accounts, others, all })
}

function findKeyProblem(name: string, token: unknown): KeyRingProblem['reason'] | null {
  if (!KEY_NAME.test(name)) return 'bad_key_name'
  if (typeof token !== 'string' || !TOKEN.test(token)) return 'bad_token'
  return SID.test(token) ? 'sid_for_token' : null
}

function problem(
  reason: KeyRingProblem['reason'],
  position?: number,
): Result<never, KeyRingProblem> {
  const where = position === undefined ? '' : ` (entry ${position})`
  return err({ reason, hint: PROBLEMS[reason] + where })
}

function parseObject(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : null
  } catch {
    // The parser's message would quote the secret.
    return null
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The keys that may have signed a request of an account. An account that the ring does not know has
 * none (unless there is `*`), and a request that names no account has all of them.
 *
 * Weak where it must be: what a request without an account is about is then vouched for by any key of
 * the ring. The key that matched says which account really signed.
 */
export function keysFor(ring: KeyRing, account: string | null): readonly NamedKey[] {
  return account === null ? ring.all : (ring.accounts.get(account) ?? ring.others)
}
