/** Who changed what. For operators: it names people. */
import { createRoute, z } from '@hono/zod-openapi'
import { readAudit, type AuditRow } from '../access/audit-log.ts'
import { VIAS } from '../access/identity.ts'
import { PROBLEMS } from './problem.ts'
import { createRouter, operatorsOnly } from './router.ts'

const EntrySchema = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string().openapi({ example: 'anna@example.com' }),
    tokenName: z.string().nullable().openapi({ description: 'If the actor is a token.' }),
    via: z.enum(VIAS),
    action: z.string().openapi({ example: 'target.pause' }),
    subject: z.string().openapi({ example: 'crm' }),
    details: z.record(z.string(), z.unknown()),
    outcome: z.enum(['begun', 'done', 'failed']).openapi({
      description: '`begun`: it runs, or nobody knows what became of it.',
    }),
  })
  .openapi('AuditEntry')

const Exactly = z.string().min(1).max(300).optional()

const getAudit = createRoute({
  method: 'get',
  path: '/audit',
  summary: 'Who changed what, newest first',
  middleware: [operatorsOnly] as const,
  request: {
    query: z.object({
      actor: Exactly,
      action: Exactly,
      subject: Exactly,
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: {
      description: 'A page',
      content: {
        'application/json': {
          schema: z.object({ items: z.array(EntrySchema), next: z.string().nullable() }),
        },
      },
    },
    ...PROBLEMS,
  },
})

export const audit = createRouter().openapi(getAudit, async (c) => {
  const { limit, cursor, ...filter } = c.req.valid('query')
  const before = cursor === undefined ? null : Number(cursor)
  const rows = await readAudit(c.var.deps.ledger, filter, before, limit + 1)
  const items = rows.slice(0, limit).map(toEntry)
  return c.json({ items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }, 200)
})

function toEntry({ id, at, details, ...row }: AuditRow): z.infer<typeof EntrySchema> {
  return {
    ...row,
    id: String(id),
    at: new Date(at).toISOString(),
    details: z.record(z.string(), z.unknown()).parse(JSON.parse(details)),
  }
}
