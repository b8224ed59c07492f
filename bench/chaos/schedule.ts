/** When which fault is there: drawn from the seed. Windows of different faults overlap. Pure. */
import { createChance } from '../../src/cli/simulate/seeded.ts'
import type { ChaosFault } from './faults.ts'

export interface Form {
  /** Of each fault. */
  windows: number
  /** How much of the run each of them takes. */
  windowShare: number
  /** Of all calls of a target, in all windows that overlap. */
  maxTargetShare: number
  /** Whether windows that can take every call do so now and then. */
  hasWhole: boolean
}

export interface PlannedWindow {
  fault: ChaosFault
  /** Milliseconds after the start. */
  from: number
  to: number
  isWhole: boolean
}

/** @param spanMs for how long webhooks come: all windows are within it */
export function planWindows(
  seed: string,
  faults: readonly ChaosFault[],
  { windows, windowShare, hasWhole }: Form,
  spanMs: number,
): PlannedWindow[] {
  const planned = faults.flatMap((fault) => {
    if (fault.isAlways) return [{ fault, from: 0, to: spanMs, isWhole: false }]
    const chance = createChance(`${seed} ${fault.name}`)
    // One in each part of the run, so that a fault's windows do not overlap each other.
    const partMs = spanMs / windows
    const windowMs = spanMs * windowShare
    const whole = hasWhole && fault.canBeWhole === true ? chance.below(windows) : -1
    return Array.from({ length: windows }, (_, part) => {
      const from = Math.round(part * partMs + chance.next() * Math.max(partMs - windowMs, 0))
      return { fault, from, to: Math.round(from + windowMs), isWhole: part === whole }
    })
  })
  return planned.toSorted((one, other) => one.from - other.from)
}
