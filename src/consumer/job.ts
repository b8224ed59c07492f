/**
 * Jobs: what a batch does with each event that it has claimed. A job collects what is decided about its
 * deliveries; consume.ts records and settles it.
 */
import { toChange, type KeptChange } from './changes.ts'
import { toReceivedAt, type ClaimDeps, type Claimed } from './claim.ts'
import { offerAll, type LaneDeps, type LaneOffer } from './lane-calls.ts'
import { toLaneName } from './lanes.ts'
import type { LineAnswer } from './line.ts'
import { planDeliveries, type Situation, type Step } from './plan.ts'
import { settlePoison } from './poison.ts'
import { toPostponementMs } from './postpone.ts'
import type { Asked } from './unrecorded.ts'

export type JobDeps = ClaimDeps & LaneDeps

/** One claimed message on its way through the batch. */
export interface Job extends Claimed {
  steps: { target: string; step: Step }[]
  /** When what is not finished is due, by target; milliseconds since the epoch. */
  dueAt: Map<string, number>
  hasDead: boolean
}

/** A change, and the lane that knows it, if one does. */
export interface Change {
  job: Job
  change: KeptChange
  lane: string | null
}

/** Null, and the message settled, when it makes our own code throw. */
export async function toJob(
  claimed: Claimed,
  situation: Situation,
  deps: JobDeps,
): Promise<Job | null> {
  const { handed, message } = claimed.work
  try {
    const planned = {
      receivedAt: toReceivedAt(message.event.time, deps.now()),
      attemptsBefore: message.attempts ?? 0,
      handouts: handed.attempts,
    }
    const steps = planDeliveries(claimed.claim, planned, situation)
    if (steps.length === 0) {
      const { id, kind } = message.event
      deps.log({ event: 'event.unmatched', eventId: id, kind })
    }
    const hasDead = steps.some(({ step }) => step.step === 'finished' && step.isDead)
    return { ...claimed, steps, dueAt: new Map(), hasDead }
  } catch (error) {
    await settlePoison(claimed.work, error, deps)
    return null
  }
}

/** What is decided without a call. */
export function toOwnChanges(jobs: readonly Job[]): Change[] {
  return jobs.flatMap((job) =>
    job.steps.flatMap(({ target, step }): Change[] => {
      const of = { claim: job.id, seq: job.claim.seq, target, attempt: null }
      if (step.step === 'wait') {
        const { until, attempts, reason } = step
        job.dueAt.set(target, until)
        const waiting = { status: 'waiting', nextAt: until, attempts, reason } as const
        return step.isNews ? [{ job, change: { ...of, ...waiting }, lane: null }] : []
      }
      if (step.step !== 'die') return []
      const { attempts, reason } = step
      job.hasDead = true
      const dead = { status: 'dead', nextAt: null, attempts, reason } as const
      return [{ job, change: { ...of, ...dead }, lane: null }]
    }),
  )
}

/** @param asked what lanes have said of the first attempt, before the event was claimed */
export async function offerJobs(
  jobs: readonly Job[],
  asked: Asked,
  deps: JobDeps,
): Promise<Change[]> {
  const offered = jobs.flatMap((job) =>
    job.steps.flatMap(({ step }) => {
      if (step.step !== 'offer') return []
      const { message } = job.work
      const { target, attempt } = step
      const offer: LaneOffer = { claim: job.id, seq: job.claim.seq, message, target, attempt }
      return [{ job, offer }]
    }),
  )
  const answers = await askOnce(offered, asked, deps)
  const now = deps.now()
  return offered.flatMap(({ job, offer }, i) => {
    const { target } = offer
    const answer = answers[i] ?? null
    if (!answer) {
      // Nobody knows whether it was called; the lane does, should it still live.
      job.dueAt.set(target.name, now + toPostponementMs(job.work.handed.attempts))
      return []
    }
    if (answer.state !== 'done') job.dueAt.set(target.name, now + answer.forMs)
    else if (answer.result.nextAt !== null) job.dueAt.set(target.name, answer.result.nextAt)
    else if (answer.result.status === 'dead') job.hasDead = true
    const change = toChange({ ...offer, target: target.name }, answer, now)
    return change ? [{ job, change, lane: toLaneName(target, job.id) }] : []
  })
}

async function askOnce(
  offered: readonly { job: Job; offer: LaneOffer }[],
  asked: Asked,
  deps: JobDeps,
): Promise<(LineAnswer | null)[]> {
  const said = offered.map(({ job, offer: { attempt, target } }) =>
    attempt === 1 ? asked.get(job.work)?.get(target.name) : undefined,
  )
  const rest = offered.filter((_, i) => said[i] === undefined)
  const answers = await offerAll(
    rest.map(({ offer }) => offer),
    deps,
  )
  return said.map((answer) => (answer === undefined ? (answers.shift() ?? null) : answer))
}
