/** Kinds as people call them, and the product that each belongs to. */

export interface KindLabel {
  title: string
  /** Twilio's product, or ourselves. */
  group: string
}

const TITLES: Readonly<Record<string, string>> = {
  'messaging.status': 'Message status',
  'messaging.inbound.optout': 'Opt-out by message',
  'messaging.inbound.whatsapp': 'WhatsApp message received',
  'messaging.inbound.rcs': 'RCS message received',
  'messaging.inbound': 'Message received',
  'messaging.link-click': 'Short link clicked',
  'voice.connect.action': 'Connect ended',
  'voice.pay.action': 'Payment ended',
  'voice.queue.wait': 'Waiting in a queue',
  'voice.queue.action': 'Left a queue',
  'voice.dial.action': 'Transfer ended',
  'voice.queue.dequeue-whisper': 'Whisper to a caller from a queue',
  'voice.refer': 'SIP transfer (REFER)',
  'voice.record.action': 'Recording ended',
  'voice.gather.action': 'Menu answered',
  'voice.sip.inbound': 'SIP call received',
  'voice.dial.whisper': 'Whisper to who is called',
  'voice.conference.wait': 'Waiting for a conference',
  'voice.inbound': 'Call received',
  'voice.outbound.answer': 'Outbound call answered',
  'voice.websocket.media-stream': 'Media stream opened',
  'voice.websocket.conversation-relay': 'Conversation relay opened',
  'voice.stream.status': 'Media stream status',
  'voice.siprec.status': 'SIPREC status',
  'voice.transcription.realtime': 'Live transcription',
  'voice.gather.partial': 'Speech being recognised',
  'voice.conference.status': 'Conference status',
  'voice.transcribe': 'Recording transcribed',
  'voice.recording.status': 'Recording status',
  'voice.amd.async': 'Answering machine detected or not',
  'voice.call.status': 'Call status',
  'voice.pay.status': 'Payment status',
  'voice.callerid.verification': 'Caller ID verification',
  'voice.user-defined-message': 'Message from a call',
  'conversations.pre': 'Conversation: may it happen?',
  'conversations.post': 'Conversation: it happened',
  'chat.legacy': 'Programmable Chat',
  sync: 'Sync object changed',
  'taskrouter.event': 'TaskRouter event',
  'taskrouter.assignment': 'Task assigned',
  'studio.http-request': 'Studio HTTP request',
  flex: 'Flex webhook',
  'proxy.out-of-session': 'Proxy: no session',
  'proxy.callback': 'Proxy: interaction',
  'proxy.intercept': 'Proxy: may it pass?',
  'video.composition': 'Video composition',
  'video.room': 'Video room',
  'verify.push': 'Push challenge',
  'verify.delivery': 'Verification status',
  'intelligence.v2': 'Transcript available',
  'intelligence.v3.rule-execution': 'Conversation analysed',
  'notify.delivery': 'Notification status',
  'iot.command': 'IoT command status',
  'trusthub.status': 'Trust Hub status',
  'fax.inbound': 'Fax received',
  'event-streams': 'Event Streams',
  fallback: 'Fallback after an error',
  debugger: 'Debugger: error or warning',
  'usage.trigger': 'Usage trigger fired',
  unknown: 'Unknown webhook',
  'switchboard.delivery.dead': 'Delivery given up',
  'switchboard.target.paused': 'Target paused',
  'switchboard.breaker.opened': 'Target down',
  'switchboard.breaker.closed': 'Target back',
  'switchboard.outbox.growing': 'Outbox growing',
  'switchboard.backlog.old': 'Backlog old',
  'switchboard.test': 'Test event',
}

/** By the first word of a kind's name, which for nearly all is Twilio's product. */
const GROUPS: Readonly<Record<string, string>> = {
  messaging: 'Messaging',
  voice: 'Voice',
  conversations: 'Conversations',
  chat: 'Chat',
  sync: 'Sync',
  taskrouter: 'TaskRouter',
  studio: 'Studio',
  flex: 'Flex',
  proxy: 'Proxy',
  video: 'Video',
  verify: 'Verify',
  intelligence: 'Conversational Intelligence',
  notify: 'Notify',
  iot: 'IoT',
  trusthub: 'Trust Hub',
  fax: 'Fax',
  'event-streams': 'Event Streams',
  fallback: 'Fallback',
  debugger: 'Debugger',
  usage: 'Usage',
  unknown: 'Unknown',
  switchboard: 'Switchboard',
}

/** A kind that this version does not know keeps its name. Null: the event could not be read. */
export function toKindLabel(kind: string | null): KindLabel {
  if (kind === null) return { title: 'Unreadable message', group: 'Other' }
  const [prefix = ''] = kind.split('.', 1)
  return { title: find(TITLES, kind) ?? kind, group: find(GROUPS, prefix) ?? 'Other' }
}

/** By own properties: a kind may be called `constructor`. */
function find(table: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
