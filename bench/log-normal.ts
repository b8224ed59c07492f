/** Latencies that look like a service's: log-normal, by their median and p99, from a seed. */
import { createMulberry } from './mulberry.ts'

export interface Latency {
  medianMs: number
  p99Ms: number
}

/** The slowed bindings of the latency part. */
export const KV_READ: Latency = { medianMs: 30, p99Ms: 200 }
export const QUEUE_SEND: Latency = { medianMs: 60, p99Ms: 250 }
export const KV_WRITE: Latency = { medianMs: 150, p99Ms: 500 }

/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.326348

export const toSigma = ({ medianMs, p99Ms }: Latency): number => Math.log(p99Ms / medianMs) / Z99

/** Of the standard normal distribution, by Box and Muller. @param random from 0 up to 1, without it */
export const drawNormal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Draws milliseconds; the same ones for the same seed. */
export function createDraw(latency: Latency, seed: number): () => number {
  const next = createMulberry(seed)
  const random = () => next() / 2 ** 32
  const sigma = toSigma(latency)
  return () => latency.medianMs * Math.exp(sigma * drawNormal(random))
}
