/** Made-up ledgers, and a list of events made from them without SQL: what the real one is compared with. */
import { toKindMatcher } from '../../../src/config/targets.ts'
import type { DeliveryStatus } from '../../../src/ledger/ledger.ts'
import type { EventFilter, Outcome } from '../../../src/ledger/reads/types.ts'
import { insertRows, NOW, storeMessages, toDeliveryRow, toEventRow } from '../harness.ts'

/** Numbers from 0 to below n, the same ones for the same seed (Park and Miller's generator). */
export type Pick = (n: number) => number

export function createPick(seed: number): Pick {
  let state = seed
  return (n) => {
    state = (state * 48_271) % 2_147_483_647
    return state % n
  }
}

/** All of one length, as ids are: none is the beginning of another. */
export const toId = (n: number): string => `evt_${String(n).padStart(6, '0')}`

export interface ModelRow {
  seq: number
  eventId: string
  replay: string | null
  owner: string
  receivedAt: number
  recordedAt: number
  kind: string | null
  source: string | null
  account: string | null
  subject: string | null
  thread: string | null
  from: string | null
  to: string | null
  targets: string[]
  deliveries: { target: string; status: DeliveryStatus; attempts: number }[]
  /** What Twilio sent; null: no payload. */
  data: Record<string, unknown> | null
}

const KINDS = ['messaging.inbound', 'messaging.status', 'voice.inbound', 'switchboard.test', null]
const TARGETS = ['crm', 'erp', 'crm-2']
const STATUSES: DeliveryStatus[] = ['delivered', 'delivered', 'delivered', 'dead', 'waiting']
export const NUMBERS = ['+15005550001', '+15005550002', '+15005551003', 'client:ann', null]
export const TEXTS = ['Hello "you"', 'LINE\nTWO', 'größe', 'back\\slash', '100%_', '<b>', 'utf-8']

const at = <T>(pick: Pick, list: readonly T[]): T => {
  const value = list[pick(list.length)]
  if (value === undefined) throw new Error('an empty list')
  return value
}

/** Events in all states, some with replays, with gaps as wide as a page's look. */
export function makeRows(pick: Pick, count: number): ModelRow[] {
  const rows: ModelRow[] = []
  let seq = 0
  let recordedAt = NOW - count * 60_000
  const next = (row: Omit<ModelRow, 'seq' | 'recordedAt'>) => {
    seq += pick(20) === 0 ? 1 + pick(40_000) : 1
    recordedAt += pick(120_000)
    rows.push({ ...row, seq, recordedAt })
  }
  for (let n = 0; n < count; n += 1) {
    const made = at(pick, [0, 0, 0, 1]) === 0 ? null : at(pick, rows.length > 0 ? rows : [null])
    if (made && made.replay === null) next(toReplay(pick, made, n))
    else next(toEvent(pick, n, recordedAt - pick(240_000)))
  }
  return rows
}

function toEvent(pick: Pick, n: number, receivedAt: number): Omit<ModelRow, 'seq' | 'recordedAt'> {
  const kind = at(pick, KINDS)
  const targets = kind === null ? ['*'] : TARGETS.filter(() => pick(2) === 0)
  return {
    eventId: toId(n),
    replay: null,
    owner: kind === null ? '' : 'message',
    receivedAt,
    kind,
    source: kind === null ? null : at(pick, ['/endpoints/sms', '/endpoints/voice', 'AC1.stream']),
    account: at(pick, ['AC1', 'AC2', null]),
    subject: at(pick, ['SM1', 'CA1', `RE${n}`, null]),
    thread: at(pick, ['CA1', 'CA2', null]),
    from: at(pick, NUMBERS),
    to: at(pick, NUMBERS),
    targets,
    deliveries: kind === null ? [toDead('*')] : toDeliveries(pick, targets),
    data: pick(10) === 0 ? null : { body: at(pick, TEXTS), params: { Body: at(pick, TEXTS) } },
  }
}

function toReplay(pick: Pick, of: ModelRow, n: number): Omit<ModelRow, 'seq' | 'recordedAt'> {
  const targets = TARGETS.filter(() => pick(2) === 0)
  const owner = at(pick, ['message', ''])
  const deliveries = toDeliveries(pick, targets)
  return { ...of, replay: `rpl_${n}`, owner, targets, deliveries, data: null }
}

const toDead = (target: string) => ({ target, status: 'dead' as const, attempts: 0 })

/** Not for each target: what was just claimed has none yet. */
function toDeliveries(pick: Pick, targets: readonly string[]): ModelRow['deliveries'] {
  return targets
    .filter(() => pick(8) > 0)
    .map((target) => ({ target, status: at(pick, STATUSES), attempts: pick(3) }))
}

const isClean = ({ status, attempts }: ModelRow['deliveries'][number]) =>
  status === 'delivered' && attempts === 1

