/**
 * What a viewer may see in clear: the parameters on this list, as long as their value has the form that
 * the list promises. Everything else is masked, also what Twilio adds tomorrow.
 *
 * Each form is too narrow to hold a phone number, an address or a sentence: a word has at most four
 * digits in a row, a count at most seven in all. A name is taken to mean what Twilio means by it; where
 * the user chose the names (Studio's HTTP request, a query), a word under a name like `Status` shows.
 */
import { toCamelCase } from '../../events/field.ts'

type Form = 'sid' | 'word' | 'country' | 'count' | 'instant' | 'version' | 'id'

const SID = /^[A-Z]{2}[0-9a-f]{32}$/
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
/** Our own; the last one is of a message that nobody can read. */
const EVENT_ID = /^(?:evt|rpl|unreadable)_[0-9a-f]{16,64}$/
/** Twilio’s newer ids: `conv_conversation_…`, 26 characters of base 32. */
const TYPE_ID = /^[a-z]{2,20}(?:_[a-z]{2,20}){0,3}_[0-9a-hjkmnp-tv-z]{26}$/
const WORD = /^[A-Za-z][A-Za-z0-9]*(?:[ ./_+-][A-Za-z0-9]+)*$/
const DIGIT_RUN = /\d{5}/
const ISO_8601 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?$/
const RFC_2822 =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)$/

const MAX_WORD_CHARS = 100
const MAX_COUNT_DIGITS = 7

const FORMS: Readonly<Record<Form, (text: string) => boolean>> = {
  sid: (text) => SID.test(text),
  word: (text) => text.length <= MAX_WORD_CHARS && WORD.test(text) && !DIGIT_RUN.test(text),
  country: (text) => /^[A-Z]{2}$/.test(text),
  count: (text) =>
    /^-?\d+(?:\.\d+)?$/.test(text) && text.replaceAll(/\D/g, '').length <= MAX_COUNT_DIGITS,
  instant: (text) => ISO_8601.test(text) || RFC_2822.test(text),
  version: (text) => /^\d{4}-\d\d-\d\d$|^\d{1,3}(?:\.\d{1,3}){0,2}$/.test(text),
  id: (text) => [SID, UUID, EVENT_ID, TYPE_ID].some((pattern) => pattern.test(text)),
}

/** Names ending in Sid need no row of their own. */
const NAMES: Readonly<Record<Exclude<Form, 'id'>, string>> = {
  sid: 'CallSidEndingConference CallSidToCoach accountId SessionId sessionId',
  word: 'AnsweredBy ButtonType CallStatus CallbackSource Channel ChannelPrefix Coaching Codec CommandMode CommandStatus CompositionStatus Container DequeueResult DialBridged DialCallStatus Direction EndConferenceOnExit ErrorType EventName EventType FaxStatus Final For Forwarded FrequentlyForwarded Hold Language LanguageCode Level MessageStatus MessageType MessagingBinding.Type Muted OptOutType PartialResult PartialResults ParticipantCallStatus ParticipantStatus PayloadType PaymentMethod QueueResult ReasonAnnouncementFailed ReasonConferenceEnded ReasonParticipantLeft RecordingSource RecordingStatus RecordingTrack Recurring ReferralMediaContentType ReferralSourceType ResourceType Result RoomStatus RoomType SessionStatus SiprecEvent SmsStatus Source SpeechActivity StartConferenceOnEnter State StateFrom StateTo Status StatusCallbackEvent StirStatus StirVerstat StreamEvent TaskAssignmentStatus Track TrackKind TranscriptionEngine TranscriptionEvent TranscriptionStatus TriggerBy Type UsageCategory Valid VerificationStatus contentType datacontenttype event event_type factor_type inboundResourceStatus inboundResourceType interactionType kind outboundResourceStatus outboundResourceType sessionClosedReason sessionMode sessionStatus type',
  country: 'CalledCountry CallerCountry FromCountry ToCountry',
  count:
    'Attempt AvgQueueTime CallDuration Confidence CurrentQueueSize CurrentValue DialCallDuration DialSipResponseCode DocumentRevision Duration ErrorCode EventId Index ItemIndex LastReadMessageIndex ListRevision MachineDetectionDuration MaxQueueSize NumMedia NumPages NumSegments ParticipantDuration PayErrorCode PercentageDone QueuePosition QueueTime RecordingChannels RecordingDuration ReferralNumMedia ReservationVersion RetryCount RoomDuration SecondsRemaining SequenceId SequenceNumber SessionDuration SipResponseCode Size Stability TaskAge TaskPriority TaskVersion TranscriptionErrorCode TriggerValue WorkerVersion attempts error_code sequenceNumber',
  instant:
    'DateCreated DateFired DateRemoved DateUpdated RecordingStartTime StateUpdated Timestamp click_time interactionDateCreated interactionDateUpdated sessionDateCreated sessionDateEnded sessionDateUpdated time',
  version: 'ApiVersion specversion',
}

/** By the name as it came and as it is in `data`. */
const ALLOWED: ReadonlyMap<string, Form> = new Map(
  toEntries('sid', 'word', 'country', 'count', 'instant', 'version').flatMap(([name, form]) => [
    [name, form] as const,
    [toCamelCase(name), form] as const,
  ]),
)

function toEntries(...forms: Exclude<Form, 'id'>[]): [string, Form][] {
  return forms.flatMap((form) => NAMES[form].split(' ').map((name): [string, Form] => [name, form]))
}

const SID_NAME = /(?:[a-z\d_]S|^S|_s|^s)id$/
const MEDIA_TYPE_NAME = /^MediaContentType\d{1,3}$/

function findForm(name: string): Form | undefined {
  const form = ALLOWED.get(name)
  if (form !== undefined) return form
  if (SID_NAME.test(name)) return 'sid'
  return MEDIA_TYPE_NAME.test(name) ? 'word' : undefined
}

/** Whether a viewer may see this value of this parameter as it is. */
export function isAllowed(name: string, text: string): boolean {
  const form = findForm(name)
  return form !== undefined && FORMS[form](text)
}

/** Whether a text has a form that tells nobody anything, whatever its name. */
export const hasForm = (form: Form, text: string): boolean => FORMS[form](text)

const NAME = /^[A-Za-z_][A-Za-z0-9_.[\]-]{0,79}$/

/** Names are shown, unless somebody chose one that may be an address itself. */
export const isPlainName = (name: string): boolean => NAME.test(name) && !DIGIT_RUN.test(name)

/** Parameters that hold addresses: a number among them keeps its country and its last two digits. */
const ADDRESS_NAMES =
  'From To Caller Called CalledVia ForwardedFrom WaId Author ChannelToAddress OriginalRepliedMessageSender ReferTransferTarget MessagingBinding.Address MessagingBinding.AuthorAddress MessagingBinding.ProjectedAddress MessagingBinding.ProxyAddress'

const ADDRESSES: ReadonlySet<string> = new Set(
  ADDRESS_NAMES.split(' ').flatMap((name) => [name, toCamelCase(name)]),
)

export const isAddressName = (name: string): boolean => ADDRESSES.has(name)
