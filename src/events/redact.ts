/**
 * What the ledger may keep of a message whose config says `redact: ['Body', 'From', …]`: the values of
 * these parameters only as keyed hashes, wherever they stand.
 *
 * Promises: no value of a named parameter, of MIN_TRACE_CHARS or more, is left in the request, nor in
 * what the event took over from it. A text that repeats a value becomes a hash as a whole: the same
 * number under another name, a URL, a parameter that is JSON.
 *
 * So does the reply: its body is a hash when it repeats a value. Which reply the config chose may still
 * say something about what was asked of it.
 *
 * Weak: see traces.ts. The event's `id` and `traceparent` stay, and they are a hash without a key: for
 * the few kinds whose identity includes what a caller said, who knows the rest of it can try out what
 * that was. What Event Streams calls `id`, `type` and `time` stays as it is.
 */
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { parseForm, type Param } from '../twilio/params.ts'
import { escapeXml } from '../twilio/template.ts'
import { parseJson } from '../twilio/values.ts'
import type { Json, SwitchboardEvent } from './event.ts'
import { hash as hashWithoutKey } from './identity.ts'
import type { Answer, EventMessage, OriginalRequest } from './message.ts'
import { collectNamedValues, createNameTest, type NameTest } from './named-values.ts'
import { createTraceFinder } from './traces.ts'

type JsonObject = { [name: string]: Json }
type ValueHash = (value: string) => string

interface Redactor {
  isNamed: NameTest
  /** What the named parameters have for values, without the empty ones. */
  values: ReadonlySet<string>
  hash: ValueHash
  /** The text, or its hash when it tells a value. */
  hide: (text: string) => string
}

/** `hmac:` and 32 hex digits; the same for the same value, so that one can search for a number. */
export function createValueHash(key: string): ValueHash {
  return (value) => `hmac:${createHmac('sha256', key).update(value).digest('hex').slice(0, 32)}`
}

/** Marked with the names: nobody may send it on as what it was. Without names the message as it is. */
export function redactMessage(
  message: EventMessage,
  names: readonly string[],
  hash: ValueHash,
): EventMessage {
  if (names.length === 0) return message
  const { event, request, reply } = message
  const isNamed = createNameTest(names)
  const query = parseForm(request.query)
  const body = isForm(request) ? parseForm(toText(request)) : []
  const values = collectNamedValues([...query, ...body], event.data, isNamed)
  const tells = createTraceFinder(values, isNamed)
  const hide = (text: string) => (tells(text) ? hash(text) : text)
  const redactor: Redactor = { isNamed, values, hash, hide }
  return {
    ...message,
    event: redactEvent(event, request, redactor),
    request: redactRequest(request, query, body, redactor),
    ...(reply && { reply: redactReply(reply, redactor) }),
    redacted: [...names],
  }
}

function isForm({ contentType }: OriginalRequest): boolean {
  const [mediaType = ''] = contentType.split(';', 1)
  return mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}

/** Neither a form nor parameters in a query; a POST without a type is one without parameters. */
function isJson(request: OriginalRequest): boolean {
  return request.method !== 'GET' && request.contentType !== '' && !isForm(request)
}

function toText({ body, encoding }: OriginalRequest): string {
  return encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body
}

/** Forms are written anew, so no bytes stay as they came. A JSON body says again what `data` says. */
function redactRequest(
  { method, contentType, idempotencyToken: token, keyName }: OriginalRequest,
  query: readonly Param[],
  body: readonly Param[],
  redactor: Redactor,
): OriginalRequest {
  return {
    method,
    contentType,
    query: toForm(query, redactor),
    body: toForm(body, redactor),
    encoding: 'utf-8',
    ...(token === undefined ? {} : { idempotencyToken: redactor.hide(token) }),
    ...(keyName === undefined ? {} : { keyName }),
  }
}

function toForm(pairs: readonly Param[], redactor: Redactor): string {
  const redacted = pairs.map(([name, value]) => [
    redactor.hide(name),
    redactText(value, redactor.isNamed(name), redactor),
  ])
  return new URLSearchParams(redacted).toString()
}

/** TwiML has a value as XML writes it. */
function redactReply(reply: Answer, { values, isNamed, hash }: Redactor): Answer {
  const { body } = reply
  if (body === null) return reply
  const written = values.values().flatMap((value) => [value, escapeXml(value)])
  return { ...reply, body: createTraceFinder(written, isNamed)(body) ? hash(body) : body }
}

/** What the gateway made up itself stays. An attribute that this version does not know is left out. */
function redactEvent(
  event: SwitchboardEvent,
  request: OriginalRequest,
  redactor: Redactor,
): SwitchboardEvent {
  const { specversion, id, source, type, subject, time, datacontenttype } = event
  const { dataschema, kind, account, region, idempotencykey: key, traceparent } = event
  const { hide } = redactor
  return {
    specversion,
    id,
    source: source.startsWith('/endpoints/') ? source : hide(source),
    type,
    ...(subject === undefined ? {} : { subject: hide(subject) }),
    time,
    datacontenttype,
    ...(dataschema === undefined ? {} : { dataschema: hide(dataschema) }),
    kind,
    ...(account === undefined ? {} : { account: hide(account) }),
    ...(region === undefined ? {} : { region: hide(region) }),
    ...(key === undefined ? {} : { idempotencykey: hideKey(key, redactor) }),
    traceparent,
    data: redactData(event.data, request, redactor),
  }
}

/** Its parts are values, however short, or hashes of them without a key, which can be tried out. */
function hideKey(label: string, { values, hide, hash }: Redactor): string {
  const parts = new Set(label.split('/'))
  const isPart = (value: string) =>
    parts.has(value) || parts.has(hashWithoutKey([value]).slice(0, 16))
  return values.values().some(isPart) ? hash(label) : hide(label)
}

/**
 * Beside `params` stand the same values in other shapes: a number for a text, a date in another form, a
 * list out of several parameters. No search would find all of them, so these fields are left out.
 */
function redactData(data: Json, request: OriginalRequest, redactor: Redactor): Json {
  const inside = (value: Json) => redact(value, false, redactor)
  if (!isObject(data)) return inside(data)
  const { text, ...others } = data
  const { params, query } = others
  if (!isJson(request) && isObject(params)) {
    return { ...(query === undefined ? {} : { query: inside(query) }), params: inside(params) }
  }
  const isUnreadable = isJson(request) && parseJson(toText(request)) === undefined
  if (typeof text !== 'string' || !isUnreadable) return inside(data)
  // A body that said it was JSON and is not: nobody can tell what is in it.
  return { ...toMembers(others, redactor), text: redactor.hash(text) }
}

/** Every text in a value, by the name that it stands under. An object under such a name is one value. */
function redact(value: Json, isNamed: boolean, redactor: Redactor): Json {
  if (value === null) return null
  if (Array.isArray(value)) return value.map((item) => redact(item, isNamed, redactor))
  if (typeof value === 'object') {
    return isNamed ? redactor.hash(JSON.stringify(value)) : toMembers(value, redactor)
  }
  const text = String(value)
  const redacted = redactText(text, isNamed, redactor)
  return redacted === text ? value : redacted
}

function toMembers(object: JsonObject, redactor: Redactor): JsonObject {
  const members = Object.entries(object).map(([name, member]): [string, Json] => [
    redactor.hide(name),
    redact(member, redactor.isNamed(name), redactor),
  ])
  return Object.fromEntries(members)
}

/** An empty value says nothing. */
function redactText(text: string, isNamed: boolean, { hash, hide }: Redactor): string {
  return isNamed && text !== '' ? hash(text) : hide(text)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
