/**
 * What the stand-in knows: accounts and their resources, as Twilio writes them (snake_case). Plain data,
 * so that a test can compare the whole state before and after.
 */

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json }
export type Row = { sid: string; [name: string]: Json }

/** The lists of resources that the numbers verbs look at, by their place in an account. */
export type Collection =
  | 'incoming_phone_numbers'
  | 'applications'
  | 'domains'
  | 'short_codes'
  | 'services'

export interface AccountState {
  sid: string
  friendly_name: string
  status: 'active' | 'suspended' | 'closed'
  owner_account_sid: string
  auth_token: string
  secondary_auth_token: string | null
  /** Standard keys may not read accounts. */
  api_keys: { sid: string; secret: string; type: 'main' | 'standard' }[]
  resources: Record<Collection, Row[]>
  /** By the SID of the messaging service. */
  senders: Record<string, { phone_numbers: Row[]; short_codes: Row[] }>
}

export interface TwilioState {
  accounts: AccountState[]
  /** The parent's answer to "list the accounts" tells the sub-accounts' auth tokens. */
  tellsAuthTokens: boolean
}

/** `toSid('PN', 7)`: the same in every run. */
export const toSid = (prefix: string, number: number): string =>
  prefix + number.toString(16).padStart(32, '0')

export function createAccount(
  number: number,
  options: { name: string; owner?: string; status?: AccountState['status'] },
): AccountState {
  const sid = toSid('AC', number)
  return {
    sid,
    friendly_name: options.name,
    status: options.status ?? 'active',
    owner_account_sid: options.owner ?? sid,
    auth_token: (0xabc000 + number).toString(16).padStart(32, '0'),
    secondary_auth_token: null,
    api_keys: [],
    resources: {
      incoming_phone_numbers: [],
      applications: [],
      domains: [],
      short_codes: [],
      services: [],
    },
    senders: {},
  }
}

/** Defaults are what Twilio gives a number that was just bought. */
export function createNumber(account: AccountState, number: number, fields: Partial<Row>): Row {
  const phoneNumber = toPhoneNumber(number)
  const row: Row = {
    sid: toSid('PN', number),
    account_sid: account.sid,
    friendly_name: phoneNumber,
    phone_number: phoneNumber,
    api_version: '2010-04-01',
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    voice_url: '',
    voice_method: 'POST',
    voice_fallback_url: '',
    voice_fallback_method: 'POST',
    voice_application_sid: '',
    voice_caller_id_lookup: false,
    voice_receive_mode: 'voice',
    sms_url: '',
    sms_method: 'POST',
    sms_fallback_url: '',
    sms_fallback_method: 'POST',
    sms_application_sid: '',
    status_callback: '',
    status_callback_method: 'POST',
    trunk_sid: null,
  }
  return add(account, 'incoming_phone_numbers', row, fields)
}

/** In the range that is set aside for fiction and never given to anybody. */
export const toPhoneNumber = (number: number): string =>
  `+1${200 + Math.floor(number / 100)}55501${String(number % 100).padStart(2, '0')}`

export function createApplication(
  account: AccountState,
  number: number,
  fields: Partial<Row>,
): Row {
  const row: Row = {
    sid: toSid('AP', number),
    account_sid: account.sid,
    friendly_name: `Application ${number}`,
    api_version: '2010-04-01',
    voice_url: null,
    voice_method: 'POST',
    voice_fallback_url: null,
    voice_fallback_method: 'POST',
    status_callback: null,
    status_callback_method: 'POST',
    voice_caller_id_lookup: false,
    sms_url: null,
    sms_method: 'POST',
    sms_fallback_url: null,
    sms_fallback_method: 'POST',
    sms_status_callback: null,
    message_status_callback: null,
    public_application_connect_enabled: false,
  }
  return add(account, 'applications', row, fields)
}

export function createSipDomain(account: AccountState, number: number, fields: Partial<Row>): Row {
  const row: Row = {
    sid: toSid('SD', number),
    account_sid: account.sid,
    friendly_name: `Domain ${number}`,
    domain_name: `example-${number}.sip.twilio.com`,
    api_version: '2010-04-01',
    voice_url: null,
    voice_method: 'POST',
    voice_fallback_url: null,
    voice_fallback_method: 'POST',
    voice_status_callback_url: null,
    voice_status_callback_method: 'POST',
    sip_registration: false,
    secure: false,
  }
  return add(account, 'domains', row, fields)
}

export function createShortCode(account: AccountState, number: number, fields: Partial<Row>): Row {
  const row: Row = {
    sid: toSid('SC', number),
    account_sid: account.sid,
    friendly_name: String(10_000 + number),
    short_code: String(10_000 + number),
    api_version: '2010-04-01',
    sms_url: null,
    sms_method: 'POST',
    sms_fallback_url: null,
    sms_fallback_method: 'POST',
  }
  return add(account, 'short_codes', row, fields)
}

export function createService(account: AccountState, number: number, fields: Partial<Row>): Row {
  const row: Row = {
    sid: toSid('MG', number),
    account_sid: account.sid,
    friendly_name: `Service ${number}`,
    inbound_request_url: null,
    inbound_method: 'POST',
    fallback_url: null,
    fallback_method: 'POST',
    status_callback: null,
    use_inbound_webhook_on_number: false,
    sticky_sender: true,
    validity_period: 14_400,
    usecase: 'undeclared',
  }
  account.senders[row.sid] = { phone_numbers: [], short_codes: [] }
  return add(account, 'services', row, fields)
}

/** Puts a number or a short code into a messaging service. */
export function addSender(account: AccountState, service: Row, sender: Row): void {
  const list = sender.sid.startsWith('PN') ? 'phone_numbers' : 'short_codes'
  const { sid, account_sid = null, phone_number = null, short_code = null } = sender
  const name = list === 'phone_numbers' ? { phone_number } : { short_code }
  account.senders[service.sid]?.[list].push({
    sid,
    account_sid,
    service_sid: service.sid,
    country_code: 'US',
    capabilities: ['SMS', 'MMS', 'Voice'],
    ...name,
  })
}

function add(account: AccountState, to: Collection, row: Row, fields: Partial<Row>): Row {
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) row[name] = value
  account.resources[to].push(row)
  return row
}
