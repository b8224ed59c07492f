/** The queue's messages: each event with the request that it came from, and what Twilio got back. */
import { Buffer } from 'node:buffer'
import { isOverBytes } from '../events/batches.ts'
import type { Json, SwitchboardEvent } from '../events/event.ts'
import {
  MESSAGE_VERSION,
  type Answer,
  type EventMessage,
  type OriginalRequest,
} from '../events/message.ts'
import { withoutBodyHash } from '../twilio/signature.ts'
import type { Intake } from './intake.ts'
import type { Reply } from './response.ts'

/** What its headers and its signature told of a request. */
export interface Proof {
  token: string | null
  /** The name of the key that signed it. */
  keyName: string
}

/** An event of a batch gets a batch of one for a request: the whole would repeat for each. */
export function toMessages(
  events: SwitchboardEvent[],
  intake: Intake,
  json: Json | undefined,
  proof: Proof,
): EventMessage[] {
  const whole = toOriginalRequest(intake, proof)
  return events.map((event, index) => {
    const element = Array.isArray(json) && events.length > 1 ? json[index] : undefined
    const request =
      element === undefined ? whole : { ...whole, body: JSON.stringify([element]), encoding: UTF8 }
    return { v: MESSAGE_VERSION, event, request }
  })
}

/** Of what is kept of a reply's body, for all messages of one request together. */
const MAX_REPLY_BYTES = 16 * 1024

/** With what Twilio gets back. A body that is too large for its place in a message stays out. */
export function toAnswered(messages: EventMessage[], reply: Reply): EventMessage[] {
  const answer = toAnswer(reply, MAX_REPLY_BYTES / messages.length)
  return messages.map((message) => ({ ...message, reply: answer }))
}

/** Without cookies: they are credentials. */
export function toAnswer({ status, contentType, body, from }: Reply, maxBytes: number): Answer {
  return { status, contentType, body: isOverBytes(body, maxBytes) ? null : body, from }
}

const UTF8 = 'utf-8' as const
/** The header is not signed: what no header of ours could carry is not passed on. */
const TOKEN = /^[\x21-\x7e]{1,256}$/
const encoder = new TextEncoder()

function toOriginalRequest(
  { method, contentType, query, body, text }: Intake,
  { token, keyName }: Proof,
): OriginalRequest {
  const request = {
    method,
    contentType,
    query: withoutBodyHash(query),
    ...(token !== null && TOKEN.test(token) ? { idempotencyToken: token } : {}),
    keyName,
  }
  // A replacement character was either sent as such or stands for bytes that were lost in decoding.
  const isExact = !text.includes('\uFFFD') || isSame(encoder.encode(text), body)
  return isExact
    ? { ...request, body: text, encoding: UTF8 }
    : { ...request, body: Buffer.from(body).toString('base64'), encoding: 'base64' }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index])
}
