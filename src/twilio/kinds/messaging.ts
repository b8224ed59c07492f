/**
 * Messages in and out: SMS, MMS, WhatsApp, RCS.
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 * https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
import { defineKind, type KindRow } from '../kind.ts'

const PLACE = 'FromCity? FromState? FromZip? FromCountry? ToCity? ToState? ToZip? ToCountry?'

export const MESSAGE_PARAMS = `MessageSid SmsSid? SmsMessageSid? AccountSid MessagingServiceSid? From To Body NumMedia NumSegments? SmsStatus? ApiVersion? MessageType? MediaUrl{N}? MediaContentType{N}? AddOns? OptOutType? ${PLACE}`

const CHANNEL_PARAMS = `${MESSAGE_PARAMS} ProfileName? WaId? ButtonText? ButtonPayload? ButtonType? InteractiveData? FlowData? ChannelMetadata? Latitude? Longitude? Address? Label? Forwarded? FrequentlyForwarded? OriginalRepliedMessageSender? OriginalRepliedMessageSid? ReferralBody? ReferralHeadline? ReferralSourceId? ReferralSourceType? ReferralSourceUrl? ReferralMediaId? ReferralMediaContentType? ReferralMediaUrl? ReferralNumMedia? ReferralCtwaClid?`

/** What all inbound messages share. A MessageSid comes once, so it is a key by itself. */
const inbound = {
  product: 'messaging',
  reply: 'twiml',
  subject: 'MessageSid',
  key: 'MessageSid',
  eventType: 'com.twilio.messaging.inbound-message.received',
} satisfies Partial<KindRow>

export const MESSAGING = [
  defineKind({
    name: 'messaging.status',
    detect: [{ at: 10, all: 'MessageStatus MessageSid' }],
    reply: 'none',
    subject: 'MessageSid',
    key: 'MessageSid MessageStatus',
    order: 'MessageStatus',
    eventType: {
      of: 'MessageStatus',
      prefix: 'com.twilio.messaging.message.',
      values: 'queued sent delivered failed undelivered read',
    },
    params:
      'MessageSid SmsSid? AccountSid MessagingServiceSid? MessageStatus SmsStatus? From? To ApiVersion? ErrorCode? ErrorMessage? RawDlrDoneDate? ChannelInstallSid? ChannelStatusMessage? ChannelPrefix? ChannelToAddress? EventType? StructuredMessage?',
  }),
  defineKind({
    ...inbound,
    // Twilio has answered the sender already.
    name: 'messaging.inbound.optout',
    detect: [{ at: 14, all: 'OptOutType MessageSid' }],
    params: MESSAGE_PARAMS,
  }),
  defineKind({
    ...inbound,
    // The address tells: WaId is missing from some messages.
    name: 'messaging.inbound.whatsapp',
    detect: [{ at: 15, all: 'NumMedia MessageSid From', where: { From: /^whatsapp:/ } }],
    params: CHANNEL_PARAMS,
  }),
  defineKind({
    ...inbound,
    name: 'messaging.inbound.rcs',
    detect: [
      {
        at: 16,
        all: 'MessageSid From',
        any: 'ChannelMetadata NumMedia',
        where: { From: /^rcs:/ },
      },
    ],
    params: CHANNEL_PARAMS,
  }),
  defineKind({
    ...inbound,
    name: 'messaging.inbound',
    detect: [
      {
        at: 20,
        all: 'NumMedia MessageSid Body',
        none: 'EventType',
        where: { SmsStatus: /^received$/ },
      },
    ],
    params: MESSAGE_PARAMS,
  }),
  defineKind({
    name: 'messaging.link-click',
    detect: [{ at: 60, all: 'link sms_sid event_type' }],
    reply: 'none',
    subject: 'sms_sid',
    key: 'sms_sid link click_time',
    order: 'click_time',
    eventType: 'com.twilio.daptbt.link-shortening.link-clicked',
    params:
      'event_type sms_sid to from link click_time messaging_service_sid account_sid user_agent',
    verified: false,
  }),
]
