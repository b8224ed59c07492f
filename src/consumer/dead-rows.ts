/**
 * What came out of the dead-letter queue as a row of the ledger: a dead letter of this Worker or of an
 * older version, a message that Cloudflare moved there itself, or a body that nobody can read.
 *
 * Promises: whatever it is, there is a row for it, the same one each time it comes; what the config
 * redacts is not in it, and waits in KV for a replay, as long as a large event does.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { utf8Bytes } from '../events/batches.ts'
import {
  LARGE_EVENT_PREFIX,
  MESSAGE_VERSION,
  type DeadLetter,
  type EventMessage,
  type QueueMessage,
} from '../events/message.ts'
import { parseDeadLetter, parseMessage } from '../events/parse-message.ts'
import { MAX_BOUND_BYTES } from '../ledger/d1.ts'
import type { DeadRow } from '../ledger/dead-letters.ts'
import { toFault, type Log } from '../log.ts'
import { EVERY_TARGET } from './bury.ts'
import { toBare, toClaimId, type Redact } from './claim.ts'
import { describeEvent } from './describe.ts'
import type { Settings } from './settings.ts'
import { resolveMessage, storeText, toEventId, type TextStore } from './large-events.ts'

export interface DeadRowDeps {
  store: TextStore
  /** Rejects when there is no config. */
  loadSettings: () => Promise<Settings>
  redact: Redact
  /** Milliseconds since the epoch. */
  now: () => number
  log: Log
}

export interface DeadEntry {
  row: DeadRow
  /** Null when it cannot be read, or is not there any more. */
  about: EventMessage | null
}

/** Of a row in JSON; leaves room for the rest of the statement. */
const MAX_PAYLOAD_BYTES = MAX_BOUND_BYTES - 100_000

const UNKNOWN = {
  kind: null,
  source: null,
  account: null,
  subject: null,
  from: null,
  to: null,
  thread: null,
  keyName: null,
  receivedAt: null,
}

type Dead = Omit<DeadLetter['dead'], 'target' | 'at'> & { targets: string[] | null; deadAt: number }

/** Rejects when KV fails, or there is no config. */
export async function toDeadEntry(body: unknown, deps: DeadRowDeps): Promise<DeadEntry> {
  const letter = parseDeadLetter(body)
  if (letter.ok) {
    const { target, at, reason, attempts } = letter.value.dead
    const targets = target === EVERY_TARGET ? null : [target]
    const dead = { targets, reason, attempts, deadAt: Date.parse(at) }
    return toReadable(letter.value.message, dead, deps)
  }
  const moved = parseMessage(body)
  if (!moved.ok) return toUnreadable(body, moved.error.reason, deps)
  // Cloudflare says neither how often it tried nor which target failed; the ledger knows.
  const { attempts = 0, targets = null } = moved.value
  const dead = { targets, reason: 'retries_exhausted', attempts, deadAt: deps.now() }
  return toReadable(moved.value, dead, deps)
}

/** With the event itself, if KV still has it: a reference in the ledger would outlive it. */
async function toReadable(
  message: QueueMessage,
  dead: Dead,
  deps: DeadRowDeps,
): Promise<DeadEntry> {
  const { replay = null } = message
  const eventId = toEventId(message)
  const claimed = { claim: toClaimId(message), eventId, replay, ...dead }
  const resolved = await resolveMessage(message, deps.store)
  if (!resolved.ok) {
    return { row: { ...UNKNOWN, ...claimed, payload: JSON.stringify(message) }, about: null }
  }
  const about = resolved.value
  const kept = await toKept(about, deps)
  if (!kept) {
    const payload = JSON.stringify({ v: MESSAGE_VERSION, ref: LARGE_EVENT_PREFIX + eventId })
    return { row: { ...UNKNOWN, kind: about.event.kind, ...claimed, payload }, about }
  }
  const payload = JSON.stringify(kept)
  const { kind } = kept.event
  const receivedAt = Date.parse(about.event.time)
  const described = { kind, receivedAt, ...describeEvent(kept) }
  // In the statement the text is a JSON string, its quotes escaped.
  const isTooLarge = utf8Bytes(JSON.stringify(payload)) > MAX_PAYLOAD_BYTES
  const row = { ...described, ...claimed, payload: isTooLarge ? JSON.stringify(message) : payload }
  return { row, about }
}

/** As the ledger may keep it; null when nobody can say how: then it is in KV and nowhere else. */
async function toKept(
  about: EventMessage,
  { store, loadSettings, redact, log }: DeadRowDeps,
): Promise<EventMessage | null> {
  const { redact: names } = await loadSettings()
  const whole = toBare(about)
  if (names.length === 0) return whole
  await storeText(about.event.id, JSON.stringify(whole), store)
  try {
    return redact(whole, names)
  } catch (error) {
    // It may have been what made it a dead letter; here it would keep it out of the ledger for ever.
    log({ event: 'redact.failed', eventId: about.event.id, ...toFault(error) })
    return null
  }
}

/** No event id can be known: the body's hash stands for it, so that a repetition is the same row. */
async function toUnreadable(
  body: unknown,
  reason: string,
  { store, loadSettings, now }: DeadRowDeps,
): Promise<DeadEntry> {
  const raw = toRawText(body)
  const digest = createHash('sha256').update(raw).digest('hex').slice(0, 32)
  const eventId = `unreadable_${digest}`
  const { redact } = await loadSettings()
  // Nobody can say what in it the config would redact: the ledger only says where it is.
  const isKept = redact.length === 0
  if (!isKept) await storeText(eventId, raw, store)
  const payload = isKept ? raw : JSON.stringify({ ref: LARGE_EVENT_PREFIX + eventId })
  const claimed = { claim: eventId, eventId, replay: null, targets: [EVERY_TARGET] }
  return {
    row: { ...UNKNOWN, ...claimed, reason, attempts: 0, deadAt: now(), payload },
    about: null,
  }
}

/** Text as it came; bytes as text when they are UTF-8, else as base64; anything else as JSON. */
function toRawText(body: unknown): string {
  // SQLite would take half a surrogate pair, and give out something else.
  if (typeof body === 'string') return body.toWellFormed()
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
