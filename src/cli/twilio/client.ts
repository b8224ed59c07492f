/**
 * The official SDK, logged in. It is loaded when the first verb needs it: it takes a moment.
 *
 *   const twilio = await connectTwilio(createSecretReader(process.env, process.cwd()))
 *   await callTwilio('read the account', () => twilio.sdk.api.v2010.accounts(sid).fetch())
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Twilio } from 'twilio'
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'
import { parseBaseUrl } from './base-url.ts'
import { readCredentials, type Credentials, type Login } from './credentials.ts'

export type { Twilio }

export interface TwilioConnection {
  credentials: Credentials
  /** Logged in with the credentials that were found; its account is theirs. */
  sdk: Twilio
  /** Another account: with a login of its own, or a sub-account with the parent's. */
  as: (accountSid: string, login?: Login) => Twilio
  /** Who hears about waits from now on: `step`'s `update`. */
  tell: (onWait: (text: string) => void) => void
}

/** Asks Twilio nothing yet. Throws a UsageError that says what to set. */
export async function connectTwilio(read: ReadSecret): Promise<TwilioConnection> {
  const credentials = readCredentials(read)
  const baseUrl = readBaseUrl(read)
  const { default: twilio } = await import('twilio')
  const { PatientRequestClient } = await import('./request-client.ts')
  let listener: ((text: string) => void) | null = null
  const httpClient = new PatientRequestClient({
    baseUrl,
    onWait: (text) => listener?.(text),
    now: Date.now,
    sleep,
    random: Math.random,
  })
  const as = (accountSid: string, { username, password }: Login = credentials) =>
    new twilio.Twilio(username, password, { accountSid, httpClient })
  return {
    credentials,
    sdk: as(credentials.accountSid),
    as,
    tell: (onWait) => void (listener = onWait),
  }
}

function readBaseUrl(read: ReadSecret): string | null {
  const text = read('TWILIO_API_BASE_URL')
  if (text === undefined) return null
  const url = parseBaseUrl(text)
  if (url.ok) return url.value
  throw new UsageError(`TWILIO_API_BASE_URL ${url.error.reason}.`, {
    code: 'twilio_base_url_invalid',
  })
}
