/**
 * Where the console is, and how to be let in there. Pure.
 *
 * Promises: a credential goes over https or stays on this machine; an address never holds one.
 */
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'

/** Of a running `switchboard dev`. */
export const LOCAL_CONSOLE = 'http://127.0.0.1:8788'
export const CONSOLE_SETTING = 'SWITCHBOARD_CONSOLE'
export const TOKEN_SETTING = 'SWITCHBOARD_TOKEN'
/** A service token of Cloudflare Access: for a console that is behind Access. */
const ACCESS_SETTINGS = ['CF_ACCESS_CLIENT_ID', 'CF_ACCESS_CLIENT_SECRET'] as const

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/
/** What a header can carry. */
const VISIBLE = /^[!-~]+$/

export interface ConsoleAddress {
  /** Without a slash at its end. */
  url: string
  isLocal: boolean
  /** What lets one in; empty: the console is asked without it, which one on this machine may allow. */
  headers: Readonly<Record<string, string>>
}

/** @param given the value of `--console`, which wins */
export function decideAddress(given: string | undefined, read: ReadSecret): ConsoleAddress {
  const named = read(CONSOLE_SETTING)?.trim()
  const url = parseBase(given ?? named ?? LOCAL_CONSOLE)
  const isLocal = LOOPBACK.test(url.hostname)
  // The token in the settings is for the console in the settings: the one of `switchboard dev` would only
  // refuse it, and something else may listen there.
  const isOther = named !== undefined && parseBase(named).origin !== url.origin
  const headers = isLocal && isOther ? {} : readHeaders(read)
  if (Object.keys(headers).length > 0 && url.protocol !== 'https:' && !isLocal) {
    throw new UsageError(`No token is sent to ${url.host} over plain http.`, {
      code: 'console_not_https',
      next: 'Write its address with https://.',
    })
  }
  return { url: url.href.replace(/\/$/, ''), isLocal, headers }
}

/** Its text is not repeated when it is wrong: somebody may have put a password into it. */
function parseBase(text: string): URL {
  const url = URL.parse(text)
  const isBare =
    url !== null && url.username === '' && url.password === '' && url.search === '' && !url.hash
  if (isBare && /^https?:$/.test(url.protocol)) return url
  throw new UsageError('The address of the console is no plain http or https URL.', {
    code: 'console_invalid',
    next: `Write it as https://console.example.com, in --console or ${CONSOLE_SETTING}.`,
  })
}

function readHeaders(read: ReadSecret): Record<string, string> {
  const token = readVisible(read, TOKEN_SETTING)
  const [id, secret] = ACCESS_SETTINGS.map((name) => readVisible(read, name))
  if ((id === undefined) !== (secret === undefined)) {
    throw new UsageError(`${ACCESS_SETTINGS.join(' and ')} belong together.`, {
      code: 'token_invalid',
      next: 'Set both in the environment or .dev.vars, or neither.',
    })
  }
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(id !== undefined &&
      secret !== undefined && { 'cf-access-client-id': id, 'cf-access-client-secret': secret }),
  }
}

function readVisible(read: ReadSecret, name: string): string | undefined {
  const value = read(name)?.trim()
  if (value === undefined || value === '') return undefined
  if (VISIBLE.test(value)) return value
  throw new UsageError(`${name} holds something that is no token.`, {
    code: 'token_invalid',
    next: 'Copy it again, whole and without anything around it.',
  })
}
