/** Latencies that look like a service's: log-normal, by their median and p99, from a seed. */

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

/** Draws milliseconds; the same ones for the same seed. */
export function createDraw({ medianMs, p99Ms }: Latency, seed: number): () => number {
  const random = createRandom(seed)
  const sigma = Math.log(p99Ms / medianMs) / Z99
  return () => {
    // Box–Muller.
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return medianMs * Math.exp(sigma * normal)
  }
}

/** mulberry32: 32 bits of state are plenty here. From 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
