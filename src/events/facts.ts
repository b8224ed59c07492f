/**
 * What an event's `data` says, by plain names: `CallSid`, `callSid` and `call_sid` are one name.
 *
 * For a form the parameters as they came, which are also what is left of redacted `data`; for JSON its
 * members, those further in only where no outer one has the name. Never throws, and looks at a bounded
 * part of what is there: JSON has the shape that its sender likes.
 */
import { parseJson } from '../twilio/values.ts'
import type { Json } from './event.ts'
import { toPlainName } from './named-values.ts'

/** By plain name: texts that are not empty, each 512 characters at most. */
export type Facts = ReadonlyMap<string, string>

type JsonObject = { [name: string]: Json }

/** Twilio's longest are SIP URIs. What is longer is no address and no id. */
const MAX_CHARS = 512
const MAX_DEPTH = 4
const MAX_NAMES = 2_000

/** A parameter of the debugger, JSON as text, that says what its error is about. */
const PAYLOAD = 'Payload'

export function toFacts(data: Json): Facts {
  const facts = new Map<string, string>()
  if (!isObject(data)) {
    if (Array.isArray(data)) addLayers(data.filter(isObject), facts)
    return facts
  }
  const { params } = data
  if (!isObject(params)) {
    addLayers([data], facts)
    return facts
  }
  addMembers(params, facts)
  const payload = params[PAYLOAD]
  const inside = typeof payload === 'string' ? parseJson(payload) : undefined
  if (inside !== undefined && isObject(inside)) addLayers([inside], facts)
  return facts
}

/** The first of these plain names that there is; null: none. */
export function findFact(facts: Facts, names: readonly string[]): string | null {
  for (const name of names) {
    const value = facts.get(name)
    if (value !== undefined) return value
  }
  return null
}

/** Outer members before inner ones. */
function addLayers(outermost: readonly JsonObject[], facts: Map<string, string>): void {
  let layer = outermost
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth++) {
    const inner: JsonObject[] = []
    for (const object of layer) {
      addMembers(object, facts)
      if (inner.length >= MAX_NAMES) continue
      for (const member of Object.values(object)) inner.push(...toObjects(member))
    }
    layer = inner.slice(0, MAX_NAMES)
  }
}

function toObjects(json: Json): JsonObject[] {
  if (Array.isArray(json)) return json.slice(0, MAX_NAMES).filter(isObject)
  return isObject(json) ? [json] : []
}

/** Of a parameter that came twice, the first. */
function addMembers(object: JsonObject, facts: Map<string, string>): void {
  for (const [name, member] of Object.entries(object)) {
    if (facts.size >= MAX_NAMES) return
    const value = Array.isArray(member) ? member[0] : member
    if (typeof value !== 'string' || value === '' || value.length > MAX_CHARS) continue
    const plain = toPlainName(name)
    if (!facts.has(plain)) facts.set(plain, value)
  }
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
