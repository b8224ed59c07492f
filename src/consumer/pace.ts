/**
 * How long a step of housekeeping goes on: a part of the cron's minute, and only while each call is quick.
 * One that is slow says that the ledger has enough to do without it; the next cron goes on.
 */
export interface Bounds {
  forMs: number
  /** For one call. */
  slowMs: number
}

/** A function to be asked after each call: whether there may be another. */
export function createPace(now: () => number, { forMs, slowMs }: Bounds): () => boolean {
  const startedAt = now()
  let last = startedAt
  return () => {
    const at = now()
    const tookMs = at - last
    last = at
    return tookMs < slowMs && at - startedAt < forMs
  }
}
