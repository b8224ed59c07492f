/**
 * Tokens of programs: made, listed, revoked, by operators.
 *
 * A token makes no other tokens: one that got into wrong hands ends when it is revoked, and leaves
 * nothing behind.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { createToken, createTokenId, createTokens, type TokenRow } from '../access/tokens.ts'
import { ProblemError, PROBLEMS } from './problem.ts'
import { createRouter, operatorsOnly, type ConsoleContext } from './router.ts'
import * as schemas from './token-schemas.ts'

const answer = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
})

const listTokens = createRoute({
  method: 'get',
  path: '/tokens',
  summary: 'Tokens of programs, newest first',
  middleware: [operatorsOnly] as const,
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      cursor: z.string().regex(schemas.TOKEN_CURSOR).optional(),
    }),
  },
  responses: { 200: answer('A page', schemas.TokensSchema), ...PROBLEMS },
})

const makeToken = createRoute({
  method: 'post',
  path: '/tokens',
  summary: 'Makes a token, and shows it this once; tokens themselves may not',
  middleware: [operatorsOnly] as const,
  request: {
    body: { content: { 'application/json': { schema: schemas.NewTokenSchema } }, required: true },
  },
  responses: { 201: answer('The token', schemas.MadeTokenSchema), ...PROBLEMS },
})

const revokeToken = createRoute({
  method: 'delete',
  path: '/tokens/{id}',
  summary: 'Makes a token worth nothing, at once and for good',
  middleware: [operatorsOnly] as const,
  request: { params: z.object({ id: z.string().min(1).max(64) }) },
  responses: { 200: answer('It is revoked', schemas.RevokedSchema), ...PROBLEMS },
})

export const tokens = createRouter()
  .openapi(listTokens, async (c) => {
    const { ledger, now } = c.var.deps
    const { limit, cursor } = c.req.valid('query')
    const after = schemas.parseTokenCursor(cursor)
    const { rows, hasMore } = await createTokens(ledger, now).list(limit, after)
    const last = rows.at(-1)
    const next = hasMore && last ? schemas.toTokenCursor(last) : null
    return c.json({ items: rows.map((row) => schemas.toToken(row, now())), next }, 200)
  })
  .openapi(makeToken, async (c) => {
    const wish = c.req.valid('json')
    const { row, token } = await make(c, wish)
    return c.json({ token, details: schemas.toToken(row, row.createdAt) }, 201)
  })
  .openapi(revokeToken, async (c) => {
    const { ledger, now, audit } = c.var.deps
    const { id } = c.req.valid('param')
    const known = createTokens(ledger, now)
    if (!(await known.find(id))) {
      throw new ProblemError({ status: 404, code: 'token_unknown', title: 'No such token.' })
    }
    const change = { action: 'token.revoke', subject: id }
    const isNew = await audit.record(c.var.identity, change, () => known.revoke(id))
    return c.json({ id, isNew }, 200)
  })

async function make(
  c: ConsoleContext,
  { name, role, expiresAt }: z.infer<typeof schemas.NewTokenSchema>,
): Promise<{ row: TokenRow; token: string }> {
  const { identity, deps } = c.var
  if (identity.via === 'token') {
    throw new ProblemError({
      status: 403,
      code: 'people_only',
      title: 'A token makes no tokens.',
      detail: 'Log in to the console, and make it there.',
    })
  }
  const createdAt = deps.now()
  const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt)
  if (expiresAtMs !== null && expiresAtMs <= createdAt) {
    throw new ProblemError({
      status: 400,
      code: 'request_invalid',
      title: 'The request is not as this route wants it.',
      errors: [{ path: 'expiresAt', message: 'is in the past' }],
    })
  }
  const [id, token] = [createTokenId(), createToken()]
  const of = { id, name, role, createdAt, createdBy: identity.actor }
  const row: TokenRow = { ...of, expiresAt: expiresAtMs, revokedAt: null }
  const change = { action: 'token.create', subject: id, details: { role, expiresAt } }
  await deps.audit.record(identity, change, async () => {
    const isNew = await createTokens(deps.ledger, deps.now).insert(row, token)
    if (!isNew) throw new Error('two tokens got one id')
  })
  return { row, token }
}
