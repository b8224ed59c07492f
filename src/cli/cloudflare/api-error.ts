/**
 * What Cloudflare refused, as an error that says what to do. Cloudflare's own words are quoted; a token
 * is in none of them, since it only ever travels in a header.
 */
import { UsageError, WorkError, type CommandError } from '../terminal/errors.ts'

export interface Refusal {
  status: number
  method: string
  path: string
  /** Cloudflare's numbers and words. */
  errors: readonly { code: number; message: string }[]
}

/** A call that Cloudflare answered with an error. */
export class CloudflareError extends WorkError {
  override name = 'CloudflareError'
  readonly status: number
  readonly codes: readonly number[]

  constructor(refusal: Refusal, next: string) {
    super(toMessage(refusal), { code: 'cloudflare_refused', next })
    this.status = refusal.status
    this.codes = refusal.errors.map(({ code }) => code)
  }
}

/** The permission of an API token that a part of the API asks for, as Cloudflare's pages name it. */
const PERMISSIONS: readonly (readonly [path: RegExp, permission: string])[] = [
  [/\/storage\/kv\//, 'Account › Workers KV Storage › Edit'],
  [/\/queues\b/, 'Account › Queues › Edit'],
  [/\/d1\//, 'Account › D1 › Edit'],
  [/\/workers\//, 'Account › Workers Scripts › Edit'],
  [/^\/zones\b/, 'Zone › Workers Routes › Edit'],
  [/^\/accounts\b/, 'Account › Account Settings › Read'],
]

/** Cloudflare says 400 to a token that is not even shaped like one, and 403 to one it does not know. */
const TOKEN_CODES = [1000, 1001, 6003]

const isTokenWrong = ({ status, errors }: Refusal): boolean =>
  status === 401 ||
  errors.some(({ code, message }) => {
    return TOKEN_CODES.includes(code) || /invalid (?:access|api) token/i.test(message)
  })

/** "Could not route to …, perhaps your object identifier is invalid?" */
const UNKNOWN_ACCOUNT = 7003

export const LOG_IN = 'Set CLOUDFLARE_API_TOKEN, or log in with: npx wrangler login'

export function toRefusal(refusal: Refusal): CommandError {
  const { status, path } = refusal
  if (isTokenWrong(refusal)) {
    return new UsageError('Cloudflare does not accept the API token: it is wrong, or expired.', {
      code: 'cloudflare_token',
      next: LOG_IN,
    })
  }
  if (refusal.errors.some(({ code }) => code === UNKNOWN_ACCOUNT)) {
    return new UsageError('Cloudflare knows no such account.', {
      code: 'cloudflare_account',
      next: 'Check CLOUDFLARE_ACCOUNT_ID, and account_id in the wrangler files.',
    })
  }
  if (status === 403) {
    const permission = PERMISSIONS.find(([pattern]) => pattern.test(path))?.[1]
    const what = permission === undefined ? 'do this' : `do this: it lacks "${permission}"`
    return new UsageError(`The Cloudflare login may not ${what}. ${toMessage(refusal)}`, {
      code: 'cloudflare_permission',
      next:
        'Give the token that permission at https://dash.cloudflare.com/profile/api-tokens, and check ' +
        'that CLOUDFLARE_ACCOUNT_ID is the account it is for.',
    })
  }
  const next =
    status >= 500
      ? 'This is trouble at Cloudflare: try again in a minute; https://www.cloudflarestatus.com'
      : 'Try again when what Cloudflare complains about is mended.'
  return new CloudflareError(refusal, next)
}

function toMessage({ method, path, status, errors }: Refusal): string {
  const words = errors.map(({ code, message }) => `${message} (${code})`).join('; ')
  return `Cloudflare answered ${status} to ${method} ${path}${words === '' ? '' : `: ${words}`}`
}
