/**
 * Tokens of programs (migrations/0003, table api_tokens). A token is shown once; what is kept is its
 * SHA-256. It has 256 bits of randomness, so that neither salt nor stretching would add anything, and
 * looking for it by its hash tells nothing about the token.
 */
import { createHash } from 'node:crypto'
import { bounded } from '../../ledger/d1.ts'
import type { Identity, Role } from './identity.ts'

export const TOKEN_PREFIX = 'sbc_'
const TOKEN = /^sbc_[A-Za-z0-9_-]{43}$/

export interface TokenRow {
  id: string
  name: string
  role: Role
  /** Milliseconds since the epoch, as the other two. */
  createdAt: number
  createdBy: string
  /** Null: never. */
  expiresAt: number | null
  revokedAt: number | null
}

export interface TokenPage {
  rows: TokenRow[]
  /** There are more behind the last one. */
  hasMore: boolean
}

export interface Tokens {
  /** False: there is one with this id. */
  insert(row: TokenRow, token: string): Promise<boolean>
  /** Newest first. */
  list(limit: number, after: { createdAt: number; id: string } | null): Promise<TokenPage>
  /** Null: there is none. */
  find(id: string): Promise<TokenRow | null>
  /** False: there is none, or it is revoked already. */
  revoke(id: string): Promise<boolean>
  /** Whose token it is; null: nobody's, or not any more. */
  identify(token: string): Promise<Identity | null>
}

const COLUMNS = `id, name, role, created_at AS createdAt, created_by AS createdBy,
  expires_at AS expiresAt, revoked_at AS revokedAt`
const INSERT = `
  INSERT INTO api_tokens (id, name, role, hash, created_at, created_by, expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (id) DO NOTHING`
const LIST = `
  SELECT ${COLUMNS} FROM api_tokens
  WHERE ?2 IS NULL OR (created_at, id) < (?2, ?3)
  ORDER BY created_at DESC, id DESC LIMIT ?1`
const REVOKE = 'UPDATE api_tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL'
const FIND = `SELECT ${COLUMNS} FROM api_tokens WHERE id = ?1`
const IDENTIFY = `
  SELECT id, role FROM api_tokens
  WHERE hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)`

/** @param now milliseconds since the epoch */
export function createTokens(db: D1Database, now: () => number): Tokens {
  return {
    async insert({ id, name, role, createdAt, createdBy, expiresAt }, token) {
      const statement = db
        .prepare(INSERT)
        .bind(id, name, role, toHash(token), createdAt, createdBy, expiresAt)
      return (await bounded(statement.run())).meta.changes > 0
    },
    async list(limit, after) {
      const statement = db
        .prepare(LIST)
        .bind(limit + 1, after?.createdAt ?? null, after?.id ?? null)
      const { results } = await bounded(statement.all<TokenRow>())
      return { rows: results.slice(0, limit), hasMore: results.length > limit }
    },
    find: (id) => bounded(db.prepare(FIND).bind(id).first<TokenRow>()),
    async revoke(id) {
      return (await bounded(db.prepare(REVOKE).bind(id, now()).run())).meta.changes > 0
    },
    async identify(token) {
      if (!TOKEN.test(token)) return null
      const statement = db.prepare(IDENTIFY).bind(toHash(token), now())
      const row = await bounded(statement.first<{ id: string; role: Role }>())
      return row && { actor: `token:${row.id}`, via: 'token', role: row.role }
    },
  }
}

export function createToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return TOKEN_PREFIX + Buffer.from(bytes).toString('base64url')
}

export function createTokenId(): string {
  return `tok_${Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex')}`
}

const toHash = (token: string): string => createHash('sha256').update(token).digest('hex')
