/**
 * What is counted in a Worker while it works: operations by name. One for each isolate, as its globals
 * are; the lanes share the consumer's.
 */
export type Tally = Record<string, number>

export const tally: Tally = {}

export function count(name: string, by = 1): void {
  tally[name] = (tally[name] ?? 0) + by
}

/** Queues count each 64 KB of a message as an operation of its own. */
const QUEUE_CHUNK_BYTES = 65_536

/** @param what `write`, `read` or `delete` */
export function countMessage(what: string, body: unknown): void {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : JSON.stringify(body).length
  count(`queue.${what}`, Math.max(1, Math.ceil(bytes / QUEUE_CHUNK_BYTES)))
  if (what === 'write') count('queue.bytes', bytes)
}

/** For objects that cost by the time during which anything runs in them. */
export class BusyTime {
  #running = 0
  #since = 0

  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === 0) this.#since = Date.now()
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      if (this.#running === 0) count('object.ms', Date.now() - this.#since)
    }
  }
}
