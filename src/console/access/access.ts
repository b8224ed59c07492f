/** Puts the door in front of everything that is mounted after it. */
import type { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ConsoleHono } from '../api/router.ts'
import type { ConsoleDeps } from '../deps.ts'
import { createVerifyAccessJwt } from './access-jwt.ts'
import { answerRefusal } from './answers.ts'
import { createAttempts } from './attempts.ts'
import { createCookies } from './cookies.ts'
import { createDoor } from './door.ts'
import { createLoginRoutes, type LoginParts } from './login.ts'
import { createDoorkeeper } from './middleware.ts'
import { createCheckPassword } from './passwords.ts'
import { createSessions } from './sessions.ts'
import { parseSettings, type AccessEnv } from './settings.ts'
import { createTokens } from './tokens.ts'

const MAX_BODY_BYTES = 65_536

export interface AccessOptions {
  env: AccessEnv
  deps: Pick<ConsoleDeps, 'ledger' | 'audit' | 'log' | 'now'>
  fetch: typeof fetch
}

/** @param app files for browsers and headers come before it; the API and the pages after it */
export function mountAccess(app: Hono<ConsoleHono>, options: AccessOptions): void {
  const parts = createParts(options)
  app.route('/', createLoginRoutes(parts))
  app.use(createDoorkeeper(parts))
}

/** Lets no body through that is larger than any change needs. Before everything that reads one. */
export const limitBodies = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => answerRefusal(c, { code: 'form_too_large' }, false),
})

function createParts({ env, deps, fetch }: AccessOptions): LoginParts {
  const { ledger, audit, log, now } = deps
  const settings = parseSettings(env)
  if (!settings.ok) log({ event: 'console.closed', problems: settings.error.problems })
  const { users, team, isLocal } = settings.ok
    ? settings.value
    : { users: null, team: null, isLocal: false }
  const cookies = createCookies(isLocal)
  const attempts = createAttempts(ledger, now)
  const sessions = users && createSessions(users, now)
  const door = createDoor({
    settings,
    cookies,
    tokens: createTokens(ledger, now),
    attempts,
    sessions,
    verifyAccessJwt: team && createVerifyAccessJwt(team, fetch, now),
  })
  const passwords = users && sessions && { users, check: createCheckPassword(users), sessions }
  return { door, cookies, hasLogin: users !== null, log, passwords, attempts, audit }
}
