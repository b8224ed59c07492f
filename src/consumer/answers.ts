/**
 * Records what apps behind `origin` answered: one call of the ledger for all of a batch.
 *
 * Promises: never rejects; a message is acknowledged only once its answer is in the ledger; recorded
 * twice it is recorded once. With a config that redacts anything, no body is kept: nobody can tell here
 * which of an app's words repeat what has to go.
 */
import { isOverBytes } from '../events/batches.ts'
import type { Answer } from '../events/message.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { toFault, type Log } from '../log.ts'
import { postpone } from './postpone.ts'
import type { HandedAnswer } from './resolve.ts'
import type { Settings } from './settings.ts'

export interface AnswerDeps {
  ledger: Pick<Ledger, 'answer'>
  log: Log
}

/** More than the gateway takes from an app; a queue is written by whoever holds the binding. */
const MAX_BODY_BYTES = 100_000

export async function recordAnswers(
  answers: readonly HandedAnswer[],
  settings: Pick<Settings, 'redact'>,
  { ledger, log }: AnswerDeps,
): Promise<void> {
  if (answers.length === 0) return
  const rows = answers.map(({ answer: { answered } }) => {
    const { eventId, at, tookMs, answer } = answered
    return { eventId, at, tookMs, answer: toKept(answer, settings) }
  })
  try {
    await ledger.answer(rows)
    for (const { handed } of answers) handed.ack()
  } catch (error) {
    log({ event: 'ledger.refused', messages: answers.length, ...toFault(error) })
    for (const { handed } of answers) postpone(handed)
  }
}

function toKept(
  { status, contentType, body, from }: Answer,
  { redact }: Pick<Settings, 'redact'>,
): Answer {
  const isKept = body !== null && redact.length === 0 && !isOverBytes(body, MAX_BODY_BYTES)
  return { status, contentType, body: isKept ? body : null, from }
}
