/** Waiting for something, but not for ever. */

/**
 * The work's value, or `late` when it takes longer than `ms`. The work itself goes on; what becomes of
 * it after the deadline is nobody's business any more, a rejection included.
 */
export function withDeadline<T, L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(late), ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
