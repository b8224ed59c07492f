/**
 * Pauses of several ledgers: each claim reads them in its own, so that they stand in all.
 *
 * The first ledger is the one that counts: it is written first, and what it refuses was not done. A
 * ledger behind it that fails makes the call reject; to repeat it mends that, and so does `mend`, which
 * the cron calls. Until then that shard goes by what it has.
 */
import { bounded } from '../d1.ts'
import { createPauses, type PausedTarget, type Pauses } from '../pauses.ts'
import { settleAll, type Ledgers } from './ledgers.ts'

export interface ShardedPauses extends Pauses {
  /** Makes the others as the first is. Rejects when a ledger fails; the others are then mended. */
  mend(): Promise<void>
}

export function createShardedPauses(dbs: Ledgers): ShardedPauses {
  const [first, ...others] = dbs
  const main = createPauses(first)

  async function everywhere(change: (pauses: Pauses) => Promise<boolean>): Promise<boolean> {
    const isNew = await change(main)
    const changed = await settleAll(others.map(async (db) => change(createPauses(db))))
    return isNew || changed.includes(true)
  }

  return {
    pause: (name, reason, now) => everywhere((pauses) => pauses.pause(name, reason, now)),
    resume: (name) => everywhere((pauses) => pauses.resume(name)),
    list: () => main.list(),
    async mend() {
      if (others.length === 0) return
      // The first is read last: what stood elsewhere before it, and not in it, was resumed.
      const found = await Promise.allSettled(others.map((db) => createPauses(db).list()))
      const wanted = await main.list()
      await settleAll(
        others.map(async (db, i) => {
          const own = found[i]
          if (own?.status !== 'fulfilled') throw own?.reason
          await mendOne(db, own.value, wanted)
        }),
      )
    },
  }
}

async function mendOne(
  db: D1Database,
  own: readonly PausedTarget[],
  wanted: readonly PausedTarget[],
): Promise<void> {
  const missing = wanted.filter(({ name }) => !own.some((one) => one.name === name))
  for (const { name, reason, pausedAt } of missing) {
    await createPauses(db).pause(name, reason, pausedAt)
  }
  const surplus = own.filter(({ name }) => !wanted.some((one) => one.name === name))
  for (const { name, pausedAt } of surplus) {
    // Not one that was paused again meanwhile.
    const sql = 'DELETE FROM paused_targets WHERE name = ?1 AND paused_at = ?2'
    await bounded(db.prepare(sql).bind(name, pausedAt).run())
  }
}
