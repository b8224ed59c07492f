/**
 * The API, `/api/v1`: for programs, for `switchboard events`, `tail` and `listen`, and for the console's
 * own pages, which call it within the Worker (pages/client.ts). So what somebody may see or do is
 * decided here and nowhere else.
 */
import { HTTPException } from 'hono/http-exception'
import { audit } from './audit.ts'
import { dead } from './dead.ts'
import { events } from './events.ts'
import { config } from './config.ts'
import { me } from './me.ts'
import { overview } from './overview.ts'
import { ProblemError, toProblemResponse, type ProblemInit } from './problem.ts'
import { AuditUnavailable } from '../access/audit.ts'
import { toFault } from '../../log.ts'
import { replays } from './replays.ts'
import { createRouter, type ConsoleContext } from './router.ts'
import { targets } from './targets.ts'
import { stream } from './stream.ts'
import { tokens } from './tokens.ts'

export const API_PATH = '/api/v1'

const root = createRouter()

// Pages call within the Worker; over HTTP app.ts has set both before.
root.use(async (c, next) => {
  const { INNER: inner } = c.env
  if (inner) {
    c.set('identity', inner.identity)
    c.set('deps', inner.deps)
  }
  await next()
})

// A row for each module: `.route('/', events)`.
export const api = root
  .route('/', events)
  .route('/', overview)
  .route('/', stream)
  .route('/', me)
  .route('/', tokens)
  .route('/', audit)
  .route('/', config)
  .route('/', targets)
  .route('/', dead)
  .route('/', replays)

api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
  type: 'http',
  scheme: 'bearer',
  description: 'A token that an operator made on the console\'s page "Access".',
})

api.doc31('/openapi.json', {
  openapi: '3.1.0',
  info: {
    title: 'Switchboard',
    version: '1',
    description:
      'Events, deliveries, targets, replays and the config of a Switchboard. Errors are RFC 9457 problems; ' +
      'lists give `next`, which is passed as `cursor` for the next page.',
  },
  servers: [{ url: API_PATH }],
  security: [{ token: [] }],
})

// A route, since the `notFound` of what is mounted elsewhere is never asked: the pages' would answer.
api.all('*', () =>
  toProblemResponse({
    status: 404,
    code: 'route_unknown',
    title: 'There is no such route.',
    detail: `${API_PATH}/openapi.json lists them.`,
  }),
)

api.onError((error, c: ConsoleContext) => {
  const problem = toProblem(error)
  // A defect by its class and place only: a message may quote what somebody searched for.
  if (problem.status >= 500) {
    c.var.deps.log({ event: 'console.failed', code: problem.code, ...toFault(error) })
  }
  return toProblemResponse(problem)
})

function toProblem(error: Error): ProblemInit {
  if (error instanceof ProblemError) return error.problem
  if (error instanceof AuditUnavailable) {
    return {
      status: 503,
      code: 'audit_unavailable',
      title: 'Nothing was changed: the record of changes cannot be written.',
      detail: 'Try again in a moment.',
      headers: { 'retry-after': '5' },
    }
  }
  if (error instanceof HTTPException && error.status < 500) return toUnread(error.status)
  if (error.name === 'D1Timeout' || error.message.startsWith('D1_ERROR')) {
    return {
      status: 503,
      code: 'ledger_unavailable',
      title: 'The ledger does not answer.',
      detail: 'Webhooks and deliveries go on without it. Try again in a moment.',
      headers: { 'retry-after': '5' },
    }
  }
  return {
    status: 500,
    code: 'defect',
    title: 'This should not have happened; the log says where.',
  }
}

/** What the framework throws before a route's schema is asked: a body that it cannot read. */
function toUnread(status: number): ProblemInit {
  if (status === 415) {
    return {
      status,
      code: 'type_unsupported',
      title: 'The body has another Content-Type than this route reads.',
      detail: 'Send application/json.',
    }
  }
  return { status: 400, code: 'body_unreadable', title: 'The body is not what its type says.' }
}

/** The types of all routes, for typed clients (hono/client). */
export type Api = typeof api
