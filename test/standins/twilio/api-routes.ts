/** api.twilio.com of the stand-in: accounts, numbers, TwiML apps, SIP domains, short codes. */
import { reach } from './login.ts'
import { answerRow, changeRow, toSlice } from './rows.ts'
import { NOT_FOUND, toError, type Answer, type Call, type Route } from './route.ts'
import type { AccountState, Collection, Row } from './state.ts'

const HOST = 'api.twilio.com'
const ACCOUNT = '/2010-04-01/Accounts/(?<account>AC[0-9a-f]{32})'

/** Each resource's place, and how Twilio writes a URL that is not set. */
const RESOURCES: readonly { list: Collection; path: string; empty: '' | null }[] = [
  { list: 'incoming_phone_numbers', path: 'IncomingPhoneNumbers', empty: '' },
  { list: 'applications', path: 'Applications', empty: null },
  { list: 'domains', path: 'SIP/Domains', empty: null },
  { list: 'short_codes', path: 'SMS/ShortCodes', empty: null },
]

export function apiRoutes(maxPage: number): Route[] {
  const resources = RESOURCES.flatMap(({ list, path, empty }): Route[] => {
    const one = new RegExp(`^${ACCOUNT}/${path}/(?<sid>[A-Z]{2}[0-9a-f]{32})\\.json$`)
    const rows = (account: AccountState) => account.resources[list]
    return [
      {
        method: 'GET',
        host: HOST,
        path: new RegExp(`^${ACCOUNT}/${path}\\.json$`),
        answer: within((account, call) => toPage(list, rows(account), call, maxPage)),
      },
      {
        method: 'GET',
        host: HOST,
        path: one,
        answer: within((account, _call, { sid }) => answerRow(rows(account), sid)),
      },
      {
        method: 'POST',
        host: HOST,
        path: one,
        isChange: true,
        answer: within((account, call, { sid }) => changeRow(rows(account), sid, call, empty)),
      },
    ]
  })
  return [...accountRoutes(maxPage), ...resources]
}

/** Only for an account that the caller may act for. */
function within(
  answer: (account: AccountState, call: Call, params: Record<string, string>) => Answer,
): Route['answer'] {
  return (call, params) => {
    const account = reach(call.state, call.caller, params['account'] ?? '')
    return account ? answer(account, call, params) : toError(401, 20003, 'Authenticate')
  }
}

function accountRoutes(maxPage: number): Route[] {
  return [
    {
      method: 'GET',
      host: HOST,
      path: /^\/2010-04-01\/Accounts\.json$/,
      answer: forMain((call) => {
        const { state, caller } = call
        const mine = state.accounts.filter(({ sid }) => reach(state, caller, sid))
        return toPage(
          'accounts',
          mine.map((account) => toAccountRow(account, call)),
          call,
          maxPage,
        )
      }),
    },
    {
      method: 'GET',
      host: HOST,
      path: new RegExp(`^${ACCOUNT}\\.json$`),
      answer: forMain((call, { account: sid = '' }) => {
        const account = reach(call.state, call.caller, sid)
        return account ? { status: 200, body: toAccountRow(account, call) } : NOT_FOUND
      }),
    },
  ]
}

function forMain(answer: Route['answer']): Route['answer'] {
  return (call, params) => {
    if (call.caller.kind === 'standard') return toError(401, 20003, 'Authenticate')
    return answer(call, params)
  }
}

function toAccountRow(account: AccountState, { state, caller }: Call): Row {
  const { sid, friendly_name, status, owner_account_sid, auth_token } = account
  const isTold = caller.kind === 'token' && (state.tellsAuthTokens || sid === caller.account.sid)
  const told = isTold ? auth_token : null
  return { sid, friendly_name, status, owner_account_sid, auth_token: told, type: 'Full' }
}

/** As api.twilio.com pages: addresses without a host. */
function toPage(list: string, all: readonly Row[], call: Call, maxPage: number): Answer {
  const { rows, page, pageSize, start, next } = toSlice(all, call.query, maxPage)
  const body = {
    first_page_uri: `${call.path}?PageSize=${pageSize}&Page=0`,
    end: start + rows.length - 1,
    previous_page_uri: null,
    [list]: rows,
    uri: `${call.path}?PageSize=${pageSize}&Page=${page}`,
    page_size: pageSize,
    start,
    next_page_uri: next === null ? null : `${call.path}?${next}`,
    page,
  }
  return { status: 200, body }
}
