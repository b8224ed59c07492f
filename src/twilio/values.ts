/**
 * What the text of a parameter means: its JSON value, by the parameter's type.
 *
 * The types are Twilio's, by name: most names mean the same in every webhook, and a row of the kinds'
 * table says where one does not. A text that is not exactly what its type promises stays text, and an
 * undeclared name is text: phone numbers, digits, codes and SIDs keep their leading zeros. Never throws.
 */
import type { Json } from '../events/event.ts'

/**
 * `date`: ISO 8601 or RFC 2822, whichever the product sends. `unix`: seconds since 1970 (TaskRouter).
 * `dlr`: YYMMDDhhmm as carriers write it, taken for UTC.
 */
export type ValueType = 'text' | 'number' | 'bool' | 'json' | 'date' | 'unix' | 'dlr'

const NAMES: Readonly<Record<Exclude<ValueType, 'text' | 'unix'>, string>> = {
  number:
    'Attempt AvgQueueTime CallDuration Confidence CurrentQueueSize CurrentValue DialCallDuration DialSipResponseCode Duration ErrorCode EventId Index ItemIndex LastReadMessageIndex Latitude Longitude MachineDetectionDuration MaxQueueSize NumMedia NumPages NumSegments ParticipantDuration PercentageDone QueuePosition QueueTime RecordingChannels RecordingDuration ReferralNumMedia ReservationVersion RetryCount RoomDuration SecondsRemaining SequenceId SequenceNumber SessionDuration SipResponseCode Size Stability TaskAge TaskPriority TaskVersion TranscriptionErrorCode TriggerValue WorkerVersion',
  bool: 'Coaching DialBridged EndConferenceOnExit Final Forwarded FrequentlyForwarded Hold Muted PartialResult PartialResults StartConferenceOnEnter Valid',
  json: 'AddOns Attributes CallToken ChannelMetadata Content DocumentData FlowData HandoffData InteractiveData ItemData Media Payload ProviderConfiguration TaskAttributes TranscriptionData TranscriptionProviderData WorkerAttributes challenge_details challenge_metadata interactionData',
  date: 'DateCreated DateFired DateRemoved DateUpdated RecordingStartTime StateUpdated Timestamp click_time interactionDateCreated interactionDateUpdated sessionDateCreated sessionDateEnded sessionDateUpdated',
  dlr: 'RawDlrDoneDate',
}

const TYPES: ReadonlyMap<string, ValueType> = new Map([
  ...typed('number'),
  ...typed('bool'),
  ...typed('json'),
  ...typed('date'),
  ...typed('dlr'),
])

function typed(type: keyof typeof NAMES): [string, ValueType][] {
  return NAMES[type].split(' ').map((name) => [name, type])
}

/** The type that a parameter has everywhere, unless a kind says otherwise. */
export function findValueType(name: string): ValueType {
  return TYPES.get(name) ?? 'text'
}

/** The value of a text; the text itself when it is not of its type. */
export function toValue(type: ValueType, text: string): Json {
  return READERS[type](text)
}

const READERS: Readonly<Record<ValueType, (text: string) => Json>> = {
  text: (text) => text,
  number: toNumber,
  bool: (text) => text === 'true' || (text === 'false' ? false : text),
  json: toContainer,
  date: toDate,
  unix: (text) => (UNIX_SECONDS.test(text) ? toIso(Number(text) * 1_000, text) : text),
  dlr: toCarrierDate,
}

/** Only what is written as JavaScript writes it, so that no digit is lost: not `007`, `1.50`, `1e3`. */
function toNumber(text: string): Json {
  const value = Number(text)
  const isPlain = Number.isFinite(value) && String(value) === text && !text.includes('e')
  return isPlain ? value : text
}

/** A JSON object or list. A bare `12` or `true` in a free field is a user's text. */
function toContainer(text: string): Json {
  if (!text.startsWith('{') && !text.startsWith('[')) return text
  return parseJson(text) ?? text
}

/**
 * `JSON.parse` takes any depth and `JSON.stringify` does not: a chat user's attributes of a thousand
 * nested lists must not make an event that cannot be sent.
 */
const MAX_JSON_DEPTH = 64

/** The value of a JSON text; undefined when it is not JSON or nested deeper than MAX_JSON_DEPTH. */
export function parseJson(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text)
    return isWithinDepth(value, MAX_JSON_DEPTH) ? value : undefined
  } catch {
    return undefined
  }
}

function isWithinDepth(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((item) => isWithinDepth(item, depth - 1))
}

const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/
const ISO_8601 = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?<zone>Z|[+-]\d\d:?\d\d)?$/
const RFC_2822 =
  /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UTC)$/
const UNIX_SECONDS = /^\d{9,11}$/
const CARRIER_DATE = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/

/** RFC 3339 in UTC. What already is stays as it is: Twilio sends microseconds, a Date would cut them. */
function toDate(text: string): string {
  if (RFC_3339_UTC.test(text)) return text
  if (RFC_2822.test(text)) return toIso(Date.parse(text), text)
  const iso = ISO_8601.exec(text)
  if (iso === null) return text
  // Without a zone a Date would be local time: another result on a developer's machine.
  return toIso(Date.parse(iso.groups?.['zone'] === undefined ? `${text}Z` : text), text)
}

function toCarrierDate(text: string): string {
  const [, year, month, day, hour, minute] = CARRIER_DATE.exec(text) ?? []
  if (year === undefined) return text
  const iso = `20${year}-${month}-${day}T${hour}:${minute}:00.000Z`
  // A Date rolls 31 February over; what changes on the way was no date.
  return toIso(Date.parse(iso), text) === iso ? iso : text
}

function toIso(timeMs: number, text: string): string {
  return Number.isNaN(timeMs) ? text : new Date(timeMs).toISOString()
}
