/**
 * Who changed what (migrations/0003, table audit).
 *
 * A row is written before the change is made; when that fails, the change is not made. What becomes of
 * it is written afterwards. A row that stays `begun` belongs to a change that may or may not have been
 * made: the Worker died, or D1 did, between the two.
 */
import { bounded } from '../../ledger/d1.ts'
import { toFault, writeLog, type Log } from '../../log.ts'
import type { Identity } from './identity.ts'

export type Outcome = 'begun' | 'done' | 'failed'

export interface Change {
  /** `target.pause`, `event.replay`, `config.rollback`, … */
  action: string
  /** The target, event, job or version that it is about. */
  subject: string
  /** Without personal data and secrets: it is kept for good. */
  details?: Readonly<Record<string, string | number | boolean | null | readonly string[]>>
}

export interface Audit {
  /**
   * Makes a change, recorded. Rejects with `AuditUnavailable` when the row could not be written, and
   * with whatever `work` rejects with.
   */
  record<T>(identity: Identity, change: Change, work: () => Promise<T>): Promise<T>
}

/** The change was not made, because nobody could have said later who made it. */
export class AuditUnavailable extends Error {
  override name = 'AuditUnavailable'
}

const BEGIN = `
  INSERT INTO audit (at, actor, via, action, subject, details, outcome)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'begun')
  RETURNING id`
const END = 'UPDATE audit SET outcome = ?2 WHERE id = ?1'

/** @param now milliseconds since the epoch */
export function createAudit(db: D1Database, now: () => number, log: Log = writeLog): Audit {
  async function begin({ actor, via }: Identity, change: Change): Promise<number> {
    const { action, subject, details = {} } = change
    const statement = db
      .prepare(BEGIN)
      .bind(now(), actor, via, action, subject, JSON.stringify(details))
    try {
      const row = await bounded(statement.first<{ id: number }>())
      if (row) return row.id
    } catch (cause) {
      throw new AuditUnavailable('the audit cannot be written', { cause })
    }
    throw new AuditUnavailable('the audit gave no id')
  }

  // The change is made: to say that it failed, because of a record, would have it made twice.
  async function end(id: number, outcome: Outcome): Promise<void> {
    try {
      await bounded(db.prepare(END).bind(id, outcome).run())
    } catch (error) {
      log({ event: 'audit.unfinished', id, outcome, ...toFault(error) })
    }
  }

  return {
    async record(identity, change, work) {
      const id = await begin(identity, change)
      try {
        const value = await work()
        await end(id, 'done')
        return value
      } catch (error) {
        await end(id, 'failed')
        throw error
      }
    },
  }
}
