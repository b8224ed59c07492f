/** What happened in the last hour, day or week, at a glance. Numbers only: the same for everyone. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Overview } from '../../ledger/reads/types.ts'
import { readAllOverview } from '../../ledger/shards/numbers.ts'
import { PROBLEMS } from './problem.ts'
import { createRouter } from './router.ts'

const Instant = z.iso.datetime().openapi({ example: '2026-11-20T10:00:00.000Z' })
const Range = z.enum(['1h', '24h', '7d'])
const Rate = z.number().min(0).max(1)

const OverviewSchema = z
  .object({
    range: Range,
    from: Instant,
    until: Instant,
    bucketMs: z.number(),
    sampledOneOf: z.number().openapi({
      description:
        '1: all was counted. k: one of k events was, and counts are multiplied by it; backlog and dead are not.',
    }),
    total: z.number().openapi({ description: 'Events that came.' }),
    unmatched: z.number().openapi({ description: 'Those that no target took when they came.' }),
    kinds: z.array(z.string()).openapi({
      example: ['messaging.inbound', 'other'],
      description: 'The most frequent ones; `other` is all the rest, `unreadable` has no kind.',
    }),
    events: z
      .array(z.object({ at: Instant, counts: z.array(z.number()) }))
      .openapi({ description: 'For each stretch of time one count for each of `kinds`.' }),
    replies: z
      .object({
        count: z.number(),
        p50: z.number().nullable(),
        p95: z.number().nullable(),
        p99: z.number().nullable(),
        histogram: z.array(
          z.object({ from: z.number(), below: z.number().nullable(), count: z.number() }),
        ),
      })
      .openapi({ description: 'How long replies took, milliseconds.' }),
    deliveries: z
      .array(
        z.object({
          at: Instant,
          delivered: z.number(),
          waiting: z.number(),
          dead: z.number(),
        }),
      )
      .openapi({ description: 'What became of what was owed of the events of that time.' }),
    targets: z.array(
      z.object({
        target: z.string(),
        delivered: z.number(),
        waiting: z.number(),
        dead: z.number(),
        successRate: Rate.nullable().openapi({ description: 'Of what is finished.' }),
      }),
    ),
    backlog: z
      .object({
        count: z.number(),
        isAtLeast: z.boolean(),
        oldestReceivedAt: Instant.nullable(),
      })
      .openapi({ description: 'Deliveries that wait now, also those that are not due yet.' }),
    dead: z
      .object({ count: z.number(), isAtLeast: z.boolean() })
      .openapi({ description: 'Events that are dead now for some target.' }),
  })
  .openapi('Overview')

const getOverview = createRoute({
  method: 'get',
  path: '/overview',
  summary: 'What happened in the last hour, day or week',
  request: { query: z.object({ range: Range.default('24h') }) },
  responses: {
    200: {
      description: 'The overview',
      content: { 'application/json': { schema: OverviewSchema } },
    },
    ...PROBLEMS,
  },
})

export const overview = createRouter().openapi(getOverview, async (c) => {
  const { ledgers, now } = c.var.deps
  return c.json(toAnswer(await readAllOverview(ledgers, c.req.valid('query').range, now())), 200)
})

const toInstant = (at: number): string => new Date(at).toISOString()

function toAnswer(read: Overview): z.infer<typeof OverviewSchema> {
  const { oldestReceivedAt } = read.backlog
  return {
    ...read,
    from: toInstant(read.from),
    until: toInstant(read.until),
    events: read.events.map(({ at, counts }) => ({ at: toInstant(at), counts })),
    deliveries: read.deliveries.map(({ at, ...counts }) => ({ at: toInstant(at), ...counts })),
    backlog: {
      ...read.backlog,
      oldestReceivedAt: oldestReceivedAt === null ? null : toInstant(oldestReceivedAt),
    },
  }
}
