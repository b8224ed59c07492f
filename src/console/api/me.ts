/** Who asks, as the console sees them. */
import { createRoute, z } from '@hono/zod-openapi'
import { CSRF_FIELD, CSRF_HEADER } from '../access/csrf.ts'
import { ROLES, VIAS } from '../access/identity.ts'
import { PROBLEMS } from './problem.ts'
import { createRouter } from './router.ts'

const MeSchema = z
  .object({
    actor: z.string().openapi({ example: 'anna@example.com' }),
    via: z.enum(VIAS),
    role: z.enum(ROLES),
    csrf: z
      .object({ field: z.string(), header: z.string() })
      .nullable()
      .openapi({ description: 'Where a change wants its CSRF token; null: it needs none.' }),
  })
  .openapi('Me')

const getMe = createRoute({
  method: 'get',
  path: '/me',
  summary: 'Who asks, and what they may do',
  responses: {
    200: { description: 'You', content: { 'application/json': { schema: MeSchema } } },
    ...PROBLEMS,
  },
})

export const me = createRouter().openapi(getMe, (c) => {
  const { actor, via, role } = c.var.identity
  const csrf = via === 'token' ? null : { field: CSRF_FIELD, header: CSRF_HEADER }
  return c.json({ actor, via, role, csrf }, 200)
})
