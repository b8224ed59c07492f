/** Puts messages that no target can be tried with into the dead-letter queue, with the reason. */
import { MESSAGE_VERSION, type DeadLetter, type QueueMessage } from '../events/message.ts'
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import { toFault, type Log } from '../log.ts'
import { createPack, toEventId, type TextStore } from './large-events.ts'

/** A target's name in a dead letter that is about every target that matches. */
export const EVERY_TARGET = '*'

export interface Outgoing {
  body: string
  contentType: 'text'
  delaySeconds?: number
}

/** The one call of a Cloudflare Queue that is used: resolves once all of them are stored. */
export interface Outlet {
  sendBatch(messages: Outgoing[]): Promise<unknown>
}

export interface BuryDeps {
  dead: Outlet
  store: TextStore
  now: () => number
  log: Log
}

/** One dead letter for each target that it is owed to. False when the queue refused. */
export async function bury(
  message: QueueMessage,
  reason: string,
  { dead, store, now, log }: BuryDeps,
): Promise<boolean> {
  const { targets = [EVERY_TARGET], attempts = 0 } = message
  const at = new Date(now()).toISOString()
  const pack = createPack(message, store)
  try {
    const letters = targets.map(async (target): Promise<Outgoing> => {
      const toLetter = (m: QueueMessage): DeadLetter => ({
        v: MESSAGE_VERSION,
        dead: { target, reason, attempts, at },
        message: m,
      })
      return { body: await pack(toLetter), contentType: 'text' }
    })
    for (const batch of toBatches(await Promise.all(letters), QUEUE_BATCH, ({ body }) => body)) {
      await dead.sendBatch(batch)
    }
    return true
  } catch (error) {
    log({ event: 'queue.refused', queue: 'dead', eventId: toEventId(message), ...toFault(error) })
    return false
  }
}
