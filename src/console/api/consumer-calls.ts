/** What the console asks of the consumer, and what it says when that one does not answer. */
import { withDeadline } from '../../deadline.ts'
import { ProblemError } from './problem.ts'

/** Longer than the consumer takes for anything, with a D1 at its slowest. */
const BUDGET_MS = 30_000
const LATE = Symbol('late')

/** Rejects with a problem; a ledger that fails is named as itself (api.ts). */
export async function askConsumer<T>(work: Promise<T>, budgetMs = BUDGET_MS): Promise<T> {
  try {
    const answer = await withDeadline(work, budgetMs, LATE)
    if (answer !== LATE) return answer
  } catch (error) {
    const isLedger =
      error instanceof Error &&
      (error.name === 'D1Timeout' || /^(?:D1Timeout|D1_ERROR)/.test(error.message))
    if (isLedger) throw error
  }
  throw new ProblemError({
    status: 503,
    code: 'consumer_unavailable',
    title: 'The consumer could not do it, or not all of it, or did not say so in time.',
    detail: 'Try again in a moment: asked for twice, it is done once.',
    headers: { 'retry-after': '5' },
  })
}
