/** What the console asks of the consumer, and what it says when that one does not answer. */
import { ProblemError } from './problem.ts'

/** Rejects with a problem; a ledger that fails is named as itself (api.ts). */
export async function askConsumer<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const isLedger =
      error instanceof Error &&
      (error.name === 'D1Timeout' || /^(?:D1Timeout|D1_ERROR)/.test(error.message))
    if (isLedger) throw error
    throw new ProblemError({
      status: 503,
      code: 'consumer_unavailable',
      title: 'The consumer could not do it, or not all of it.',
      detail: 'Try again in a moment: asked for twice, it is done once.',
      headers: { 'retry-after': '5' },
    })
  }
}
