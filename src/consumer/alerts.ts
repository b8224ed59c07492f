/**
 * Alerts: the gateway's own events, put into the queue as any other.
 *
 * Promises: never rejects, never takes long, and never more than one an hour for one kind and target:
 * their id says so to the ledger (src/events/alert.ts), and this isolate remembers which it has sent.
 * What is about an alert raises none. One that neither queue nor outbox takes is only in the log.
 */
import { withDeadline } from '../deadline.ts'
import { toAlert, type Alert } from '../events/alert.ts'
import { OUTBOX_PREFIX, type EventMessage } from '../events/message.ts'
import { isOwnKind } from '../events/own-kinds.ts'
import { toFault, type Log } from '../log.ts'

export interface Alerts {
  /** @param about the event that it is about, if there is one */
  raise(alert: Omit<Alert, 'now'>, about?: EventMessage): Promise<void>
}

export interface AlertDeps {
  /** The queue of an event. */
  events: (eventId: string) => AlertQueue
  /** Where it waits when the queue refuses. */
  outbox: { put(key: string, text: string): Promise<void> }
  now: () => number
  log: Log
}

export interface AlertQueue {
  send(body: string, options: { contentType: 'text' }): Promise<unknown>
}

const MAX_REMEMBERED = 1_000
/** Of the queue, and of the outbox. */
const BUDGET_MS = 2_000

const LATE = Symbol('late')

export function createAlerts({ events, outbox, now, log }: AlertDeps): Alerts {
  const raised = new Set<string>()

  async function send(message: EventMessage): Promise<void> {
    const text = JSON.stringify(message)
    const { id: eventId } = message.event
    try {
      await inTime(events(eventId).send(text, { contentType: 'text' }))
    } catch (error) {
      log({ event: 'queue.refused', queue: 'events', eventId, ...toFault(error) })
      await inTime(outbox.put(OUTBOX_PREFIX + eventId, text))
    }
  }

  return {
    async raise(alert, about) {
      if (about && isOwnKind(about.event.kind)) return
      const message = toAlert({ ...alert, now: now() })
      const { id } = message.event
      if (raised.has(id)) return
      if (raised.size >= MAX_REMEMBERED) raised.clear()
      raised.add(id)
      log({ event: 'alert.raised', eventId: id, kind: alert.kind, target: alert.target })
      try {
        await send(message)
      } catch (error) {
        raised.delete(id)
        log({ event: 'alert.failed', eventId: id, kind: alert.kind, ...toFault(error) })
      }
    },
  }
}

/** What is late may still be taken: the ledger takes the second for a copy. */
async function inTime(work: Promise<unknown>): Promise<void> {
  if ((await withDeadline(work, BUDGET_MS, LATE)) === LATE) throw new AlertTimeout()
}

class AlertTimeout extends Error {
  override name = 'AlertTimeout'
}
