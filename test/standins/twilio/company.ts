/**
 * A company's accounts at Twilio as they grow over the years: 1,200 numbers over a parent and four
 * sub-accounts (one of them suspended), with everything that decides before a number's own URL.
 */
import type { TwilioState } from './state.ts'
import {
  addSender,
  createAccount,
  createApplication,
  createNumber,
  createService,
  createShortCode,
  createSipDomain,
  toSid,
  type AccountState,
} from './state.ts'

export const OLD = 'https://old.example.com'
/** As found in the wild: a login in the URL. */
export const SECRET_URL = 'https://app:hunter2@old.example.com/private?token=s3cret'

export interface Company {
  state: TwilioState
  parent: AccountState
  /** The sub-accounts, the suspended one last. */
  children: AccountState[]
}

/** `size`: how many numbers; not fewer than 60. */
export function createCompany(size = 1200): Company {
  const parent = createAccount(1, { name: 'Parent' })
  const children = [2, 3, 4, 5].map((number) =>
    createAccount(number, {
      name: `Child ${number}`,
      owner: parent.sid,
      status: number === 5 ? 'suspended' : 'active',
    }),
  )
  const places = [parent, ...children.slice(0, 3)]
  for (let number = 0; number < size; number++) {
    const account = places[number % places.length]
    if (account) createNumber(account, number, toUrls(number))
  }
  for (const [index, account] of places.entries()) addShared(account, index)
  const accounts = [parent, ...children]
  return { state: { accounts, tellsAuthTokens: true }, parent, children }
}

/** Most are alike; some have a fallback, a GET, overrides, a login in the URL. */
function toUrls(number: number) {
  const usual = { voice_url: `${OLD}/voice`, sms_url: `${OLD}/sms` }
  switch (Math.floor(number / 4) % 10) {
    case 1:
      return { ...usual, voice_method: 'GET', status_callback: `${OLD}/status` }
    case 2:
      return { ...usual, voice_fallback_url: 'https://handler.twilio.com/twiml/EH1' }
    case 3:
      return { ...usual, voice_url: SECRET_URL, status_callback_method: 'GET' }
    case 4:
      return { ...usual, sms_url: `${OLD}/sms#rc=9` }
    case 5:
      return { voice_url: `${OLD}/voice` }
    default:
      return usual
  }
}

/** A service for six numbers and a short code, apps for three numbers, a trunk, a SIP domain. */
function addShared(account: AccountState, index: number): void {
  const numbers = account.resources.incoming_phone_numbers
  const at = 100 * (index + 1)
  const service = createService(account, at, {
    inbound_request_url: `${OLD}/service`,
    status_callback: `${OLD}/service-status`,
  })
  const deferring = createService(account, at + 1, { use_inbound_webhook_on_number: true })
  const silent = createService(account, at + 2, {})
  const shortCode = createShortCode(account, at, { sms_url: `${OLD}/short` })
  createShortCode(account, at + 1, { sms_url: `${OLD}/short`, sms_method: 'GET' })
  for (const number of numbers.slice(0, 6)) addSender(account, service, number)
  addSender(account, service, shortCode)
  for (const number of numbers.slice(6, 8)) addSender(account, deferring, number)
  for (const number of numbers.slice(8, 9)) addSender(account, silent, number)
  const app = createApplication(account, at, { voice_url: `${OLD}/app`, sms_url: `${OLD}/app-sms` })
  createApplication(account, at + 1, { voice_url: `${OLD}/browser-calls` })
  for (const number of numbers.slice(9, 12)) number['voice_application_sid'] = app.sid
  for (const number of numbers.slice(12, 13)) number['trunk_sid'] = toSid('TK', 1)
  createSipDomain(account, at, { voice_url: `${OLD}/sip` })
}
