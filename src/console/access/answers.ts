/**
 * A refusal as an answer: a problem for programs, a page for people. Whoever only has to log in is led
 * to the login, and back from there.
 */
import type { ConsoleContext } from '../api/router.ts'
import { toProblemResponse } from '../api/problem.ts'
import { showRefusedPage, showWayToLogin } from '../pages/login.tsx'
import { isSafeMethod } from './csrf.ts'
import { toRefusalProblem, type Refusal } from './refusals.ts'

/** As api.ts says; that imports the routes, which import this. */
const API = /^\/api(?:\/|$)/
export const LOGIN_PATH = '/login'

export async function answerRefusal(
  c: ConsoleContext,
  refusal: Refusal,
  hasLogin: boolean,
): Promise<Response> {
  const problem = toRefusalProblem(refusal)
  if (API.test(c.req.path)) return toProblemResponse(problem)
  if (refusal.code === 'not_logged_in' && hasLogin) {
    const isPartial = c.req.header('hx-request') === 'true'
    if (isPartial) return askToLogIn(c)
    if (isSafeMethod(c.req.method)) return goToLogin(c)
  }
  for (const [name, value] of Object.entries(problem.headers ?? {})) c.header(name, value)
  return showRefusedPage(c, problem, hasLogin)
}

function goToLogin(c: ConsoleContext): Response | Promise<Response> {
  const { pathname, search } = new URL(c.req.url)
  const url = toLoginUrl(pathname + search)
  // A link from elsewhere, a chat say, does not bring the session: it is SameSite=Strict, and stays so
  // through redirects. A page of ours that leads on does bring it.
  const site = c.req.header('sec-fetch-site')
  const isFromElsewhere = site === 'cross-site' || site === 'same-site'
  return isFromElsewhere ? showWayToLogin(c, url) : c.redirect(url, 303)
}

/** htmx then loads the login in place of the whole page (https://htmx.org/headers/hx-redirect/). */
function askToLogIn(c: ConsoleContext): Response {
  const current = URL.parse(c.req.header('hx-current-url') ?? '')
  const isOurs = current !== null && current.origin === new URL(c.req.url).origin
  c.header('hx-redirect', toLoginUrl(isOurs ? current.pathname + current.search : '/'))
  return c.body(null, 401)
}

const toLoginUrl = (next: string): string =>
  next === '/' ? LOGIN_PATH : `${LOGIN_PATH}?next=${encodeURIComponent(next)}`
