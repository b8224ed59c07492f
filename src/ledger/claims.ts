/**
 * Claims: which message works on which event (migrations/0002 to 0004, table events).
 *
 * One statement decides: it inserts what is new, and takes over what the same message claimed before
 * when that lease has run out. Everything else is left as it is, and what is there is read afterwards
 * in the same transaction.
 */
import { toBatches, utf8Bytes } from '../events/batches.ts'
import { LARGE_EVENT_PREFIX, MESSAGE_VERSION } from '../events/message.ts'
import type { Claim, ClaimRequest, Claims, RecordedDelivery } from './ledger.ts'
import { MAX_BOUND_BYTES, toNames, toRows } from './d1.ts'
import { packMessage, toStoredSql } from './message-text.ts'
import { toSettledDeliveries } from './settled.ts'

// A row whose owner is '' came from the dead-letter queue before the event itself. What stood in for
// the event then goes: a death for all whom nobody had asked for yet, and (in CLAIM) its message, perhaps
// a mere reference.
const REVIVE = `
  DELETE FROM deliveries WHERE target = '*' AND seq IN (
    SELECT events.seq
    FROM json_each(?1) AS wanted
    JOIN events ON events.claim = wanted.value
    WHERE events.owner = '')`

// D1 takes 100 bound parameters a statement: the rows go in one, as JSON. `WHERE true` keeps SQLite
// from reading ON CONFLICT as the ON of a join (https://sqlite.org/lang_upsert.html, §2.2).
const CLAIM = `
  INSERT INTO events (claim, event_id, replay, owner, lease_until, received_at, recorded_at,
                      kind, source, account, subject, targets, from_address, to_address, thread,
                      took_ms, key_name, message)
  SELECT value ->> 'claim', value ->> 'eventId', value ->> 'replay', value ->> 'owner', ?2,
         value ->> 'receivedAt', ?3, value ->> 'kind', value ->> 'source', value ->> 'account',
         value ->> 'subject', value ->> 'targets', value ->> 'from', value ->> 'to',
         value ->> 'thread', value ->> 'tookMs', value ->> 'keyName', ${toStoredSql('value')}
  FROM json_each(?1)
  WHERE true
  ON CONFLICT (claim) DO UPDATE SET
    targets = CASE events.owner WHEN '' THEN excluded.targets ELSE events.targets END,
    received_at = CASE events.owner WHEN '' THEN excluded.received_at ELSE events.received_at END,
    kind = coalesce(events.kind, excluded.kind),
    source = coalesce(events.source, excluded.source),
    account = coalesce(events.account, excluded.account),
    subject = coalesce(events.subject, excluded.subject),
    from_address = coalesce(events.from_address, excluded.from_address),
    to_address = coalesce(events.to_address, excluded.to_address),
    thread = coalesce(events.thread, excluded.thread),
    took_ms = coalesce(events.took_ms, excluded.took_ms),
    key_name = coalesce(events.key_name, excluded.key_name),
    message = CASE events.owner
      WHEN '' THEN excluded.message
      ELSE coalesce(events.message, excluded.message) END,
    owner = excluded.owner,
    lease_until = excluded.lease_until
  WHERE events.owner IN (excluded.owner, '') AND events.lease_until <= ?3
  RETURNING seq`

// By place, not by text: what comes out of SQLite need not be the text that went in.
const READ = `
  SELECT wanted.key AS place, events.seq, events.owner, events.lease_until AS leaseUntil,
         events.targets, events.settled, deliveries.target, deliveries.status, deliveries.attempts,
         deliveries.next_at AS nextAt, deliveries.reason
  FROM json_each(?1) AS wanted
  JOIN events ON events.claim = wanted.value
  LEFT JOIN deliveries ON deliveries.seq = events.seq`

const PAUSED = 'SELECT name FROM paused_targets'

interface Row extends Omit<RecordedDelivery, 'target'> {
  place: number
  seq: number
  owner: string
  leaseUntil: number
  targets: string
  settled: string | null
  target: string | null
}

/**
 * @param requests at most one for each claim and owner; of several for a new claim the first one wins
 * @param leaseUntil milliseconds since the epoch, as `now`
 */
export async function claimEvents(
  db: D1Database,
  requests: readonly ClaimRequest[],
  now: number,
  leaseUntil: number,
): Promise<Claims> {
  const wanted = JSON.stringify(requests.map(({ claim }) => claim))
  const results = await db.batch([
    db.prepare(REVIVE).bind(wanted),
    ...toRowTexts(requests).map((text) => db.prepare(CLAIM).bind(text, leaseUntil, now)),
    db.prepare(READ).bind(wanted),
    db.prepare(PAUSED),
  ])
  const claimed = results.slice(1, -2).flatMap(toRows<{ seq: number }>)
  const [read, paused] = results.slice(-2)
  const ours = new Set(claimed.map(({ seq }) => seq))
  const rows = Map.groupBy(toRows<Row>(read), ({ place }) => place)
  return {
    claims: requests.map(({ owner }, place) => toClaim(rows.get(place) ?? [], owner, ours)),
    paused: new Set(toRows<{ name: string }>(paused).map(({ name }) => name)),
  }
}

/** JSON arrays, each within what D1 takes. */
function toRowTexts(requests: readonly ClaimRequest[]): string[] {
  const batches = toBatches(
    requests.map(toRowText),
    { count: 1_000, bytes: MAX_BOUND_BYTES },
    (text) => text,
  )
  return batches.map((texts) => `[${texts.join(',')}]`)
}

function toRowText({ payload, ...request }: ClaimRequest): string {
  const text = JSON.stringify({ ...request, ...(payload !== null && packMessage(payload)) })
  if (utf8Bytes(text) <= MAX_BOUND_BYTES) return text
  // What no row can hold was too large for the queue as well, and is in KV.
  const reference = { v: MESSAGE_VERSION, ref: LARGE_EVENT_PREFIX + request.eventId }
  return JSON.stringify({ ...request, text: JSON.stringify(reference) })
}

function toClaim(rows: readonly Row[], owner: string, ours: ReadonlySet<number>): Claim {
  const [first] = rows
  if (!first) throw new Error('a claimed event is not there')
  if (first.owner !== owner) return { state: 'copy' }
  if (!ours.has(first.seq)) return { state: 'leased', until: first.leaseUntil }
  const deliveries = rows.flatMap(({ target, status, attempts, nextAt, reason }) =>
    target === null ? [] : [{ target, status, attempts, nextAt, reason }],
  )
  const settled = toSettledDeliveries(first.settled).map((clean) => {
    const { attempt: _, ...delivery } = clean
    return delivery
  })
  const { seq, targets } = first
  return { state: 'ours', seq, targets: toNames(targets), deliveries: [...settled, ...deliveries] }
}
