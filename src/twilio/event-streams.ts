/**
 * Event Streams: a JSON list of CloudEvents 1.0.
 * https://www.twilio.com/docs/events/event-delivery-modes-and-retries
 */
import type { Json } from '../events/event.ts'

/** The attributes that a CloudEvent must have, and those that Twilio adds. */
export interface StreamEvent {
  id: string
  source: string
  type: string
  subject: string | undefined
  time: string | undefined
  dataschema: string | undefined
  data: Json
}

/** The elements of a batch; one CloudEvent by itself is a batch of one. Null: no batch. */
export function parseBatch(json: Json | undefined): readonly Json[] | null {
  if (json === undefined) return null
  const elements = Array.isArray(json) ? json : [json]
  if (elements.length > MAX_ELEMENTS) return null
  return elements.some((element) => parseStreamEvent(element) !== null) ? elements : null
}

/** A list of more is no batch of Twilio's: kept whole as one event, not a thousand binding calls. */
const MAX_ELEMENTS = 1_000

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/

/** An id becomes a header and a part of a KV key (512 bytes at most); Twilio's are 34 characters. */
const EVENT_ID = /^[!-~]{1,256}$/

/** Null when a required attribute is not valid. An optional one that is not valid counts as absent. */
export function parseStreamEvent(json: Json): StreamEvent | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const { specversion, time, data = null } = json
  const [id, source, type] = [toText(json['id']), toText(json['source']), toText(json['type'])]
  if (specversion !== '1.0' || source === undefined || type === undefined) return null
  if (id === undefined || !EVENT_ID.test(id)) return null
  return {
    id,
    source,
    type,
    subject: toText(json['subject']),
    time: typeof time === 'string' && RFC_3339.test(time) ? time : undefined,
    dataschema: toText(json['dataschema']),
    data,
  }
}

function toText(json: Json | undefined): string | undefined {
  return typeof json === 'string' && json !== '' ? json : undefined
}
