/**
 * A queue in the test's own process that hands out several batches at once, as Cloudflare's does; the
 * local one waits for each batch to end. It waits as long as a message asks it to.
 */
import type { Handed, Switchboard } from './switchboard.ts'

export interface DrainOptions {
  /** Batches at the same time. */
  parallel: number
  batchSize: number
}

interface Waiting {
  handed: Handed
  dueAt: number
}

/** Resolves when the consumer has acknowledged every message. */
export async function drain(
  { handOut }: Pick<Switchboard, 'handOut'>,
  messages: readonly Handed[],
  { parallel, batchSize }: DrainOptions,
): Promise<void> {
  let waiting: Waiting[] = messages.map((handed) => ({ handed, dueAt: 0 }))
  let atWork = 0

  function takeBatch(): Handed[] {
    const now = Date.now()
    const due = waiting.filter(({ dueAt }) => dueAt <= now).slice(0, batchSize)
    const taken = new Set(due)
    waiting = waiting.filter((one) => !taken.has(one))
    return due.map(({ handed }) => handed)
  }

  async function work(): Promise<void> {
    while (waiting.length > 0 || atWork > 0) {
      const batch = takeBatch()
      if (batch.length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      atWork += 1
      const { acked, retried } = await handOut(batch)
      atWork -= 1
      const now = Date.now()
      for (const handed of batch) {
        if (acked.includes(handed.id)) continue
        const delayMs = (retried.get(handed.id) ?? 0) * 1_000
        const attempts = (handed.attempts ?? 1) + 1
        waiting.push({ handed: { ...handed, attempts }, dueAt: now + delayMs })
      }
    }
  }

  await Promise.all(Array.from({ length: parallel }, work))
}
