/** The shapes of what the API takes and answers about what is dead, and replays. */
import { z } from '@hono/zod-openapi'

const Instant = z.iso.datetime().openapi({ example: '2026-11-20T10:00:00.000Z' })
const InstantIn = z.iso
  .datetime({ offset: true })
  .openapi({ example: '2026-11-20T10:00:00Z', description: 'RFC 3339.' })
const TargetName = z
  .string()
  .regex(/^(?:\*|[A-Za-z][A-Za-z0-9_-]{0,63})$/)
  .openapi({ example: 'crm', description: '`*`: dead for all that match.' })

/** The same as REPLAY_ID of the consumer, which checks it again. */
export const ReplayId = z
  .string()
  .regex(/^rpl_[A-Za-z0-9]{1,40}$/)
  .openapi({
    example: 'rpl_20261121a',
    description: 'Yours: the same one is the same replay, however often it is asked for.',
  })

const filter = {
  target: TargetName.optional(),
  reason: z.string().min(1).max(200).optional().openapi({ example: 'status_500' }),
  from: InstantIn.optional().openapi({ description: 'Received at or after.' }),
  before: InstantIn.optional().openapi({ description: 'Received before.' }),
}

/** Strict: a filter with a misspelt name would be one for everything. */
export const DeadQuery = z.strictObject(filter)
export const DeadPageQuery = z.strictObject({
  ...filter,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z
    .string()
    // One for each ledger.
    .regex(/^(?:[0-9a-z]{1,11}|-)(?:\.(?:[0-9a-z]{1,11}|-)){0,63}$/)
    .optional(),
})
export const DeadFilterBody = z
  .strictObject({
    ...filter,
    eventIds: z.array(z.string().min(1).max(200)).max(1_000).optional(),
  })
  .openapi('DeadFilter', { description: 'Each given one must hold; none: everything dead.' })

export const ReplayOrder = z.strictObject({ filter: DeadFilterBody })

export const DeadSummary = z
  .object({
    events: z.number().openapi({ description: 'An event that is dead for two targets is one.' }),
    groups: z
      .array(
        z.object({
          target: z.string(),
          reason: z.string().nullable(),
          events: z.number(),
          oldestAt: Instant.openapi({ description: 'When the first one died.' }),
          newestAt: Instant,
          eventId: z.string().openapi({ description: 'Of the last one.' }),
        }),
      )
      .openapi({ description: 'The largest first.' }),
    isComplete: z.boolean().openapi({ description: 'False: there are more than were counted.' }),
  })
  .openapi('DeadSummary')

export const DeadList = z.object({
  items: z
    .array(
      z.object({
        id: z.string(),
        kind: z.string().nullable(),
        receivedAt: Instant,
        deaths: z.array(
          z.object({ target: z.string(), reason: z.string().nullable(), at: Instant }),
        ),
      }),
    )
    .openapi({ description: 'In the order in which a replay would send them.' }),
  next: z.string().nullable().openapi({
    description: 'Pass it as `cursor`. A page may have few items, or none, and a `next`.',
  }),
})

export const ReplayJob = z
  .object({
    id: ReplayId,
    filter: DeadFilterBody,
    state: z.enum(['running', 'done', 'cancelled']),
    total: z.number().openapi({ description: 'Events that were dead when it began.' }),
    sent: z.number().openapi({
      description: 'Less than `total` when it is done: the others were delivered meanwhile.',
    }),
    createdAt: Instant,
    createdBy: z.string(),
    endedAt: Instant.nullable(),
  })
  .openapi('ReplayJob')

export const ReplayJobs = z.object({
  items: z.array(ReplayJob).openapi({ description: 'The newest first; fifty at most.' }),
  next: z.null().openapi({ description: 'There is one page.' }),
})

export const WatchedJob = z.object({
  job: ReplayJob,
  outcome: z
    .object({
      events: z.number().openapi({ description: 'Events that came out of the queue again.' }),
      delivered: z.number(),
      dead: z.number(),
      waiting: z.number(),
      isComplete: z
        .boolean()
        .openapi({ description: 'False: so much came since that not all was looked at.' }),
    })
    .openapi({ description: 'What became of what was sent: deliveries.' }),
})

export const EventReplayOrder = z.strictObject({
  id: ReplayId,
  targets: z.array(TargetName).max(100).default([]).openapi({
    description: 'To whom; none: to all that match now.',
  }),
})

export const EventReplay = z.object({
  id: ReplayId,
  eventId: z.string(),
  targets: z.array(z.string()),
})
