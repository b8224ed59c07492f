/** Targets that get nothing for now: by an operator's word, or because they answered 410. */
import { bounded } from './d1.ts'

export interface PausedTarget {
  name: string
  /** Milliseconds since the epoch. */
  pausedAt: number
  reason: string
}

export interface Pauses {
  /** True when it was not paused before. */
  pause(name: string, reason: string, now: number): Promise<boolean>
  /** True when it was paused. */
  resume(name: string): Promise<boolean>
  list(): Promise<PausedTarget[]>
}

/** Whether it changed anything. */
async function change(statement: D1PreparedStatement): Promise<boolean> {
  const { meta } = await bounded(statement.run())
  return meta.changes > 0
}

/** Every call rejects when D1 fails. */
export function createPauses(db: D1Database): Pauses {
  return {
    pause: (name, reason, now) =>
      change(
        db
          .prepare(
            'INSERT INTO paused_targets (name, paused_at, reason) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING',
          )
          .bind(name, now, reason),
      ),
    resume: (name) => change(db.prepare('DELETE FROM paused_targets WHERE name = ?1').bind(name)),
    async list() {
      const sql = 'SELECT name, paused_at AS pausedAt, reason FROM paused_targets ORDER BY name'
      const { results } = await bounded(db.prepare(sql).all<PausedTarget>())
      return results
    },
  }
}
