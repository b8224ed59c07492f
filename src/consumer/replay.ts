/**
 * Replays: events that the ledger has, delivered once more.
 *
 * A replay is a message like any other, with the replay's id beside the event's: the ledger claims the
 * two together, so that the same replay runs once however often it is asked for, and another one runs.
 */
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import { LEDGER_PREFIX, MESSAGE_VERSION, type ReferenceMessage } from '../events/message.ts'
import { EVERY_TARGET, type Outgoing, type Outlet } from './bury.ts'

export interface ReplayOrder {
  eventId: string
  /** To whom; with `*` among them, or none: to every target that matches now. */
  targets: readonly string[]
}

/** Ids of replays stand in headers, logs and the ledger's claims. */
export const REPLAY_ID = /^rpl_[A-Za-z0-9]{1,40}$/

/**
 * Orders for the same event are one: a replay claims an event once. Rejects when the queue refuses; what
 * was sent before that does no harm when all is sent again under the same id.
 */
export async function sendReplays(
  orders: readonly ReplayOrder[],
  replay: string,
  events: Outlet,
): Promise<void> {
  const outgoing = toMerged(orders).map(({ eventId, targets }): Outgoing => {
    const message: ReferenceMessage = {
      v: MESSAGE_VERSION,
      ref: LEDGER_PREFIX + eventId,
      replay,
      ...(targets.length > 0 && { targets: [...targets] }),
    }
    return { body: JSON.stringify(message), contentType: 'text' }
  })
  for (const batch of toBatches(outgoing, QUEUE_BATCH, ({ body }) => body)) {
    await events.sendBatch(batch)
  }
}

/** One for each event; without targets when it is for all. */
function toMerged(orders: readonly ReplayOrder[]): ReplayOrder[] {
  const byEvent = Map.groupBy(orders, ({ eventId }) => eventId)
  return [...byEvent].map(([eventId, some]) => {
    const isForAll = some.some(
      ({ targets }) => targets.length === 0 || targets.includes(EVERY_TARGET),
    )
    const targets = new Set(some.flatMap((order) => order.targets))
    return { eventId, targets: isForAll ? [] : [...targets] }
  })
}
