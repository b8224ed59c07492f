/**
 * Who the command is for Twilio's REST API: an API key, or the account's auth token. They come from the
 * environment or `.dev.vars` and are never printed; every problem says which name to set.
 */
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { isAccountSid } from '../../twilio/account.ts'
import { EMPTY_KEY_RING, parseKeyRing, type KeyRing } from '../../twilio/keyring.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'

export interface Login {
  username: string
  password: string
}

export interface Credentials extends Login {
  accountSid: string
  kind: 'api_key' | 'auth_token'
  /** What the webhooks are checked with, as far as it is known here. */
  ring: KeyRing
}

const WHERE = 'Set it in the environment, or as a NAME=value line in .dev.vars.'

/** An API key before TWILIO_AUTH_TOKEN before the account's first key in TWILIO_AUTH_TOKENS. */
export function readCredentials(read: ReadSecret): Credentials {
  const ring = readRing(read)
  const accountSid = readAccountSid(read, ring)
  const apiKey = readApiKey(read)
  if (apiKey) return { ...apiKey, accountSid, kind: 'api_key', ring }
  const password = read('TWILIO_AUTH_TOKEN') ?? firstKey(ring, accountSid)
  if (password === undefined) {
    throw missing(
      `There is nothing to log in to Twilio with for ${accountSid}.`,
      `Set TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and TWILIO_API_SECRET. ${WHERE}`,
    )
  }
  return { username: accountSid, password, accountSid, kind: 'auth_token', ring }
}

function readRing(read: ReadSecret): KeyRing {
  const secret = read(TOKENS_SECRET)
  if (secret === undefined) return EMPTY_KEY_RING
  const ring = parseKeyRing(secret)
  if (ring.ok) return ring.value
  throw new UsageError(`${TOKENS_SECRET} ${ring.error.hint}.`, { code: 'key_ring_invalid' })
}

function readAccountSid(read: ReadSecret, ring: KeyRing): string {
  const sid = read('TWILIO_ACCOUNT_SID')
  if (sid !== undefined) {
    if (isAccountSid(sid)) return sid
    throw new UsageError('TWILIO_ACCOUNT_SID is not AC and 32 hex digits.', {
      code: 'account_sid_invalid',
      next: 'The start page of the Twilio console shows it.',
    })
  }
  const [only, ...others] = ring.accounts.keys()
  if (only !== undefined && others.length === 0) return only
  throw missing(
    only === undefined
      ? 'TWILIO_ACCOUNT_SID is missing.'
      : `TWILIO_ACCOUNT_SID is missing, and ${TOKENS_SECRET} names more than one account.`,
    WHERE,
  )
}

function readApiKey(read: ReadSecret): Login | null {
  const username = read('TWILIO_API_KEY')
  const password = read('TWILIO_API_SECRET')
  if (username === undefined && password === undefined) return null
  if (username === undefined || password === undefined) {
    const name = username === undefined ? 'TWILIO_API_KEY' : 'TWILIO_API_SECRET'
    throw missing(`${name} is missing: an API key has two parts.`, WHERE)
  }
  if (/^SK[0-9a-fA-F]{32}$/.test(username)) return { username, password }
  throw new UsageError('TWILIO_API_KEY is not SK and 32 hex digits.', { code: 'api_key_invalid' })
}

function firstKey(ring: KeyRing, accountSid: string): string | undefined {
  const [key] = ring.accounts.get(accountSid) ?? ring.others
  return key?.token
}

const missing = (message: string, next: string) =>
  new UsageError(message, { code: 'credentials_missing', next })
