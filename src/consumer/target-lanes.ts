/**
 * All lanes of one target at once, for what an operator does: look at them, empty them.
 *
 * Promises: a lane that cannot be reached is one lane that cannot be reached. It is reported as
 * unknown, and keeps nobody from the others.
 */
import { withDeadline } from '../deadline.ts'
import type { LineView } from './line-view.ts'

/** What an operator asks of a lane. Each call rejects when the object cannot be reached, or dies. */
export interface LaneControls {
  look(): Promise<LineView>
  /** Sends everything away that has not begun. */
  clear(): Promise<void>
}

export interface LaneControlSpace {
  getByName(name: string): LaneControls
}

/** How a lane stands; null: it did not say so in time. */
export interface LaneView {
  /** `crm/0` */
  lane: string
  view: LineView | null
}

/** Somebody looks at the page. */
const LOOK_MS = 2_000
const CLEAR_MS = 5_000

const LATE = Symbol('late')

/** One for each name, in their order. Never rejects. */
export function lookAtLanes(
  names: readonly string[],
  lanes: LaneControlSpace,
): Promise<LaneView[]> {
  return Promise.all(
    names.map(async (lane) => {
      try {
        return { lane, view: await withDeadline(lanes.getByName(lane).look(), LOOK_MS, null) }
      } catch {
        return { lane, view: null }
      }
    }),
  )
}

/** Rejects when one of them could not be emptied; the others are then empty all the same. */
export async function clearLanes(
  names: readonly string[],
  lanes: Pick<LaneControlSpace, 'getByName'>,
): Promise<void> {
  const cleared = await Promise.allSettled(
    names.map(async (name) => {
      const done = await withDeadline(lanes.getByName(name).clear(), CLEAR_MS, LATE)
      if (done === LATE) throw new LaneTimeout()
    }),
  )
  const failed = cleared.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}

class LaneTimeout extends Error {
  override name = 'LaneTimeout'
}
