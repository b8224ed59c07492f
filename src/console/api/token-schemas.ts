/** How the API shows tokens of programs. */
import { z } from '@hono/zod-openapi'
import type { TokenRow } from '../access/tokens.ts'
import { ROLES } from '../access/identity.ts'

const Instant = z.iso.datetime({ offset: true })

export const TokenSchema = z
  .object({
    id: z.string().openapi({ example: 'tok_0123456789abcdef01234567' }),
    name: z.string().openapi({ example: 'tail on the build server' }),
    role: z.enum(ROLES),
    state: z.enum(['active', 'expired', 'revoked']),
    createdAt: Instant,
    createdBy: z.string(),
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
  })
  .openapi('Token')

export const TokensSchema = z
  .object({ items: z.array(TokenSchema), next: z.string().nullable() })
  .openapi('Tokens')

export const NewTokenSchema = z
  .object({
    name: z.string().trim().min(1).max(64),
    role: z.enum(ROLES),
    expiresAt: Instant.nullable().default(null).openapi({ description: 'null: never' }),
  })
  .openapi('NewToken')

export const MadeTokenSchema = z
  .object({
    token: z.string().openapi({ description: 'Shown this once; only its hash is kept.' }),
    details: TokenSchema,
  })
  .openapi('MadeToken')

export const RevokedSchema = z
  .object({
    id: z.string(),
    isNew: z.boolean().openapi({ description: 'false: it was revoked already.' }),
  })
  .openapi('RevokedToken')

export const toToken = (row: TokenRow, now: number): z.infer<typeof TokenSchema> => ({
  id: row.id,
  name: row.name,
  role: row.role,
  state: toState(row, now),
  createdAt: toInstant(row.createdAt),
  createdBy: row.createdBy,
  expiresAt: row.expiresAt === null ? null : toInstant(row.expiresAt),
  revokedAt: row.revokedAt === null ? null : toInstant(row.revokedAt),
})

function toState({ expiresAt, revokedAt }: TokenRow, now: number) {
  if (revokedAt !== null) return 'revoked'
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active'
}

export const toInstant = (ms: number): string => new Date(ms).toISOString()

/** Where the next page begins: behind this one. */
export const toTokenCursor = ({ createdAt, id }: TokenRow): string => `${createdAt}.${id}`
export const TOKEN_CURSOR = /^(\d{1,15})\.(tok_[0-9a-f]{24})$/

export function parseTokenCursor(cursor: string | undefined) {
  const [, createdAt, id] = TOKEN_CURSOR.exec(cursor ?? '') ?? []
  return createdAt === undefined || id === undefined ? null : { createdAt: Number(createdAt), id }
}
