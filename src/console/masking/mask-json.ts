/**
 * Parameters and JSON as a viewer sees them: each value by its name, what is not on the list masked.
 */
import type { Json } from '../../events/event.ts'
import type { Param } from '../../twilio/params.ts'
import { isAddressName, isAllowed, isPlainName } from './allowed.ts'
import { isInternational, maskAddress, maskText } from './mask-text.ts'

/** The value of one parameter, under its own name or the one in `data`. */
export function maskValue(name: string, text: string): string {
  if (isAllowed(name, text)) return text
  return isAddressName(name) || isInternational(text) ? maskAddress(text) : maskText(text)
}

const maskName = (name: string): string => (isPlainName(name) ? name : maskText(name))

export function maskParams(params: readonly Param[]): Param[] {
  return params.map(([name, value]) => [maskName(name), maskValue(name, value)])
}

/** Below these Twilio chose the names; anything else that is nested is somebody's own JSON. */
const CONTAINERS: ReadonlySet<string> = new Set(
  'params query media data payload more_info webhook request parameters operatorResults'.split(' '),
)

/** Any JSON by the names in it. An object under any other name is one value and masked as one. */
export function maskJson(value: Json, name = '', isKnown = true): Json {
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item) => maskJson(item, name, isKnown))
  if (typeof value !== 'object') return maskScalar(value, name)
  if (!isKnown) return maskText(JSON.stringify(value))
  const members = Object.entries(value).map(([key, member], index): [string, Json] => [
    isPlainName(key) ? key : `•••• ${index + 1}`,
    maskJson(member, key, CONTAINERS.has(key)),
  ])
  return Object.fromEntries(members)
}

function maskScalar(value: boolean | number | string, name: string): Json {
  const text = String(value)
  return isAllowed(name, text) ? value : maskValue(name, text)
}
