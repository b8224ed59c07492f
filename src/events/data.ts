/**
 * The `data` of an event: what a webhook says, in camelCase and as JSON values, and under `params`
 * every parameter as it was received.
 *
 * Never throws and loses nothing: where two parameters would get one name in `data`, the first has it
 * and both are in `params`. JSON bodies are their own data.
 */
import type { Kind } from '../twilio/kind.ts'
import type { Param } from '../twilio/params.ts'
import { toValue } from '../twilio/values.ts'
import type { Webhook } from '../twilio/webhook.ts'
import type { Json } from './event.ts'
import { toField } from './field.ts'

type JsonObject = { [name: string]: Json }
type Values = { [name: string]: string | string[] }

/** Names in `data` that no parameter takes. */
const RESERVED: ReadonlySet<string> = new Set(['', 'params', 'query'])

export function toData(kind: Kind, { params, query, json, text }: Webhook): Json {
  if (json !== undefined) return json
  const values = toValues(params.pairs)
  const data = text === undefined ? toFields(kind, values) : { text }
  if (query.length > 0) data['query'] = toValues(query)
  if (text === undefined) data['params'] = values
  return data
}

/** By name, in order; a repeated name has a list. (JSON objects put names like `0` first.) */
function toValues(pairs: readonly Param[]): Values {
  const values: Values = {}
  for (const [name, value] of pairs) {
    const earlier = Object.hasOwn(values, name) ? values[name] : undefined
    if (earlier === undefined) define(values, name, value)
    else if (Array.isArray(earlier)) earlier.push(value)
    else define(values, name, [earlier, value])
  }
  return values
}

/** An assignment to `__proto__` would set the prototype and lose the parameter. */
function define(values: Values, name: string, value: string | string[]): void {
  if (name !== '__proto__') values[name] = value
  else {
    Object.defineProperty(values, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
}

function toFields(kind: Kind, values: Values): JsonObject {
  const data: JsonObject = {}
  const mediaNumbers: number[] = []
  for (const param of Object.keys(values)) {
    const { name, type, mediaIndex } = toField(param)
    if (mediaIndex >= 0 && Object.hasOwn(values, `MediaUrl${mediaIndex}`)) {
      if (param.startsWith('MediaUrl')) mediaNumbers.push(mediaIndex)
      continue
    }
    if (RESERVED.has(name) || Object.hasOwn(data, name)) continue
    const value = values[param] ?? ''
    const valueType = kind.types?.get(param) ?? type
    data[name] = Array.isArray(value)
      ? value.map((item) => toValue(valueType, item))
      : toValue(valueType, value)
  }
  if (mediaNumbers.length > 0) data['media'] = toMedia(values, mediaNumbers)
  return data
}

/** `MediaUrl0…N` with `MediaContentType0…N` as a list, in the order of N. */
function toMedia(values: Values, numbers: readonly number[]): Json[] {
  return numbers
    .toSorted((a, b) => a - b)
    .map((n) => {
      const url = first(values[`MediaUrl${n}`])
      const contentType = values[`MediaContentType${n}`]
      return contentType === undefined ? { url } : { url, contentType: first(contentType) }
    })
}

function first(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? ''
}
