/**
 * Makes up a webhook of any kind as Twilio would send it: the documented parameters of its row, with
 * values that look like Twilio's, and what tells the kind from its relatives.
 */
import { randomBytes } from 'node:crypto'
import { suggest } from '../../config/did-you-mean.ts'
import type { Json } from '../../events/event.ts'
import { listParams, type Kind } from '../../twilio/kind.ts'
import { findKind, KIND_NAMES } from '../../twilio/kinds.ts'
import type { Param } from '../../twilio/params.ts'
import { UsageError } from '../terminal/errors.ts'
import { toRealisticValue, type Scene } from './realistic-values.ts'

export interface RealisticWebhook {
  /** Form parameters, or the query's with GET. Empty for JSON. */
  pairs: Param[]
  /** A JSON body; undefined for forms. */
  json?: Json
  /** A WebSocket handshake: GET, no parameters. */
  isHandshake: boolean
}

export interface RealisticOptions {
  account: string
  /** Parameters of the user's own; they replace or join the made-up ones. */
  set: Param[]
  /** Default: now. */
  date?: Date
  /** Where SIDs come from that nobody set. Default: random ones. */
  makeSid?: (prefix: string) => string
}

const makeRandomSid = (prefix: string) => prefix + randomBytes(16).toString('hex')

type Values = Record<string, string>

const MESSAGE_EXTRAS =
  'SmsMessageSid SmsSid NumSegments SmsStatus ApiVersion FromCity FromState FromZip FromCountry ToCity ToState ToZip ToCountry'
const CALL_EXTRAS =
  'Called Caller FromCity FromState FromZip FromCountry ToCity ToState ToZip ToCountry CallerCountry CalledCountry'

/** What a kind has besides its required parameters, and the values that make it that kind. */
const DETAILS: Readonly<Record<string, { extras?: string; values?: Values }>> = {
  'messaging.inbound': { extras: MESSAGE_EXTRAS },
  'messaging.inbound.optout': {
    extras: `${MESSAGE_EXTRAS} OptOutType`,
    values: { OptOutType: 'STOP', Body: 'STOP' },
  },
  'messaging.inbound.whatsapp': {
    extras: 'SmsMessageSid SmsSid SmsStatus NumSegments ApiVersion ProfileName WaId MessageType',
    values: {
      From: 'whatsapp:+15005550006',
      To: 'whatsapp:+15005550010',
      MessageType: 'text',
    },
  },
  'messaging.inbound.rcs': {
    extras: 'SmsMessageSid SmsSid SmsStatus ApiVersion ChannelMetadata',
    values: { From: 'rcs:+15005550006', To: 'rcs:sample_agent', ChannelMetadata: '{"type":"rcs"}' },
  },
  'messaging.status': {
    extras: 'SmsSid SmsStatus From ApiVersion',
    values: { SmsStatus: 'delivered' },
  },
  'messaging.link-click': { values: { event_type: 'click' } },
  'voice.inbound': { extras: CALL_EXTRAS, values: { CallStatus: 'ringing' } },
  'voice.sip.inbound': {
    extras: 'Called Caller SipDomain SipDomainSid SipCallId',
    values: { CallStatus: 'ringing', To: 'sip:agent@example.sip.twilio.com' },
  },
  'voice.outbound.answer': { extras: CALL_EXTRAS, values: { Direction: 'outbound-api' } },
  'voice.dial.whisper': { extras: 'ParentCallSid', values: { Direction: 'outbound-dial' } },
  'voice.conference.wait': { extras: 'ConferenceSid FriendlyName' },
  'voice.gather.action': { extras: `${CALL_EXTRAS} Digits FinishedOnKey msg` },
  'voice.gather.partial': { extras: 'StableSpeechResult' },
  'voice.dial.action': { extras: 'DialCallSid DialCallDuration' },
  'voice.pay.action': { extras: 'PaymentToken PaymentCardNumber PaymentCardType' },
  'voice.pay.status': { extras: 'Attempt PaymentMethod' },
  'voice.transcribe': { extras: 'TranscriptionText' },
  'voice.recording.status': { extras: 'CallSid RecordingDuration' },
  'voice.call.status': {
    extras: `${CALL_EXTRAS} CallDuration Duration`,
    values: { CallStatus: 'completed', SequenceNumber: '3' },
  },
  'voice.conference.status': {
    extras: 'CallSid',
    values: { StatusCallbackEvent: 'participant-join' },
  },
  'voice.stream.status': { values: { StreamEvent: 'stream-started' } },
  'voice.siprec.status': { values: { SiprecEvent: 'siprec-started' } },
  'voice.transcription.realtime': {
    extras: 'LanguageCode Track TranscriptionEngine',
    values: {
      TranscriptionEvent: 'transcription-started',
      LanguageCode: 'en-US',
      Track: 'both_tracks',
      TranscriptionEngine: 'google',
    },
  },
  'voice.callerid.verification': { extras: 'OutgoingCallerIdSid' },
  'conversations.pre': {
    extras: 'ConversationSid Body Author',
    values: { EventType: 'onMessageAdd' },
  },
  'conversations.post': {
    extras: 'ConversationSid MessageSid Index Body Author DateUpdated',
    values: { EventType: 'onMessageAdded', Index: '0' },
  },
  'chat.legacy': { extras: 'MessageSid Body', values: { EventType: 'onMessageSent' } },
  sync: {
    extras: 'DocumentSid DocumentUniqueName DocumentData EventId EndpointId',
    values: { EventType: 'document_updated', EventId: '4' },
  },
  'taskrouter.event': {
    extras: 'TaskSid TaskAttributes TaskVersion',
    values: { EventType: 'task.created', TaskVersion: '0' },
  },
  'video.room': { values: { StatusCallbackEvent: 'room-created' } },
  'video.composition': {
    extras: 'Timestamp',
    values: { StatusCallbackEvent: 'composition-available' },
  },
  'iot.command': { extras: 'CommandStatus' },
  fallback: {
    extras: `CallSid AccountSid From To CallStatus Direction ${CALL_EXTRAS}`,
    values: { CallStatus: 'ringing' },
  },
}

