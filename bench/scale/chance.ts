/** Numbers by chance that are the same for the same seed, and durations drawn with them. */
import { createChance } from '../../src/cli/simulate/seeded.ts'
import { drawNormal, toSigma, type Latency } from '../log-normal.ts'

/** From 0 up to 1, without it; another stream for each name. */
export const createRandom = (seed: string, name: string): (() => number) =>
  createChance(`${seed} ${name}`).next

/** Of a log-normal distribution: more than its median. */
export const toMeanMs = (latency: Latency): number =>
  latency.medianMs * Math.exp(toSigma(latency) ** 2 / 2)

export interface Draws {
  random: () => number
  latency: (latency: Latency) => number
}

export const createDraws = (random: () => number): Draws => ({
  random,
  latency: (latency) => latency.medianMs * Math.exp(toSigma(latency) * drawNormal(random)),
})
