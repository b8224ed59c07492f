/** Offers deliveries to their lanes: one call for each lane (more for what is huge), all at once. */
import type { PreparedTarget } from '../config/targets.ts'
import { toLaneCount, toLaneTarget } from '../config/targets.ts'
import { withDeadline } from '../deadline.ts'
import { toBatches, type BatchLimits } from '../events/batches.ts'
import type { EventMessage } from '../events/message.ts'
import { toFault, type Log } from '../log.ts'
import type { KeptChange, Offered } from './changes.ts'
import { toLaneName, type LaneSpace } from './lanes.ts'
import type { LineAnswer } from './line.ts'

export interface LaneOffer extends Omit<Offered, 'target'> {
  target: PreparedTarget
  message: EventMessage
}

export interface LaneDeps {
  lanes: LaneSpace
  log: Log
}

/** Far longer than a lane takes to answer; an object that hangs must not hold the others up. */
const LANE_BUDGET_MS = 5_000
/** An RPC takes 32 MiB; text that is no Latin-1 has two bytes a character there. */
const OFFER_BATCH: BatchLimits = { count: 1_000, bytes: 12_000_000 }

const LATE = Symbol('late')

/** An answer for each offer, in their order; null: its lane cannot be reached, or has died. */
export async function offerAll(
  offers: readonly LaneOffer[],
  deps: LaneDeps,
): Promise<(LineAnswer | null)[]> {
  const byLane = Map.groupBy(offers.entries(), ([, { target, claim }]) => toLaneName(target, claim))
  const answers: (LineAnswer | null)[] = offers.map(() => null)
  const calls = [...byLane].flatMap(([name, entries]) =>
    toBatches(entries, OFFER_BATCH, ([, { message }]) => JSON.stringify(message)).map((some) => ({
      name,
      entries: some,
    })),
  )
  await Promise.all(
    calls.map(async ({ name, entries }) => {
      const answered = await offerTo(
        name,
        entries.map(([, offer]) => offer),
        deps,
      )
      for (const [i, [at]] of entries.entries()) answers[at] = answered?.[i] ?? null
    }),
  )
  return answers
}

async function offerTo(
  name: string,
  offers: readonly LaneOffer[],
  { lanes, log }: LaneDeps,
): Promise<LineAnswer[] | null> {
  const [first] = offers
  if (!first) return null
  const target = toLaneTarget(first.target)
  const items = offers.map(({ claim, seq, message, attempt }) => ({ claim, seq, message, attempt }))
  try {
    const offer = { target, lanes: toLaneCount(target.concurrency), items }
    const answers = await withDeadline(lanes.getByName(name).offer(offer), LANE_BUDGET_MS, LATE)
    if (answers !== LATE) return answers
    log({ event: 'lane.late', lane: name, deliveries: items.length })
  } catch (error) {
    log({ event: 'lane.failed', lane: name, deliveries: items.length, ...toFault(error) })
  }
  return null
}

/** Gives what the ledger refused to the lanes that it came from. Never rejects. */
export async function keepAll(
  changes: readonly { lane: string; change: KeptChange }[],
  { lanes, log }: LaneDeps,
): Promise<void> {
  const byLane = Map.groupBy(changes, ({ lane }) => lane)
  await Promise.all(
    [...byLane].map(async ([name, kept]) => {
      try {
        const call = lanes.getByName(name).keep(kept.map(({ change }) => change))
        await withDeadline(call, LANE_BUDGET_MS, undefined)
      } catch (error) {
        log({ event: 'lane.failed', lane: name, deliveries: kept.length, ...toFault(error) })
      }
    }),
  )
}
