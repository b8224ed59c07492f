/** Filters and jobs of replays, from the API's form to the ledger's and back. */
import type { z } from '@hono/zod-openapi'
import type { DeadSummary } from '../../ledger/dead-summary.ts'
import type { ReplayJob } from '../../ledger/replay-jobs.ts'
import type { DeadFilter } from '../../ledger/replays.ts'
import type * as schemas from './replay-schemas.ts'

type FilterAnswer = z.infer<typeof schemas.DeadFilterBody>

/** In one order of names, so that two that mean the same are the same JSON. */
export function toDeadFilter({ target, reason, from, before, eventIds }: FilterAnswer): DeadFilter {
  return {
    ...(eventIds && { eventIds: [...new Set(eventIds)].toSorted() }),
    ...(target !== undefined && { target }),
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { from: Date.parse(from) }),
    ...(before !== undefined && { before: Date.parse(before) }),
  }
}

export const isSameFilter = (a: DeadFilter, b: DeadFilter): boolean =>
  JSON.stringify(toDeadFilter(toFilterAnswer(a))) ===
  JSON.stringify(toDeadFilter(toFilterAnswer(b)))

function toFilterAnswer({ target, reason, from, before, eventIds }: DeadFilter): FilterAnswer {
  return {
    ...(eventIds && { eventIds: [...eventIds] }),
    ...(target !== undefined && { target }),
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { from: toInstant(from) }),
    ...(before !== undefined && { before: toInstant(before) }),
  }
}

/** For the audit: what it was about, without a list of a thousand ids. */
export function toFilterDetails(filter: DeadFilter): Record<string, string | number> {
  const { eventIds, ...rest } = filter
  return { ...rest, ...(eventIds && { events: eventIds.length }) }
}

export function toJobAnswer(job: ReplayJob): z.infer<typeof schemas.ReplayJob> {
  const { id, filter, state, total, sent, createdAt, createdBy, endedAt } = job
  return {
    id,
    filter: toFilterAnswer(filter),
    state,
    total,
    sent,
    createdAt: toInstant(createdAt),
    createdBy,
    endedAt: endedAt === null ? null : toInstant(endedAt),
  }
}

export function toSummaryAnswer(summary: DeadSummary): z.infer<typeof schemas.DeadSummary> {
  const groups = summary.groups.map((group) => ({
    ...group,
    oldestAt: toInstant(group.oldestAt),
    newestAt: toInstant(group.newestAt),
  }))
  return { ...summary, groups }
}

export const toInstant = (at: number): string => new Date(at).toISOString()
