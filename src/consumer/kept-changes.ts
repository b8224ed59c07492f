/**
 * What a lane knows and the ledger does not yet: written down in the lane's own storage until D1 takes
 * it, so that a target that has the event is not called again when the object is gone meanwhile.
 *
 * Promises: a change is deleted only after the ledger has it; recorded twice, it is one. Of several
 * ledgers one that refuses keeps nothing from the others.
 */
import type { DurableObjectStorage } from '@cloudflare/workers-types'
import type { Ledger } from '../ledger/ledger.ts'
import { toFault, type Log } from '../log.ts'
import type { KeptChange } from './changes.ts'

export interface KeptChanges {
  /** Records them now; what the ledger refuses is kept, and tried again by `retry`. Never rejects. */
  record(changes: readonly KeptChange[]): Promise<void>
  /** Writes them down without a try: the ledger has just refused them. */
  keep(changes: readonly KeptChange[]): void
  find(claim: string, attempt: number): KeptChange | null
  /** Records what is kept. For the object's alarm. Never rejects. */
  retry(): Promise<void>
}

export interface KeptDeps {
  storage: Pick<DurableObjectStorage, 'kv' | 'setAlarm'>
  /** One for each shard. */
  ledgers: readonly Pick<Ledger, 'record'>[]
  now: () => number
  log: Log
}

const PREFIX = 'kept:'
const RETRY_MS = 10_000
const RETRY_COUNT = 100

export function createKeptChanges({ storage, ledgers, now, log }: KeptDeps): KeptChanges {
  let alarmAt = 0

  /** One that is set stays as it is: a stream of changes must not put it off for ever. */
  function wakeIn(ms: number): void {
    if (now() < alarmAt + RETRY_MS) return
    alarmAt = now() + ms
    void storage.setAlarm(alarmAt)
  }

  function keep(changes: readonly KeptChange[]): void {
    // What waited without a call comes back with its message; only a call must not be forgotten.
    const called = changes.filter(({ attempt }) => attempt !== null)
    for (const change of called) storage.kv.put(toKey(change.claim, change.attempts), change)
    if (called.length > 0) wakeIn(RETRY_MS)
  }

  /** @param down shards whose ledger is not asked; those that refuse now are added */
  async function findRefused(
    changes: readonly KeptChange[],
    down = new Set<number>(),
  ): Promise<KeptChange[]> {
    const byShard = [...Map.groupBy(changes, ({ shard = 1 }) => shard)]
    const refused = await Promise.all(
      byShard.map(async ([shard, own]) => {
        if (down.has(shard)) return own
        try {
          const ledger = ledgers[shard - 1]
          if (!ledger) throw new RangeError('no such shard')
          await ledger.record(own, [], now())
          return []
        } catch (error) {
          log({ event: 'ledger.refused', changes: own.length, ...toFault(error) })
          down.add(shard)
          return own
        }
      }),
    )
    return refused.flat()
  }

  return {
    keep,
    async record(changes) {
      const refused = await findRefused(changes)
      if (refused.length > 0) keep(refused)
    },
    find: (claim, attempt) => storage.kv.get<KeptChange>(toKey(claim, attempt)) ?? null,
    async retry() {
      alarmAt = 0
      // A ledger that refuses is asked once; the others get what stands behind its changes.
      const down = new Set<number>()
      let startAfter: string | undefined
      for (;;) {
        const page = { prefix: PREFIX, limit: RETRY_COUNT, ...(startAfter && { startAfter }) }
        const kept = [...storage.kv.list<KeptChange>(page)]
        const refused = new Set(
          await findRefused(
            kept.map(([, change]) => change),
            down,
          ),
        )
        for (const [key, change] of kept) if (!refused.has(change)) storage.kv.delete(key)
        startAfter = kept.at(-1)?.[0]
        if (kept.length < RETRY_COUNT || down.size >= ledgers.length) break
        if (down.size === 0) return wakeIn(0)
      }
      if (down.size > 0) wakeIn(RETRY_MS)
    },
  }
}

/** A lane is one target's, so its name need not be in the key. */
function toKey(claim: string, attempt: number): string {
  return `${PREFIX}${claim}/${attempt}`
}
