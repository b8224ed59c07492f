/** Reads who changed what, newest first. */
import { bounded } from '../../ledger/d1.ts'
import type { Outcome } from './audit.ts'
import type { Via } from './identity.ts'

export interface AuditRow {
  id: number
  /** Milliseconds since the epoch. */
  at: number
  actor: string
  /** Of a token; null for everybody else. */
  tokenName: string | null
  via: Via
  action: string
  subject: string
  /** JSON. */
  details: string
  outcome: Outcome
}

export interface AuditFilter {
  actor?: string | undefined
  action?: string | undefined
  subject?: string | undefined
}

const READ = `
  SELECT audit.id, at, actor, api_tokens.name AS tokenName, via, action, subject, details, outcome
  FROM audit
  LEFT JOIN api_tokens ON via = 'token' AND api_tokens.id = substr(actor, length('token:') + 1)
  WHERE audit.id < ?1
    AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR action = ?3) AND (?4 IS NULL OR subject = ?4)
  ORDER BY audit.id DESC LIMIT ?5`

/** @param before an `id`; null: from the newest on */
export async function readAudit(
  db: D1Database,
  { actor, action, subject }: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditRow[]> {
  const statement = db
    .prepare(READ)
    .bind(before ?? Number.MAX_SAFE_INTEGER, actor ?? null, action ?? null, subject ?? null, limit)
  return (await bounded(statement.all<AuditRow>())).results
}
