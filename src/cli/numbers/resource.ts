/**
 * What Twilio calls webhooks for, in one form: numbers, messaging services, TwiML apps, SIP domains and
 * short codes. What differs from kind to kind is a row of KINDS.
 */

export const RESOURCE_KINDS = [
  'number',
  'service',
  'application',
  'sip-domain',
  'short-code',
] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]

/** `status`: of calls. `message-status`: of messages that were sent. */
export type Channel = 'voice' | 'sms' | 'status' | 'message-status'

/** Every field that a verb may change, by the SDK's name. */
export const FIELD_NAMES = [
  'voiceUrl',
  'voiceMethod',
  'voiceFallbackUrl',
  'voiceFallbackMethod',
  'smsUrl',
  'smsMethod',
  'smsFallbackUrl',
  'smsFallbackMethod',
  'statusCallback',
  'statusCallbackMethod',
  'smsStatusCallback',
  'messageStatusCallback',
  'inboundRequestUrl',
  'inboundMethod',
  'fallbackUrl',
  'fallbackMethod',
  'voiceStatusCallbackUrl',
  'voiceStatusCallbackMethod',
] as const
export type FieldName = (typeof FIELD_NAMES)[number]

/** Null: not set. Twilio writes that as null or as an empty text. */
export type Fields = { [name in FieldName]?: string | null }

/** The fields that belong together. */
export interface Slot {
  channel: Channel
  url: FieldName
  /** None: always POST. */
  method?: FieldName
  fallbackUrl?: FieldName
  fallbackMethod?: FieldName
  /** An older name for another slot: it counts only where it is in use. */
  isLegacy?: true
}

const VOICE: Slot = {
  channel: 'voice',
  url: 'voiceUrl',
  method: 'voiceMethod',
  fallbackUrl: 'voiceFallbackUrl',
  fallbackMethod: 'voiceFallbackMethod',
}
const SMS: Slot = {
  channel: 'sms',
  url: 'smsUrl',
  method: 'smsMethod',
  fallbackUrl: 'smsFallbackUrl',
  fallbackMethod: 'smsFallbackMethod',
}
const STATUS: Slot = { channel: 'status', url: 'statusCallback', method: 'statusCallbackMethod' }

interface KindRow {
  /** For one, and for many. */
  names: readonly [string, string]
  slots: readonly Slot[]
}

export const KINDS: Readonly<Record<ResourceKind, KindRow>> = {
  number: { names: ['number', 'numbers'], slots: [VOICE, SMS, STATUS] },
  service: {
    names: ['messaging service', 'messaging services'],
    slots: [
      {
        channel: 'sms',
        url: 'inboundRequestUrl',
        method: 'inboundMethod',
        fallbackUrl: 'fallbackUrl',
        fallbackMethod: 'fallbackMethod',
      },
      { channel: 'message-status', url: 'statusCallback' },
    ],
  },
  application: {
    names: ['TwiML app', 'TwiML apps'],
    slots: [
      VOICE,
      SMS,
      STATUS,
      { channel: 'message-status', url: 'messageStatusCallback' },
      { channel: 'message-status', url: 'smsStatusCallback', isLegacy: true },
    ],
  },
  'sip-domain': {
    names: ['SIP domain', 'SIP domains'],
    slots: [
      VOICE,
      {
        channel: 'status',
        url: 'voiceStatusCallbackUrl',
        method: 'voiceStatusCallbackMethod',
      },
    ],
  },
  'short-code': { names: ['short code', 'short codes'], slots: [SMS] },
}

export interface Resource {
  kind: ResourceKind
  /** SID of the account it is in. */
  account: string
  sid: string
  /** The phone number, the domain, or the name that its owner gave it. */
  name: string
  fields: Fields
  /** Channels that it has no use for: a number without voice. */
  lacks: readonly Channel[]
  /** A number's: what decides before its own URLs. Null: nothing. */
  trunkSid: string | null
  voiceApplicationSid: string | null
  smsApplicationSid: string | null
  /** The messaging service that a number or a short code is in. */
  serviceSid: string | null
  /** A service's: its numbers' own URLs get what comes in. */
  defersToNumbers: boolean
}

/** `1,200 numbers`, `1 number`. */
export function countOf(kind: ResourceKind, count: number): string {
  const [one, many] = KINDS[kind].names
  return `${toCount(count)} ${count === 1 ? one : many}`
}

export const toCount = (count: number): string => count.toLocaleString('en-US')
