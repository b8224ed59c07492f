/** Numbers by chance that are the same for the same seed, and durations drawn with them. */
import { createChance } from '../../src/cli/simulate/seeded.ts'
import type { Latency } from '../log-normal.ts'

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326348

/** From 0 up to 1, without it; another stream for each name. */
export const createRandom = (seed: string, name: string): (() => number) =>
  createChance(`${seed} ${name}`).next

const toSigma = ({ medianMs, p99Ms }: Latency) => Math.log(p99Ms / medianMs) / Z99

/** Of a log-normal distribution: more than its median. */
export const toMeanMs = (latency: Latency): number =>
  latency.medianMs * Math.exp(toSigma(latency) ** 2 / 2)

export interface Draws {
  random: () => number
  latency: (latency: Latency) => number
}

export function createDraws(random: () => number): Draws {
  // Box–Muller.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return {
    random,
    latency: (latency) => latency.medianMs * Math.exp(toSigma(latency) * normal()),
  }
}
