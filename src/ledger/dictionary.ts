/**
 * What most messages have in common, for the compression of message-text.ts: deflate finds in it what a
 * short text has only once. What is frequent stands last, where it is nearest.
 *
 * Never to be changed: what is stored was written with exactly this text, and cannot be read without
 * it (a test knows its checksum). A better one is a further entry in DICTIONARIES, under the next number.
 */

/** Parameters as Twilio writes them, the rare ones first. */
const NAMES = `
  RoomSid RoomName RoomStatus ParticipantStatus ParticipantIdentity ServiceSid ConversationSid Author
  Attributes DateCreated DateUpdated Index ParticipantSid RetryCount ClientIdentity Source WorkspaceSid
  TaskSid TaskAttributes TaskAge TaskPriority TaskQueueSid WorkflowSid WorkerSid WorkerName
  ReservationSid ConferenceSid FriendlyName StatusCallbackEvent ReasonParticipantLeft Muted Hold
  Coaching EndConferenceOnExit StartConferenceOnEnter QueueSid QueueTime QueueResult StreamSid
  StreamName StreamEvent TranscriptionSid TranscriptionEvent TranscriptionText TranscriptionStatus
  TranscriptionData LanguageCode Track Final SipDomain SipDomainSid SipCallId SipSourceIp
  DialCallStatus DialCallSid DialCallDuration DialBridged RecordingUrl RecordingSid RecordingDuration
  RecordingStatus RecordingChannels RecordingStartTime RecordingSource RecordingTrack ErrorCode
  MachineDetectionDuration AnsweredBy SpeechResult Confidence Language FinishedOnKey msg Digits
  StirVerstat StirPassportToken StirStatus CallToken ParentCallSid ForwardedFrom CalledVia CallerName
  ApplicationSid CallbackSource SequenceNumber Timestamp Duration CallDuration SipResponseCode
  Caller CallerCity CallerState CallerZip CallerCountry Called CalledCity CalledState CalledZip
  CalledCountry Direction CallStatus CallSid ChannelInstallSid ChannelStatusMessage ChannelPrefix
  ChannelToAddress EventType ProfileName WaId ButtonText ButtonPayload Latitude Longitude Address
  Label Forwarded OriginalRepliedMessageSender OriginalRepliedMessageSid ReferralNumMedia
  ChannelMetadata AddOns OptOutType MessageType MediaContentType0 MediaUrl0 ErrorMessage
  RawDlrDoneDate ToCountry ToState SmsMessageSid NumMedia ToCity FromZip SmsSid FromState SmsStatus
  FromCity Body FromCountry To MessagingServiceSid ToZip NumSegments MessageStatus MessageSid
  AccountSid From ApiVersion`
  .trim()
  .split(/\s+/)

/** As in `data` of an event. */
const toCamelCase = (name: string) => name.charAt(0).toLowerCase() + name.slice(1)

const VALUES = `failed undelivered queued sending accepted canceled no-answer busy outbound-api
outbound-dial in-progress initiated ringing completed answered recording-completed participant-join
participant-leave https://api.twilio.com/2010-04-01/Accounts/AC image/jpeg application/json text/plain
twilio.webhook.conversations. voice.conference.status voice.recording.status voice.dial.action
com.twilio.voice.twiml.gather.finished voice.gather.action com.twilio.voice.status-callback.call.
com.twilio.voice.twiml.requested voice.call.status voice.inbound messaging.inbound.whatsapp
whatsapp:+ %2B1 "+1 com.twilio.messaging.message.undelivered com.twilio.messaging.message.sent
com.twilio.messaging.message.delivered com.twilio.messaging.inbound-message.received
messaging.status/SM/sent messaging.inbound/SM`

const XML = `<?xml version="1.0" encoding="UTF-8"?><Response><Gather action="/voice" method="POST"
 numDigits="1"><Say language="en-US"></Say><Play></Play></Gather><Dial></Dial><Record/><Hangup/><Message>
</Message></Response>`

/** The frame of a message, as the gateway writes it. */
const FRAME = `"},"reply":{"status":204,"contentType":null,"body":"","from":"default"}}
"},"reply":{"status":200,"contentType":"text/xml; charset=utf-8","body":
"<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?><Response></Response>","from":"config"}}
{"v":1,"event":{"specversion":"1.0","id":"evt_","source":"/endpoints/sms","type":"com.twilio.messaging.
","subject":"SM","time":"2026-1","datacontenttype":"application/json","kind":"messaging.status","account":"AC
","region":"us1","idempotencykey":"messaging.status/SM","traceparent":"00--01","data":{"
"},"request":{"method":"POST","contentType":"application/x-www-form-urlencoded","query":"","body":"
","encoding":"utf-8","idempotencyToken":"-4","keyName":"primary`

const FIRST = [
  VALUES,
  XML,
  NAMES.map((name) => `&${name}=`).join(''),
  NAMES.map((name) => `","${toCamelCase(name)}":"`).join(''),
  '"numMedia":0,"numSegments":1,"referralNumMedia":0,"sequenceNumber":',
  '"smsStatus":"received","messageStatus":"delivered","direction":"inbound","callStatus":"',
  NAMES.map((name) => `","${name}":"`).join(''),
  '"SmsStatus":"received","Direction":"inbound","ApiVersion":"2010-04-01","params":{"',
  '"FromCountry":"US","FromState":"ToCountry":"US","ToState":"',
  'ApiVersion=2010-04-01&SmsStatus=received&MessageStatus=delivered&FromCountry=US&AccountSid=AC',
  FRAME.replaceAll('\n', ''),
].join('')

/** By the number that stored messages begin with. */
export const DICTIONARIES: ReadonlyMap<number, Uint8Array> = new Map([
  [1, new TextEncoder().encode(FIRST)],
])