/** The webhooks whose bodies are JSON. */
const BODIES: Readonly<Record<string, (scene: Scene) => Json>> = {
  'event-streams': (scene) => [
    {
      specversion: '1.0',
      type: 'com.twilio.messaging.message.delivered',
      source: `/${scene.account}/Messages/${scene.sid('SM')}`,
      id: scene.sid('EZ'),
      dataschema: 'https://events-schemas.twilio.com/Messaging.MessageStatus/5',
      datacontenttype: 'application/json',
      time: scene.date.toISOString(),
      data: { accountSid: scene.account, messageSid: scene.sid('SM'), messageStatus: 'DELIVERED' },
    },
  ],
  'intelligence.v3.rule-execution': (scene) => ({
    accountId: scene.account,
    conversationId: 'conv_conversation_00000000000000000000000000',
    intelligenceConfiguration: { id: 'sample' },
    operatorResults: [{ id: scene.sid('LY'), dateCreated: scene.date.toISOString(), result: {} }],
  }),
}

/** Throws a UsageError for a kind that does not exist. */
export function toRealisticWebhook(name: string, options: RealisticOptions): RealisticWebhook {
  const kind = findKind(name)
  if (!kind) throw new UsageError(toUnknownKind(name))
  const scene = toScene(options)
  const hasFixedBody = kind.body === 'websocket' || name in BODIES
  if (hasFixedBody && options.set.length > 0) {
    throw new UsageError(`${name} carries no parameters: leave --set out.`)
  }
  if (kind.body === 'websocket') return { pairs: [], isHandshake: true }
  if (kind.body === 'json') {
    const json = BODIES[name]?.(scene) ?? Object.fromEntries(toPairs(kind, scene, options.set))
    return { pairs: [], json, isHandshake: false }
  }
  return { pairs: toPairs(kind, scene, options.set), isHandshake: false }
}

function toPairs(kind: Kind, scene: Scene, set: Param[]): Param[] {
  const { extras, values = {} } = DETAILS[kind.name] ?? {}
  const required = listParams(kind)
    .filter((param) => !param.optional && !param.name.includes('*') && !param.name.includes('{'))
    .map((param) => param.name)
  const names = new Set([...required, ...(extras?.split(' ') ?? []), ...Object.keys(values)])
  const made = [...names].flatMap((name): Param[] => {
    const own = set.filter((param) => param[0] === name)
    return own.length > 0 ? own : [[name, values[name] ?? toRealisticValue(name, scene)]]
  })
  return [...made, ...set.filter(([name]) => !names.has(name))]
}

function toScene(options: RealisticOptions): Scene {
  const { account, set, date = new Date(), makeSid = makeRandomSid } = options
  const sids = new Map<string, string>()
  // A SID that the user sets is the one throughout: MessageSid is also SmsSid.
  for (const [, value] of set) {
    if (/^[A-Z]{2}[0-9a-f]{32}$/.test(value)) sids.set(value.slice(0, 2), value)
  }
  return {
    account,
    date,
    sid(prefix) {
      const sid = sids.get(prefix) ?? makeSid(prefix)
      sids.set(prefix, sid)
      return sid
    },
  }
}

function toUnknownKind(name: string): string {
  const hint = suggest(name, KIND_NAMES, '"switchboard trigger" lists them.')
  return `There is no kind "${name}": ${hint}`
}
