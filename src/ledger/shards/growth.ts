/**
 * The ledger of a shard that has been added: a webhook that came before may come again, and its event now
 * belongs here. For two days what is to be claimed here is looked for where it was until then, which
 * costs a read of each older ledger for each batch; afterwards nothing is asked any more.
 *
 * How old a shard is, its first event says: what has an event a minute before it is older.
 *
 * Weak: an event that still waits in its old queue is not in its old ledger yet. A copy of it is claimed
 * here; that the target is called once is then up to the lane's memory.
 */
import { toShard } from '../../events/shard.ts'
import { bounded } from '../d1.ts'
import type { Claim, ClaimRequest, Ledger } from '../ledger.ts'
import type { Ledgers } from './ledgers.ts'
import { findKnown } from './locate.ts'

/** Longer than Twilio tries. */
const GRACE_MS = 2 * 86_400_000
const OLDER_BY_MS = 60_000
/** Until there is a first event, it is looked for now and then. */
const LOOK_AGAIN_MS = 10_000

const FIRST = 'SELECT recorded_at AS at FROM events ORDER BY seq LIMIT 1'

const COPY: Claim = { state: 'copy' }
const LOST: Claim = { state: 'leased', until: 0 }

export interface Growth {
  dbs: Ledgers
  /** Whose ledger it is, from 2 on: what moves, moves to a shard that is new. */
  shard: number
}

/** Rejects, as the ledger's own calls do, also when an older ledger cannot be asked. */
export function withGrowth(ledger: Ledger, { dbs, shard }: Growth): Ledger {
  const db = dbs[shard - 1]
  return db && shard > 1 ? watchFor(ledger, db, dbs.slice(0, shard - 1)) : ledger
}

function watchFor(ledger: Ledger, own: D1Database, lower: readonly D1Database[]): Ledger {
  let known = { isNew: false, until: 0 }

  async function isNew(now: number): Promise<boolean> {
    if (now < known.until) return known.isNew
    const bornAt = await readFirst(own)
    if (bornAt !== null && bornAt + GRACE_MS <= now) {
      known = { isNew: false, until: Infinity }
      return false
    }
    const before = (bornAt ?? now) - OLDER_BY_MS
    const others = await Promise.all(lower.map(readFirst))
    const hasOlder = others.some((at) => at !== null && at < before)
    known = { isNew: hasOlder, until: now + LOOK_AGAIN_MS }
    return hasOlder
  }

  return {
    ...ledger,
    async claim(requests, now) {
      if (!(await isNew(now))) return ledger.claim(requests, now)
      const copies = await findCopies(requests, lower, own)
      if (copies.size === 0) return ledger.claim(requests, now)
      const rest = requests.filter((request) => !copies.has(request))
      const { claims, paused } = await ledger.claim(rest, now)
      const left = [...claims]
      return {
        claims: requests.map((request) => (copies.has(request) ? COPY : (left.shift() ?? LOST))),
        paused,
      }
    },
  }
}

async function readFirst(db: D1Database): Promise<number | null> {
  return bounded(db.prepare(FIRST).first<number>('at'))
}

/** Of those that an older ledger has, and this one has not. A replay was sent where its event is. */
async function findCopies(
  requests: readonly ClaimRequest[],
  lower: readonly D1Database[],
  own: D1Database,
): Promise<ReadonlySet<ClaimRequest>> {
  const ids = requests.flatMap(({ replay, eventId }) => (replay === null ? [eventId] : []))
  const asked = lower.map((db, i) => findKnown(db, ids.filter(mayBeIn(i + 1, lower.length))))
  const elsewhere = new Set((await Promise.all(asked)).flatMap((known) => [...known]))
  if (elsewhere.size === 0) return new Set()
  const here = await findKnown(own, [...elsewhere])
  return new Set(
    requests.filter(
      ({ replay, eventId }) => replay === null && elsewhere.has(eventId) && !here.has(eventId),
    ),
  )
}

/** Where an event belonged when there were fewer shards, however many. */
const mayBeIn = (shard: number, most: number) => (eventId: string) =>
  Array.from({ length: most }, (_, i) => toShard(eventId, i + 1)).includes(shard)
