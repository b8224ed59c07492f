/**
 * What to do with each delivery of a claimed event, by what the ledger and the config say. Pure.
 *
 * What is owed was fixed when the event was claimed first: a filter that changes later takes nothing
 * away, and a target that is gone from the config is a dead delivery, not a forgotten one.
 */
import type { PreparedTarget, PreparedTargets } from '../config/targets.ts'
import type { Claim, RecordedDelivery } from '../ledger/ledger.ts'
import { toPausedMs } from './postpone.ts'

export type OwnClaim = Extract<Claim, { state: 'ours' }>

export type Step =
  | { step: 'finished'; isDead: boolean }
  | { step: 'offer'; target: PreparedTarget; attempt: number }
  /** @property isNews whether the ledger does not say so yet */
  | { step: 'wait'; until: number; attempts: number; reason: 'paused' | 'retry'; isNews: boolean }
  | { step: 'die'; attempts: number; reason: 'target_removed' | 'expired' }

export interface Situation {
  targets: PreparedTargets
  paused: ReadonlySet<string>
  /** Milliseconds since the epoch. */
  now: number
  /** How old an event may become and still wait. */
  maxAgeMs: number
}

export interface Planned {
  receivedAt: number
  /** Attempts from before there was a ledger. */
  attemptsBefore: number
  /** How often the queue has handed the message out. */
  handouts: number
}

export function planDeliveries(
  claim: OwnClaim,
  planned: Planned,
  situation: Situation,
): { target: string; step: Step }[] {
  return claim.targets.map((target) => {
    const recorded = claim.deliveries.find((delivery) => delivery.target === target)
    return { target, step: planDelivery(target, recorded, planned, situation) }
  })
}

function planDelivery(
  name: string,
  recorded: RecordedDelivery | undefined,
  { receivedAt, attemptsBefore, handouts }: Planned,
  { targets, paused, now, maxAgeMs }: Situation,
): Step {
  if (recorded && recorded.status !== 'waiting') {
    return { step: 'finished', isDead: recorded.status === 'dead' }
  }
  const attempts = recorded?.attempts ?? attemptsBefore
  const target = targets.get(name)
  if (!target) return { step: 'die', attempts, reason: 'target_removed' }
  if (now - receivedAt > maxAgeMs) return { step: 'die', attempts, reason: 'expired' }
  if (paused.has(name)) {
    const isNews = recorded?.reason !== 'paused'
    return { step: 'wait', until: now + toPausedMs(handouts), attempts, reason: 'paused', isNews }
  }
  const nextAt = recorded?.nextAt ?? 0
  // A pause that is over ends the wait that it began.
  if (nextAt > now && recorded?.reason !== 'paused') {
    return { step: 'wait', until: nextAt, attempts, reason: 'retry', isNews: false }
  }
  return { step: 'offer', target, attempt: attempts + 1 }
}
