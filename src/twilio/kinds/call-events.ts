/**
 * Callbacks that tell what happened to a call, a recording, a conference: nothing is asked back.
 * https://www.twilio.com/docs/voice/api/call-resource#statuscallback
 */
import { CALL_PARAMS } from './calls.ts'
import { defineKind, type KindRow } from '../kind.ts'

const callback = {
  product: 'voice',
  reply: 'none',
  subject: 'CallSid',
} satisfies Partial<KindRow>

export const CALL_EVENTS = [
  defineKind({
    ...callback,
    name: 'voice.websocket.media-stream',
    subject: 'streamSid',
    key: 'streamSid sequenceNumber',
    order: 'sequenceNumber',
    eventType: 'com.twilio.voice.status-callback.stream.updated',
    params: 'event streamSid sequenceNumber',
    body: 'websocket',
  }),
  defineKind({
    ...callback,
    name: 'voice.websocket.conversation-relay',
    subject: 'sessionId',
    params: 'type sessionId callSid',
    body: 'websocket',
  }),
  defineKind({
    ...callback,
    name: 'voice.stream.status',
    detect: [{ at: 23, all: 'StreamEvent StreamSid' }],
    subject: 'StreamSid|CallSid',
    key: 'StreamSid StreamEvent',
    order: 'Timestamp',
    eventType: 'com.twilio.voice.status-callback.stream.updated',
    params: 'AccountSid CallSid StreamSid StreamName? StreamEvent StreamError? Timestamp',
  }),
  defineKind({
    ...callback,
    name: 'voice.siprec.status',
    detect: [{ at: 23, all: 'SiprecEvent SiprecSid' }],
    subject: 'SiprecSid',
    key: 'SiprecSid SiprecEvent',
    order: 'Timestamp',
    params: 'AccountSid CallSid SiprecSid SiprecEvent SiprecError? Timestamp',
    verified: false,
  }),
  defineKind({
    ...callback,
    name: 'voice.transcription.realtime',
    detect: [{ at: 24, all: 'TranscriptionEvent TranscriptionSid SequenceId' }],
    subject: 'TranscriptionSid|CallSid',
    key: 'TranscriptionSid SequenceId TranscriptionEvent',
    order: 'SequenceId',
    params:
      'TranscriptionEvent AccountSid CallSid TranscriptionSid Timestamp SequenceId LanguageCode? Track? TranscriptionData? TranscriptionProviderData? Final? Stability? PartialResults? TranscriptionEngine? ProviderConfiguration? Name? InboundTrackLabel? OutboundTrackLabel? TranscriptionErrorCode? TranscriptionError?',
  }),
  defineKind({
    ...callback,
    // SequenceNumber begins again with each Gather of a call: the text tells them apart.
    name: 'voice.gather.partial',
    detect: [
      {
        at: 25,
        all: 'SequenceNumber CallSid',
        any: 'UnstableSpeechResult StableSpeechResult Stability',
      },
    ],
    key: 'CallSid SequenceNumber UnstableSpeechResult|StableSpeechResult',
    order: 'SequenceNumber',
    eventType: 'com.twilio.voice.status-callback.gather.partial.captured',
    params: `${CALL_PARAMS} SequenceNumber UnstableSpeechResult? StableSpeechResult? Stability? SpeechActivity? Language?`,
  }),
  defineKind({
    ...callback,
    // The deprecated eventCallbackUrl names its event EventName.
    name: 'voice.conference.status',
    detect: [{ at: 26, all: 'ConferenceSid', any: 'StatusCallbackEvent EventName' }],
    subject: 'ConferenceSid|CallSid',
    key: 'ConferenceSid SequenceNumber StatusCallbackEvent|EventName',
    order: 'SequenceNumber',
    eventType: {
      of: 'StatusCallbackEvent',
      prefix: 'com.twilio.voice.status-callback.',
      values:
        'conference-start=conference.updated conference-end=conference.updated participant-join=conference.participant.updated participant-leave=conference.participant.updated participant-mute=conference.participant.updated participant-unmute=conference.participant.updated participant-hold=conference.participant.updated participant-unhold=conference.participant.updated participant-modify=conference.participant.updated participant-speech-start=conference.participant.updated participant-speech-stop=conference.participant.updated announcement-end=announcement.processed announcement-fail=announcement.processed',
    },
    params:
      'ConferenceSid FriendlyName AccountSid SequenceNumber Timestamp StatusCallbackEvent CallSid? ParticipantLabel? Muted? Hold? Coaching? CallSidToCoach? EndConferenceOnExit? StartConferenceOnEnter? CallSidEndingConference? ParticipantLabelEndingConference? ReasonConferenceEnded? Reason? ReasonParticipantLeft? ParticipantCallStatus? ReasonAnnouncementFailed? AnnounceUrl? EventName?',
  }),
  defineKind({
    ...callback,
    name: 'voice.transcribe',
    detect: [{ at: 27, all: 'TranscriptionStatus TranscriptionSid' }],
    subject: 'TranscriptionSid|RecordingSid',
    key: 'TranscriptionSid TranscriptionStatus',
    eventType: 'com.twilio.voice.status-callback.transcription.processed',
    params: `${CALL_PARAMS} TranscriptionSid TranscriptionText? TranscriptionStatus TranscriptionUrl RecordingSid RecordingUrl`,
  }),
  defineKind({
    ...callback,
    name: 'voice.recording.status',
    detect: [{ at: 28, all: 'RecordingStatus RecordingSid', none: 'RoomSid' }],
    subject: 'RecordingSid|CallSid|ConferenceSid',
    key: 'RecordingSid RecordingStatus',
    order: 'RecordingStatus',
    eventType: 'com.twilio.voice.status-callback.recording.processed',
    params:
      'AccountSid CallSid? ConferenceSid? RecordingSid RecordingUrl RecordingStatus RecordingDuration? RecordingChannels RecordingStartTime RecordingSource RecordingTrack ErrorCode?',
  }),
  defineKind({
    ...callback,
    // With CallStatus it is the answer URL of a call with synchronous detection, which needs TwiML.
    name: 'voice.amd.async',
    detect: [
      {
        at: 29,
        all: 'MachineDetectionDuration AnsweredBy CallSid',
        none: 'CallbackSource CallStatus',
      },
    ],
    key: 'CallSid AnsweredBy MachineDetectionDuration',
    eventType: 'com.twilio.voice.status-callback.amd.detected',
    params: 'CallSid AccountSid AnsweredBy MachineDetectionDuration',
  }),
  defineKind({
    ...callback,
    // Also the callbacks of a number, of a parent call and of child legs. Some come without
    // CallbackSource: a call that has ended asks for no TwiML, unless an action's own names say so.
    name: 'voice.call.status',
    detect: [
      { at: 30, all: 'CallbackSource CallSid CallStatus' },
      {
        at: 65,
        all: 'CallStatus CallSid',
        where: { CallStatus: /^(?:completed|busy|failed|no-answer|canceled)$/ },
      },
    ],
    key: 'CallSid CallStatus SequenceNumber',
    order: 'SequenceNumber Timestamp',
    eventType: {
      of: 'CallStatus',
      prefix: 'com.twilio.voice.status-callback.call.',
      values:
        'queued=initiated initiated ringing in-progress=answered answered completed busy=completed failed=completed no-answer=completed canceled=completed',
    },
    params: `${CALL_PARAMS} CallbackSource SequenceNumber Timestamp Duration? CallDuration? SipResponseCode? RecordingUrl? RecordingSid? RecordingDuration? AnsweredBy? StirStatus? QueueTime?`,
  }),
  defineKind({
    ...callback,
    name: 'voice.pay.status',
    detect: [{ at: 31, all: 'CallSid', any: 'For PaymentSid Capture', none: 'Result' }],
    subject: 'CallSid|PaymentSid',
    order: 'Attempt',
    params:
      'AccountSid CallSid For Attempt? ErrorType? PaymentMethod? PaymentCardNumber? PaymentCardType? ExpirationDate? SecurityCode? PaymentCardPostalCode? BankAccountNumber? BankRoutingNumber? BankAccountType? PartialResult? Required? PaymentSid?',
  }),
  defineKind({
    ...callback,
    // A verification that failed has no OutgoingCallerIdSid.
    name: 'voice.callerid.verification',
    detect: [
      { at: 38, all: 'VerificationStatus CallSid' },
      { at: 38, all: 'VerificationStatus OutgoingCallerIdSid' },
    ],
    key: 'CallSid VerificationStatus',
    params: 'AccountSid CallSid VerificationStatus OutgoingCallerIdSid? To',
    verified: false,
  }),
  defineKind({
    ...callback,
    name: 'voice.user-defined-message',
    detect: [{ at: 39, all: 'CallSid', any: 'UserDefinedMessageSid Content', none: 'CallStatus' }],
    params: 'CallSid AccountSid Content',
    verified: false,
  }),
]
