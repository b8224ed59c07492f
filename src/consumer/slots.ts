/**
 * A limit on what runs at the same time; what is over it waits its turn, in order.
 *
 * A Worker has 6 connections at a time, and the runtime makes a seventh wait. A delivery that waited
 * there would do so with its timeout running, so it waits here, before its clock starts.
 */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>

export function createSlots(size: number): Slots {
  const waiting: (() => void)[] = []
  let free = size

  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      // A slot is handed to the next in line, not freed: no newcomer can take it in between.
      const next = waiting.shift()
      if (next) next()
      else free += 1
    }
  }
}
