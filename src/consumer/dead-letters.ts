/**
 * The dead-letter queue: everything that arrives in it is recorded in the ledger, whole.
 *
 * Promises: a message is acknowledged only once it is in the ledger; recorded twice, it is one row; one
 * that cannot be recorded waits alone. What an app answered is no event: it is dropped, and said so.
 */
import { toBatches, type BatchLimits } from '../events/batches.ts'
import { parseQueued } from '../events/parse-message.ts'
import { MAX_BOUND_BYTES } from '../ledger/d1.ts'
import type { DeadRows } from '../ledger/dead-letters.ts'
import { toFault } from '../log.ts'
import type { Alerts } from './alerts.ts'
import { EVERY_TARGET } from './bury.ts'
import { toDeadEntry, type DeadEntry, type DeadRowDeps } from './dead-rows.ts'
import { postpone } from './postpone.ts'

export interface DeadLetterDeps extends DeadRowDeps {
  rows: DeadRows
  alerts: Alerts
}

interface Entry extends DeadEntry {
  message: Message
}

/** Brackets and commas included. */
const RECORD_BATCH: BatchLimits = { count: 100, bytes: MAX_BOUND_BYTES }

export async function recordDeadLetters(batch: MessageBatch, deps: DeadLetterDeps): Promise<void> {
  const prepared = await Promise.all(batch.messages.map((message) => toEntry(message, deps)))
  const entries = prepared.filter((entry) => entry !== null)
  // What failed before goes by itself: a row that D1 refuses must not keep the others out for ever.
  const fresh = entries.filter(({ message }) => message.attempts === 1)
  const repeated = entries.filter(({ message }) => message.attempts > 1)
  for (const group of toBatches(fresh, RECORD_BATCH, ({ row }) => `${JSON.stringify(row)},`)) {
    await recordEntries(group, deps)
  }
  for (const entry of repeated) await recordEntries([entry], deps)
}

async function recordEntries(group: readonly Entry[], deps: DeadLetterDeps): Promise<void> {
  try {
    await deps.rows.record(group.map(({ row }) => row))
  } catch (error) {
    deps.log({ event: 'ledger.refused', messages: group.length, ...toFault(error) })
    for (const { message } of group) postpone(message)
    return
  }
  for (const { message, row, about } of group) {
    message.ack()
    const { eventId, kind, reason, attempts, targets } = row
    deps.log({ event: 'delivery.dead', eventId, targets, kind, reason, attempts })
    const [first = EVERY_TARGET, ...others] = targets ?? []
    const target = first === EVERY_TARGET || others.length > 0 ? null : first
    const data = { eventId, kind, reason, attempts }
    await deps.alerts.raise({ kind: 'switchboard.delivery.dead', target, data }, about ?? undefined)
  }
}

/** Null when it is no event, or the message has to wait because KV or the config fails. */
async function toEntry(message: Message, deps: DeadLetterDeps): Promise<Entry | null> {
  const parsed = parseQueued(message.body)
  if (parsed.ok && 'answered' in parsed.value) {
    message.ack()
    deps.log({ event: 'answer.dropped', eventId: parsed.value.answered.eventId })
    return null
  }
  try {
    return { message, ...(await toDeadEntry(message.body, deps)) }
  } catch (error) {
    deps.log({ event: 'message.failed', message: message.id, ...toFault(error) })
    postpone(message)
    return null
  }
}
