/**
 * What comes out of a queue, checked against its schema: unknown body in, message or reason out.
 *
 * For the consumer only: zod would weigh on the gateway. A queue is written by any version of the
 * gateway and by whoever holds the binding, so nothing in it is taken on trust. The checked value is
 * returned as it came, not as zod rebuilt it: keys that this version does not know stay, in order.
 */
import * as z from 'zod'
import { err, ok, type Result } from '../result.ts'
import type { Json, SwitchboardEvent } from './event.ts'
import {
  MESSAGE_VERSION,
  type Answer,
  type AnswerMessage,
  type DeadLetter,
  type EventMessage,
  type QueueMessage,
  type ReferenceMessage,
} from './message.ts'

/** Why a body cannot be read; stored with the dead letter. */
export type UnreadableReason =
  | 'unreadable_type'
  | 'unreadable_json'
  | 'unreadable_version'
  | 'unreadable_shape'

type Parsed<T> = Result<T, { reason: UnreadableReason }>

const text = z.string().min(1)

const event = z.looseObject({
  specversion: z.literal('1.0'),
  id: text,
  source: text,
  type: text,
  subject: z.string().exactOptional(),
  time: text,
  datacontenttype: z.literal('application/json'),
  dataschema: z.string().exactOptional(),
  kind: text,
  account: z.string().exactOptional(),
  region: z.string().exactOptional(),
  idempotencykey: z.string().exactOptional(),
  traceparent: text,
  // Came out of JSON or a structured clone: it has no other values, and to walk it costs CPU.
  data: z.custom<Json>((value) => value !== undefined),
}) satisfies z.ZodType<SwitchboardEvent>

const owed = {
  v: z.literal(MESSAGE_VERSION),
  targets: z.array(text).min(1).exactOptional(),
  attempts: z.int().nonnegative().exactOptional(),
  replay: text.exactOptional(),
  owner: text.exactOptional(),
  outbox: z.literal(true).exactOptional(),
}

const answer = z.looseObject({
  status: z.int(),
  contentType: z.string().nullable(),
  body: z.string().nullable(),
  from: text,
}) satisfies z.ZodType<Answer>

const eventMessage = z.looseObject({
  ...owed,
  event,
  request: z.looseObject({
    method: text,
    contentType: z.string(),
    query: z.string(),
    body: z.string(),
    encoding: z.enum(['utf-8', 'base64']),
    idempotencyToken: z.string().exactOptional(),
    keyName: z.string().exactOptional(),
  }),
  reply: answer.exactOptional(),
  redacted: z.array(text).exactOptional(),
}) satisfies z.ZodType<EventMessage>

const referenceMessage = z.looseObject({ ...owed, ref: text }) satisfies z.ZodType<ReferenceMessage>

const queueMessage = z.union([eventMessage, referenceMessage]) satisfies z.ZodType<QueueMessage>

const answerMessage = z.looseObject({
  v: z.literal(MESSAGE_VERSION),
  answered: z.looseObject({
    eventId: text,
    at: z.int().nonnegative(),
    tookMs: z.int().nonnegative(),
    answer,
  }),
}) satisfies z.ZodType<AnswerMessage>

const queued = z.union([queueMessage, answerMessage]) satisfies z.ZodType<
  QueueMessage | AnswerMessage
>

const deadLetter = z.looseObject({
  v: z.literal(MESSAGE_VERSION),
  dead: z.looseObject({
    target: text,
    reason: text,
    attempts: z.int().nonnegative(),
    at: z.iso.datetime(),
  }),
  message: queueMessage,
}) satisfies z.ZodType<DeadLetter>

const versioned = z.looseObject({ v: z.unknown() })

/** What the events queue hands out: an event, or what Twilio was told about one. */
export function parseQueued(body: unknown): Parsed<QueueMessage | AnswerMessage> {
  return parse(body, (value): value is QueueMessage | AnswerMessage => {
    return queued.safeParse(value).success
  })
}

/** The message of an event, also as a value of the outbox: JSON text, its bytes, or an object. */
export function parseMessage(body: unknown): Parsed<QueueMessage> {
  return parse(body, (value): value is QueueMessage => queueMessage.safeParse(value).success)
}

/** A message that Switchboard itself put into the dead-letter queue. */
export function parseDeadLetter(body: unknown): Parsed<DeadLetter> {
  return parse(body, (value): value is DeadLetter => deadLetter.safeParse(value).success)
}

function parse<T>(body: unknown, isWanted: (value: unknown) => value is T): Parsed<T> {
  const decoded = decode(body)
  if (!decoded.ok) return decoded
  const { value } = decoded
  if (isTooDeep(value)) return err({ reason: 'unreadable_shape' })
  if (isWanted(value)) return ok(value)
  const version = versioned.safeParse(value)
  const isOther =
    version.success && version.data.v !== undefined && version.data.v !== MESSAGE_VERSION
  return err({ reason: isOther ? 'unreadable_version' : 'unreadable_shape' })
}

/** What Twilio sends has a tenth of it. */
const MAX_DEPTH = 200
/** A message of the largest webhook has fewer on all its levels together. */
const MAX_WIDTH = 1_000_000

/**
 * JSON of some thousand levels can be parsed, but not be handed to a lane: the structured clone of an RPC
 * recurses, and would fail with the whole batch that it is in. A cycle has no bottom, and ends here, too;
 * what refers to itself twice doubles with each level, and ends by its width.
 */
function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isObject)
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1) {
    level = level.flatMap((one) => Object.values(one).filter(isObject))
    if (level.length > MAX_WIDTH) return true
  }
  return level.length > 0
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function decode(body: unknown): Parsed<unknown> {
  const isBytes = body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  const json = isBytes ? new TextDecoder().decode(body) : body
  if (typeof json === 'object' && json !== null) return ok(json)
  if (typeof json !== 'string') return err({ reason: 'unreadable_type' })
  try {
    return ok(JSON.parse(json))
  } catch {
    return err({ reason: 'unreadable_json' })
  }
}
