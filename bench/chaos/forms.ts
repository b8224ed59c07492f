/** A run of minutes, and one of seconds in which every fault is met as well. */
import type { ChaosOptions } from './chaos.ts'

type FormOptions = Omit<ChaosOptions, 'seed' | 'onProgress'>

export const LONG: FormOptions = {
  count: 20_000,
  rate: 80,
  windows: 3,
  windowShare: 0.032,
  maxTargetShare: 1,
  hasWhole: true,
  pushMs: 5_000,
  cronMs: 5_000,
  patienceMs: 60_000,
  maxDelaySeconds: 20,
  quietMs: 600_000,
}

/**
 * Claims run out and messages come back after a second or two. Few calls fail at a time: eight in a row
 * would open a breaker, which takes half a minute.
 */
export const SHORT: FormOptions = {
  count: 500,
  rate: 60,
  windows: 1,
  windowShare: 0.18,
  maxTargetShare: 0.25,
  hasWhole: false,
  pushMs: 1_000,
  cronMs: 1_000,
  patienceMs: 20_000,
  maxDelaySeconds: 1,
  leaseMs: 1_500,
  quietMs: 90_000,
}
