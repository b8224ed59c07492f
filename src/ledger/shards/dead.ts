/** What is dead in several ledgers: counted together, and listed together, oldest first. */
import { listDead, type DeadEventRow } from '../dead-events.ts'
import { summarizeDead, type DeadGroup, type DeadSummary } from '../dead-summary.ts'
import type { DeadFilter } from '../replays.ts'
import { askAll, type Ledgers } from './ledgers.ts'
import { mergeParts, toNext, type Part, type Place } from './places.ts'

/** Rejects when D1 fails. */
export async function summarizeAllDead(dbs: Ledgers, filter: DeadFilter): Promise<DeadSummary> {
  return mergeSummaries(await askAll(dbs, (db) => summarizeDead(db, filter)))
}

/** An event is in one ledger, so that the numbers add up. */
export function mergeSummaries(parts: readonly [DeadSummary, ...DeadSummary[]]): DeadSummary {
  if (parts.length === 1) return parts[0]
  const groups = new Map<string, DeadGroup>()
  for (const group of parts.flatMap((part) => part.groups)) {
    const key = JSON.stringify([group.target, group.reason])
    const known = groups.get(key)
    groups.set(key, known ? mergeGroups(known, group) : group)
  }
  return {
    events: parts.reduce((all, { events }) => all + events, 0),
    groups: [...groups.values()].toSorted((a, b) => b.events - a.events),
    isComplete: parts.every(({ isComplete }) => isComplete),
  }
}

function mergeGroups(a: DeadGroup, b: DeadGroup): DeadGroup {
  const newest = b.newestAt >= a.newestAt ? b : a
  return {
    ...newest,
    events: a.events + b.events,
    oldestAt: Math.min(a.oldestAt, b.oldestAt),
  }
}

export interface AllDead {
  rows: DeadEventRow[]
  /** Where the next page begins; null: this was the last one. */
  next: Place | null
}

/** Rejects when D1 fails. @param after absent: from the beginning */
export async function listAllDead(
  dbs: Ledgers,
  filter: DeadFilter,
  { after = [], limit }: { after: Place | undefined; limit: number },
): Promise<AllDead> {
  const parts = await askAll(dbs, async (db, i): Promise<Part<DeadEventRow>> => {
    const from = after[i] === undefined ? 0 : after[i]
    if (from === null) return { rows: [], from, next: null }
    return { from, ...(await listDead(db, filter, { after: from, limit })) }
  })
  if (parts.length === 1) return { rows: [...parts[0].rows], next: toNext([parts[0].next]) }
  const { rows, place } = mergeParts(parts, { limit, compare: oldestFirst })
  return { rows: rows.map(({ row }) => row), next: toNext(place) }
}

const oldestFirst = (a: DeadEventRow, b: DeadEventRow): number => a.receivedAt - b.receivedAt
