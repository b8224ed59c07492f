/**
 * Who calls the stand-in. As at Twilio: Basic auth with an account's SID and auth token (the primary, or
 * a secondary one), or with an API key. On api.twilio.com a parent may act for its sub-accounts.
 */
import type { AccountState, TwilioState } from './state.ts'

export interface Caller {
  account: AccountState
  /** `token`: logged in with an auth token, which may do everything. */
  kind: 'token' | 'main' | 'standard'
}

export function findCaller(state: TwilioState, header: string | undefined): Caller | null {
  const [scheme, encoded = ''] = header?.split(' ') ?? []
  if (scheme !== 'Basic') return null
  const [username = '', password = ''] = Buffer.from(encoded, 'base64').toString().split(':')
  for (const account of state.accounts) {
    const { auth_token: primary, secondary_auth_token: secondary } = account
    const isToken = password === primary || (secondary !== null && password === secondary)
    if (account.sid === username && isToken) return { account, kind: 'token' }
    const key = account.api_keys.find(({ sid, secret }) => sid === username && secret === password)
    if (key) return { account, kind: key.type }
  }
  return null
}

/** The account in the path, when the caller may act for it. */
export function reach(state: TwilioState, caller: Caller, sid: string): AccountState | null {
  const account = state.accounts.find((each) => each.sid === sid)
  if (!account) return null
  const isOwn = account.sid === caller.account.sid
  return isOwn || account.owner_account_sid === caller.account.sid ? account : null
}
