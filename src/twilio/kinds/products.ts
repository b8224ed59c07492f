/**
 * Products with one or two webhooks each: Proxy, Video, Verify, Intelligence, Notify, IoT, Trust Hub, Fax.
 */
import { CALL_PARAMS } from './calls.ts'
import { defineKind } from '../kind.ts'
import { MESSAGE_PARAMS } from './messaging.ts'

const INTERACTION_PARAMS =
  'interactionSid interactionAccountSid interactionServiceSid interactionSessionSid interactionType interactionData interactionDateCreated interactionDateUpdated inboundParticipantSid inboundResourceSid inboundResourceStatus inboundResourceType inboundResourceUrl'

export const PRODUCTS = [
  // https://www.twilio.com/docs/proxy/api/webhooks
  defineKind({
    // A call may ask again, a message comes once.
    name: 'proxy.out-of-session',
    detect: [{ at: 9, all: 'sessionServiceSid sessionAccountSid' }],
    reply: 'twiml',
    subject: 'CallSid|MessageSid',
    key: 'MessageSid',
    params: `${CALL_PARAMS} ${MESSAGE_PARAMS} sessionSid sessionUniqueName sessionAccountSid sessionServiceSid sessionStatus sessionMode sessionClosedReason? sessionDateCreated sessionDateUpdated sessionDateEnded? inboundParticipant*? outboundParticipant*?`,
  }),
  defineKind({
    name: 'proxy.callback',
    detect: [{ at: 21, all: 'interactionSid outboundResourceSid' }],
    reply: 'none',
    subject: 'interactionSid',
    key: 'interactionSid inboundResourceStatus outboundResourceStatus',
    order: 'interactionDateUpdated',
    params: `${INTERACTION_PARAMS} outboundParticipantSid outboundResourceSid outboundResourceStatus outboundResourceType outboundResourceUrl`,
  }),
  defineKind({
    // 403 blocks the interaction, every other status lets it pass.
    name: 'proxy.intercept',
    detect: [{ at: 22, all: 'interactionSid interactionSessionSid', none: 'outboundResourceSid' }],
    reply: 'json',
    decisions: [403, 403],
    subject: 'interactionSid',
    key: 'interactionSid',
    params: INTERACTION_PARAMS,
  }),
  // https://www.twilio.com/docs/video/api/status-callbacks
  defineKind({
    name: 'video.composition',
    detect: [{ at: 18, all: 'CompositionSid StatusCallbackEvent' }],
    reply: 'none',
    subject: 'CompositionSid',
    key: 'CompositionSid StatusCallbackEvent PercentageDone|Timestamp',
    params:
      'CompositionSid RoomSid AccountSid StatusCallbackEvent CompositionStatus? Timestamp? MediaUri? Duration? Size? PercentageDone? SecondsRemaining? ErrorMessage?',
    verified: false,
  }),
  defineKind({
    name: 'video.room',
    detect: [{ at: 19, all: 'RoomSid StatusCallbackEvent' }],
    reply: 'none',
    subject: 'RoomSid|ParticipantSid',
    key: 'RoomSid SequenceNumber StatusCallbackEvent',
    order: 'SequenceNumber Timestamp',
    params:
      'AccountSid RoomName RoomSid RoomStatus RoomType StatusCallbackEvent Timestamp SequenceNumber RoomDuration? ParticipantSid? ParticipantStatus? ParticipantDuration? ParticipantIdentity? TrackSid? TrackKind? RecordingSid? SourceSid? MediaUri? MediaExternalLocation? Duration? Size? Container? Codec? Type?',
  }),
  // https://www.twilio.com/docs/verify/api/webhooks
  defineKind({
    // Anything but 200 is error 60330.
    name: 'verify.push',
    detect: [{ at: 42, all: 'entity_identity uuid type' }],
    reply: 'none',
    okStatus: 200,
    subject: 'uuid',
    key: 'uuid',
    params:
      'uuid type account_sid service_sid entity_identity factor_sid? factor_type? factor_friendly_name? challenge_sid? challenge_metadata? challenge_details?',
  }),
  defineKind({
    name: 'verify.delivery',
    detect: [{ at: 43, all: 'VerificationSid Status' }],
    reply: 'none',
    subject: 'VerificationSid',
    key: 'VerificationSid Status',
    eventType: {
      of: 'Status',
      prefix: 'com.twilio.accountsecurity.verify.verification.',
      values: 'pending approved canceled expired max_attempts_reached',
    },
    params: 'VerificationSid ServiceSid AccountSid To Channel Status Valid?',
    verified: false,
  }),
  defineKind({
    name: 'intelligence.v2',
    detect: [{ at: 44, all: 'transcript_sid event_type' }],
    reply: 'none',
    subject: 'transcript_sid',
    key: 'transcript_sid event_type',
    eventType: 'com.twilio.engagement-intelligence.transcript.finished',
    params:
      'account_sid service_sid transcript_sid customer_key? event_type encryption_credential_sid?',
    body: 'json',
  }),
  defineKind({
    name: 'intelligence.v3.rule-execution',
    detect: [{ at: 45, all: 'operatorResults conversationId' }],
    reply: 'none',
    subject: 'conversationId',
    key: 'operatorResults[].id',
    order: 'operatorResults[].dateCreated',
    params: 'accountId conversationId intelligenceConfiguration operatorResults',
    body: 'json',
  }),
  defineKind({
    name: 'notify.delivery',
    detect: [{ at: 90, all: 'NotificationSid' }],
    reply: 'none',
    subject: 'NotificationSid',
    eventType: 'com.twilio.notify.notification.delivered',
    params: 'NotificationSid',
    verified: false,
  }),
  defineKind({
    name: 'iot.command',
    detect: [{ at: 90, all: 'CommandSid SimSid' }],
    reply: 'none',
    subject: 'CommandSid',
    key: 'CommandSid CommandStatus',
    params:
      'CommandSid SimSid SimUniqueName? Command? CommandMode? CommandStatus? Direction? AccountSid',
    verified: false,
  }),
  defineKind({
    // A bundle may be reviewed twice with the same outcome: its status is no key.
    name: 'trusthub.status',
    detect: [{ at: 90, all: 'BundleSid Status' }],
    reply: 'none',
    subject: 'BundleSid',
    params: 'BundleSid Status AccountSid FailureReason?',
    verified: false,
  }),
  defineKind({
    // Retired in 2021. Without <Receive> the fax is not accepted.
    name: 'fax.inbound',
    detect: [{ at: 92, all: 'FaxSid' }],
    reply: 'twiml',
    subject: 'FaxSid',
    key: 'FaxSid FaxStatus',
    params:
      'FaxSid AccountSid From To RemoteStationId? FaxStatus? ApiVersion NumPages? OriginalMediaUrl? MediaUrl? ErrorCode? ErrorMessage?',
    verified: false,
  }),
]
