/** What is dead: grouped by target and reason, and event by event. It shows nothing that is masked. */
import { createRoute, z } from '@hono/zod-openapi'
import { listAllDead, summarizeAllDead } from '../../ledger/shards/dead.ts'
import type { Place } from '../../ledger/shards/places.ts'
import { PROBLEMS } from './problem.ts'
import { toDeadFilter, toInstant, toSummaryAnswer } from './replay-answers.ts'
import * as schemas from './replay-schemas.ts'
import { createRouter } from './router.ts'

const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...PROBLEMS,
})

const getDead = createRoute({
  method: 'get',
  path: '/dead',
  summary: 'What is dead, by target and reason',
  request: { query: schemas.DeadQuery },
  responses: answer('The groups', schemas.DeadSummary),
})

const getDeadEvents = createRoute({
  method: 'get',
  path: '/dead/events',
  summary: 'The events that are dead, oldest first',
  request: { query: schemas.DeadPageQuery },
  responses: answer('A page', schemas.DeadList),
})

/** Opaque to clients: the `seq` after which the next page begins, in each ledger; `-`: there it is over. */
const toCursor = (place: Place): string =>
  place.map((seq) => (seq === null ? '-' : seq.toString(36))).join('.')
const parseCursor = (cursor: string): Place =>
  cursor.split('.').map((seq) => (seq === '-' ? null : Number.parseInt(seq, 36)))

export const dead = createRouter()
  .openapi(getDead, async (c) => {
    const filter = toDeadFilter(c.req.valid('query'))
    return c.json(toSummaryAnswer(await summarizeAllDead(c.var.deps.ledgers, filter)), 200)
  })
  .openapi(getDeadEvents, async (c) => {
    const { limit, cursor, ...query } = c.req.valid('query')
    const after = cursor === undefined ? undefined : parseCursor(cursor)
    const page = await listAllDead(c.var.deps.ledgers, toDeadFilter(query), { after, limit })
    const items = page.rows.map(({ eventId: id, kind, receivedAt, deaths }) => ({
      id,
      kind,
      receivedAt: toInstant(receivedAt),
      deaths: deaths.map((death) => ({ ...death, at: toInstant(death.at) })),
    }))
    return c.json({ items, next: page.next === null ? null : toCursor(page.next) }, 200)
  })
