/** A few at a time: Twilio limits how many calls of an account run at once. */

export interface Lanes {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createLanes(count: number): Lanes {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async run(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        // The lane goes to the next one without becoming free in between.
        const next = waiting.shift()
        if (next) next()
        else free += 1
      }
    },
  }
}

/**
 * Works through a list, `count` at a time. After the first failure nothing new is begun, what runs is
 * waited for, and then it throws that failure.
 */
export async function forEachInLanes<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values()
  const failures: unknown[] = []
  const lane = async () => {
    for (const item of rest) {
      if (failures.length > 0) return
      try {
        await work(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, items.length) }, lane))
  if (failures.length > 0) throw failures[0]
}
