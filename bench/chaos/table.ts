/** Fault by outcome: a row for each fault, of the webhooks that came while it was there. Pure. */
import type { Accounts, Webhook, Window } from './accounts.ts'
import { CAUSES, type Cause } from './causes.ts'
import type { ChaosFault } from './faults.ts'
import type { Outcome } from './findings.ts'
import type { Verdict } from './verify.ts'

export interface Row {
  fault: string
  windows: number
  /** Calls that it made go wrong. */
  hits: number
  /** Webhooks that came while it was there. */
  webhooks: number
  /** Of these: accepted at once, by a retry, never. */
  accepted: number
  retried: number
  givenUp: number
  /** Live calls that were answered, and whose event is in the log alone. */
  unstored: number
  delivered: number
  dead: number
  /** Second calls that were to be expected, by why nobody knew of the answer. */
  again: Record<Cause, number>
  lost: number
}

export const ALL = 'all of it'

export function toRows(
  faults: readonly Pick<ChaosFault, 'name'>[],
  { evidence: { windows, hits } }: Accounts,
  { outcomes }: Pick<Verdict, 'outcomes'>,
): Row[] {
  const hitCounts = new Map<string, number>()
  for (const { fault } of hits) hitCounts.set(fault, (hitCounts.get(fault) ?? 0) + 1)
  const rows = faults.map(({ name }) => {
    const its = windows.filter(({ fault }) => fault === name)
    const during = outcomes.filter(({ webhook }) => its.some((one) => cameIn(webhook, one)))
    return { ...sum(name, during), windows: its.length, hits: hitCounts.get(name) ?? 0 }
  })
  const all = { ...sum(ALL, outcomes), windows: windows.length, hits: hits.length }
  return [...rows, all]
}

const cameIn = ({ sendings: [first] }: Webhook, { from, to }: Window) =>
  first !== undefined && first.at >= from && first.at <= to

function sum(fault: string, outcomes: readonly Outcome[]): Row {
  const count = (of: (outcome: Outcome) => number) =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0)
  const isFirst = ({ webhook: { sendings } }: Outcome) => sendings[0]?.isGood === true
  return {
    fault,
    windows: 0,
    hits: 0,
    webhooks: outcomes.length,
    accepted: outcomes.filter(isFirst).length,
    retried: outcomes.filter((one) => one.isAccepted && !isFirst(one)).length,
    givenUp: outcomes.filter(({ isAccepted }) => !isAccepted).length,
    unstored: outcomes.filter(({ isUnstored }) => isUnstored).length,
    delivered: count(({ delivered }) => delivered),
    dead: count(({ dead }) => [...dead.values()].reduce((total, some) => total + some, 0)),
    again: {
      lane_died: count(({ again }) => again.lane_died),
      lane_ended: count(({ again }) => again.lane_ended),
      answer_lost: count(({ again }) => again.answer_lost),
      answer_late: count(({ again }) => again.answer_late),
      target_removed: count(({ again }) => again.target_removed),
    },
    lost: count(({ lost }) => lost),
  }
}

export const HEADER = [
  ...['Fault', 'windows', 'calls hit', 'webhooks', 'accepted at once', 'by a retry', 'given up'],
  ...[
    'answered, not stored',
    'delivered',
    'dead',
    'again: lane died',
    'lane ended',
    'answer lost',
    'too late',
    'target removed',
    'lost',
  ],
]

export const toCells = (row: Row): string[] => [
  row.fault,
  ...[row.windows, row.hits, row.webhooks, row.accepted, row.retried, row.givenUp].map(String),
  ...[row.unstored, row.delivered, row.dead].map(String),
  ...[...CAUSES.map((cause) => row.again[cause]), row.lost].map(String),
]

export function toMarkdown(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = ['---', ...HEADER.slice(1).map(() => '---:')]
  return [line(HEADER), line(rule), ...rows.map((row) => line(toCells(row)))].join('\n')
}
