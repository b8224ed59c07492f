/** The shapes of the API's config routes. */
import { z } from '@hono/zod-openapi'
import { HOWS } from '../../config/published/publication.ts'

const Instant = z.iso.datetime({ precision: 3 }).openapi({ example: '2026-11-25T12:00:00.000Z' })

export const PublicationSchema = z
  .object({
    id: z.string().openapi({ example: '2026-11-25T12:00:00.000Z:3f2a9c1b5d7e' }),
    version: z.string().openapi({ example: '3f2a9c1b5d7e' }),
    at: Instant,
    by: z.string().openapi({ description: 'A claim: whoever may write to KV may write this.' }),
    how: z.enum([...HOWS, 'unknown']),
    message: z.string().nullable(),
    replaces: z.string().nullable().openapi({
      description: 'What was published before: a version, null for nothing, or "(broken)".',
    }),
    restores: z.string().nullable().openapi({
      description: 'Of a rollback: the id of the publication that it went back to.',
    }),
    standing: z.enum(['live', 'replaced', 'unfinished']).openapi({
      description: 'unfinished: it broke off, was overtaken, or KV does not show it yet.',
    }),
  })
  .openapi('Publication')

const Written = z.record(z.string(), z.unknown()).openapi({
  type: 'object',
  description:
    'The config as one writes it: endpoints and targets by name, durations as text, names of secrets only.',
})

export const EndpointSchema = z
  .object({
    name: z.string(),
    path: z.string(),
    url: z
      .url()
      .nullable()
      .openapi({
        description:
          'What to paste into Twilio. Of an endpoint for many paths: what they all start with. ' +
          'Null: the config has no publicUrl, and the URL is the address of the gateway and the path.',
      }),
    isPrefix: z.boolean(),
    kind: z.string().nullable().openapi({ description: 'Null: recognised from the parameters.' }),
    replies: z.array(z.enum(['twiml', 'json', 'status', 'origin'])).openapi({
      description: "In order; the first that holds answers. None: the kind's default.",
    }),
  })
  .openapi('ConfigEndpoint')

export const TargetSchema = z
  .object({
    name: z.string(),
    url: z.string().nullable().openapi({ description: 'Null: it is in a secret.' }),
    events: z.array(z.string()),
    format: z.enum(['cloudevents', 'twilio', 'slack']),
    secrets: z.array(z.string()).openapi({ description: 'Names.' }),
  })
  .openapi('ConfigTarget')

export const ConfigSchema = z
  .object({
    version: z.string(),
    source: z.enum(['kv', 'deploy']).openapi({
      description: 'kv: it was published; deploy: nothing is, and the last deploy carries it.',
    }),
    problem: z
      .enum(['not_json', 'wrong_format', 'broken', 'checksum', 'unavailable'])
      .nullable()
      .openapi({
        description:
          'Why what is published does not count: Workers go on with what they have. Null: it does.',
      }),
    published: z.string().nullable().openapi({
      description:
        'What is in KV: a version, null for nothing, or "(broken)". A rollback wants it as `expected`.',
    }),
    publication: PublicationSchema.nullable().openapi({
      description: 'Who published it and when; null: the history does not know it.',
    }),
    publicUrl: z.url().nullable(),
    endpoints: z.array(EndpointSchema),
    targets: z.array(TargetSchema),
    redact: z.array(z.string()),
    retention: z.string().openapi({ example: '30d' }),
    written: Written,
  })
  .openapi('Config')

export const VersionsSchema = z.object({
  items: z.array(PublicationSchema),
  next: z.string().nullable(),
})

export const VersionSchema = z
  .object({ publication: PublicationSchema, written: Written })
  .openapi('ConfigVersion')

const ChangeSchema = z
  .object({
    type: z.enum(['added', 'removed', 'changed']),
    path: z.string().openapi({ example: 'targets.crm.timeout' }),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .openapi('ConfigChange')

const SideSchema = z.object({ name: z.string(), version: z.string() })

export const DifferenceSchema = z
  .object({
    from: SideSchema,
    to: SideSchema,
    isSame: z.boolean(),
    changes: z.array(ChangeSchema),
    lines: z.array(z.string()).openapi({ description: 'As `switchboard diff` shows them.' }),
    hidden: z.int().openapi({
      description: 'Changes in what a viewer may not see.',
    }),
  })
  .openapi('ConfigDifference')

export const PlanSchema = z
  .object({
    to: PublicationSchema,
    expected: z.string().nullable().openapi({ description: 'Pass it on to the rollback.' }),
    isLive: z.boolean().openapi({ description: 'There is nothing to do.' }),
    difference: DifferenceSchema,
    warnings: z.array(
      z.object({
        code: z.enum([
          'public_url_changes',
          'targets_go',
          'secrets_missing',
          'secrets_unchecked',
          'gateway_unchecked',
        ]),
        message: z.string(),
      }),
    ),
  })
  .openapi('RollbackPlan')

export const OrderSchema = z
  .object({
    to: z.string().min(1).max(300).openapi({
      description: 'The id of a publication, or a version; the newest of that version is meant.',
    }),
    expected: z.string().max(300).nullable().openapi({
      description: '`published` of GET /config, as it was when this was decided.',
    }),
    message: z.string().max(1_000).optional().openapi({ description: 'Why, for the history.' }),
  })
  .openapi('RollbackOrder')

export const RolledBackSchema = z
  .object({
    status: z.enum(['published', 'unchanged']),
    version: z.string(),
    replaced: z.string().nullable(),
    everywhereWithinSeconds: z.int().openapi({
      description: 'KV takes about so long to show a write in every place, this console included.',
    }),
  })
  .openapi('RolledBack')

export const GatewaySchema = z
  .object({
    state: z.enum(['answers', 'foreign', 'unreachable', 'unknown']).openapi({
      description:
        'unknown: the config has no publicUrl. unreachable proves nothing: at Cloudflare no Worker ' +
        'can call the workers.dev address of another one.',
    }),
    version: z.string().nullable().openapi({ description: 'Of the config that it uses.' }),
    format: z.int().nullable(),
    problems: z.array(z.string()),
  })
  .openapi('Gateway')
