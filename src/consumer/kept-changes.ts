/**
 * What a lane knows and the ledger does not yet: written down in the lane's own storage until D1 takes
 * it, so that a target that has the event is not called again when the object is gone meanwhile.
 *
 * Promises: a change is deleted only after the ledger has it; recorded twice, it is one.
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
  ledger: Pick<Ledger, 'record'>
  now: () => number
  log: Log
}

const PREFIX = 'kept:'
const RETRY_MS = 10_000
const RETRY_COUNT = 100

export function createKeptChanges({ storage, ledger, now, log }: KeptDeps): KeptChanges {
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

  async function isRecorded(changes: readonly KeptChange[]): Promise<boolean> {
    try {
      await ledger.record(changes, [], now())
      return true
    } catch (error) {
      log({ event: 'ledger.refused', changes: changes.length, ...toFault(error) })
      return false
    }
  }

  return {
    keep,
    async record(changes) {
      if (!(await isRecorded(changes))) keep(changes)
    },
    find: (claim, attempt) => storage.kv.get<KeptChange>(toKey(claim, attempt)) ?? null,
    async retry() {
      alarmAt = 0
      const kept = [...storage.kv.list<KeptChange>({ prefix: PREFIX, limit: RETRY_COUNT })]
      if (kept.length === 0) return
      const isDone = await isRecorded(kept.map(([, change]) => change))
      if (isDone) for (const [key] of kept) storage.kv.delete(key)
      if (!isDone) wakeIn(RETRY_MS)
      else if (kept.length === RETRY_COUNT) wakeIn(0)
    },
  }
}

/** A lane is one target's, so its name need not be in the key. */
function toKey(claim: string, attempt: number): string {
  return `${PREFIX}${claim}/${attempt}`
}
