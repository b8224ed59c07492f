/**
 * The dead-letter queue: everything that arrives in it is recorded in the ledger, whole.
 *
 * Three things arrive: dead letters of this Worker, messages that Cloudflare moved here itself (after
 * `max_retries` hand-outs), and bodies that nobody can read. Promises: a message is acknowledged only
 * once it is in the ledger; recorded twice, it is one row; one that cannot be recorded waits alone.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { DeadLetter, QueueMessage } from '../events/message.ts'
import { parseDeadLetter, parseMessage } from '../events/parse-message.ts'
import {
  MAX_RECORD_BYTES,
  type DeadDeliveries,
  type DeadDelivery,
} from '../ledger/dead-deliveries.ts'
import { toBatches, utf8Bytes, type BatchLimits } from '../events/batches.ts'
import { resolveMessage, toEventId, type TextStore } from './large-events.ts'
import { toFault, type Log } from '../log.ts'
import { postpone } from './postpone.ts'
import { EVERY_TARGET } from './settle.ts'

export interface DeadLetterDeps {
  ledger: DeadDeliveries
  store: TextStore
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

interface Entry {
  message: Message
  rows: DeadDelivery[]
}

/** Of a row in JSON; leaves room for the rest of the statement. */
const MAX_MESSAGE_BYTES = MAX_RECORD_BYTES - 100_000
const RECORD_BATCH: BatchLimits = { count: 100, bytes: MAX_RECORD_BYTES }

export async function recordDeadLetters(batch: MessageBatch, deps: DeadLetterDeps): Promise<void> {
  const prepared = await Promise.all(batch.messages.map((message) => toEntry(message, deps)))
  const entries = prepared.filter((entry) => entry !== null)
  // What failed before goes by itself: a row that D1 refuses must not keep the others out for ever.
  const fresh = entries.filter(({ message }) => message.attempts === 1)
  const repeated = entries.filter(({ message }) => message.attempts > 1)
  const together = toBatches(fresh, RECORD_BATCH, ({ rows }) => JSON.stringify(rows))
  for (const group of together) {
    await recordEntries(group, [group.flatMap(({ rows }) => rows)], deps)
  }
  for (const entry of repeated) {
    const oneByOne = entry.rows.map((row) => [row])
    await recordEntries([entry], oneByOne, deps)
  }
}

async function recordEntries(
  group: readonly Entry[],
  statements: readonly DeadDelivery[][],
  deps: DeadLetterDeps,
): Promise<void> {
  try {
    for (const rows of statements) await deps.ledger.record(rows)
  } catch (error) {
    deps.log({ event: 'ledger.refused', messages: group.length, ...toFault(error) })
    for (const { message } of group) postpone(message)
    return
  }
  for (const { message } of group) message.ack()
  for (const { eventId, target, kind, reason, attempts } of statements.flat()) {
    deps.log({ event: 'delivery.dead', eventId, target, kind, reason, attempts })
  }
}

/** Null when the message has to wait because KV fails. */
async function toEntry(message: Message, deps: DeadLetterDeps): Promise<Entry | null> {
  try {
    return { message, rows: await toRows(message.body, deps) }
  } catch (error) {
    deps.log({ event: 'message.failed', message: message.id, ...toFault(error) })
    postpone(message)
    return null
  }
}

async function toRows(body: unknown, { store, now }: DeadLetterDeps): Promise<DeadDelivery[]> {
  const letter = parseDeadLetter(body)
  if (letter.ok) return [await toRow(letter.value.message, letter.value.dead, store)]
  const deadAt = new Date(now()).toISOString()
  const moved = parseMessage(body)
  if (!moved.ok) return [toUnreadableRow(body, moved.error.reason, deadAt)]
  // Cloudflare says neither how often it tried nor which target failed.
  const { targets = [EVERY_TARGET], attempts = 0 } = moved.value
  const dead = { reason: 'retries_exhausted', attempts, at: deadAt }
  return Promise.all(targets.map((target) => toRow(moved.value, { ...dead, target }, store)))
}

/** With the event itself, if KV still has it: a reference in the ledger would outlive it. */
async function toRow(
  message: QueueMessage,
  { target, reason, attempts, at }: DeadLetter['dead'],
  store: TextStore,
): Promise<DeadDelivery> {
  const resolved = await resolveMessage(message, store)
  const whole = JSON.stringify(resolved.ok ? resolved.value : message)
  // In the statement the text is a JSON string, its quotes escaped.
  const isTooLarge = utf8Bytes(JSON.stringify(whole)) > MAX_MESSAGE_BYTES
  return {
    eventId: toEventId(message),
    target,
    kind: resolved.ok ? resolved.value.event.kind : null,
    reason,
    attempts,
    deadAt: at,
    message: isTooLarge ? JSON.stringify(message) : whole,
  }
}

/** No event id can be known: the body's hash stands for it, so that a repetition is the same row. */
function toUnreadableRow(body: unknown, reason: string, deadAt: string): DeadDelivery {
  const message = toRawText(body)
  const hash = createHash('sha256').update(message).digest('hex').slice(0, 32)
  const eventId = `unreadable_${hash}`
  return { eventId, target: EVERY_TARGET, kind: null, reason, attempts: 0, deadAt, message }
}

/** Text as it came; bytes as text when they are UTF-8, else as base64; anything else as JSON. */
function toRawText(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return toTextOrBase64(body)
  try {
    return JSON.stringify(body) ?? String(body)
  } catch {
    // A structured clone can hold what JSON cannot: a cycle, a bigint.
    return String(body)
  }
}

function toTextOrBase64(body: ArrayBuffer | ArrayBufferView): string {
  const bytes = ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.from(body)
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('base64')
}
