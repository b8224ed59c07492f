/**
 * Conversations and what is built like it: Chat (its predecessor) and Sync.
 * https://www.twilio.com/docs/conversations/conversations-webhooks
 */
import { defineKind } from '../kind.ts'

const CONVERSATION_PARAMS =
  'AccountSid EventType Source ClientIdentity? RetryCount? ChatServiceSid? ConversationSid? MessageSid? ParticipantSid? UserSid? Index? Body? Author? Attributes? Media? DateCreated? DateUpdated? DateRemoved? FriendlyName? UniqueName? State? StateFrom? StateTo? StateUpdated? Reason? MessagingServiceSid? MessagingBinding.ProxyAddress? MessagingBinding.Address? MessagingBinding.ProjectedAddress? MessagingBinding.AuthorAddress? MessagingBinding.Type? DeliveryReceiptSid? ChannelMessageSid? Status? ErrorCode? Identity? RoleSid? LastReadMessageIndex?'

const LIMIT_MS = 5_000

/** A 4xx rejects the change. A 5xx would, too, but it is an app's failure. */
const REJECTIONS: [number, number] = [400, 499]

export const CONVERSATIONS = [
  defineKind({
    // An empty 200 or 204 accepts, JSON modifies, 4xx rejects, a late answer publishes unmodified.
    name: 'conversations.pre',
    detect: [
      {
        at: 12,
        all: 'EventType AccountSid Source',
        none: 'InstanceSid ChannelSid',
        where: {
          EventType: /^on(?:(?:Conversation|Message|Participant)(?:Add|Remove|Update)|UserUpdate)$/,
        },
      },
    ],
    reply: 'json',
    defaultReply: { type: 'status', status: 204 },
    decisions: REJECTIONS,
    limitMs: LIMIT_MS,
    subject: 'MessageSid|ParticipantSid|ConversationSid|UserSid',
    params: CONVERSATION_PARAMS,
  }),
  defineKind({
    name: 'conversations.post',
    detect: [
      {
        at: 13,
        all: 'EventType AccountSid Source',
        none: 'InstanceSid ChannelSid',
        where: { EventType: /^on.*(?:Added|Removed|Updated)$/ },
      },
    ],
    reply: 'none',
    limitMs: LIMIT_MS,
    subject: 'MessageSid|ParticipantSid|ConversationSid|UserSid',
    // A group message has a receipt for each recipient, and each receipt several states.
    key: 'EventType ConversationSid DeliveryReceiptSid|MessageSid|ParticipantSid|UserSid Status|DateUpdated|DateRemoved|DateCreated',
    order: 'Index DateUpdated',
    eventType: {
      of: 'EventType',
      prefix: 'com.twilio.conversations.',
      values:
        'onConversationAdded=conversation.added onConversationRemoved=conversation.removed onConversationUpdated=conversation.updated onConversationStateUpdated=conversation-state.updated onMessageAdded=message.added onMessageRemoved=message.removed onMessageUpdated=message.updated onParticipantAdded=participant.added onParticipantRemoved=participant.removed onParticipantUpdated=participant.updated onUserAdded=user.added onUserUpdated=user.updated onDeliveryUpdated=delivery.updated',
    },
    params: CONVERSATION_PARAMS,
  }),
  defineKind({
    // Events about a user have no channel. Anything but 200 rejects a change.
    name: 'chat.legacy',
    detect: [{ at: 40, all: 'InstanceSid EventType' }],
    reply: 'json',
    decisions: REJECTIONS,
    limitMs: LIMIT_MS,
    subject: 'ChannelSid|MessageSid',
    key: 'EventType ChannelSid MessageSid DateUpdated|DateCreated',
    order: 'Index',
    params:
      'EventType InstanceSid AccountSid ChannelSid MessageSid? Index? Body? From? ClientIdentity? RetryCount?',
    verified: false,
  }),
  defineKind({
    name: 'sync',
    detect: [
      {
        at: 41,
        all: 'EventType ServiceSid',
        where: { EventType: /^(?:document|list|map|stream|endpoint)_/ },
      },
    ],
    reply: 'none',
    subject: 'DocumentSid|ListSid|MapSid',
    key: 'EventType DocumentSid|ListSid|MapSid EventId|DocumentRevision|ListRevision',
    order: 'EventId',
    params:
      'AccountSid ServiceSid EventType Identity? EndpointId? EventId? DocumentSid? DocumentUniqueName? DocumentData? DocumentRevision? ListSid? ListUniqueName? ListRevision? ItemData? ItemIndex? MapSid? ItemKey?',
  }),
]
