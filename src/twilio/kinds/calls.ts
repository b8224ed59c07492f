/**
 * Requests for TwiML in a call: where it begins, what comes next, what a waiting caller hears.
 * https://www.twilio.com/docs/voice/twiml
 *
 * One call may ask the same URL many times (Redirect, Gather, wait loops), so most of these have no
 * natural key.
 */
import type { StaticReply } from '../../config/compiled.ts'
import { defineKind, type KindRow } from '../kind.ts'

export const CALL_PARAMS =
  'CallSid AccountSid From To CallStatus ApiVersion Direction Caller? Called? ForwardedFrom? CalledVia? CallerName? ParentCallSid? CallToken? StirVerstat? StirPassportToken? ApplicationSid? AddOns? FromCity? FromState? FromZip? FromCountry? ToCity? ToState? ToZip? ToCountry? CallerCity? CallerState? CallerZip? CallerCountry? CalledCity? CalledState? CalledZip? CalledCountry?'

const SIP_PARAMS = 'SipDomain? SipDomainSid? SipCallId? SipSourceIp? SipHeader_X-*?'

/** Twilio asks a wait URL again when its document ends: an empty one would be asked in a tight loop. */
const WAIT: StaticReply = { type: 'twiml', twiml: '<Response><Pause length="10"/></Response>' }

const twiml = {
  product: 'voice',
  reply: 'twiml',
  subject: 'CallSid',
  params: CALL_PARAMS,
} satisfies Partial<KindRow>

const requested = {
  ...twiml,
  eventType: 'com.twilio.voice.twiml.requested',
} satisfies Partial<KindRow>

export const CALLS = [
  defineKind({
    ...twiml,
    name: 'voice.connect.action',
    detect: [{ at: 22, all: 'SessionId SessionStatus CallSid' }],
    key: 'CallSid SessionId',
    params: `${CALL_PARAMS} SessionId SessionStatus SessionDuration HandoffData? ErrorCode? ErrorMessage?`,
  }),
  defineKind({
    ...twiml,
    // A payment that failed carries nothing but its Result.
    name: 'voice.pay.action',
    detect: [{ at: 32, all: 'Result CallSid' }],
    params: `${CALL_PARAMS} Result PaymentToken? PaymentConfirmationCode? PaymentCardNumber? PaymentCardType? ExpirationDate? SecurityCode? PaymentCardPostalCode? PaymentMethod? ProfileId? PaymentError? PayErrorCode? ConnectorError? BankAccountNumber? BankRoutingNumber? BankAccountType?`,
  }),
  defineKind({
    ...requested,
    name: 'voice.queue.wait',
    detect: [{ at: 33, all: 'QueuePosition CallSid' }],
    defaultReply: WAIT,
    order: 'QueueTime',
    params: `${CALL_PARAMS} QueueSid QueuePosition QueueTime AvgQueueTime CurrentQueueSize MaxQueueSize?`,
  }),
  defineKind({
    ...twiml,
    name: 'voice.queue.action',
    detect: [{ at: 34, all: 'QueueResult CallSid' }],
    // A call may wait in one queue twice: how long it waited tells the two apart.
    key: 'CallSid QueueSid QueueResult QueueTime',
    eventType: 'com.twilio.voice.twiml.enqueue.finished',
    params: `${CALL_PARAMS} QueueResult QueueSid QueueTime`,
  }),
  defineKind({
    ...twiml,
    name: 'voice.dial.action',
    detect: [{ at: 35, all: 'DialCallStatus CallSid' }],
    key: 'CallSid DialCallSid DialCallStatus',
    eventType: 'com.twilio.voice.twiml.dial.finished',
    params: `${CALL_PARAMS} DialCallStatus DialCallSid? DialCallDuration? DialBridged? RecordingUrl? RecordingSid? RecordingDuration? DialSipCallId? DialSipResponseCode? DialSipHeader_X-*? QueueSid? DequeueResult?`,
  }),
  defineKind({
    ...twiml,
    // Twilio's pages spell the name in two ways.
    name: 'voice.queue.dequeue-whisper',
    detect: [{ at: 36, all: 'QueueSid CallSid', any: 'DequeueingCallSid DequeingCallSid' }],
    key: 'CallSid DequeueingCallSid|DequeingCallSid',
    params: `${CALL_PARAMS} QueueSid QueueTime DequeueingCallSid`,
    verified: false,
  }),
  defineKind({
    ...twiml,
    name: 'voice.refer',
    detect: [{ at: 37, all: 'ReferTransferTarget CallSid' }],
    eventType: 'com.twilio.voice.twiml.call.transferred',
    params: `${CALL_PARAMS} ReferTransferTarget SipHeader_*?`,
    verified: false,
  }),
  defineKind({
    ...twiml,
    name: 'voice.record.action',
    detect: [
      {
        at: 45,
        all: 'RecordingUrl RecordingDuration CallSid',
        none: 'RecordingStatus TranscriptionStatus TranscriptionText',
      },
    ],
    key: 'RecordingSid',
    eventType: 'com.twilio.voice.twiml.record.finished',
    params: `${CALL_PARAMS} RecordingUrl RecordingSid RecordingDuration Digits?`,
  }),
  defineKind({
    ...twiml,
    // `msg=Gather End` is all that an empty result may carry; a user's own `?msg=` is not it.
    name: 'voice.gather.action',
    detect: [
      {
        at: 50,
        all: 'CallSid',
        any: 'Digits SpeechResult FinishedOnKey',
      },
      { at: 51, all: 'msg CallSid', where: { msg: /^Gather End$/ } },
    ],
    eventType: 'com.twilio.voice.twiml.gather.finished',
    params: `${CALL_PARAMS} Digits? FinishedOnKey? msg? SpeechResult? Confidence? Language?`,
  }),
  defineKind({
    ...requested,
    name: 'voice.sip.inbound',
    detect: [{ at: 70, all: 'SipDomain CallSid' }],
    subject: 'CallSid|SipCallId',
    params: `${CALL_PARAMS} ${SIP_PARAMS}`,
  }),
  defineKind({
    ...requested,
    name: 'voice.dial.whisper',
    detect: [{ at: 75, all: 'Direction CallSid', where: { Direction: /^outbound-dial$/ } }],
  }),
  defineKind({
    ...twiml,
    name: 'voice.conference.wait',
    detect: [{ at: 78, all: 'ConferenceSid CallSid', none: 'RecordingStatus' }],
    defaultReply: WAIT,
    eventType: 'com.twilio.voice.media.fetched',
    params: `${CALL_PARAMS} ConferenceSid? FriendlyName?`,
    verified: false,
  }),
  defineKind({
    ...requested,
    // Any live status: after a Redirect the call is in-progress, no longer ringing.
    name: 'voice.inbound',
    detect: [{ at: 80, all: 'Direction CallSid CallStatus', where: { Direction: /^inbound$/ } }],
    params: `${CALL_PARAMS} ${SIP_PARAMS}`,
  }),
  defineKind({
    ...requested,
    name: 'voice.outbound.answer',
    detect: [
      { at: 81, all: 'Direction CallSid CallStatus', where: { Direction: /^outbound-api$/ } },
    ],
    params: `${CALL_PARAMS} AnsweredBy?`,
  }),
]
