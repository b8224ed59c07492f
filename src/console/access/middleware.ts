/**
 * The door in front of the API and the pages: nothing behind it runs for somebody who is not known, and
 * no browser's change without proof that one of our pages asked for it. Sets `identity` and `csrf`.
 */
import type { MiddlewareHandler } from 'hono'
import { toFault, type Log } from '../../log.ts'
import { err, type Result } from '../../result.ts'
import type { ConsoleContext, ConsoleHono } from '../api/router.ts'
import { answerRefusal } from './answers.ts'
import type { Cookies } from './cookies.ts'
import {
  createCsrfToken,
  CSRF_FIELD,
  CSRF_HEADER,
  isCsrfToken,
  isSafeMethod,
  verifyCsrf,
  type CsrfRefusal,
} from './csrf.ts'
import type { Door } from './door.ts'
import type { Identity } from './identity.ts'
import type { Refusal } from './refusals.ts'

export interface DoorkeeperParts {
  door: Door
  cookies: Cookies
  /** There is a page to log in on. */
  hasLogin: boolean
  log: Log
}

export function createDoorkeeper(parts: DoorkeeperParts): MiddlewareHandler<ConsoleHono> {
  return async function keepDoor(c, next) {
    const identified = await identify(parts, c.req.raw)
    if (!identified.ok) return answerRefusal(c, identified.error, parts.hasLogin)
    c.set('identity', identified.value)
    c.set('identifyAgain', async () => {
      const again = await parts.door.identify(c.req.raw)
      return again.ok ? again.value : null
    })
    // No browser sends a token by itself, and what sends one gets no cookie.
    if (identified.value.via === 'token') {
      c.set('csrf', '')
      return next()
    }
    const keepCsrf = prepareCsrf(c, parts.cookies)
    if (!isSafeMethod(c.req.method)) {
      const checked = await checkCsrf(c, parts.cookies)
      if (!checked.ok) return answerRefusal(c, { code: checked.error }, parts.hasLogin)
    }
    await next()
    // A WebSocket has no page with a form.
    if (c.res.status !== 101) keepCsrf()
  }
}

export async function identify(
  { door, log }: Pick<DoorkeeperParts, 'door' | 'log'>,
  request: Request,
): Promise<Result<Identity, Refusal>> {
  try {
    return await door.identify(request)
  } catch (error) {
    log({ event: 'console.failed', code: 'ledger_unavailable', ...toFault(error) })
    return err({ code: 'ledger_unavailable' })
  }
}

/**
 * Sets `csrf`: the cookie's token, or a new one.
 *
 * @returns to be called when there is an answer: gives it the cookie, if it needs one
 */
export function prepareCsrf(c: ConsoleContext, cookies: Cookies): () => void {
  const known = cookies.read(c.req.raw.headers, 'csrf')
  if (isCsrfToken(known)) {
    c.set('csrf', known)
    return () => {}
  }
  const token = createCsrfToken()
  c.set('csrf', token)
  return () => c.header('set-cookie', cookies.write('csrf', token), { append: true })
}

export async function checkCsrf(
  c: ConsoleContext,
  cookies: Cookies,
): Promise<Result<null, CsrfRefusal>> {
  const { headers } = c.req.raw
  return verifyCsrf({
    url: c.req.url,
    headers,
    expected: cookies.read(headers, 'csrf'),
    given: c.req.header(CSRF_HEADER) ?? (await readField(c, CSRF_FIELD)),
  })
}

/** Of a form; Hono keeps it for the route. Null: no form, a broken one, or not in it once. */
export async function readField(c: ConsoleContext, name: string): Promise<string | null> {
  const type = c.req.header('content-type') ?? ''
  if (!/^(?:application\/x-www-form-urlencoded|multipart\/form-data)(?:;|$)/i.test(type))
    return null
  try {
    const value = (await c.req.parseBody({ all: true }))[name]
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
