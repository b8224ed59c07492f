/**
 * Turns the states of a message's deliveries into what happens to the message.
 *
 * Promises: a message is acknowledged only when each delivery is delivered, in the dead-letter queue,
 * or back in the events queue as a message of its own. When a queue refuses, the whole message stays.
 *
 * Weak: then, and when the Worker dies between a send and the acknowledgement, a target that already
 * has the event gets it again, under the same `webhook-id`.
 */
import { MESSAGE_VERSION, type DeadLetter, type QueueMessage } from '../events/message.ts'
import type { DeliveryState } from './attempt.ts'
import { QUEUE_BATCH, toBatches } from '../events/batches.ts'
import { createPack, toEventId, type Pack, type TextStore } from './large-events.ts'
import { toFault, type Log } from '../log.ts'
import { toDelaySeconds, toPostponementMs } from './postpone.ts'

/** What becomes of a queue message: done with, or handed out again after a delay. */
export type Fate = { done: true } | { done: false; delayMs: number }
export const DONE: Fate = { done: true }

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

export interface SettleDeps {
  events: Outlet
  dead: Outlet
  store: TextStore
  now: () => number
  log: Log
}

/** The message as the queue handed it out. */
export interface Handout {
  /** As it travelled: a reference stays one. */
  message: QueueMessage
  /** When the queue took it, milliseconds since the epoch. */
  sentAt: number
  /** How often the queue has handed it out. */
  handouts: number
}

interface Pending {
  target: string
  attempts: number
  delayMs: number
}

interface Dead {
  target: string
  attempts: number
  reason: string
}

/** Half of the 4 days for which a queue keeps a message by default: after that it would be lost. */
const MAX_AGE_MS = 2 * 86_400_000

export async function settle(
  handout: Handout,
  states: readonly DeliveryState[],
  deps: SettleDeps,
): Promise<Fate> {
  const pack = createPack(handout.message, deps.store)
  const dead = states.flatMap(toDead)
  const isBuried = await bury(handout, dead, pack, deps)
  const delayMs = toPostponementMs(handout.handouts)
  const unburied = isBuried ? [] : dead.map((one) => ({ ...one, delayMs }))
  const pending = [...states.flatMap(toPending), ...unburied]
  const [first] = pending
  if (!first) return DONE
  if (canStay(handout, first, deps.now())) return { done: false, delayMs: first.delayMs }
  return (await split(handout, pending, pack, deps)) ? DONE : { done: false, delayMs }
}

/** For a message that no target can be tried with: dead for each that it is owed to, `*` for all. */
export async function settleUndeliverable(
  handout: Handout,
  reason: string,
  deps: SettleDeps,
): Promise<Fate> {
  const { targets = [EVERY_TARGET], attempts = 0 } = handout.message
  const dead = targets.map((target) => ({ target, attempts, reason }))
  const isBuried = await bury(handout, dead, createPack(handout.message, deps.store), deps)
  return isBuried ? DONE : { done: false, delayMs: toPostponementMs(handout.handouts) }
}

function toDead({ target, verdict, attempts }: DeliveryState): Dead[] {
  const isDead = verdict.verdict === 'dead' || verdict.verdict === 'gone'
  return isDead ? [{ target, attempts, reason: verdict.reason }] : []
}

function toPending({ target, verdict, attempts }: DeliveryState): Pending[] {
  return verdict.verdict === 'retry' ? [{ target, attempts, delayMs: verdict.delayMs }] : []
}

/**
 * Whether the message itself can wait in the queue, for one operation instead of three: it is about
 * this one target, the queue's own count carries the attempts on, and it does not get too old.
 */
function canStay(handout: Handout, pending: Pending, now: number): boolean {
  const { message, handouts, sentAt } = handout
  const isAlone = message.targets?.length === 1
  const isCounted = pending.attempts === (message.attempts ?? 0) + handouts
  return isAlone && isCounted && now + pending.delayMs - sentAt <= MAX_AGE_MS
}

/** One message for each target that is still owed the event. False when not all are stored. */
function split(
  { message }: Handout,
  pending: readonly Pending[],
  pack: Pack,
  deps: SettleDeps,
): Promise<boolean> {
  return stores('events', message, deps, () =>
    pending.map(async ({ target, attempts, delayMs }): Promise<Outgoing> => ({
      body: await pack((m) => ({ ...m, targets: [target], attempts })),
      contentType: 'text',
      delaySeconds: toDelaySeconds(delayMs),
    })),
  )
}

/** One dead letter for each target. False when not all are stored; a repetition is one record. */
function bury(
  { message }: Handout,
  dead: readonly Dead[],
  pack: Pack,
  deps: SettleDeps,
): Promise<boolean> {
  const at = new Date(deps.now()).toISOString()
  return stores('dead', message, deps, () =>
    dead.map(async ({ target, attempts, reason }): Promise<Outgoing> => {
      const toLetter = (m: QueueMessage): DeadLetter => ({
        v: MESSAGE_VERSION,
        dead: { target, reason, attempts, at },
        message: m,
      })
      return { body: await pack(toLetter), contentType: 'text' }
    }),
  )
}

async function stores(
  queue: 'events' | 'dead',
  message: QueueMessage,
  deps: SettleDeps,
  toOutgoing: () => Promise<Outgoing>[],
): Promise<boolean> {
  try {
    const outgoing = await Promise.all(toOutgoing())
    for (const batch of toBatches(outgoing, QUEUE_BATCH, ({ body }) => body)) {
      await deps[queue].sendBatch(batch)
    }
    return true
  } catch (error) {
    deps.log({ event: 'queue.refused', queue, eventId: toEventId(message), ...toFault(error) })
    return false
  }
}
