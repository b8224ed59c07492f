/** The shapes of what the API answers about events. */
import { z } from '@hono/zod-openapi'

const STATUSES = ['delivered', 'waiting', 'dead'] as const

const Instant = z.iso.datetime().openapi({ example: '2026-11-20T10:00:00.000Z' })
const Masked = 'Masked for viewers.'

export const EventItem = z
  .object({
    id: z.string().openapi({ example: 'evt_90c8812403398797436c8e8049dd4afb' }),
    receivedAt: Instant,
    kind: z.string().nullable().openapi({
      example: 'messaging.inbound',
      description: 'Null: nobody can read it.',
    }),
    endpoint: z.string().nullable().openapi({
      example: 'sms',
      description: 'Null: it has another source.',
    }),
    source: z.string().nullable().openapi({ example: '/endpoints/sms' }),
    account: z.string().nullable().openapi({ example: 'AC00000000000000000000000000000000' }),
    subject: z.string().nullable().openapi({ example: 'SM00000000000000000000000000000001' }),
    thread: z.string().nullable().openapi({
      example: 'SM00000000000000000000000000000001',
      description: 'The SID that all events of one call or message share.',
    }),
    from: z.string().nullable().openapi({ example: '+15005550006', description: Masked }),
    to: z.string().nullable().openapi({ example: '+15005550010', description: Masked }),
    tookMs: z.number().nullable().openapi({ description: 'From the request to the answer.' }),
    outcome: z.enum([...STATUSES, 'unmatched']),
    deliveries: z
      .array(z.object({ target: z.string(), status: z.enum(STATUSES), attempts: z.number() }))
      .openapi({ description: 'For each target, replays counted in.' }),
    replays: z.number().openapi({ description: 'How many there are.' }),
  })
  .openapi('Event')

export const EventList = z.object({
  items: z.array(EventItem),
  next: z.string().nullable().openapi({
    description:
      'Pass it as `cursor`. A selective search may end with few items, or none, and a `next`: go on then.',
  }),
  searchedTo: Instant.nullable().openapi({
    description: 'How far back it has looked; null: through everything.',
  }),
  live: z.string().nullable().openapi({
    description: 'Of a first page: pass it as `after` to /events/live or /stream.',
  }),
})

export const LiveList = z.object({
  items: z.array(EventItem).openapi({ description: 'Oldest first.' }),
  after: z.string().openapi({ description: 'Pass it as `after` next time.' }),
  more: z.boolean().openapi({ description: 'There is more right now.' }),
})

export const Answer = z
  .object({
    status: z.int(),
    contentType: z.string().nullable(),
    body: z
      .string()
      .nullable()
      .openapi({
        description: `Null: too large, or not kept. ${Masked}`,
      }),
    from: z.string().openapi({
      example: 'config',
      description: '`config`, `default`, `mismatch`, `origin` or `otherwise.<reason>`.',
    }),
  })
  .openapi('Answer')

const OriginalRequest = z.object({
  method: z.string(),
  contentType: z.string(),
  query: z.string(),
  body: z.string(),
  encoding: z.enum(['utf-8', 'base64']),
  idempotencyToken: z.string().optional(),
  keyName: z.string().optional().openapi({ description: 'Of the key ring: which one signed it.' }),
})

const CloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string().optional(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  dataschema: z.string().optional(),
  kind: z.string(),
  account: z.string().optional(),
  region: z.string().optional(),
  idempotencykey: z.string().optional(),
  traceparent: z.string(),
  data: z.unknown().openapi({ description: 'See docs/events.md.' }),
})

const Message = z
  .object({
    event: CloudEvent,
    request: OriginalRequest,
    reply: Answer.optional(),
    redacted: z.array(z.string()).optional().openapi({
      description:
        'Parameters that the config keeps out of the ledger: hashes stand in their place.',
    }),
  })
  .openapi('Message', { description: 'The event, and the request that it came from.' })

export const Stored = z
  .discriminatedUnion('state', [
    z.object({ state: z.enum(['whole', 'redacted']), message: Message }),
    z.object({
      state: z.literal('unreadable'),
      text: z.string().openapi({ description: 'As it came.' }),
    }),
    z.object({ state: z.literal('gone') }),
  ])
  .openapi('Stored', {
    description: `\`gone\`: it was too large for the ledger, and is kept for 15 days. ${Masked}`,
  })

const Attempt = z.object({
  number: z.int(),
  at: Instant,
  durationMs: z.number(),
  status: z.number().nullable().openapi({ description: 'Null: there was no answer.' }),
  verdict: z.string(),
  reason: z.string().nullable(),
  excerpt: z.string().openapi({ description: `The first KB of the answer. ${Masked}` }),
  nextAt: Instant.nullable(),
})

const Delivery = z.object({
  target: z.string(),
  status: z.enum(STATUSES),
  attempts: z.number(),
  nextAt: Instant.nullable(),
  reason: z.string().nullable(),
  updatedAt: Instant.nullable(),
  history: z.array(Attempt),
})

const Run = z.object({
  replay: z.string().nullable().openapi({ description: 'Null: the event as it came.' }),
  recordedAt: Instant,
  targets: z.array(z.string()),
  deliveries: z.array(Delivery),
})

export const EventDetail = z
  .object({
    event: EventItem,
    recordedAt: Instant,
    stored: Stored,
    reply: Answer.nullable().openapi({
      description: 'What Twilio got back. Null: not recorded, or not yet when an app was asked.',
    }),
    runs: z.array(Run).openapi({ description: 'The event as it came, then its replays.' }),
  })
  .openapi('EventDetail')

export const RelatedList = z.object({
  items: z.array(EventItem).openapi({ description: 'In the order of time, this one included.' }),
  isPartial: z.boolean().openapi({ description: 'There may be others, further away.' }),
})
