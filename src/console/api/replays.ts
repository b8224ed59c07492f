/**
 * Replays: of one event, and in bulk of what is dead, with a plan first. An id is chosen by whoever asks,
 * so that a double click, or a request that is sent again, is one replay.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Ledgers } from '../../ledger/shards/ledgers.ts'
import { findLedger } from '../../ledger/shards/locate.ts'
import { createShardedJobs, readShardedOutcome } from '../../ledger/shards/replay-jobs.ts'
import type { DeadFilter } from '../../ledger/replays.ts'
import type { ReplayJob } from '../../ledger/replay-jobs.ts'
import { askConsumer } from './consumer-calls.ts'
import { requireTargets } from './known-target.ts'
import { ProblemError, PROBLEMS } from './problem.ts'
import {
  isSameFilter,
  toDeadFilter,
  toFilterDetails,
  toJobAnswer,
  toSummaryAnswer,
} from './replay-answers.ts'
import * as schemas from './replay-schemas.ts'
import { createRouter, operatorsOnly } from './router.ts'

const json = <T extends z.ZodType>(schema: T) => ({ 'application/json': { schema } })
const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: json(schema) },
  ...PROBLEMS,
})
const ById = z.object({ id: schemas.ReplayId })
const Order = { content: json(schemas.ReplayOrder), required: true } as const

const planReplay = createRoute({
  method: 'post',
  path: '/replays/plan',
  summary: 'What a replay would send: changes nothing',
  request: { body: Order },
  responses: answer('The plan', schemas.DeadSummary),
})

const startReplay = createRoute({
  method: 'put',
  path: '/replays/{id}',
  summary: 'Sends everything again that is dead now and passes the filter',
  description: 'Page by page; what is delivered before its turn comes is left out.',
  middleware: [operatorsOnly] as const,
  request: { params: ById, body: Order },
  responses: answer('It has begun, or had before', schemas.ReplayJob),
})

const listReplays = createRoute({
  method: 'get',
  path: '/replays',
  summary: 'Replays in bulk',
  responses: answer('The newest', schemas.ReplayJobs),
})

const getReplay = createRoute({
  method: 'get',
  path: '/replays/{id}',
  summary: 'A replay in bulk: how far it is, and what became of what it sent',
  request: { params: ById },
  responses: answer('The replay', schemas.WatchedJob),
})

const cancelReplay = createRoute({
  method: 'post',
  path: '/replays/{id}/cancel',
  summary: 'Ends a replay; the page in hand still goes out, and what was sent stays sent',
  middleware: [operatorsOnly] as const,
  request: { params: ById },
  responses: answer('It is at its end', schemas.ReplayJob),
})

const replayEvent = createRoute({
  method: 'post',
  path: '/events/{id}/replays',
  summary: 'Sends an event again, whatever became of it',
  middleware: [operatorsOnly] as const,
  request: {
    params: z.object({ id: z.string().min(1).max(200) }),
    body: { content: json(schemas.EventReplayOrder), required: true },
  },
  responses: answer('It is on its way', schemas.EventReplay),
})

export const replays = createRouter()
  .openapi(planReplay, async (c) => {
    const filter = toDeadFilter(c.req.valid('json').filter)
    return c.json(toSummaryAnswer(await askConsumer(c.var.deps.operations.planReplay(filter))), 200)
  })
  .openapi(startReplay, async (c) => {
    const { deps, identity } = c.var
    const { id } = c.req.valid('param')
    const filter = toDeadFilter(c.req.valid('json').filter)
    const known = await createShardedJobs(deps.ledgers).find(id)
    if (known) return c.json(toJobAnswer(requireSame(known, filter)), 200)
    const change = { action: 'replay.start', subject: id, details: toFilterDetails(filter) }
    const { job } = await deps.audit.record(identity, change, () =>
      askConsumer(deps.operations.startReplay(id, filter, identity.actor)),
    )
    return c.json(toJobAnswer(requireSame(job, filter)), 200)
  })
  .openapi(listReplays, async (c) => {
    const jobs = await createShardedJobs(c.var.deps.ledgers).list(MAX_LISTED)
    return c.json({ items: jobs.map(toJobAnswer), next: null }, 200)
  })
  .openapi(getReplay, async (c) => {
    const { ledgers } = c.var.deps
    const job = await requireJob(c.req.valid('param').id, ledgers)
    const outcome = await readShardedOutcome(ledgers, job)
    return c.json({ job: toJobAnswer(job), outcome }, 200)
  })
  .openapi(cancelReplay, async (c) => {
    const { deps, identity } = c.var
    const { id } = await requireJob(c.req.valid('param').id, deps.ledgers)
    await deps.audit.record(identity, { action: 'replay.cancel', subject: id }, () =>
      askConsumer(deps.operations.cancelReplay(id)),
    )
    return c.json(toJobAnswer(await requireJob(id, deps.ledgers)), 200)
  })
  .openapi(replayEvent, async (c) => {
    const { deps, identity } = c.var
    const eventId = c.req.valid('param').id
    const { id, targets } = c.req.valid('json')
    if (!(await findLedger(deps.ledgers, eventId))) throw unknownEvent()
    await requireTargets(
      targets.filter((name) => name !== EVERY_TARGET),
      deps,
    )
    const change = { action: 'event.replay', subject: eventId, details: { replay: id, targets } }
    await deps.audit.record(identity, change, () =>
      askConsumer(deps.operations.replay([{ eventId, targets }], id)),
    )
    return c.json({ id, eventId, targets }, 200)
  })

const MAX_LISTED = 50
/** Stands for all that match. */
const EVERY_TARGET = '*'

async function requireJob(id: string, ledgers: Ledgers): Promise<ReplayJob> {
  const job = await createShardedJobs(ledgers).find(id)
  if (job) return job
  throw new ProblemError({
    status: 404,
    code: 'replay_unknown',
    title: 'There is no replay in bulk of this id.',
  })
}

function requireSame(job: ReplayJob, filter: DeadFilter): ReplayJob {
  if (isSameFilter(job.filter, filter)) return job
  throw new ProblemError({
    status: 409,
    code: 'replay_differs',
    title: 'There is a replay of this id, with another filter.',
    detail: 'Choose another id.',
  })
}

const unknownEvent = () =>
  new ProblemError({ status: 404, code: 'event_unknown', title: 'There is no such event.' })
