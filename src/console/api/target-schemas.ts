/** The shapes of what the API answers about targets. */
import { z } from '@hono/zod-openapi'
import { TEST_ID } from '../../events/test-event.ts'

const Instant = z.iso.datetime().openapi({ example: '2026-11-20T10:00:00.000Z' })

export const BREAKERS = ['closed', 'open', 'half-open', 'unknown'] as const

const Breaker = z
  .object({
    state: z.enum(BREAKERS).openapi({
      description: 'unknown: no lane said anything in time. Of several lanes: the worst.',
    }),
    since: Instant.nullable().openapi({ description: 'When it opened, and has not closed since.' }),
    until: Instant.nullable().openapi({ description: 'When the next probe may go out.' }),
  })
  .openapi('Breaker')

const Lane = z
  .object({
    name: z.string().openapi({ example: 'crm/0' }),
    breaker: Breaker,
    running: z.array(
      z.object({
        eventId: z.string(),
        replay: z.string().nullable(),
        attempt: z.int(),
        startedAt: Instant,
      }),
    ),
    waiting: z.number().openapi({ description: 'In the lane; what else waits is in the queue.' }),
    lastStartAt: Instant.nullable().openapi({ description: 'When the last call began.' }),
    connections: z.number().nullable().openapi({
      description: 'Calls at a time, as of the last delivery; null: none since the lane lives.',
    }),
    intervalMs: z.number().nullable().openapi({ description: 'Between two calls; 0: no limit.' }),
  })
  .openapi('Lane', { description: 'All but the name is empty or null when it is unknown.' })

const Success = z.object({
  attempts: z.number(),
  delivered: z.number(),
  rate: z.number().nullable().openapi({ description: '0 to 1; null: there was no attempt.' }),
})

const BoundedCount = z.object({
  count: z.number(),
  isAtLeast: z.boolean().openapi({ description: 'There are more.' }),
})

export const Target = z
  .object({
    name: z.string().openapi({ example: 'crm' }),
    url: z.string().nullable().openapi({
      description: 'Null: it is in the secret that `urlSecret` names. Viewers see its origin.',
    }),
    urlSecret: z.string().nullable(),
    events: z.array(z.string()).openapi({ example: ['messaging.*'] }),
    hasCondition: z.boolean().openapi({ description: 'The config narrows it further.' }),
    format: z.enum(['cloudevents', 'twilio', 'slack']),
    timeoutMs: z.number(),
    retryMs: z.array(z.number()).openapi({ description: 'The delay before each further attempt.' }),
    limit: z.object({
      concurrency: z.number(),
      rate: z.object({ limit: z.number(), perMs: z.number() }).nullable(),
    }),
    paused: z.object({ since: Instant, reason: z.string() }).nullable(),
    breaker: Breaker,
    lanes: z.array(Lane),
    success: z.object({
      hour: Success,
      day: Success,
      since: Instant.openapi({
        description: 'Attempts for events from then on are counted: a day ago, or later.',
      }),
    }),
    failures: z
      .array(
        z.object({
          reason: z.string().openapi({ example: 'status_500' }),
          count: z.number(),
          lastAt: Instant,
          eventId: z.string(),
        }),
      )
      .openapi({ description: 'Attempts of the last day that failed, by reason.' }),
    waiting: BoundedCount.extend({ oldestReceivedAt: Instant.nullable() }),
    dead: BoundedCount.openapi({
      description: 'Also what was replayed since; /dead has the rest.',
    }),
  })
  .openapi('Target')

export const TargetList = z.object({
  items: z.array(Target).openapi({ description: "In the config's order." }),
  next: z.null().openapi({ description: 'There is one page.' }),
})

export const PauseOrder = z.strictObject({
  reason: z.string().trim().min(1).max(200).default('operator').openapi({
    example: 'they are moving',
    description: 'Everybody who may look sees it.',
  }),
})

export const Paused = z.object({
  paused: z.boolean(),
  changed: z.boolean().openapi({ description: 'False: it was so before.' }),
})

export const TestOrder = z.strictObject({
  id: z.string().regex(TEST_ID).openapi({
    example: 'tst_1',
    description: 'Yours: the same one is the same test, however often it is asked for.',
  }),
})

export const Tested = z.object({
  eventId: z.string().openapi({ description: 'Look for it among the events in a moment.' }),
})
