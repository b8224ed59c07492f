/**
 * Where an event is. First where it belongs; then everywhere else, since it came perhaps when there were
 * fewer shards. With one ledger nothing is asked.
 */
import { pickShard, toShard } from '../../events/shard.ts'
import { bounded } from '../d1.ts'
import { hasEvent } from '../reads/outcome.ts'
import { askAll, type Ledgers } from './ledgers.ts'

/** As hasEvent has it, for some at once. */
const KNOWN = `
  SELECT wanted.value AS id FROM json_each(?1) AS wanted
  WHERE EXISTS (SELECT 1 FROM events WHERE events.claim = wanted.value)
     OR EXISTS (
       SELECT 1 FROM events
       WHERE events.claim >= wanted.value || '~' AND events.claim < wanted.value || '~' || char(127)
         AND events.event_id = wanted.value)`

/** Which of these events a ledger has, itself or a part. Rejects when D1 fails. */
export async function findKnown(db: D1Database, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const found = db.prepare(KNOWN).bind(JSON.stringify(ids)).all<{ id: string }>()
  return new Set((await bounded(found)).results.map(({ id }) => id))
}

/** The shard of each, by number; of one that nobody has, where it belongs. Rejects when D1 fails. */
export async function locateEvents(
  dbs: Ledgers,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const places = new Map(ids.map((id) => [id, toShard(id, dbs.length)]))
  if (dbs.length === 1) return places
  const own = Map.groupBy(places, ([, shard]) => shard)
  const found = await askAll(dbs, (db, i) => findKnown(db, own.get(i + 1)?.map(([id]) => id) ?? []))
  const strays = [...places].filter(([id, shard]) => found[shard - 1]?.has(id) !== true)
  if (strays.length === 0) return places
  const elsewhere = await askAll(dbs, (db, i) =>
    findKnown(
      db,
      strays.filter(([, shard]) => shard !== i + 1).map(([id]) => id),
    ),
  )
  for (const [i, known] of elsewhere.entries()) for (const id of known) places.set(id, i + 1)
  return places
}

/** The ledger that has an event; of one that nobody has, null. Rejects when D1 fails. */
export async function findLedger(dbs: Ledgers, id: string): Promise<D1Database | null> {
  const own = pickShard([...dbs], id)
  if (await hasEvent(own, id)) return own
  if (dbs.length === 1) return null
  const known = await askAll(dbs, async (db) => db !== own && (await hasEvent(db, id)))
  return dbs[known.indexOf(true)] ?? null
}
