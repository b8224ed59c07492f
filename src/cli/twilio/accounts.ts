/**
 * The account that is logged in, and its sub-accounts.
 *
 * On api.twilio.com a parent's login reaches its sub-accounts. The other hosts (messaging.twilio.com)
 * want the sub-account's own login: its auth token, which Twilio tells a parent that is logged in with
 * its own auth token, or a key of TWILIO_AUTH_TOKENS. What cannot be reached is reported, never left out.
 */
import { callTwilio, LoginError } from './api-error.ts'
import type { Twilio, TwilioConnection } from './client.ts'
import type { Login } from './credentials.ts'
import { LARGE_PAGE, readAllPages } from './pages.ts'

export interface Account {
  sid: string
  name: string
  /** It is the one that is logged in. */
  isMain: boolean
  /** For api.twilio.com. */
  api: Twilio
  /** Logins of its own that may work, the best first: for every other host. */
  ownLogins: readonly Login[]
  /** Its auth token, as Twilio told it; null: it did not. */
  authToken: string | null
}

export interface AccountList {
  accounts: Account[]
  /** Suspended or closed: their numbers answer nobody. */
  skipped: { sid: string; name: string; status: string }[]
  /** The login may not list accounts (a standard API key): there may be more than are listed. */
  isPartial: boolean
}

/** Throws a LoginError when Twilio does not accept the login at all. */
export async function readAccounts(connection: TwilioConnection): Promise<AccountList> {
  try {
    return await listAccounts(connection)
  } catch (error) {
    const isKey = connection.credentials.kind === 'api_key'
    if (!(error instanceof LoginError && isKey)) throw error
    return onlyTheMainOne(connection)
  }
}

async function listAccounts(connection: TwilioConnection): Promise<AccountList> {
  const { sdk } = connection
  const found = await callTwilio('list the accounts', () =>
    readAllPages(sdk.api.v2010.accounts.page(LARGE_PAGE)),
  )
  const accounts: Account[] = []
  const skipped: AccountList['skipped'] = []
  for (const { sid, friendlyName: name, status, authToken } of found) {
    if (status === 'active') accounts.push(toAccount(connection, { sid, name, authToken }))
    else skipped.push({ sid, name, status })
  }
  accounts.sort((a, b) => Number(b.isMain) - Number(a.isMain))
  return { accounts, skipped, isPartial: false }
}

/** A standard API key may not list accounts. Whether it is good at all, another question tells. */
async function onlyTheMainOne(connection: TwilioConnection): Promise<AccountList> {
  const { sdk, credentials } = connection
  const { accountSid: sid } = credentials
  await callTwilio(`read the numbers of ${sid}`, () =>
    sdk.api.v2010.accounts(sid).incomingPhoneNumbers.page({ pageSize: 1 }),
  )
  const account = toAccount(connection, { sid, name: '', authToken: null })
  return { accounts: [account], skipped: [], isPartial: true }
}

interface Found {
  sid: string
  name: string
  authToken: string | null
}

function toAccount(connection: TwilioConnection, { sid, name, authToken }: Found): Account {
  const { credentials, as } = connection
  const isMain = sid === credentials.accountSid
  // Twilio leaves it out, or blacks it out, for a login that may not see it.
  const token = authToken !== null && /^[0-9a-f]{32}$/i.test(authToken) ? authToken : null
  const keys = credentials.ring.accounts.get(sid) ?? []
  const passwords = new Set([...(token === null ? [] : [token]), ...keys.map((key) => key.token)])
  const ownLogins = [...passwords].map((password) => ({ username: sid, password }))
  return {
    sid,
    name,
    isMain,
    api: as(sid),
    ownLogins: isMain ? [credentials] : ownLogins,
    authToken: token,
  }
}

/**
 * Calls a host that wants the account's own login, with the first of its logins that Twilio accepts.
 * Null: there is none.
 */
export async function withOwnLogin<T>(
  { as }: Pick<TwilioConnection, 'as'>,
  { sid, ownLogins }: Pick<Account, 'sid' | 'ownLogins'>,
  call: (sdk: Twilio) => Promise<T>,
): Promise<T | null> {
  for (const login of ownLogins) {
    try {
      return await call(as(sid, login))
    } catch (error) {
      if (!(error instanceof LoginError)) throw error
    }
  }
  return null
}
