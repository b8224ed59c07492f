/**
 * The name and type under which a parameter appears in an event's `data`.
 *
 * One rule for every name, documented or not: split at what is neither letter nor digit, lower-case the
 * first letter (or the capitals it begins with), upper-case the first letter of each further word.
 * `CallSid` → `callSid`, `MessagingBinding.Address` → `messagingBindingAddress`,
 * `SipHeader_X-Foo` → `sipHeaderXFoo`, `SMSStatus` → `smsStatus`, `__proto__` → `proto`.
 */
import { findValueType, type ValueType } from '../twilio/values.ts'
import { BoundedCache } from './bounded-cache.ts'

export interface Field {
  /** Empty when the name has neither letter nor digit. */
  name: string
  type: ValueType
  /** N of `MediaUrlN` or `MediaContentTypeN`; -1 for every other name. */
  mediaIndex: number
}

const SEPARATORS = /[^\p{L}\p{N}]+/u
const CAPITALS = /^\p{Lu}+(?!\p{Ll})|^\p{Lu}/u
const MEDIA = /^Media(?:Url|ContentType)(0|[1-9]\d{0,2})$/

/** Names repeat from request to request, but a caller chooses the names of SIP headers. */
const cache = new BoundedCache<Field>(1_024, 64)

export function toField(param: string): Field {
  const cached = cache.get(param)
  if (cached) return cached
  const field: Field = {
    name: toCamelCase(param),
    type: findValueType(param),
    mediaIndex: Number(MEDIA.exec(param)?.[1] ?? -1),
  }
  cache.set(param, field)
  return field
}

export function toCamelCase(param: string): string {
  const [first = '', ...others] = param.split(SEPARATORS).filter((word) => word !== '')
  return (
    first.replace(CAPITALS, (capitals) => capitals.toLowerCase()) + others.map(capitalize).join('')
  )
}

function capitalize(word: string): string {
  const [first = ''] = word
  return first.toUpperCase() + word.slice(first.length)
}