function toSettled({ deliveries, recordedAt }: ModelRow): string | null {
  const attempt = { at: recordedAt, durationMs: 9, status: 200, verdict: 'delivered' }
  const clean = deliveries.filter(isClean).map(({ target }) => [target, attempt] as const)
  return clean.length === 0 ? null : JSON.stringify(Object.fromEntries(clean))
}

export async function insertModel(rows: readonly ModelRow[]): Promise<void> {
  const toClaim = ({ eventId, replay }: ModelRow) =>
    replay === null ? eventId : `${eventId}~${replay}`
  const events = rows.map((row) => {
    const { seq, eventId, replay, owner, kind, source, account, subject, thread } = row
    const both = { replay, owner, kind, source, account, subject, thread }
    return toEventRow(seq, {
      ...both,
      claim: toClaim(row),
      event_id: eventId,
      received_at: row.receivedAt,
      recorded_at: row.recordedAt,
      targets: JSON.stringify(row.targets),
      from_address: row.from,
      to_address: row.to,
      settled: toSettled(row),
    })
  })
  await insertRows('events', events)
  const deliveries = rows.flatMap(({ seq, deliveries: all }) =>
    all
      .filter((one) => !isClean(one))
      .map(({ target, status, attempts }) =>
        toDeliveryRow(seq, target, {
          status,
          attempts,
          next_at: status === 'waiting' ? NOW : null,
        }),
      ),
  )
  await insertRows('deliveries', deliveries)
  const payloads = rows.flatMap(({ seq, data }) =>
    data === null
      ? []
      : [
          {
            seq,
            message: JSON.stringify({ v: 1, event: { data }, request: { encoding: 'utf-8' } }),
          },
        ],
  )
  await storeMessages(payloads)
}

export interface ModelTarget {
  target: string
  status: DeliveryStatus
  attempts: number
}

const BEST: DeliveryStatus[] = ['delivered', 'dead', 'waiting']

function toTargets(rows: readonly ModelRow[], eventId: string): ModelTarget[] {
  const parts = rows.filter((row) => row.eventId === eventId)
  const isKnown = parts.some(
    ({ replay, owner, targets }) => replay !== null && owner !== '' && targets.length > 0,
  )
  const names = new Set(parts.flatMap(({ targets }) => targets))
  return [...names]
    .filter((target) => target !== '*' || !isKnown)
    .toSorted()
    .map((target) => {
      const all = parts.flatMap(({ deliveries }) =>
        deliveries.filter((one) => one.target === target),
      )
      const status = BEST.find((best) => all.some((one) => one.status === best)) ?? 'waiting'
      return { target, status, attempts: all.reduce((sum, one) => sum + one.attempts, 0) }
    })
}

function toOutcome(targets: readonly ModelTarget[]): Outcome {
  if (targets.length === 0) return 'unmatched'
  if (targets.some(({ status }) => status === 'dead')) return 'dead'
  return targets.some(({ status }) => status === 'waiting') ? 'waiting' : 'delivered'
}

const lower = (text: string) => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())

function hasText(data: ModelRow['data'], text: string): boolean {
  const wanted = lower(JSON.stringify(text).slice(1, -1))
  return data !== null && lower(JSON.stringify(data)).includes(wanted)
}

export interface ModelEvent {
  seq: number
  outcome: Outcome
  deliveries: ModelTarget[]
  replays: number
}

/** Oldest first. */
export function listModel(rows: readonly ModelRow[], filter: EventFilter): ModelEvent[] {
  return rows
    .filter(({ replay }) => replay === null)
    .filter((row) => matches(row, filter))
    .map(({ seq, eventId }) => {
      const deliveries = toTargets(rows, eventId)
      const replays = rows.filter((row) => row.eventId === eventId && row.replay !== null).length
      return { seq, deliveries, outcome: toOutcome(deliveries), replays }
    })
    .filter(({ deliveries, outcome }) => {
      if (filter.target === undefined) {
        return filter.outcome === undefined || outcome === filter.outcome
      }
      const mine = deliveries.find(({ target }) => target === filter.target)
      return mine !== undefined && (filter.outcome ?? mine.status) === mine.status
    })
}

function matches(row: ModelRow, filter: EventFilter): boolean {
  const { numbers, numberPrefix, sid, kind } = filter
  const addresses = [row.from, row.to]
  const isWanted = kind === undefined ? () => true : toKindMatcher(kind)
  return (
    (filter.endpoint === undefined || row.source === `/endpoints/${filter.endpoint}`) &&
    (filter.account === undefined || row.account === filter.account) &&
    (kind === undefined || (row.kind !== null && isWanted(row.kind))) &&
    (filter.from === undefined || row.receivedAt >= filter.from) &&
    (filter.before === undefined || row.receivedAt < filter.before) &&
    (numbers === undefined || numbers.some((number) => addresses.includes(number))) &&
    (numberPrefix === undefined ||
      addresses.some((address) => address?.startsWith(numberPrefix) === true)) &&
    (sid === undefined || [row.subject, row.thread, row.eventId].includes(sid)) &&
    (filter.text === undefined || hasText(row.data, filter.text))
  )
}
