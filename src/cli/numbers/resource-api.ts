/** Where each kind of resource is in Twilio's REST API, and how one is read and changed. */
import { withOwnLogin, type Account } from '../twilio/accounts.ts'
import { callTwilio, LoginError } from '../twilio/api-error.ts'
import type { Twilio, TwilioConnection } from '../twilio/client.ts'
import { applyOnce } from '../twilio/once.ts'
import { LARGE_PAGE, readAllPages, SMALL_PAGE } from '../twilio/pages.ts'
import { FIELD_NAMES, KINDS, type FieldName, type Fields, type ResourceKind } from './resource.ts'

type Params = { [name in FieldName]?: string }

interface OneOfThem {
  fetch(): Promise<object>
  update(params: Params): Promise<object>
}

type OnPage = (count: number) => void

interface KindApi {
  /** It is on a host where a parent's login does not reach sub-accounts. */
  needsOwnLogin: boolean
  list(sdk: Twilio, account: string, onPage: OnPage): Promise<object[]>
  at(sdk: Twilio, account: string, sid: string): OneOfThem
}

const of = (sdk: Twilio, account: string) => sdk.api.v2010.accounts(account)

const API: Readonly<Record<ResourceKind, KindApi>> = {
  number: {
    needsOwnLogin: false,
    list: (sdk, account, onPage) =>
      readAllPages(of(sdk, account).incomingPhoneNumbers.page(LARGE_PAGE), onPage),
    at: (sdk, account, sid) => of(sdk, account).incomingPhoneNumbers(sid),
  },
  application: {
    needsOwnLogin: false,
    list: (sdk, account, onPage) =>
      readAllPages(of(sdk, account).applications.page(LARGE_PAGE), onPage),
    at: (sdk, account, sid) => of(sdk, account).applications(sid),
  },
  'sip-domain': {
    needsOwnLogin: false,
    list: (sdk, account, onPage) =>
      readAllPages(of(sdk, account).sip.domains.page(LARGE_PAGE), onPage),
    at: (sdk, account, sid) => of(sdk, account).sip.domains(sid),
  },
  'short-code': {
    needsOwnLogin: false,
    list: (sdk, account, onPage) =>
      readAllPages(of(sdk, account).shortCodes.page(LARGE_PAGE), onPage),
    at: (sdk, account, sid) => of(sdk, account).shortCodes(sid),
  },
  service: {
    needsOwnLogin: true,
    list: (sdk, _account, onPage) =>
      readAllPages(sdk.messaging.v1.services.page(SMALL_PAGE), onPage),
    at: (sdk, _account, sid) => sdk.messaging.v1.services(sid),
  },
}

/** Null: no login that is known here may read them. A LoginError of the main account is thrown. */
export async function listResources(
  connection: TwilioConnection,
  account: Account,
  kind: ResourceKind,
  onPage: OnPage,
): Promise<object[] | null> {
  const [, names] = KINDS[kind].names
  const what = `list the ${names} of ${account.sid}`
  return withLogin(connection, account, kind, (sdk) =>
    callTwilio(what, () => API[kind].list(sdk, account.sid, onPage)),
  )
}

/** The SIDs of the numbers and short codes in a messaging service. */
export async function listSenders(
  connection: TwilioConnection,
  account: Account,
  serviceSid: string,
): Promise<string[]> {
  const what = `list the senders of ${serviceSid}`
  const senders = await withLogin(connection, account, 'service', (sdk) =>
    callTwilio(what, async () => {
      const service = sdk.messaging.v1.services(serviceSid)
      const numbers = await readAllPages(service.phoneNumbers.page(SMALL_PAGE))
      const shortCodes = await readAllPages(service.shortCodes.page(SMALL_PAGE))
      return [...numbers, ...shortCodes].map(({ sid }) => sid)
    }),
  )
  if (senders === null) throw noLogin(what)
  return senders
}

/**
 * Changes the fields of one resource and gives what Twilio says they are now. A change whose answer got
 * lost is read back before it is made again.
 */
export async function changeResource(
  connection: TwilioConnection,
  account: Account,
  { kind, sid }: { kind: ResourceKind; sid: string },
  set: Fields,
): Promise<Fields> {
  const what = `change the ${KINDS[kind].names[0]} ${sid}`
  const changed = await withLogin(connection, account, kind, (sdk) => {
    const one = API[kind].at(sdk, account.sid, sid)
    return applyOnce({
      apply: () => callTwilio(what, async () => readFields(kind, await one.update(toParams(set)))),
      readBack: () =>
        callTwilio(what, async () => {
          const now = readFields(kind, await one.fetch())
          return hasFields(now, set) ? now : null
        }),
    })
  })
  if (changed === null) throw noLogin(what)
  return changed
}

const noLogin = (what: string) =>
  new LoginError(`No login that is known here may ${what}.`, {
    code: 'twilio_login',
    next: 'Add the auth token of that account to TWILIO_AUTH_TOKENS.',
  })

function withLogin<T>(
  connection: TwilioConnection,
  account: Account,
  kind: ResourceKind,
  call: (sdk: Twilio) => Promise<T>,
): Promise<T | null> {
  if (account.isMain) return call(account.api)
  if (API[kind].needsOwnLogin) return withOwnLogin(connection, account, call)
  return call(account.api).catch((error: unknown) => {
    // A parent's key may not reach its sub-accounts: perhaps a login of their own does.
    if (error instanceof LoginError) return withOwnLogin(connection, account, call)
    throw error
  })
}

/** An empty text takes a value away. */
function toParams(set: Fields): Params {
  const params: Params = {}
  for (const name of FIELD_NAMES) {
    const value = set[name]
    if (value !== undefined) params[name] = value ?? ''
  }
  return params
}

const hasFields = (now: Fields, wanted: Fields): boolean =>
  FIELD_NAMES.every((name) => wanted[name] === undefined || now[name] === wanted[name])

/** The fields that the kind has; an empty one is null. */
export function readFields(kind: ResourceKind, instance: object): Fields {
  const fields: Fields = {}
  for (const { url, method, fallbackUrl, fallbackMethod } of KINDS[kind].slots) {
    for (const name of [url, method, fallbackUrl, fallbackMethod]) {
      if (name !== undefined) fields[name] = readText(instance, name)
    }
  }
  return fields
}

/** The SDK's types say that a text is always there; Twilio's answers say null. */
export function readText(instance: object, name: string): string | null {
  const value: unknown = Reflect.get(instance, name)
  return typeof value === 'string' && value !== '' ? value : null
}
