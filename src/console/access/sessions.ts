/**
 * Sessions of users with passwords: a JWT in a cookie, for twelve hours. Nothing is stored.
 *
 * The key is derived from the user's own entry in the settings. So a new password, another role or the
 * removal of the user ends their sessions, and nobody else's. The role comes from the settings each
 * time, never from the cookie.
 *
 * Two weak spots. A copied cookie is good until it runs out, also after a logout. And whoever has one
 * can guess the password behind its key at their own pace: passwords should be random.
 */
import { hkdfSync } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Identity } from './identity.ts'
import type { User, Users } from './passwords.ts'

export const SESSION_S = 12 * 3_600
const ISSUER = 'switchboard-console'

export interface Sessions {
  /** The cookie's value. */
  issue(user: User): Promise<string>
  /** Null: not ours, or not any more. */
  verify(cookie: string): Promise<Identity | null>
}

/** @param now milliseconds since the epoch */
export function createSessions(users: Users, now: () => number): Sessions {
  const keys = new Map([...users].map(([name, user]) => [name, toKey(user)]))
  return {
    issue(user) {
      const issuedAt = Math.floor(now() / 1_000)
      return new SignJWT()
        .setProtectedHeader({ alg: 'HS256', kid: user.name })
        .setIssuer(ISSUER)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + SESSION_S)
        .sign(toKey(user))
    },
    async verify(cookie) {
      try {
        const { protectedHeader } = await jwtVerify(cookie, ({ kid }) => pickKey(keys, kid), {
          algorithms: ['HS256'],
          issuer: ISSUER,
          requiredClaims: ['exp'],
          maxTokenAge: SESSION_S,
          currentDate: new Date(now()),
        })
        // Whose key it was, and not whom the claims name: every user can make up claims, since their
        // own password is all that their own key is made of.
        const user = users.get(protectedHeader.kid ?? '')
        return user ? { actor: user.name, via: 'password', role: user.role } : null
      } catch {
        return null
      }
    },
  }
}

function pickKey(keys: ReadonlyMap<string, Uint8Array>, kid: string | undefined): Uint8Array {
  const key = keys.get(kid ?? '')
  if (!key) throw new Error('no such user')
  return key
}

function toKey({ name, role, password }: User): Uint8Array {
  const info = JSON.stringify(['session', name, role])
  return new Uint8Array(hkdfSync('sha256', password, 'switchboard-console', info, 32))
}
