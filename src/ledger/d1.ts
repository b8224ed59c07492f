/** What all calls of D1 have in common: its limits, and a deadline. */
import { withDeadline } from '../deadline.ts'

/** D1 answers in tens of milliseconds; what hangs is better tried again. */
export const D1_BUDGET_MS = 10_000
/** D1 takes 2 MB in one bound value; quotes in JSON text are escaped once more on the way. */
export const MAX_BOUND_BYTES = 1_900_000

const LATE = Symbol('late')

/** Rejects when D1 fails, and when it hangs. What hangs may still happen. */
export async function bounded<T>(work: Promise<T>): Promise<T> {
  const value = await withDeadline(work, D1_BUDGET_MS, LATE)
  if (value === LATE) throw new D1Timeout()
  return value
}

export class D1Timeout extends Error {
  override name = 'D1Timeout'
}

/** A column that holds a JSON array of names. */
export function toNames(json: string): string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.map(String) : []
}

/** The rows of one statement of a batch. @typeParam T its columns, as the statement names them */
export function toRows<T>(result: D1Result | undefined): T[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- D1 has no types of its own
  return (result?.results ?? []) as T[]
}
