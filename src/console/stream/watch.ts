/**
 * What came a moment ago and may still change: sent ones, so that their outcome can be told, and those that a
 * filter by outcome does not want yet.
 *
 * Bounded: MAX_WATCHED of them, the oldest go first, for WATCH_MS. What changes later is in the list.
 */
import type { EventFilter, EventRow } from '../../ledger/reads/types.ts'

const MAX_WATCHED = 500
const WATCH_MS = 600_000
/** Looked at in one go, those first that were not for the longest. */
const LOOK = 100

interface Watched {
  row: EventRow
  isSent: boolean
  until: number
}

export interface Changed {
  row: EventRow
  /** `event`: it is wanted only now. */
  as: 'event' | 'outcome'
}

export interface Watch {
  /** True: the filter wants it now. */
  add(row: EventRow, now: number): boolean
  /** Whom to look at now, by `seq`. */
  next(now: number): number[]
  /** What to say about what was found. */
  update(rows: readonly EventRow[]): Changed[]
}

export function createWatch({ outcome, target }: EventFilter): Watch {
  const watched = new Map<number, Watched>()

  const isWanted = ({ outcome: whole, deliveries }: EventRow): boolean => {
    if (outcome === undefined) return true
    if (target === undefined) return whole === outcome
    return deliveries.some((one) => one.target === target && one.status === outcome)
  }

  function put(entry: Watched): void {
    const { seq } = entry.row
    watched.delete(seq)
    if (!isFinal(entry.row)) watched.set(seq, entry)
    const oldest = watched.keys().next()
    if (watched.size > MAX_WATCHED && !oldest.done) watched.delete(oldest.value)
  }

  return {
    add(row, now) {
      const isSent = isWanted(row)
      put({ row, isSent, until: now + WATCH_MS })
      return isSent
    },
    next(now) {
      for (const [seq, { until }] of watched) if (until <= now) watched.delete(seq)
      return [...watched.keys()].slice(0, LOOK)
    },
    update(rows) {
      return rows.flatMap((row): Changed[] => {
        const known = watched.get(row.seq)
        if (!known) return []
        const isSent = known.isSent || isWanted(row)
        put({ ...known, row, isSent })
        if (!known.isSent) return isSent ? [{ row, as: 'event' }] : []
        return isSame(known.row, row) ? [] : [{ row, as: 'outcome' }]
      })
    },
  }
}

const isFinal = ({ outcome }: EventRow): boolean =>
  outcome === 'delivered' || outcome === 'unmatched'

const isSame = (a: EventRow, b: EventRow): boolean =>
  JSON.stringify(a.deliveries) === JSON.stringify(b.deliveries)
