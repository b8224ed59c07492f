/**
 * Tells the ledger what an app behind `origin` answered: in messages of their own, since the event was
 * on its way before the answer was known. Behind Twilio's answer, and only once the event is stored.
 *
 * Weak: it is told once. When the queue refuses, or the isolate dies before, the record of the event
 * does not say what Twilio got back; the event itself is not touched by that.
 */
import { isOverBytes, QUEUE_BATCH, toBatches } from '../events/batches.ts'
import {
  MAX_MESSAGE_BYTES,
  MESSAGE_VERSION,
  type AnswerMessage,
  type Answered,
  type EventMessage,
} from '../events/message.ts'
import { toAnswer } from './messages.ts'
import type { QueueOf } from './publish.ts'
import type { Reply } from './response.ts'

export interface AnswerReport {
  /** The events of one request. */
  messages: readonly EventMessage[]
  reply: Reply
  /** When the answer left, milliseconds since the epoch. */
  at: number
  tookMs: number
}

/** Rejects when a queue refuses, once the others have theirs. */
export type ReportAnswer = (report: AnswerReport) => Promise<void>

export function createReportAnswer(queueOf: QueueOf): ReportAnswer {
  return async function reportAnswer({ messages, reply, at, tookMs }) {
    const answer = toAnswer(reply, MAX_MESSAGE_BYTES)
    const byQueue = Map.groupBy(messages, ({ event }) => queueOf(event.id))
    const sending = [...byQueue].map(async ([queue, own]) => {
      const bodies = own.map(({ event }) => toText({ eventId: event.id, at, tookMs, answer }))
      for (const batch of toBatches(bodies, QUEUE_BATCH, (body) => body)) {
        await queue.sendBatch(batch.map((body) => ({ body, contentType: 'text' })))
      }
    })
    // Behind Twilio's answer: what a rejection would leave running might not be run to its end.
    const settled = await Promise.allSettled(sending)
    const refused = settled.find(({ status }) => status === 'rejected')
    if (refused?.status === 'rejected') throw refused.reason
  }
}

/** As JSON a body may have several times its size. */
function toText(answered: Answered): string {
  const text = JSON.stringify({ v: MESSAGE_VERSION, answered } satisfies AnswerMessage)
  if (!isOverBytes(text, MAX_MESSAGE_BYTES)) return text
  return toText({ ...answered, answer: { ...answered.answer, body: null } })
}
