/**
 * From what the queue handed out to whole messages: bodies parsed, references looked up.
 *
 * What Twilio was told is apart: it is no event.
 *
 * Promises: each message that does not come out of here whole has been told what becomes of it. A body
 * that nobody can read goes to the dead-letter queue, raw, and so does a reference to nothing; what KV
 * or the ledger cannot give now is asked for again later.
 */
import {
  LARGE_EVENT_PREFIX,
  LEDGER_PREFIX,
  type AnswerMessage,
  type EventMessage,
  type QueueMessage,
  type ReferenceMessage,
} from '../events/message.ts'
import { parseMessage, parseQueued } from '../events/parse-message.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { toFault, type Log } from '../log.ts'
import { err, ok, type Result } from '../result.ts'
import { bury, type BuryDeps } from './bury.ts'
import { resolveMessage, toEventId, type ReferenceProblem } from './large-events.ts'
import { postpone } from './postpone.ts'

export interface ResolveDeps extends BuryDeps {
  ledger: Pick<Ledger, 'payloads'>
  /** Puts a body into the dead-letter queue as it is. Rejects when the queue refuses. */
  buryUnreadable: (body: unknown) => Promise<unknown>
  log: Log
}

export interface Work {
  handed: Message
  /** As it travelled: a reference stays one. */
  packed: QueueMessage
  message: EventMessage
}

/** Not handed out before, and no message in place of another. */
export const isFirst = ({ handed, packed }: Work): boolean =>
  handed.attempts === 1 && packed.owner === undefined && packed.replay === undefined

/** A message that tells what Twilio got back. */
export interface HandedAnswer {
  handed: Message
  answer: AnswerMessage
}

export interface ResolvedBatch {
  works: Work[]
  answers: HandedAnswer[]
}

/** The ledger has forgotten it, or never knew it. */
interface Gone {
  reason: 'event_gone'
}

/** Ten hand-outs are almost three hours; KV converges in minutes. */
const MAX_REFERENCE_HANDOUTS = 10

export async function resolveBatch(
  messages: readonly Message[],
  deps: ResolveDeps,
): Promise<ResolvedBatch> {
  const parsed = await Promise.all(messages.map((handed) => parseOne(handed, deps)))
  const readable = parsed.flatMap((one) => (one !== null && 'packed' in one ? [one] : []))
  const answers = parsed.flatMap((one) => (one !== null && 'answer' in one ? [one] : []))
  const replayed = readable.filter(({ packed }) => isInLedger(packed))
  const payloads = await readLedger(replayed, deps)
  const resolved = await Promise.all(readable.map((one) => resolveOne(one, payloads, deps)))
  return { works: resolved.filter((one) => one !== null), answers }
}

type Parsed = Omit<Work, 'message'>

async function parseOne(handed: Message, deps: ResolveDeps): Promise<Parsed | HandedAnswer | null> {
  const parsed = parseQueued(handed.body)
  if (parsed.ok) {
    const { value } = parsed
    return 'answered' in value ? { handed, answer: value } : { handed, packed: value }
  }
  try {
    await deps.buryUnreadable(handed.body)
    handed.ack()
    deps.log({ event: 'message.unreadable', message: handed.id, reason: parsed.error.reason })
  } catch (error) {
    deps.log({ event: 'queue.refused', queue: 'dead', message: handed.id, ...toFault(error) })
    postpone(handed)
  }
  return null
}

function isInLedger(packed: QueueMessage): packed is ReferenceMessage {
  return 'ref' in packed && packed.ref.startsWith(LEDGER_PREFIX)
}

/** Null when the ledger does not answer. */
async function readLedger(
  replayed: readonly Parsed[],
  { ledger, log }: ResolveDeps,
): Promise<Map<string, string> | null> {
  if (replayed.length === 0) return new Map()
  try {
    return await ledger.payloads(replayed.map(({ packed }) => toEventId(packed)))
  } catch (error) {
    log({ event: 'ledger.refused', messages: replayed.length, ...toFault(error) })
    return null
  }
}

async function resolveOne(
  { handed, packed }: Parsed,
  payloads: Map<string, string> | null,
  deps: ResolveDeps,
): Promise<Work | null> {
  try {
    const resolved = isInLedger(packed)
      ? await resolveReplay(packed, payloads, deps)
      : await resolveMessage(packed, deps.store)
    if (resolved.ok) return { handed, packed, message: resolved.value }
    await settleMissing({ handed, packed }, resolved.error, deps)
  } catch (error) {
    deps.log({ event: 'message.failed', message: handed.id, ...toFault(error) })
    postpone(handed)
  }
  return null
}

/**
 * From the ledger; what it has not, or not with its secrets, from KV, as long as that has it. The ledger
 * is consistent: what is missing there will not come.
 */
async function resolveReplay(
  packed: ReferenceMessage,
  payloads: Map<string, string> | null,
  { store }: ResolveDeps,
): Promise<Result<EventMessage, ReferenceProblem | Gone>> {
  if (!payloads) throw new Error('the ledger does not answer')
  const id = toEventId(packed)
  const text = payloads.get(id)
  if (text === undefined) return err({ reason: 'event_gone' })
  const stored = parseMessage(text)
  const isWhole = stored.ok && 'event' in stored.value && stored.value.redacted === undefined
  if (!isWhole) return resolveMessage({ ...packed, ref: LARGE_EVENT_PREFIX + id }, store)
  const { ref: _, ...owed } = packed
  const { event, request, reply } = stored.value
  return ok({ ...owed, event, request, ...(reply && { reply }) })
}

async function settleMissing(
  { handed, packed }: Parsed,
  { reason }: ReferenceProblem | Gone,
  deps: ResolveDeps,
): Promise<void> {
  const mayStillCome = reason === 'reference_missing' && handed.attempts < MAX_REFERENCE_HANDOUTS
  const isSettled = !mayStillCome && (await bury(packed, reason, deps))
  if (isSettled) handed.ack()
  else postpone(handed)
}
