/**
 * A target that measures when calls arrive. In a thread of its own: the test's own event loop stalls
 * now and then, and what came evenly would look like a burst.
 */
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

export interface Arrival {
  eventId: string
  /** Milliseconds since the epoch. */
  at: number
}

export interface Stopwatch {
  url: string
  arrivals: () => Promise<Arrival[]>
  stop: () => Promise<unknown>
}

export async function startStopwatch(): Promise<Stopwatch> {
  const thread = new Worker(join(import.meta.dirname, 'stopwatch-thread.ts'))
  const [port] = (await once(thread, 'message')) as [number]
  return {
    url: `http://127.0.0.1:${port}/`,
    async arrivals() {
      thread.postMessage('arrivals')
      const [arrivals] = (await once(thread, 'message')) as [Arrival[]]
      return arrivals
    },
    stop: () => thread.terminate(),
  }
}

/** The most that came within so many milliseconds. */
export function countMost(arrivals: readonly Arrival[], windowMs: number): number {
  const within =
    (from: number) =>
    ({ at }: Arrival) =>
      at >= from && at < from + windowMs
  return Math.max(0, ...arrivals.map(({ at }) => arrivals.filter(within(at)).length))
}
