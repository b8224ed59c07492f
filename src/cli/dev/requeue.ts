/**
 * Puts back into the queue what the ledger says is still owed. Local queues are empty after a start, so
 * whatever waits has no message any more; a deploy's queues are stored, and need none of this.
 *
 * A message keeps the owner that the ledger knows, so that it takes the event over, and each delivery is
 * made when it is due. Left alone is what is owed to a target that the config does not have: with another
 * one tomorrow it may have, and the consumer would declare it dead today.
 */
import type { Miniflare } from 'miniflare'
import { toOutgoing } from '../../consumer/housekeeping.ts'
import { QUEUE_BATCH, toBatches } from '../../events/batches.ts'
import { toNames } from '../../ledger/d1.ts'
import type { LostEvent } from '../../ledger/patrol.ts'
import { isSettled } from '../../ledger/settled.ts'

export interface RequeueDeps {
  db: Awaited<ReturnType<Miniflare['getD1Database']>>
  events: Pick<Awaited<ReturnType<Miniflare['getQueueProducer']>>, 'sendBatch'>
  /** Names of the config's. */
  targets: readonly string[]
}

export interface Requeued {
  /** How many events are back in the queue. */
  sent: number
  /** How many wait for a target that is not there. */
  left: number
}

const OPEN = `
  SELECT events.seq, events.claim, events.event_id AS eventId, events.owner,
         json_group_array(owed.value) AS targets
  FROM events, json_each(events.targets) AS owed
  LEFT JOIN deliveries ON deliveries.seq = events.seq AND deliveries.target = owed.value
  WHERE coalesce(deliveries.status, 'waiting') = 'waiting'
    AND NOT ${isSettled('events', 'owed.value')}
  GROUP BY events.seq ORDER BY events.seq`

export async function requeueOpen({ db, events, targets }: RequeueDeps): Promise<Requeued> {
  const { results } = await db.prepare(OPEN).all<Omit<LostEvent, 'targets'> & { targets: string }>()
  const open = results.map((row): LostEvent => ({ ...row, targets: toNames(row.targets) }))
  const due = open.filter((event) => event.targets.every((name) => targets.includes(name)))
  for (const batch of toBatches(due.map(toOutgoing), QUEUE_BATCH, ({ body }) => body)) {
    await events.sendBatch(batch)
  }
  return { sent: due.length, left: open.length - due.length }
}
