/** Pure: whether a setup holds, and why not. */
import { percentile } from '../percentile.ts'
import { toTightest, type Part } from './parts.ts'
import type { Measured } from './simulate.ts'

export interface Verdict {
  holds: boolean
  /** In words, for each thing that is not as it should be. */
  because: string[]
  parts: Part[]
  /** The limit that is met first. */
  first: Part
  /** How many messages more there are each second. */
  growthPerSecond: number
  p50Ms: number
  p99Ms: number
  answerP99Ms: number
}

/** From the webhook to the target's 2xx; one try that fails costs five seconds. */
export const P99_LIMIT_MS = 10_000
/** The backlog breathes: it may have grown by so much of what came. */
const GROWTH_SHARE = 0.01

export function toVerdict(measured: Measured, parts: Part[]): Verdict {
  const [first] = toTightest(parts)
  if (!first) throw new Error('no parts')
  const p99Ms = percentile(measured.deliveredMs, 0.99)
  const mayGrow = measured.arrived * GROWTH_SHARE + 4 * Math.sqrt(measured.arrived)
  const because = [
    ...(measured.isCutShort || measured.backlog > mayGrow ? ['the backlog grows'] : []),
    ...(measured.refused > 0 ? ['the queue refuses'] : []),
    ...(measured.d1Refused > measured.d1Calls * 0.001 ? ['D1 is overloaded'] : []),
    ...(p99Ms > P99_LIMIT_MS ? ['one in a hundred waits over 10 s'] : []),
    ...parts.filter(({ used }) => used > 1).map(({ name, used }) => `${name} × ${toTimes(used)}`),
  ]
  return {
    holds: because.length === 0,
    because,
    parts,
    first,
    growthPerSecond: measured.backlog / measured.seconds,
    p50Ms: percentile(measured.deliveredMs, 0.5),
    p99Ms,
    answerP99Ms: percentile(measured.answeredMs, 0.99),
  }
}

export const toTimes = (used: number): string =>
  used < 9.95 ? used.toFixed(1) : Math.round(used).toLocaleString('en')
