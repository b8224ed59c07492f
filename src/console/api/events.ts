/**
 * Events: the list, newest first or as they come; one whole, with what Twilio sent and got back and all
 * deliveries; everything else of the same call or message. Viewers get it masked (event-answers.ts).
 */
import { createRoute, z } from '@hono/zod-openapi'
import { listAllRelated, readAnyEvent, readAnyStored } from '../../ledger/shards/event.ts'
import { listAllEvents, listAllLive, readAllLast } from '../../ledger/shards/events.ts'
import { createAnswers } from './event-answers.ts'
import { FilterQuery, LiveCursor, PageCursor, toFilter } from './event-query.ts'
import * as schemas from './event-schemas.ts'
import { ProblemError, PROBLEMS } from './problem.ts'
import { createRouter, operatorsOnly } from './router.ts'

const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  200: { description, content: { 'application/json': { schema } } },
  ...PROBLEMS,
})

const Limit = z.coerce.number().int().min(1).max(100).default(50)
const Id = z.object({
  id: z.string().min(1).max(300).openapi({ example: 'evt_90c8812403398797436c8e8049dd4afb' }),
})

const getEvents = createRoute({
  method: 'get',
  path: '/events',
  summary: 'Events, newest first',
  request: { query: FilterQuery.extend({ limit: Limit, cursor: PageCursor }) },
  responses: answer('A page', schemas.EventList),
})

const getLive = createRoute({
  method: 'get',
  path: '/events/live',
  summary: 'Events that came since, oldest first',
  description: 'For those who ask again and again; /stream says it by itself.',
  request: { query: FilterQuery.extend({ limit: Limit, after: LiveCursor }) },
  responses: answer('What is new', schemas.LiveList),
})

const getEvent = createRoute({
  method: 'get',
  path: '/events/{id}',
  summary: 'An event whole',
  request: { params: Id },
  responses: answer('The event', schemas.EventDetail),
})

const getRelated = createRoute({
  method: 'get',
  path: '/events/{id}/related',
  summary: 'Everything of the same call or message, in the order of time',
  description: 'Looks at 25,000 events before it and as many after it, and gives 200 at most.',
  request: { params: Id },
  responses: answer('The events', schemas.RelatedList),
})

const getMessage = createRoute({
  method: 'get',
  path: '/events/{id}/message',
  summary: 'The event and the request that it came from, as stored',
  middleware: [operatorsOnly] as const,
  request: { params: Id },
  responses: answer('What is stored', schemas.Stored),
})

export const events = createRouter()
  .openapi(getEvents, async (c) => {
    const { deps, identity } = c.var
    const { limit, cursor, ...query } = c.req.valid('query')
    const filter = await toFilter(query, identity, deps)
    const request = { limit, ...(cursor && { before: cursor.before }) }
    const page = await listAllEvents(deps.ledgers, filter, request, deps.now)
    return c.json(createAnswers(identity).toPage(page), 200)
  })
  .openapi(getLive, async (c) => {
    const { deps, identity } = c.var
    const { limit, after, ...query } = c.req.valid('query')
    const filter = await toFilter(query, identity, deps)
    const from = after?.after ?? (await readAllLast(deps.ledgers))
    const page = await listAllLive(deps.ledgers, filter, { after: from, limit })
    return c.json(createAnswers(identity).toLive(page), 200)
  })
  .openapi(getEvent, async (c) => {
    const { deps, identity } = c.var
    const detail = await readAnyEvent(deps.ledgers, deps.kv, c.req.valid('param').id)
    if (!detail) throw unknownEvent()
    return c.json(createAnswers(identity).toDetail(detail), 200)
  })
  .openapi(getRelated, async (c) => {
    const { deps, identity } = c.var
    const related = await listAllRelated(deps.ledgers, c.req.valid('param').id, deps.now)
    if (!related) throw unknownEvent()
    const { rows, isPartial } = related
    return c.json({ items: createAnswers(identity).toItems(rows), isPartial }, 200)
  })
  .openapi(getMessage, async (c) => {
    const { deps, identity } = c.var
    const stored = await readAnyStored(deps.ledgers, deps.kv, c.req.valid('param').id)
    if (!stored) throw unknownEvent()
    return c.json(createAnswers(identity).toStored(stored), 200)
  })

const unknownEvent = () =>
  new ProblemError({
    status: 404,
    code: 'event_unknown',
    title: 'There is no such event.',
    detail: 'The ledger forgets events after the retention that the config sets.',
  })
