/** A replay in bulk in words: its plan, how far it is, how it ended. Pure. */
import type { z } from 'zod'
import type * as schemas from '../../console/api/replay-schemas.ts'
import { explainReason } from '../../console/format/reasons.ts'
import { toTable } from '../terminal/table.ts'
import { show, toSeconds } from './event-words.ts'

export type Plan = z.infer<typeof schemas.DeadSummary>
export type Watched = z.infer<typeof schemas.WatchedJob>

const toEvents = (count: number): string => `${count} ${count === 1 ? 'event' : 'events'}`

export function toPlanText({ events, groups, isComplete }: Plan): string {
  if (events === 0) return 'Nothing of it is dead.'
  const rows = groups.map((group) => [
    group.target === '*' ? 'every target that wants it now' : show(group.target),
    group.reason === null ? null : show(group.reason),
    group.reason === null ? 'not written down' : show(explainReason(group.reason).title),
    group.events,
    toSeconds(group.newestAt),
  ])
  return [
    `${isComplete ? '' : 'At least '}${toEvents(events)} to send again:`,
    toTable(['TARGET', 'REASON', 'WHY', 'EVENTS', 'LAST DIED'], rows),
  ].join('\n')
}

/** Something may still change: the job, or what it sent. */
export function isMoving({ job, outcome }: Watched): boolean {
  return job.state === 'running' || outcome.waiting > 0 || outcome.events < job.sent
}

export function toProgress({ job, outcome }: Watched): string {
  return `${job.sent} of ${job.total} sent, ${outcome.delivered} delivered`
}

export function toJobText(watched: Watched): string {
  const { job, outcome } = watched
  const left = job.total - job.sent
  const hint =
    job.state === 'running'
      ? [`It goes on by itself. To end it: switchboard events replay --cancel ${job.id}`]
      : []
  return [
    `Replay ${job.id}: ${job.state}, ${job.sent} of ${job.total} sent.`,
    ...(job.state === 'done' && left > 0 ? [`${left} were delivered meanwhile and left out.`] : []),
    ...(job.state === 'cancelled' ? ['What was sent stays sent.'] : []),
    `Deliveries: ${outcome.delivered} delivered, ${outcome.waiting} waiting, ${outcome.dead} dead again.`,
    ...hint,
  ].join('\n')
}
