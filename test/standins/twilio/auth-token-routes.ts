/**
 * accounts.twilio.com of the stand-in: a secondary auth token, created, promoted, deleted. It shows a token
 * once. That a second one is refused is Twilio's; with which code, its pages do not say.
 */
import { randomBytes } from 'node:crypto'
import { NOT_FOUND, REFUSED_LOGIN, toError, type Answer, type Call, type Route } from './route.ts'
import type { AccountState } from './state.ts'

const HOST = 'accounts.twilio.com'

export const AUTH_TOKEN_ROUTES: readonly Route[] = [
  change('POST', 'Secondary', (account) => {
    if (account.secondary_auth_token !== null) return toError(400, 20001, 'There is one already')
    account.secondary_auth_token = randomBytes(16).toString('hex')
    return { status: 201, body: toBody(account, 'secondary_auth_token', 'Secondary') }
  }),
  change('POST', 'Promote', (account) => {
    if (account.secondary_auth_token === null) return NOT_FOUND
    account.auth_token = account.secondary_auth_token
    account.secondary_auth_token = null
    return { status: 200, body: toBody(account, 'auth_token', 'Promote') }
  }),
  change('DELETE', 'Secondary', (account) => {
    if (account.secondary_auth_token === null) return NOT_FOUND
    account.secondary_auth_token = null
    return { status: 204 }
  }),
]

function change(
  method: 'POST' | 'DELETE',
  name: string,
  answer: (account: AccountState) => Answer,
): Route {
  return {
    method,
    host: HOST,
    path: new RegExp(`^/v1/AuthTokens/${name}$`),
    isChange: true,
    answer: ({ caller }: Call) =>
      caller.kind === 'standard' ? REFUSED_LOGIN : answer(caller.account),
  }
}

function toBody(account: AccountState, field: 'auth_token' | 'secondary_auth_token', name: string) {
  const date = '2026-01-01T00:00:00Z'
  return {
    account_sid: account.sid,
    [field]: account[field],
    date_created: date,
    date_updated: date,
    url: `https://${HOST}/v1/AuthTokens/${name}`,
  }
}
