/**
 * Targets: how each of them fares, and what an operator does about it: pause, resume, send a test.
 *
 * How they fare is put together from the config, the ledger and the lanes. A lane or a consumer that does
 * not answer leaves what it would have told unknown, and nothing else.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { createPauses, type PausedTarget } from '../../ledger/pauses.ts'
import { readAllTargetStats } from '../../ledger/shards/numbers.ts'
import type { LaneView } from '../../consumer/target-lanes.ts'
import type { Identity } from '../access/identity.ts'
import { requireActive } from '../config/find-config.ts'
import { toShown } from '../config/to-answer.ts'
import type { ConsoleDeps } from '../deps.ts'
import { maskNumbers } from '../masking/mask-config.ts'
import { withDeadline } from '../../deadline.ts'
import { askConsumer } from './consumer-calls.ts'
import { requireTargets, unknownTarget } from './known-target.ts'
import { PROBLEMS } from './problem.ts'
import { createRouter, operatorsOnly } from './router.ts'
import { toTargetAnswer } from './target-answers.ts'
import * as schemas from './target-schemas.ts'

const json = <T extends z.ZodType>(schema: T) => ({ 'application/json': { schema } })
const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: json(schema) },
  ...PROBLEMS,
})
const ByName = z.object({ name: z.string().min(1).max(64).openapi({ example: 'crm' }) })

const listTargets = createRoute({
  method: 'get',
  path: '/targets',
  summary: 'All targets of the config, and how they fare',
  responses: answer('The targets', schemas.TargetList),
})

const getTarget = createRoute({
  method: 'get',
  path: '/targets/{name}',
  summary: 'A target, and how it fares',
  request: { params: ByName },
  responses: answer('The target', schemas.Target),
})

const pauseTarget = createRoute({
  method: 'post',
  path: '/targets/{name}/pause',
  summary: 'Sends nothing to a target until it is resumed; its events wait',
  middleware: [operatorsOnly] as const,
  request: { params: ByName, body: { content: json(schemas.PauseOrder), required: true } },
  responses: answer('It is paused', schemas.Paused),
})

const resumeTarget = createRoute({
  method: 'post',
  path: '/targets/{name}/resume',
  summary: 'What waits for a target goes out, within ten minutes',
  middleware: [operatorsOnly] as const,
  request: { params: ByName },
  responses: answer('It is not paused', schemas.Paused),
})

const testTarget = createRoute({
  method: 'post',
  path: '/targets/{name}/test',
  summary: 'Sends an event of the kind switchboard.test to this target alone',
  description: 'On the way of all events: a paused target gets it when it is resumed.',
  middleware: [operatorsOnly] as const,
  request: { params: ByName, body: { content: json(schemas.TestOrder), required: true } },
  responses: answer('It is on its way', schemas.Tested),
})

export const targets = createRouter()
  .openapi(listTargets, async (c) => {
    const { deps, identity } = c.var
    const { config } = await requireActive(deps.liveConfig)
    const names = config.targets.map(({ name }) => name)
    return c.json({ items: await readTargets(names, deps, identity), next: null }, 200)
  })
  .openapi(getTarget, async (c) => {
    const { deps, identity } = c.var
    const { name } = c.req.valid('param')
    await requireTargets([name], deps)
    const [target] = await readTargets([name], deps, identity)
    if (!target) throw unknownTarget()
    return c.json(target, 200)
  })
  .openapi(pauseTarget, async (c) => {
    const { deps, identity } = c.var
    const { name: subject } = c.req.valid('param')
    await requireTargets([subject], deps)
    const { reason } = c.req.valid('json')
    const change = { action: 'target.pause', subject, details: { reason: maskNumbers(reason) } }
    const changed = await deps.audit.record(identity, change, () =>
      askConsumer(deps.operations.pause(subject, reason)),
    )
    return c.json({ paused: true, changed }, 200)
  })
  .openapi(resumeTarget, async (c) => {
    const { deps, identity } = c.var
    const { name: subject } = c.req.valid('param')
    await requireTargets([subject], deps)
    const changed = await deps.audit.record(identity, { action: 'target.resume', subject }, () =>
      askConsumer(deps.operations.resume(subject)),
    )
    return c.json({ paused: false, changed }, 200)
  })
  .openapi(testTarget, async (c) => {
    const { deps, identity } = c.var
    const { name: subject } = c.req.valid('param')
    await requireTargets([subject], deps)
    const { id } = c.req.valid('json')
    const change = { action: 'target.test', subject, details: { id } }
    const eventId = await deps.audit.record(identity, change, () =>
      askConsumer(deps.operations.sendTest(subject, id)),
    )
    return c.json({ eventId }, 200)
  })

/** The consumer gives each lane two seconds. */
const LANES_MS = 4_000

async function readTargets(
  names: readonly string[],
  { liveConfig, ledger, ledgers, operations, now }: ConsoleDeps,
  identity: Identity,
) {
  const { config } = await requireActive(liveConfig)
  const shown = toShown(config, identity.role).targets.filter(({ name }) => names.includes(name))
  const readLanes = async (name: string): Promise<LaneView[]> => {
    try {
      return await withDeadline(operations.lanes(name), LANES_MS, [])
    } catch {
      return []
    }
  }
  const [{ byTarget, since }, pauses, lanes] = await Promise.all([
    readAllTargetStats(ledgers, names, now()),
    createPauses(ledger).list(),
    Promise.all(shown.map(({ name }) => readLanes(name))),
  ])
  return shown.flatMap((target, i) => {
    const stats = byTarget.get(target.name)
    if (!stats) return []
    const own = pauses.find(({ name }) => name === target.name)
    const paused = own && toShownPause(own, identity)
    return [toTargetAnswer({ target, paused, stats, since, lanes: lanes[i] ?? [] })]
  })
}

/** Somebody wrote the reason, perhaps with whom it is about. */
const toShownPause = (pause: PausedTarget, { role }: Identity): PausedTarget =>
  role === 'operator' ? pause : { ...pause, reason: maskNumbers(pause.reason) }
