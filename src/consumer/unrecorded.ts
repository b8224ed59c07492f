/**
 * Events of the kinds that are recorded only when there is a problem (`recordProblemsOnly`): their lanes
 * are asked first, and what every target took at once is acknowledged without a row in the ledger.
 *
 * Promises: a message is acknowledged here only when each target that matches has answered 2xx to this
 * event, or none matches. All others are left to be claimed like any event, with what the lanes have said,
 * so that nobody is asked twice.
 * Weak: there is no claim. What tells copies apart is the lane's memory of its last results (line.ts),
 * which a lane that has nothing to do loses within seconds; a copy that comes when that is gone is
 * delivered again, under the same `webhook-id`, also when the event has a row.
 */
import type { PreparedTarget } from '../config/targets.ts'
import type { Pauses } from '../ledger/pauses.ts'
import { toFault, type Log } from '../log.ts'
import { toClaimId } from './claim.ts'
import { offerAll, type LaneDeps, type LaneOffer } from './lane-calls.ts'
import type { LineAnswer } from './line.ts'
import { UNCLAIMED } from './line-entry.ts'
import { isFirst, type Work } from './resolve.ts'
import type { Settings } from './settings.ts'

export interface UnrecordedDeps extends LaneDeps {
  pauses: Pick<Pauses, 'list'>
  log: Log
}

/**
 * What the lanes have said of the first attempt, by message and target; null: no answer came. Whom a lane
 * still holds is not in it: it has to be asked again, for the record.
 */
export type Asked = ReadonlyMap<Work, ReadonlyMap<string, LineAnswer | null>>

export const NOTHING_ASKED: Asked = new Map()

export interface Left {
  /** To be claimed, in this order: of several for one event the first was asked for. */
  works: readonly Work[]
  asked: Asked
}

/** An event that has been handed out before may be in the ledger, and one with an owner is. */
export const isUnrecorded = (work: Work, { recordsProblemsOnly }: Settings): boolean =>
  isFirst(work) &&
  work.message.targets === undefined &&
  recordsProblemsOnly(work.message.event.kind)

export async function deliverUnrecorded(
  works: readonly Work[],
  settings: Settings,
  deps: UnrecordedDeps,
): Promise<Left> {
  if (works.length === 0) return { works, asked: NOTHING_ASKED }
  const paused = await readPaused(deps)
  if (!paused) return { works, asked: NOTHING_ASKED }
  const copies = [...Map.groupBy(works, ({ message }) => toClaimId(message))]
  const trials = copies.flatMap(([claim, group]) => toTrial(claim, group, paused, settings) ?? [])
  await askLanes(trials, deps)
  const clean = new Set(trials.filter(isClean).flatMap(({ group }) => group))
  for (const { handed } of clean) handed.ack()
  logClean(trials.filter(isClean), deps.log)
  return {
    works: works.filter((work) => !clean.has(work)),
    asked: new Map(trials.map(({ first, answers }) => [first, answers])),
  }
}

/** Null when the ledger does not answer. */
async function readPaused({ pauses, log }: UnrecordedDeps): Promise<ReadonlySet<string> | null> {
  try {
    return new Set((await pauses.list()).map(({ name }) => name))
  } catch (error) {
    log({ event: 'ledger.refused', pauses: true, ...toFault(error) })
    return null
  }
}

/** The messages of one event in a batch, and what came of the first. */
interface Trial {
  claim: string
  first: Work
  group: readonly Work[]
  targets: readonly PreparedTarget[]
  answers: Map<string, LineAnswer | null>
}

/** Null when somebody is paused, or when our own code throws: the usual way knows what to do then. */
function toTrial(
  claim: string,
  group: readonly Work[],
  paused: ReadonlySet<string>,
  { targets }: Settings,
): Trial | null {
  const [first] = group
  if (!first) return null
  try {
    const matching = targets.matching(first.message.event)
    if (matching.some(({ name }) => paused.has(name))) return null
    return { claim, first, group, targets: matching, answers: new Map() }
  } catch {
    return null
  }
}

async function askLanes(trials: readonly Trial[], deps: UnrecordedDeps): Promise<void> {
  const asked = trials.flatMap((trial) =>
    trial.targets.map((target) => {
      const { message } = trial.first
      const of = { claim: trial.claim, seq: UNCLAIMED, attempt: 1 }
      return { trial, offer: { ...of, target, message } satisfies LaneOffer }
    }),
  )
  const answers = await offerAll(
    asked.map(({ offer }) => offer),
    deps,
  )
  for (const [i, { trial, offer }] of asked.entries()) {
    const answer = answers[i] ?? null
    if (answer?.state !== 'held') trial.answers.set(offer.target.name, answer)
  }
}

const isClean = ({ targets, answers }: Trial): boolean =>
  targets.every(({ name }) => {
    const answer = answers.get(name)
    return answer?.state === 'done' && answer.result.status === 'delivered'
  })

/** One line for a batch: all that is left of these events. */
function logClean(clean: readonly Trial[], log: Log): void {
  if (clean.length === 0) return
  const unmatched = clean.filter(({ targets }) => targets.length === 0).length
  const messages = clean.reduce((sum, { group }) => sum + group.length, 0)
  const delivered = clean.length - unmatched
  log({ event: 'events.unrecorded', delivered, unmatched, copies: messages - clean.length })
}
