/**
 * Works things off: those of one thread in their order, one after the other; different threads side by
 * side, a few at a time.
 *
 * Promises: `work` is called once for each that was put in, and never for two of one thread at a time.
 * When it is full it takes more all the same: whoever fills it is asked to wait for room.
 */
export interface ThreadQueue<T> {
  put(thread: string, item: T): void
  /** Null: there is room. */
  untilRoom: () => Promise<void> | null
  /** How many wait or are worked on. */
  size(): number
}

export interface ThreadQueueOptions<T> {
  /** Never rejects. */
  work: (item: T) => Promise<void>
  /** Threads side by side. */
  concurrency: number
  /** So many are enough. */
  capacity: number
}

export function createThreadQueue<T>(options: ThreadQueueOptions<T>): ThreadQueue<T> {
  const { work, concurrency, capacity } = options
  /** In the order in which they get their turn. */
  const waiting = new Map<string, T[]>()
  const busy = new Set<string>()
  let count = 0
  let room: PromiseWithResolvers<void> | null = null

  /** Of a thread that nobody works on. */
  function takeNext(): { thread: string; item: T } | null {
    for (const [thread, items] of waiting) {
      const item = busy.has(thread) ? undefined : items.shift()
      if (item === undefined) continue
      waiting.delete(thread)
      // Behind the others: a thread with many does not hold them up.
      if (items.length > 0) waiting.set(thread, items)
      return { thread, item }
    }
    return null
  }

  function start(): void {
    while (busy.size < concurrency) {
      const next = takeNext()
      if (!next) return
      busy.add(next.thread)
      void work(next.item).finally(() => {
        busy.delete(next.thread)
        count -= 1
        // Not at once when one has gone: the connection would be made anew for each.
        if (room && count <= capacity / 2) {
          room.resolve()
          room = null
        }
        start()
      })
    }
  }

  return {
    put(thread, item) {
      count += 1
      const items = waiting.get(thread)
      if (items) items.push(item)
      else waiting.set(thread, [item])
      start()
    },
    untilRoom() {
      if (count < capacity) return null
      room ??= Promise.withResolvers()
      return room.promise
    },
    size: () => count,
  }
}
