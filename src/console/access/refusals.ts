/** What is said to whom the door does not open, for programs and for people: made here once. */
import type { ProblemInit } from '../api/problem.ts'
import type { AccessRefusal } from './access-jwt.ts'
import type { CsrfRefusal } from './csrf.ts'
import type { Closed } from './settings.ts'

export type Refusal =
  | ({ code: 'closed' } & Closed)
  | { code: 'too_many_attempts'; retryAfterS: number }
  | {
      code:
        | 'host_foreign'
        | 'not_logged_in'
        | 'token_invalid'
        | 'password_wrong'
        | 'form_too_large'
        | 'ledger_unavailable'
        | Exclude<AccessRefusal, 'access_invalid'>
        | CsrfRefusal
    }

type PlainCode = Exclude<Refusal['code'], 'closed' | 'too_many_attempts'>

const RETRY = { 'retry-after': '5' }

const PLAIN: Readonly<Record<PlainCode, Omit<ProblemInit, 'code'>>> = {
  host_foreign: {
    status: 421,
    title: 'This is not an address of this machine.',
    detail: 'The local console answers on 127.0.0.1, localhost and [::1] only.',
  },
  not_logged_in: {
    status: 401,
    title: 'Nobody is logged in.',
    detail: 'Log in, come through Cloudflare Access, or send a token: Authorization: Bearer sbc_…',
    headers: { 'www-authenticate': 'Bearer realm="switchboard"' },
  },
  token_invalid: {
    status: 401,
    title: 'The token is not good, or not any more.',
    detail: 'It may be revoked or expired. An operator can make another one.',
    headers: { 'www-authenticate': 'Bearer realm="switchboard", error="invalid_token"' },
  },
  password_wrong: { status: 401, title: 'Name and password do not go together.' },
  form_too_large: { status: 413, title: 'That is too much for one request.' },
  ledger_unavailable: {
    status: 503,
    title: 'The ledger does not answer, and nobody can be let in without it.',
    detail: 'Webhooks and deliveries go on. Try again in a moment.',
    headers: RETRY,
  },
  access_unlisted: {
    status: 403,
    title: 'Cloudflare Access let you in, but the console does not know you.',
    detail: 'Ask an operator to add you to "viewers" or "operators" of CONSOLE_ACCESS.',
  },
  access_unreachable: {
    status: 503,
    title: 'The keys of Cloudflare Access cannot be had.',
    detail: 'Is "team" in CONSOLE_ACCESS right? Else try again in a moment.',
    headers: RETRY,
  },
  csrf_origin: {
    status: 403,
    title: 'Nothing was changed: the request does not come from a page of the console.',
  },
  csrf_token: {
    status: 403,
    title: 'Nothing was changed: the page was too old.',
    detail: 'Load it again and repeat what you did.',
  },
}

export function toRefusalProblem(refusal: Refusal): ProblemInit {
  if (refusal.code === 'closed') {
    const detail = toClosedDetail(refusal)
    return { status: 503, code: refusal.code, title: 'The console is closed.', detail }
  }
  if (refusal.code === 'too_many_attempts') {
    return {
      status: 429,
      code: refusal.code,
      title: 'Too many attempts.',
      detail: `Try again in ${Math.ceil(refusal.retryAfterS / 60)} min.`,
      headers: { 'retry-after': String(refusal.retryAfterS) },
    }
  }
  return { code: refusal.code, ...PLAIN[refusal.code] }
}

/** Names of settings and what is wrong with their form; no value. */
function toClosedDetail({ problems }: Closed): string {
  if (problems.length === 0) {
    return 'Set CONSOLE_PASSWORDS (a secret) or CONSOLE_ACCESS, so that it knows who may use it.'
  }
  return problems.map(({ setting, hint }) => `${setting} ${hint}.`).join(' ')
}
