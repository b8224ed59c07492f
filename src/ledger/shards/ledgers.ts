/** Ledgers of several shards: the first one's is the first; one is the plain case of every reader. */
export type Ledgers = readonly [D1Database, ...D1Database[]]

/** Asks all at once. Rejects when one of them does: what is missing a part would be wrong. */
export function askAll<T>(
  dbs: Ledgers,
  ask: (db: D1Database, index: number) => Promise<T>,
): Promise<[T, ...T[]]> {
  const [first, ...others] = dbs
  return Promise.all([ask(first, 0), ...others.map((db, i) => ask(db, i + 1))])
}

/** As Promise.all, and only when all are done: nothing goes on behind the answer. */
export async function settleAll<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}
