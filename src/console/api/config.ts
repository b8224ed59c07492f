/**
 * The config: what counts now, what was published before, what differs, and the way back. KV is about a
 * minute behind itself: what was published within it may be missing here.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { toMark } from '../../config/published/live.ts'
import type { Placed } from '../../config/published/standing.ts'
import { findPublication, findSide, readWhole, requireActive } from '../config/find-config.ts'
import { readHistory } from '../config/history.ts'
import { createPatientStore } from '../config/patient-store.ts'
import { planRollback, runRollback } from '../config/rollback.ts'
import { LIVE } from '../config/side.ts'
import {
  toConfigAnswer,
  toDifference,
  toGateway,
  toPlan,
  toPublication,
  toShown,
} from '../config/to-answer.ts'
import type { ConsoleDeps } from '../deps.ts'
import * as schemas from './config-schemas.ts'
import { ProblemError, PROBLEMS } from './problem.ts'
import { createRouter, operatorsOnly } from './router.ts'

const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...PROBLEMS,
})

/** Opaque to clients: the instant of the last one that was shown. */
const toCursor = (at: number): string => at.toString(36)
const parseCursor = (cursor: string): number => Number.parseInt(cursor, 36)
const CURSOR = /^[0-9a-z]{1,10}$/

const Name = z.string().min(1).max(300)
const NameOrLive = Name.openapi({ description: '`live`, the id of a publication, or a version.' })

const getConfig = createRoute({
  method: 'get',
  path: '/config',
  summary: 'The config that counts now',
  responses: answer('The config', schemas.ConfigSchema),
})

const getGateway = createRoute({
  method: 'get',
  path: '/config/gateway',
  summary: 'What the gateway says that it uses; asked now, for a few seconds at most',
  responses: answer('Its word', schemas.GatewaySchema),
})

const listVersions = createRoute({
  method: 'get',
  path: '/config/versions',
  summary: 'What was published, the newest first',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      cursor: z.string().regex(CURSOR).optional(),
    }),
  },
  responses: answer('A page of the history', schemas.VersionsSchema),
})

const getVersion = createRoute({
  method: 'get',
  path: '/config/versions/{id}',
  summary: 'A published config',
  request: { params: z.object({ id: Name }) },
  responses: answer('The config', schemas.VersionSchema),
})

const getDifference = createRoute({
  method: 'get',
  path: '/config/diff',
  summary: 'What differs between two configs',
  request: { query: z.object({ from: NameOrLive.default(LIVE), to: NameOrLive }) },
  responses: answer('The difference', schemas.DifferenceSchema),
})

const getPlan = createRoute({
  method: 'get',
  path: '/config/rollback',
  summary: 'What a rollback would do; without `to`: one back from what is live',
  request: { query: z.object({ to: Name.optional() }) },
  responses: answer('The plan', schemas.PlanSchema),
})

const postRollback = createRoute({
  method: 'post',
  path: '/config/rollback',
  summary: 'Publishes an earlier config again',
  middleware: [operatorsOnly],
  request: {
    body: { content: { 'application/json': { schema: schemas.OrderSchema } }, required: true },
  },
  responses: answer('It is published; everywhere within a minute', schemas.RolledBackSchema),
})

/** Cloudflare: https://developers.cloudflare.com/kv/concepts/how-kv-works/#consistency */
const EVERYWHERE_SECONDS = 60

export const config = createRouter()
  .openapi(getConfig, async (c) => {
    const { deps, identity } = c.var
    const [{ version, source, problem, published, config: active }, placed] = await Promise.all([
      requireActive(deps.liveConfig),
      readPlaced(deps),
    ])
    const live = placed.find((one) => one.standing === 'live' && one.version === version)
    const publication = live ? toPublication(live, identity.role) : null
    const shown = toConfigAnswer(toShown(active, identity.role))
    return c.json({ version, source, problem, published, publication, ...shown }, 200)
  })
  .openapi(getGateway, async (c) => {
    const { liveConfig } = c.var.deps
    const { config: active } = await requireActive(liveConfig)
    return c.json(toGateway(await liveConfig.askGateway(active)), 200)
  })
  .openapi(listVersions, async (c) => {
    const { deps, identity } = c.var
    const { limit, cursor } = c.req.valid('query')
    const { placed } = await readHistory(createPatientStore(deps.kv))
    const older =
      cursor === undefined ? placed : placed.filter(({ at }) => at < parseCursor(cursor))
    const items = older.slice(0, limit)
    const last = items.at(-1)
    const next = last && items.length < older.length ? toCursor(last.at) : null
    return c.json({ items: items.map((one) => toPublication(one, identity.role)), next }, 200)
  })
  .openapi(getVersion, async (c) => {
    const { deps, identity } = c.var
    const store = createPatientStore(deps.kv)
    const { placed } = await readHistory(store)
    const found = findPublication(placed, c.req.valid('param').id)
    const kept = await readWhole(store, found)
    const { written } = toConfigAnswer(toShown(kept, identity.role))
    return c.json({ publication: toPublication(found, identity.role), written }, 200)
  })
  .openapi(getDifference, async (c) => {
    const { deps, identity } = c.var
    const { from, to } = c.req.valid('query')
    const store = createPatientStore(deps.kv)
    const [before, after] = await Promise.all([
      findSide(store, deps.liveConfig, from),
      findSide(store, deps.liveConfig, to),
    ])
    return c.json(toDifference(before, after, identity.role), 200)
  })
  .openapi(getPlan, async (c) => {
    const { deps, identity } = c.var
    const store = createPatientStore(deps.kv)
    const plan = await planRollback(store, deps, c.req.valid('query').to)
    return c.json(toPlan(plan, identity.role), 200)
  })
  .openapi(postRollback, async (c) => {
    const { deps, identity } = c.var
    const { to, ...order } = c.req.valid('json')
    const store = createPatientStore(deps.kv)
    const plan = await planRollback(store, deps, to)
    const status = await runRollback(store, deps, identity, plan, order)
    const { version } = plan.goal
    const replaced = toMark(plan.live)
    return c.json({ status, version, replaced, everywhereWithinSeconds: EVERYWHERE_SECONDS }, 200)
  })

/** The config is shown also when KV does not give the history. */
async function readPlaced({ kv }: ConsoleDeps): Promise<Placed[]> {
  try {
    return (await readHistory(createPatientStore(kv))).placed
  } catch (error) {
    if (error instanceof ProblemError) return []
    throw error
  }
}
