/**
 * messaging.twilio.com of the stand-in: messaging services and their senders. No account stands in the
 * path: a caller sees its own, also when it is a parent.
 */
import { answerRow, changeRow, toSlice } from './rows.ts'
import { NOT_FOUND, type Answer, type Call, type Route } from './route.ts'
import type { Row } from './state.ts'

const HOST = 'messaging.twilio.com'
const SERVICE = '/v1/Services/(?<sid>MG[0-9a-f]{32})'

const SENDERS = [
  { path: 'PhoneNumbers', list: 'phone_numbers' },
  { path: 'ShortCodes', list: 'short_codes' },
] as const

export function messagingRoutes(maxPage: number): Route[] {
  const services = (call: Call) => call.caller.account.resources.services
  const one = new RegExp(`^${SERVICE}$`)
  const senders = SENDERS.map(({ path, list }): Route => ({
    method: 'GET',
    host: HOST,
    path: new RegExp(`^${SERVICE}/${path}$`),
    answer: (call, { sid = '' }) => {
      const found = call.caller.account.senders[sid]
      return found ? toPage(list, found[list], call, maxPage) : NOT_FOUND
    },
  }))
  return [
    {
      method: 'GET',
      host: HOST,
      path: /^\/v1\/Services$/,
      answer: (call) => toPage('services', services(call), call, maxPage),
    },
    {
      method: 'GET',
      host: HOST,
      path: one,
      answer: (call, { sid }) => answerRow(services(call), sid),
    },
    {
      method: 'POST',
      host: HOST,
      path: one,
      isChange: true,
      answer: (call, { sid }) => changeRow(services(call), sid, call, null),
    },
    ...senders,
  ]
}

/** As the newer products page: a `meta` with whole addresses. */
function toPage(key: string, all: readonly Row[], call: Call, maxPage: number): Answer {
  const { rows, page, pageSize, next } = toSlice(all, call.query, Math.min(100, maxPage))
  const url = `${call.origin}${call.path}`
  const meta = {
    page,
    page_size: pageSize,
    first_page_url: `${url}?PageSize=${pageSize}&Page=0`,
    previous_page_url: null,
    url: `${url}?PageSize=${pageSize}&Page=${page}`,
    next_page_url: next === null ? null : `${url}?${next}`,
    key,
  }
  return { status: 200, body: { meta, [key]: rows } }
}
