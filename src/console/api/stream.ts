/**
 * GET /stream, a WebSocket: events as they come, for `switchboard tail` and `listen`. What is said on it:
 * stream/frames.ts.
 *
 * A browser sends its cookies with a WebSocket that any page opens, and no CORS keeps that page from reading:
 * so an Origin that is not our own is refused (cross-site WebSocket hijacking).
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { EventFilter } from '../../ledger/reads/types.ts'
import { readAllStored } from '../../ledger/shards/event.ts'
import { listAllLive, readAllLast, readAllRows } from '../../ledger/shards/events.ts'
import { toFault } from '../../log.ts'
import type { Identity } from '../access/identity.ts'
import type { ConsoleDeps } from '../deps.ts'
import { CLOSE } from '../stream/frames.ts'
import { createStream, type Source } from '../stream/stream.ts'
import { createAnswers } from './event-answers.ts'
import { FilterQuery, LiveCursor, toFilter } from './event-query.ts'
import { ProblemError } from './problem.ts'
import { createRouter, type ConsoleContext } from './router.ts'

const getStream = createRoute({
  method: 'get',
  path: '/stream',
  summary: 'Events as they come, over a WebSocket',
  description:
    'JSON frames: `hello`, `event`, `outcome` (of an event that was sent a moment ago), `ping` every 10 s, ' +
    '`trouble` and `recovered`. Answer each ping with `{"type":"pong"}`: after 30 s of silence it closes ' +
    'with 4408. It closes with 1012 within an hour: connect again with the last `cursor` as `after`. ' +
    '4401: not allowed any more.',
  request: {
    query: FilterQuery.extend({
      after: LiveCursor,
      payload: z.literal('1').optional().openapi({
        description: 'With each event what is stored of it (`stored`). For operators.',
      }),
    }),
  },
  responses: {
    101: { description: 'The WebSocket' },
    default: { description: 'A problem (RFC 9457)' },
  },
})

export const stream = createRouter().openapi(getStream, async (c) => {
  const { deps, identity } = c.var
  const { after, payload, ...query } = c.req.valid('query')
  checkUpgrade(c)
  const filter = await toFilter(query, identity, deps)
  if (payload && identity.role !== 'operator') throw operatorsOnlyProblem()
  const from = after?.after ?? (await readAllLast(deps.ledgers))
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  const opened = createStream({
    socket: server,
    source: createSource(deps, filter, payload !== undefined),
    filter,
    after: from,
    answers: createAnswers(identity),
    mayStill: toMayStill(c.var.identifyAgain, identity),
    now: deps.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    log: deps.log,
  })
  server.addEventListener('message', ({ data }) => opened.hear(data))
  server.addEventListener('close', () => opened.end())
  server.addEventListener('error', () => opened.end())
  opened.run().catch((error: unknown) => {
    deps.log({ event: 'console.failed', code: 'stream_failed', ...toFault(error) })
    opened.end()
    server.close(...CLOSE.defect)
  })
  return new Response(null, { status: 101, webSocket: client })
})

function checkUpgrade({ req }: ConsoleContext): void {
  const origin = req.header('origin')
  if (origin !== undefined && origin !== new URL(req.url).origin) {
    throw new ProblemError({
      status: 403,
      code: 'origin_foreign',
      title: 'Pages of other sites may not open a stream.',
    })
  }
  if (req.header('upgrade')?.toLowerCase() === 'websocket') return
  throw new ProblemError({
    status: 426,
    code: 'upgrade_required',
    title: 'This is a WebSocket.',
    headers: { upgrade: 'websocket', connection: 'upgrade' },
  })
}

const operatorsOnlyProblem = () =>
  new ProblemError({
    status: 403,
    code: 'operators_only',
    title: 'Only operators may have whole messages.',
  })

/** Counts the calls that it makes, the most that they can be. */
export function createSource(
  { ledgers, kv }: Pick<ConsoleDeps, 'ledgers' | 'kv'>,
  filter: EventFilter,
  withStored: boolean,
): Source {
  // What became of an event is decided by the stream: what has just come always waits.
  const { outcome: _, ...arriving } = filter
  // Those whose message has the text are read in a second one (ledger/reads/look.ts).
  const looks = ledgers.length * (filter.text === undefined ? 1 : 2)
  let calls = 0
  const count = <T>(work: Promise<T>, asked = ledgers.length): Promise<T> => {
    calls += asked
    return work
  }
  const large = { get: (key: string) => count(kv.get(key), 1) }
  return {
    live: (after, limit) => count(listAllLive(ledgers, arriving, { after, limit }), looks),
    rows: (seqs) => count(readAllRows(ledgers, seqs)),
    stored: withStored ? (rows) => count(readAllStored(ledgers, large, rows)) : null,
    calls: () => calls,
  }
}

/** The same person or program, in the same role. */
function toMayStill(
  identifyAgain: (() => Promise<Identity | null>) | undefined,
  identity: Identity,
): () => Promise<boolean> {
  return async () => {
    const found = (await identifyAgain?.()) ?? null
    return found !== null && found.actor === identity.actor && found.role === identity.role
  }
}
