/**
 * Logging in with a password, and out. An attempt is counted before the password is looked at; when
 * the ledger cannot count or record, nobody gets in.
 */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { toFault, type Log } from '../../log.ts'
import type { ConsoleContext, ConsoleHono } from '../api/router.ts'
import { showLoginPage } from '../pages/login.tsx'
import { answerRefusal, LOGIN_PATH } from './answers.ts'
import { LOGIN_LIMIT, type Attempts } from './attempts.ts'
import type { Audit } from './audit.ts'
import type { Identity } from './identity.ts'
import { checkCsrf, identify, prepareCsrf, readField, type DoorkeeperParts } from './middleware.ts'
import { toNextPath } from './next-path.ts'
import { SINGLE_USER, type CheckPassword, type User, type Users } from './passwords.ts'
import { toRefusalProblem, type Refusal } from './refusals.ts'
import { SESSION_S, type Sessions } from './sessions.ts'

export interface LoginParts extends DoorkeeperParts {
  /** Null: nobody has a password. */
  passwords: { users: Users; check: CheckPassword; sessions: Sessions } | null
  attempts: Attempts
  audit: Audit
}

const MAX_FORM_BYTES = 16_384
const ACCESS_LOGOUT_PATH = '/cdn-cgi/access/logout'

export function createLoginRoutes(parts: LoginParts): Hono<ConsoleHono> {
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (c) => answerRefusal(c, { code: 'form_too_large' }, parts.hasLogin),
  })
  return new Hono<ConsoleHono>()
    .get(LOGIN_PATH, (c) => showLogin(c, parts))
    .post(LOGIN_PATH, limit, (c) => logIn(c, parts))
    .post('/logout', limit, (c) => logOut(c, parts))
}

async function showLogin(c: ConsoleContext, parts: LoginParts): Promise<Response> {
  const identified = await identify(parts, c.req.raw)
  const next = toNextPath(c.req.query('next'))
  if (identified.ok) return c.redirect(next, 303)
  const { error } = identified
  const mayLogIn = error.code === 'not_logged_in' || error.code === 'access_unlisted'
  if (!mayLogIn || !parts.passwords) return answerRefusal(c, error, parts.hasLogin)
  return showForm(c, parts, { next, name: '' })
}

interface FormState {
  next: string
  name: string
}

/** @param refusal why the last attempt failed */
function showForm(
  c: ConsoleContext,
  { cookies, passwords }: LoginParts,
  state: FormState,
  refusal?: Refusal,
): Response | Promise<Response> {
  prepareCsrf(c, cookies)()
  const problem = refusal && toRefusalProblem(refusal)
  for (const [header, value] of Object.entries(problem?.headers ?? {})) c.header(header, value)
  const isSingle = passwords?.users.size === 1 && passwords.users.has(SINGLE_USER)
  return showLoginPage(c, { ...state, isSingle }, problem)
}

async function logIn(c: ConsoleContext, parts: LoginParts): Promise<Response> {
  const { door, cookies, passwords, hasLogin } = parts
  const refusal = door.refuse(c.req.raw)
  if (refusal) return answerRefusal(c, refusal, hasLogin)
  if (!passwords) return answerRefusal(c, { code: 'not_logged_in' }, hasLogin)
  const csrf = await checkCsrf(c, cookies)
  if (!csrf.ok) return answerRefusal(c, { code: csrf.error }, hasLogin)

  const name = (await readField(c, 'name')) ?? SINGLE_USER
  const password = (await readField(c, 'password')) ?? ''
  const next = toNextPath(await readField(c, 'next'))
  const outcome = await tryPassword(c, parts, passwords, { name, password })
  if ('code' in outcome) {
    parts.log({ event: 'login.refused', code: outcome.code })
    return showForm(c, parts, { next, name }, outcome)
  }
  c.header('set-cookie', cookies.write('session', outcome.cookie, SESSION_S), { append: true })
  return c.redirect(next, 303)
}

async function tryPassword(
  c: ConsoleContext,
  { attempts, audit, log }: LoginParts,
  { check, sessions }: NonNullable<LoginParts['passwords']>,
  { name, password }: { name: string; password: string },
): Promise<{ cookie: string } | Refusal> {
  try {
    const attempt = await attempts.count(LOGIN_LIMIT, c.req.raw.headers)
    if (!attempt.allowed) return { code: 'too_many_attempts', retryAfterS: attempt.retryAfterS }
    const user = check(name, password)
    if (!user) return { code: 'password_wrong' }
    await attempt.takeBack()
    const change = { action: 'session.login', subject: user.name }
    return { cookie: await audit.record(toIdentity(user), change, () => sessions.issue(user)) }
  } catch (error) {
    log({ event: 'console.failed', code: 'ledger_unavailable', ...toFault(error) })
    return { code: 'ledger_unavailable' }
  }
}

const toIdentity = ({ name, role }: User): Identity => ({ actor: name, via: 'password', role })

async function logOut(c: ConsoleContext, parts: LoginParts): Promise<Response> {
  const { door, cookies, hasLogin, audit, log } = parts
  const refusal = door.refuse(c.req.raw)
  if (refusal) return answerRefusal(c, refusal, hasLogin)
  const csrf = await checkCsrf(c, cookies)
  if (!csrf.ok) return answerRefusal(c, { code: csrf.error }, hasLogin)

  const identified = await identify(parts, c.req.raw)
  if (identified.ok) await recordLogout(audit, log, identified.value)
  c.header('set-cookie', cookies.write('session', '', 0), { append: true })
  const isOfAccess = identified.ok && identified.value.via === 'access'
  return c.redirect(isOfAccess ? ACCESS_LOGOUT_PATH : LOGIN_PATH, 303)
}

/** The one change that is made without a record, if need be: to stay logged in would be worse. */
async function recordLogout(audit: Audit, log: Log, identity: Identity): Promise<void> {
  try {
    const change = { action: 'session.logout', subject: identity.actor }
    await audit.record(identity, change, async () => {})
  } catch (error) {
    log({ event: 'console.failed', code: 'audit_unavailable', ...toFault(error) })
  }
}
