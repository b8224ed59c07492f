/**
 * What a viewer gets to see of an event: the same values in the same places, with everything masked that
 * the list (allowed.ts) does not name.
 *
 * Promises: each result is built from known fields only, so that a field nobody thought of is left out,
 * not shown. What cannot be read is masked as a whole. Pure; takes any size in one pass.
 *
 * Weak: an event's id stays, and for the few kinds whose identity includes what a caller said, who knows
 * the rest of it can try out what that was.
 */
import type { Json, SwitchboardEvent } from '../../events/event.ts'
import type { EventMessage, OriginalRequest } from '../../events/message.ts'
import { isOwnKind } from '../../events/own-kinds.ts'
import { parseForm, type Param } from '../../twilio/params.ts'
import { parseJson } from '../../twilio/values.ts'
import { hasForm } from './allowed.ts'
import { maskJson, maskParams } from './mask-json.ts'
import { maskContentType, maskReply, toMediaType } from './mask-reply.ts'
import { maskAddress, maskText } from './mask-text.ts'

export { maskJson, maskParams, maskValue } from './mask-json.ts'
export { maskReply } from './mask-reply.ts'
export { maskAddress, maskExcerpt, maskReason, maskText } from './mask-text.ts'

/** A SID, a UUID or one of our own ids stays: the subject of an event, a thread, an event's id. */
export const maskId = (id: string): string => (hasForm('id', id) ? id : maskAddress(id))

export function maskEvent(event: SwitchboardEvent): SwitchboardEvent {
  const { specversion, id, source, type, subject, time, datacontenttype } = event
  const { dataschema, kind, account, region, idempotencykey: key, traceparent, data } = event
  return {
    specversion,
    id: maskId(id),
    source: maskPath(source),
    type: keepWord(type),
    // The subject of an alert is the target's name.
    ...(subject === undefined
      ? {}
      : { subject: isOwnKind(kind) ? keepWord(subject) : maskId(subject) }),
    time: hasForm('instant', time) ? time : maskText(time),
    datacontenttype,
    ...(dataschema === undefined ? {} : { dataschema: maskPath(dataschema) }),
    kind: keepWord(kind),
    ...(account === undefined ? {} : { account: maskId(account) }),
    ...(region === undefined ? {} : { region: keepWord(region) }),
    ...(key === undefined ? {} : { idempotencykey: maskKey(key, kind) }),
    traceparent,
    data: isOwnKind(kind) ? maskAlert(data) : maskJson(data),
  }
}

const keepWord = (text: string): string => (hasForm('word', text) ? text : maskText(text))

/** `/endpoints/sms`, `/AC…/Messages/SM…`, Twilio's schemas. */
function maskPath(path: string): string {
  const rest = path.replace(/^https:\/\/events-schemas\.twilio\.com/, '')
  return rest.split('/').every(isPlainPart) ? path : maskText(path)
}

const isPlainPart = (part: string): boolean =>
  part === '' || hasForm('word', part) || hasForm('id', part) || /^\d{1,3}$/.test(part)

/** Its parts are values, and hashes of values that can be tried out: only ids and the kind stay. */
function maskKey(key: string, kind: string): string {
  const parts = key.split('/')
  return parts.map((part) => (part === kind || hasForm('id', part) ? part : '••••')).join('/')
}

/** An alert's data is ours, but for the reason that somebody gave for a pause. */
function maskAlert(data: Json): Json {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return maskJson(data)
  const members = Object.entries(data).map(([name, value]): [string, Json] => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    const isOurs = hasForm('word', text) || hasForm('count', text) || hasForm('id', text)
    return [name, isOurs ? value : maskJson(value, name, false)]
  })
  return Object.fromEntries(members)
}

const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll('%E2%80%A2', '•').replaceAll('%20', '+')

/** Still a form or JSON, so that whoever shows it reads it as before. Bytes that are no text are not shown. */
export function maskRequest(request: OriginalRequest): OriginalRequest {
  const { method, contentType, query, idempotencyToken: token, keyName } = request
  return {
    method: keepWord(method),
    contentType: maskContentType(contentType),
    query: toForm(maskParams(parseForm(query))),
    body: maskBody(request),
    encoding: 'utf-8',
    ...(token === undefined ? {} : { idempotencyToken: maskText(token) }),
    ...(keyName === undefined ? {} : { keyName }),
  }
}

const FORM = 'application/x-www-form-urlencoded'

function maskBody({ body, encoding, contentType }: OriginalRequest): string {
  if (body === '') return ''
  if (encoding === 'base64') return `•••• (${Math.floor((body.length * 3) / 4)} bytes)`
  if (toMediaType(contentType) === FORM) return toForm(maskParams(parseForm(body)))
  const json = parseJson(body)
  return json === undefined ? maskText(body) : JSON.stringify(maskJson(json))
}

/** Dots are left readable: this is for eyes, and every decoder takes them as they are. */
function toForm(pairs: readonly Param[]): string {
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')
}

/** Who it is for and how often it was tried is ours. */
export function maskMessage(message: EventMessage): EventMessage {
  const { v, event, request, reply, outbox, targets, attempts, replay, owner, redacted } = message
  return {
    v,
    event: maskEvent(event),
    request: maskRequest(request),
    ...(reply === undefined ? {} : { reply: maskReply(reply) }),
    ...(outbox === undefined ? {} : { outbox }),
    ...(targets === undefined ? {} : { targets }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(replay === undefined ? {} : { replay }),
    ...(owner === undefined ? {} : { owner }),
    ...(redacted === undefined ? {} : { redacted }),
  }
}
