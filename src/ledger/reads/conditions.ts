/**
 * A filter of events as conditions of SQL on the row `e`, the cheap ones first, and what it costs.
 *
 * No LIKE and no GLOB: D1 takes patterns of 50 bytes at most
 * (https://developers.cloudflare.com/d1/platform/limits/).
 */
import { toKindMatcher } from '../../config/targets.ts'
import { OWN_KIND_NAMES } from '../../events/own-kinds.ts'
import { KIND_NAMES } from '../../twilio/kinds.ts'
import { OUTCOME, TARGET_OUTCOME, toEndpointSource, toParts } from './outcome.ts'
import type { EventFilter } from './types.ts'

/** What it takes to look at one event: its row, some look-ups in other tables, all that Twilio sent. */
export type Cost = 'row' | 'lookups' | 'message'

export interface Condition {
  sql: string
  values: (string | number)[]
  cost: Exclude<Cost, 'message'>
}

const KINDS: readonly string[] = [...KIND_NAMES, 'unknown', ...OWN_KIND_NAMES]

/** What is true of every event in a list: replays are part of their event. */
const IS_EVENT: Condition = { sql: 'e.replay IS NULL', values: [], cost: 'row' }

/** All of them must hold, and what `text` says, which is none of SQL: text.ts. */
export function toConditions(filter: EventFilter): Condition[] {
  return [
    IS_EVENT,
    ...toInstantConditions(filter),
    ...toColumnConditions(filter),
    ...toOutcomeConditions(filter),
  ]
}

const onRow = (sql: string, ...values: (string | number)[]): Condition => ({
  sql,
  values,
  cost: 'row',
})

function toInstantConditions({ from, before }: EventFilter): Condition[] {
  return [
    ...(from === undefined ? [] : [onRow('e.received_at >= ?', from)]),
    ...(before === undefined ? [] : [onRow('e.received_at < ?', before)]),
  ]
}

function toColumnConditions(filter: EventFilter): Condition[] {
  const { endpoint, kind, account, numbers, numberPrefix, sid } = filter
  return [
    ...(endpoint === undefined ? [] : [onRow('e.source = ?', toEndpointSource(endpoint))]),
    ...(account === undefined ? [] : [onRow('e.account = ?', account)]),
    ...(kind === undefined ? [] : [toKindCondition(kind)]),
    ...(numbers === undefined ? [] : [toAddressCondition(numbers)]),
    ...(numberPrefix === undefined ? [] : [toPrefixCondition(numberPrefix)]),
    ...(sid === undefined ? [] : [onRow('? IN (e.subject, e.thread, e.event_id)', sid)]),
  ]
}

function toKindCondition(kind: string): Condition {
  if (!kind.includes('*')) return onRow('e.kind = ?', kind)
  const kinds = KINDS.filter(toKindMatcher(kind))
  return onRow('e.kind IN (SELECT value FROM json_each(?))', JSON.stringify(kinds))
}

function toAddressCondition(numbers: readonly string[]): Condition {
  const sql = numbers.map(() => '? IN (e.from_address, e.to_address)').join(' OR ')
  return onRow(`(${sql})`, ...numbers)
}

function toPrefixCondition(prefix: string): Condition {
  // SQLite counts characters as code points.
  const { length } = Array.from(prefix)
  const sql = '(substr(e.from_address, 1, ?) = ? OR substr(e.to_address, 1, ?) = ?)'
  return onRow(sql, length, prefix, length, prefix)
}

const REPLAYS = `SELECT 1 FROM events AS part WHERE ${toParts('e.event_id')} AND part.replay IS NOT NULL`
/** The delivery as it first was; only a replay can have changed what follows from it. */
const HAS_OPEN = `EXISTS (
  SELECT 1 FROM deliveries WHERE deliveries.seq = e.seq AND deliveries.status <> 'delivered')`

/** Names have letters, digits, `-` and `_`: in JSON they are themselves. */
const isOwed = (table: string) => `instr(${table}.targets, '"' || ? || '"')`

function toOutcomeConditions({ target, outcome }: EventFilter): Condition[] {
  if (target === undefined && outcome === undefined) return []
  if (target === undefined) return toWholeConditions(outcome)
  if (outcome !== undefined) {
    return [{ sql: `${TARGET_OUTCOME} = ?`, values: [target, outcome], cost: 'lookups' }]
  }
  // What a replay has cleared up is not owed to nobody any more.
  if (target === '*') {
    return [{ sql: `${TARGET_OUTCOME} IS NOT NULL`, values: [target], cost: 'lookups' }]
  }
  const sql = `(
    ${isOwed('e')}
    OR EXISTS (${REPLAYS} AND ${isOwed('part')})
    OR EXISTS (SELECT 1 FROM deliveries WHERE deliveries.seq = e.seq AND deliveries.target = ?))`
  return [{ sql, values: [target, target, target], cost: 'lookups' }]
}

/** First what most events fail at once. */
function toWholeConditions(outcome: EventFilter['outcome']): Condition[] {
  if (outcome === undefined) return []
  const exact: Condition = { sql: `${OUTCOME} = ?`, values: [outcome], cost: 'lookups' }
  if (outcome === 'unmatched') return [onRow(`e.targets = '[]'`), exact]
  if (outcome !== 'delivered') return [exact]
  const sql = `(NOT ${HAS_OPEN} OR EXISTS (${REPLAYS}))`
  return [{ sql, values: [], cost: 'lookups' }, exact]
}

export function toCost(conditions: readonly Condition[], { text }: EventFilter): Cost {
  if (text !== undefined) return 'message'
  return conditions.some(({ cost }) => cost === 'lookups') ? 'lookups' : 'row'
}
