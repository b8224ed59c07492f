/**
 * One event whole: what Twilio sent, what it got back, and each delivery of the event and of its replays
 * with all attempts. Two round trips to D1 and at most one look into KV, whatever the event.
 */
import { parseMessage } from '../../events/parse-message.ts'
import type { EventMessage } from '../../events/message.ts'
import { bounded, toNames, toRows } from '../d1.ts'
import type { AttemptRecord } from '../ledger.ts'
import { toReadableSql, toText } from '../message-text.ts'
import { toSettledDeliveries, type SettledDelivery } from '../settled.ts'
import { readPayloads } from '../payloads.ts'
import { EVENT_COLUMNS, hasEvent, toEventRow, toParts, type RawEvent } from './outcome.ts'
import type {
  AttemptRow,
  DeliveryDetail,
  EventDetail,
  EventRun,
  OriginAnswer,
  StoredMessage,
} from './types.ts'

/** KV, where what is too large for the ledger is. Rejects when KV fails. */
export interface LargeEvents {
  get(key: string): Promise<string | null>
}

// The event as it came; of one that only parts brought (messages of an older version), the first of them.
const EVENT = `
  SELECT ${EVENT_COLUMNS} FROM events AS e
  WHERE e.seq = (SELECT min(part.seq) FROM events AS part
    WHERE ${toParts('?1')} AND part.replay IS NULL)`

// Replays run an event again, and a text message is never stored twice: only what came itself has one.
const MESSAGE = `
  SELECT ${toReadableSql('part.message')} AS message FROM events AS part
  WHERE ${toParts('?1')} AND part.replay IS NULL AND part.message IS NOT NULL
  ORDER BY part.claim LIMIT 1`

const RUNS = `
  SELECT part.seq, part.replay, part.recorded_at AS recordedAt, part.targets,
         part.settled
  FROM events AS part WHERE ${toParts('?1')} ORDER BY part.seq`

const DELIVERIES = `
  SELECT deliveries.seq, deliveries.target, deliveries.status, deliveries.attempts,
         deliveries.next_at AS nextAt, deliveries.reason, deliveries.updated_at AS updatedAt,
         deliveries.history
  FROM events AS part JOIN deliveries ON deliveries.seq = part.seq
  WHERE ${toParts('?1')} ORDER BY deliveries.seq, deliveries.target`

const ANSWER = 'SELECT at, took_ms AS tookMs, answer FROM replies WHERE event_id = ?1'

interface RawRun extends Omit<EventRun, 'targets' | 'deliveries'> {
  /** JSON. */
  targets: string
  settled: string | null
}

interface RawDelivery extends Omit<DeliveryDetail, 'history'> {
  seq: number
  /** JSON. */
  history: string
}

/** Null: the ledger does not have it. Rejects when D1 or KV fails. */
export async function readEvent(
  db: D1Database,
  large: LargeEvents,
  eventId: string,
): Promise<EventDetail | null> {
  if (!(await hasEvent(db, eventId))) return null
  const results = await bounded(
    db.batch(
      [EVENT, MESSAGE, RUNS, DELIVERIES, ANSWER].map((sql) => db.prepare(sql).bind(eventId)),
    ),
  )
  const [event] = toRows<RawEvent>(results[0])
  if (!event) return null
  const deliveries = toRows<RawDelivery>(results[3])
  return {
    event: toEventRow(event),
    stored: await toStored(toOwnText(toRows<{ message: string }>(results[1])[0]), large),
    originAnswer: toRows<OriginAnswer>(results[4])[0] ?? null,
    runs: toRows<RawRun>(results[2]).map((run) => toRun(run, deliveries)),
  }
}

/** The stored message alone; null: the ledger does not have the event. Rejects when D1 or KV fails. */
export async function readStored(
  db: D1Database,
  large: LargeEvents,
  eventId: string,
): Promise<StoredMessage | null> {
  if (!(await hasEvent(db, eventId))) return null
  const found = await bounded(db.prepare(MESSAGE).bind(eventId).first<{ message: string }>())
  return toStored(toOwnText(found), large)
}

/** As readStored, for some at once: one statement. In their order; what is gone is `gone`. */
export async function readStoredTogether(
  db: D1Database,
  large: LargeEvents,
  eventIds: readonly string[],
): Promise<StoredMessage[]> {
  const texts = await bounded(readPayloads(db, eventIds))
  return Promise.all(eventIds.map((id) => toStored(texts.get(id) ?? null, large)))
}

const toOwnText = (row: { message: string } | null | undefined) =>
  row ? toText(row.message) : null

/** @param text as the ledger has it; null: not at all. Rejects when KV fails. */
async function toStored(text: string | null, large: LargeEvents): Promise<StoredMessage> {
  if (text === null) return { state: 'gone' }
  const parsed = parseMessage(text)
  if (!parsed.ok) return { state: 'unreadable', text }
  if ('event' in parsed.value) return toReadable(parsed.value)
  const whole = await large.get(parsed.value.ref)
  if (whole === null) return { state: 'gone' }
  const found = parseMessage(whole)
  if (!found.ok || !('event' in found.value)) return { state: 'unreadable', text: whole }
  return toReadable(found.value)
}

const toReadable = (message: EventMessage): StoredMessage => ({
  state: message.redacted === undefined ? 'whole' : 'redacted',
  message,
})

function toRun({ targets, settled, ...run }: RawRun, deliveries: readonly RawDelivery[]): EventRun {
  const recorded = deliveries.filter(({ seq }) => seq === run.seq).map(toDelivery)
  const all = [...recorded, ...toSettledDeliveries(settled).map(toClean)]
  return {
    ...run,
    targets: toNames(targets),
    deliveries: all.toSorted((a, b) => (a.target < b.target ? -1 : 1)),
  }
}

function toClean({ attempt, ...delivery }: SettledDelivery): DeliveryDetail {
  const updatedAt = attempt.at + attempt.durationMs
  return { ...delivery, updatedAt, history: [{ ...attempt, number: 1 }] }
}

function toDelivery(raw: RawDelivery): DeliveryDetail {
  const { target, status, attempts, nextAt, reason, updatedAt, history } = raw
  return { target, status, attempts, nextAt, reason, updatedAt, history: toAttempts(history) }
}

/** As records.ts writes them. */
function toAttempts(history: string): AttemptRow[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the ledger's own column
  const attempts = JSON.parse(history) as AttemptRecord[]
  return attempts.map((attempt, index) => ({ ...attempt, number: index + 1 }))
}
