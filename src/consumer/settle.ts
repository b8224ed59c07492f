/**
 * What becomes of a queue message when its deliveries are recorded: acknowledged when all of them are
 * finished, else handed out again when the next one is due.
 *
 * A message stays in the queue until then: it is the event's only whole copy that is sure to come back.
 * Before the queue would forget it, a fresh one takes its place; when the queue refuses that one, the
 * old one stays.
 */
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import { LARGE_EVENT_PREFIX } from '../events/message.ts'
import { toFault, type Log } from '../log.ts'
import type { Outgoing, Outlet } from './bury.ts'
import { createPack, storeEvent, type TextStore } from './large-events.ts'
import { postpone, toDelaySeconds } from './postpone.ts'
import type { Work } from './resolve.ts'

export interface SettleDeps {
  events: Outlet
  store: TextStore
  now: () => number
  log: Log
}

/** A message that is not done with. */
export interface Waiting {
  work: Work
  /** When its next delivery is due, milliseconds since the epoch. */
  dueAt: number
}

/** Half of the 4 days for which a queue keeps a message by default. */
const MAX_AGE_MS = 2 * 86_400_000
/** Half of `max_retries`. */
const MAX_HANDOUTS = 50
/** How long the old message waits when no fresh one could be sent. */
const REFUSED_MS = 3_600_000

export async function settleWaiting(waiting: readonly Waiting[], deps: SettleDeps): Promise<void> {
  const now = deps.now()
  const isOld = ({ work, dueAt }: Waiting) =>
    work.handed.attempts >= MAX_HANDOUTS || dueAt - work.handed.timestamp.getTime() > MAX_AGE_MS
  for (const one of waiting) if (!isOld(one)) retryAt(one, now)
  await renew(waiting.filter(isOld), now, deps)
}

function retryAt({ work, dueAt }: Waiting, now: number): void {
  work.handed.retry({ delaySeconds: toDelaySeconds(dueAt - now) })
}

async function renew(old: readonly Waiting[], now: number, deps: SettleDeps): Promise<void> {
  const fresh = await Promise.all(old.map((one) => toFresh(one, now, deps)))
  const sendable = fresh.filter((one) => one !== null)
  for (const batch of toBatches(sendable, QUEUE_BATCH, ({ outgoing }) => outgoing.body)) {
    try {
      await deps.events.sendBatch(batch.map(({ outgoing }) => outgoing))
      for (const { one } of batch) one.work.handed.ack()
    } catch (error) {
      deps.log({ event: 'queue.refused', queue: 'events', count: batch.length, ...toFault(error) })
      for (const { one } of batch) retryAt({ ...one, dueAt: now + REFUSED_MS }, now)
    }
  }
}

/** Null when KV, which a large one needs, fails; the old message waits then. */
async function toFresh(
  one: Waiting,
  now: number,
  { store, log }: SettleDeps,
): Promise<{ one: Waiting; outgoing: Outgoing } | null> {
  const { handed, packed, message } = one.work
  try {
    // KV forgets a large event after a while; one that goes on waiting must not be among them.
    const isLarge = 'ref' in packed && packed.ref.startsWith(LARGE_EVENT_PREFIX)
    if (isLarge) await storeEvent(message, store)
    const owner = packed.owner ?? handed.id
    const body = await createPack(packed, store)((whole) => ({ ...whole, owner }))
    const delaySeconds = toDelaySeconds(one.dueAt - now)
    return { one, outgoing: { body, contentType: 'text', delaySeconds } }
  } catch (error) {
    log({ event: 'message.failed', message: handed.id, ...toFault(error) })
    postpone(handed)
    return null
  }
}
