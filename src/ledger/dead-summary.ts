/**
 * What is dead, counted: by target and reason. Bounded: it looks at a certain number of dead deliveries
 * and says whether there are more.
 */
import { readDeadPage, type DeadBound, type DeadFilter, type DiedEvent } from './replays.ts'

export interface DeadGroup {
  target: string
  /** Null: nobody wrote it down. */
  reason: string | null
  /** How many events; one that died twice for the same target and reason is one. */
  events: number
  /** When the first and the last died, milliseconds since the epoch. */
  oldestAt: number
  newestAt: number
  /** Of the last one. */
  eventId: string
}

export interface DeadSummary {
  /** How many events: an event that is dead for two targets is one. */
  events: number
  /** The largest first. */
  groups: DeadGroup[]
  /** False: there are more, which nobody has looked at. */
  isComplete: boolean
}

/** In one statement. */
const SCAN = 2_000
export const MAX_SCANNED = 10_000

/** Rejects when D1 fails. */
export async function summarizeDead(
  db: D1Database,
  filter: DeadFilter,
  bound: DeadBound = {},
  maxScanned = MAX_SCANNED,
): Promise<DeadSummary> {
  const groups = new Map<string, DeadGroup>()
  let events = 0
  let after: number | null = 0
  for (let scanned = 0; after !== null && scanned < maxScanned; scanned += SCAN) {
    const page = await readDeadPage(db, { filter, bound, after, limit: SCAN, scan: SCAN })
    events += page.events.length
    for (const event of page.events) count(event, groups)
    after = page.next
  }
  const largestFirst = [...groups.values()].toSorted((a, b) => b.events - a.events)
  return { events, groups: largestFirst, isComplete: after === null }
}

function count({ eventId, deaths }: DiedEvent, groups: Map<string, DeadGroup>): void {
  const counted = new Set<string>()
  for (const { target, reason, at } of deaths) {
    const key = JSON.stringify([target, reason])
    const first = { target, reason, events: 0, oldestAt: at, newestAt: at, eventId }
    const group = groups.get(key) ?? first
    groups.set(key, group)
    if (!counted.has(key)) group.events += 1
    counted.add(key)
    group.oldestAt = Math.min(group.oldestAt, at)
    if (at < group.newestAt) continue
    group.newestAt = at
    group.eventId = eventId
  }
}
