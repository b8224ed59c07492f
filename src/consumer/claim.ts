/**
 * Claims the events of a batch in the ledger, and settles the messages that have nothing to do: copies
 * of an event that another message is responsible for, and hand-outs of one that is still in work.
 */
import type { ClaimRequest, Claim, Claims, Ledger } from '../ledger/ledger.ts'
import type { EventMessage, QueueMessage } from '../events/message.ts'
import { toFault } from '../log.ts'
import type { BuryDeps } from './bury.ts'
import { describeEvent, toTookMs } from './describe.ts'
import { toEventId } from './large-events.ts'
import type { Settings } from './settings.ts'
import type { OwnClaim } from './plan.ts'
import { settlePoison } from './poison.ts'
import { postpone, toDelaySeconds } from './postpone.ts'
import type { Work } from './resolve.ts'

/** A message as the ledger may keep it. */
export type Redact = (message: EventMessage, names: readonly string[]) => EventMessage

export interface ClaimDeps extends BuryDeps {
  ledger: Pick<Ledger, 'claim'>
  redact: Redact
}

export interface Claimed {
  work: Work
  id: string
  claim: OwnClaim
}

export interface ClaimedBatch {
  claimed: Claimed[]
  paused: ReadonlySet<string>
}

/** From so many hand-outs on, a message may be what makes the ledger refuse its whole batch. */
const SUSPICIOUS_HANDOUTS = 4

const isSuspicious = ({ work }: Draft) => work.handed.attempts >= SUSPICIOUS_HANDOUTS

export async function claimWorks(
  works: readonly Work[],
  settings: Settings,
  deps: ClaimDeps,
): Promise<ClaimedBatch> {
  const drafted = await Promise.all(works.map((work) => toDraft(work, settings, deps)))
  const drafts = drafted.filter((draft) => draft !== null)
  const whole = await tryClaim(drafts, deps)
  if (whole) return settleOthers(drafts, whole, deps)
  for (const draft of drafts) if (!isSuspicious(draft)) postpone(draft.work.handed)
  const alone = await Promise.all(
    drafts.filter(isSuspicious).map(async (draft) => {
      const claims = await tryClaim([draft], deps)
      if (claims) return settleOthers([draft], claims, deps)
      postpone(draft.work.handed)
      return null
    }),
  )
  const batches = alone.filter((one) => one !== null)
  return {
    claimed: batches.flatMap(({ claimed }) => claimed),
    paused: new Set(batches.flatMap(({ paused }) => [...paused])),
  }
}

interface Draft {
  work: Work
  request: ClaimRequest
}

/** Null, and the message settled, when it makes our own code throw. */
async function toDraft(work: Work, settings: Settings, deps: ClaimDeps): Promise<Draft | null> {
  try {
    return { work, request: toClaimRequest(work, settings, deps) }
  } catch (error) {
    await settlePoison(work, error, deps)
    return null
  }
}

/** Null when the ledger refused; then nothing is known to be claimed. */
async function tryClaim(
  drafts: readonly Draft[],
  { ledger, now, log }: ClaimDeps,
): Promise<Claims | null> {
  if (drafts.length === 0) return { claims: [], paused: new Set() }
  try {
    return await ledger.claim(
      drafts.map(({ request }) => request),
      now(),
    )
  } catch (error) {
    log({ event: 'ledger.refused', messages: drafts.length, ...toFault(error) })
    return null
  }
}

function settleOthers(
  drafts: readonly Draft[],
  { claims, paused }: Claims,
  deps: ClaimDeps,
): ClaimedBatch {
  const claimed = new Map<string, Claimed>()
  for (const [i, { work, request }] of drafts.entries()) {
    const id = request.claim
    const claim = claims[i] ?? LOST
    // Twice in one batch: the same message, handed out twice.
    if (claim.state === 'ours' && !claimed.has(id)) claimed.set(id, { work, id, claim })
    else settleOther(work, claim, deps)
  }
  return { claimed: [...claimed.values()], paused }
}

const LOST: Claim = { state: 'leased', until: 0 }

function settleOther({ handed, message }: Work, claim: Claim, { now, log }: ClaimDeps): void {
  if (claim.state !== 'copy') {
    const until = claim.state === 'leased' ? claim.until : 0
    handed.retry({ delaySeconds: Math.max(toDelaySeconds(until - now()), 1) })
    return
  }
  handed.ack()
  log({ event: 'event.copy', eventId: message.event.id, kind: message.event.kind })
}

/**
 * What is claimed: the event; in a replay, this event in this replay; and what a message of an older
 * version narrows to some targets, that part, since it may have siblings for the others.
 */
export function toClaimId(message: QueueMessage): string {
  const part = message.replay ?? message.targets?.join('+')
  return part === undefined ? toEventId(message) : `${toEventId(message)}~${part}`
}

/** Whose turn it is, how often it was tried and how it came does not belong to the event. */
export function toBare(message: EventMessage): EventMessage {
  const { owner: _, targets: __, attempts: ___, replay: ____, outbox: _____, ...bare } = message
  return bare
}

/** Whoever may write to the queue may write any time; the ledger needs one. */
export function toReceivedAt(time: string, now: number): number {
  const at = Date.parse(time)
  return Number.isNaN(at) ? now : at
}

function toClaimRequest(
  work: Work,
  { targets, redact: names }: Settings,
  { redact, now }: ClaimDeps,
): ClaimRequest {
  const { handed, packed, message } = work
  const { event, replay = null } = message
  const owed = message.targets ?? targets.matching(event).map(({ name }) => name)
  const whole = toBare(message)
  const kept = names.length > 0 ? redact(whole, names) : whole
  return {
    claim: toClaimId(message),
    eventId: event.id,
    replay,
    owner: packed.owner ?? handed.id,
    receivedAt: toReceivedAt(event.time, now()),
    kind: event.kind,
    ...describeEvent(kept),
    tookMs: toTookMs(work),
    targets: owed,
    payload: replay === null ? JSON.stringify(kept) : null,
  }
}
