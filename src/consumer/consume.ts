/**
 * The events queue: each message goes to the targets that it is owed to.
 *
 * Promises: a message is acknowledged only by what `settle` decided; nothing that goes wrong with one
 * message or one target touches another; nothing is thrown, since an uncaught throw would hand out
 * the whole batch again (Cloudflare Queues).
 *
 * Weak, until a ledger counts: the attempt number is the queue's count of hand-outs plus what the
 * message carries. Cloudflare also counts hand-outs that ended in a crash or waited for our own
 * parts, so it is an upper bound. And copies of an event are delivered as often as they come.
 */
import type { PreparedTarget, PreparedTargets } from '../config/targets.ts'
import type { EventMessage } from '../events/message.ts'
import { parseMessage } from '../events/parse-message.ts'
import { attemptDelivery, type AttemptDeps, type DeliveryState } from './attempt.ts'
import { resolveMessage } from './large-events.ts'
import { toFault } from '../log.ts'
import { postpone, toDelaySeconds, toPostponementMs } from './postpone.ts'
import {
  DONE,
  settle,
  settleUndeliverable,
  type Fate,
  type Handout,
  type SettleDeps,
} from './settle.ts'
import { createSlots, type Slots } from './slots.ts'

export interface ConsumeDeps extends AttemptDeps, SettleDeps {
  /** The targets of the current config. Rejects when there is no config at all. */
  loadTargets: () => Promise<PreparedTargets>
  /** Puts a body into the dead-letter queue as it is. Rejects when the queue refuses. */
  buryUnreadable: (body: unknown) => Promise<unknown>
}

interface BatchContext extends ConsumeDeps {
  targets: PreparedTargets
  slots: Slots
  /** When the batch stops starting attempts, milliseconds since the epoch. */
  stopAt: number
}

/** Of the 6 connections of a Worker one is left for KV and the queues. */
const MAX_CONNECTIONS = 5
/** An invocation has 15 minutes, and dies with all that it has not acknowledged. */
const BATCH_BUDGET_MS = 10 * 60_000
/** Ten hand-outs are almost three hours; KV converges in minutes. */
const MAX_REFERENCE_HANDOUTS = 10

export async function consumeEvents(batch: MessageBatch, deps: ConsumeDeps): Promise<void> {
  const targets = await loadTargets(deps)
  if (!targets) {
    for (const message of batch.messages) postpone(message)
    return
  }
  const slots = createSlots(MAX_CONNECTIONS)
  const context = { ...deps, targets, slots, stopAt: deps.now() + BATCH_BUDGET_MS }
  await Promise.all(batch.messages.map((message) => consumeMessage(message, context)))
}

async function loadTargets(deps: ConsumeDeps): Promise<PreparedTargets | null> {
  try {
    return await deps.loadTargets()
  } catch (error) {
    deps.log({ event: 'config.unavailable', ...toFault(error) })
    return null
  }
}

async function consumeMessage(message: Message, context: BatchContext): Promise<void> {
  try {
    const fate = await decideFate(message, context)
    if (fate.done) message.ack()
    else message.retry({ delaySeconds: toDelaySeconds(fate.delayMs) })
  } catch (error) {
    context.log({ event: 'message.failed', message: message.id, ...toFault(error) })
    postpone(message)
  }
}

async function decideFate(message: Message, context: BatchContext): Promise<Fate> {
  const parsed = parseMessage(message.body)
  if (!parsed.ok) {
    await context.buryUnreadable(message.body)
    context.log({ event: 'message.unreadable', message: message.id, reason: parsed.error.reason })
    return DONE
  }
  const handout: Handout = {
    message: parsed.value,
    sentAt: message.timestamp.getTime(),
    handouts: message.attempts,
  }
  const resolved = await resolveMessage(handout.message, context.store)
  if (resolved.ok) return settle(handout, await deliver(resolved.value, handout, context), context)
  const { reason } = resolved.error
  const mayStillCome = reason === 'reference_missing' && handout.handouts < MAX_REFERENCE_HANDOUTS
  if (mayStillCome) return { done: false, delayMs: toPostponementMs(handout.handouts) }
  return settleUndeliverable(handout, reason, context)
}

/** Tries every target that the message is owed to, all at once. */
function deliver(
  message: EventMessage,
  { handouts }: Handout,
  context: BatchContext,
): Promise<DeliveryState[]> {
  const attempt = (message.attempts ?? 0) + handouts
  const owed = toOwed(message, context.targets)
  if (owed.length === 0) {
    const { id, kind } = message.event
    context.log({ event: 'event.unmatched', eventId: id, kind })
  }
  return Promise.all(
    owed.map(async ({ name, target }) =>
      target ? tryTarget(message, target, attempt, context) : toRemoved(name, attempt),
    ),
  )
}

/** By name once a message names its targets: what is owed stays owed when a filter changes. */
function toOwed(
  message: EventMessage,
  targets: PreparedTargets,
): { name: string; target: PreparedTarget | undefined }[] {
  if (message.targets) return message.targets.map((name) => ({ name, target: targets.get(name) }))
  return targets.matching(message.event).map((target) => ({ name: target.name, target }))
}

function tryTarget(
  message: EventMessage,
  target: PreparedTarget,
  attempt: number,
  context: BatchContext,
): Promise<DeliveryState> {
  return context.slots(async () => {
    if (context.now() < context.stopAt) return attemptDelivery(message, target, attempt, context)
    const delayMs = toPostponementMs(1)
    const verdict = { verdict: 'retry', delayMs, reason: 'batch_late' } as const
    return { target: target.name, verdict, attempts: attempt - 1 }
  })
}

function toRemoved(target: string, attempt: number): DeliveryState {
  const verdict = { verdict: 'dead', reason: 'target_removed' } as const
  return { target, verdict, attempts: attempt - 1 }
}
