/**
 * Who asks: the one place where a request gets its identity, or none.
 *
 * A token in `Authorization` decides alone: whoever sends one wants to be judged by it, whatever else a
 * browser has added. Then Cloudflare Access, then the session of a password, then this machine.
 */
import { err, ok, type Result } from '../../result.ts'
import type { VerifyAccessJwt } from './access-jwt.ts'
import { TOKEN_LIMIT, type Attempts } from './attempts.ts'
import { readCookie, type Cookies } from './cookies.ts'
import type { Identity } from './identity.ts'
import type { Refusal } from './refusals.ts'
import type { Sessions } from './sessions.ts'
import { isOpenLocally, type Closed, type Settings } from './settings.ts'
import type { Tokens } from './tokens.ts'

export interface DoorParts {
  settings: Result<Settings, Closed>
  cookies: Cookies
  tokens: Tokens
  attempts: Attempts
  /** Null: there are no users with passwords. */
  sessions: Sessions | null
  /** Null: Access is not used. */
  verifyAccessJwt: VerifyAccessJwt | null
}

export interface Door {
  /** For everything but the files for browsers: null lets the request go on to be identified. */
  refuse(request: Request): Refusal | null
  /** Rejects when D1 fails while a token is looked up. */
  identify(request: Request): Promise<Result<Identity, Refusal>>
}

const LOCAL: Identity = { actor: 'local', via: 'local', role: 'operator' }
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])
const BEARER = /^bearer +(\S+) *$/i

export function createDoor(parts: DoorParts): Door {
  const { settings, cookies, tokens, attempts, sessions, verifyAccessJwt } = parts

  function refuse(request: Request): Refusal | null {
    if (!settings.ok) return { code: 'closed', ...settings.error }
    // A page of any site can have its own name lead to this machine (DNS rebinding); its name then
    // stands in Host.
    if (settings.value.isLocal && !isLocalHost(request)) return { code: 'host_foreign' }
    return null
  }

  async function identifyToken(
    authorization: string,
    headers: Headers,
  ): Promise<Result<Identity, Refusal>> {
    const identity = await tokens.identify(BEARER.exec(authorization)?.[1] ?? '')
    if (identity) return ok(identity)
    // Behind the look-up: a good token is never kept waiting by somebody's bad ones.
    const attempt = await attempts.count(TOKEN_LIMIT, headers)
    if (attempt.allowed) return err({ code: 'token_invalid' })
    return err({ code: 'too_many_attempts', retryAfterS: attempt.retryAfterS })
  }

  /** Null: it says nothing that holds. */
  async function identifyAccess(headers: Headers): Promise<Result<Identity, Refusal> | null> {
    const jwt = headers.get('cf-access-jwt-assertion') ?? readCookie(headers, 'CF_Authorization')
    if (!verifyAccessJwt || !jwt) return null
    const verified = await verifyAccessJwt(jwt)
    if (verified.ok) return verified
    return verified.error === 'access_invalid' ? null : err({ code: verified.error })
  }

  return {
    refuse,
    async identify(request) {
      const refusal = refuse(request)
      if (refusal || !settings.ok) return err(refusal ?? { code: 'closed', problems: [] })
      const { headers } = request

      const authorization = headers.get('authorization')
      if (authorization !== null) return identifyToken(authorization, headers)

      const access = await identifyAccess(headers)
      if (access?.ok) return access
      const cookie = cookies.read(headers, 'session')
      const session = cookie === null ? null : ((await sessions?.verify(cookie)) ?? null)
      if (session) return ok(session)
      if (access) return access

      return isOpenLocally(settings.value) ? ok(LOCAL) : err({ code: 'not_logged_in' })
    },
  }
}

function isLocalHost(request: Request): boolean {
  const url = new URL(request.url)
  const host = request.headers.get('host')
  const named = host === null ? url : URL.parse(`http://${host}/`)
  return LOCAL_HOSTS.has(url.hostname) && named !== null && LOCAL_HOSTS.has(named.hostname)
}
