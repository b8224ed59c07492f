/**
 * Cloudflare Access's word for who somebody is: a JWT in `Cf-Access-Jwt-Assertion`, or, from a browser,
 * in the cookie CF_Authorization
 * (https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/).
 *
 * Nothing of it is believed before its signature, issuer, audience and time are checked. When the keys
 * cannot be had, nobody comes in.
 */
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose'
import { err, ok, type Result } from '../../result.ts'
import type { AccessTeam, Visitor } from './access-team.ts'
import type { Identity } from './identity.ts'

export type AccessRefusal =
  /** Not Access's signature, or not for us, or not now. */
  | 'access_invalid'
  /** Access let them in; the settings do not. */
  | 'access_unlisted'
  /** Access's keys cannot be had. */
  | 'access_unreachable'

export type VerifyAccessJwt = (jwt: string) => Promise<Result<Identity, AccessRefusal>>

export interface AccessKeysOptions {
  /** So long nothing unknown makes us ask again: a forged `kid` costs no call each. */
  coolDownMs?: number
}

const FETCH_TIMEOUT_MS = 3_000
const COOL_DOWN_MS = 30_000
// Access changes its keys every six weeks, and the old ones hold for another week. A new one is asked
// for when it is met; the hour is for one that was taken back.
const KEYS_MAX_AGE_MS = 3_600_000
/** Clocks of two machines of Cloudflare. */
const CLOCK_TOLERANCE_S = 10

/** One for each isolate: it keeps the keys. @param now milliseconds since the epoch */
export function createVerifyAccessJwt(
  team: AccessTeam,
  fetcher: typeof fetch,
  now: () => number,
  { coolDownMs = COOL_DOWN_MS }: AccessKeysOptions = {},
): VerifyAccessJwt {
  const keys = createRemoteJWKSet(new URL('/cdn-cgi/access/certs', team.issuer), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: coolDownMs,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    [customFetch]: (url, init) => fetcher(url, init),
  })

  return async function verifyAccessJwt(jwt) {
    let payload: JWTPayload
    try {
      const verified = await jwtVerify(jwt, keys, {
        issuer: team.issuer,
        audience: team.audience,
        // Pinned: the token does not choose how it is checked.
        algorithms: ['RS256'],
        requiredClaims: ['exp', 'iat'],
        clockTolerance: CLOCK_TOLERANCE_S,
        currentDate: new Date(now()),
      })
      payload = verified.payload
    } catch (error) {
      return err(isAboutToken(error) ? 'access_invalid' : 'access_unreachable')
    }
    const visitor = toVisitor(payload)
    if (!visitor) return err('access_invalid')
    const role = team.roleOf(visitor)
    if (!role) return err('access_unlisted')
    const actor = 'email' in visitor ? visitor.email : visitor.commonName
    return ok({ actor, via: 'access', role })
  }
}

/** People have an address; service tokens and client certificates have a common name. */
function toVisitor({ email, common_name: commonName }: JWTPayload): Visitor | null {
  if (typeof email === 'string' && email.includes('@')) return { email }
  if (typeof commonName === 'string' && commonName !== '') return { commonName }
  return null
}

/** Everything else is about the keys: no network, no 200, no JSON, no key set. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
}
