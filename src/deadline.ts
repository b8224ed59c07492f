/** Waiting for something, but not for ever. */

/**
 * The work's value, or `late` when it takes longer than `ms`. The work itself goes on; a rejection
 * after the deadline is swallowed, since nobody is left to hear it.
 */
export async function withDeadline<T, L>(work: Promise<T>, ms: number, late: L): Promise<T | L> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeUp = new Promise<L>((resolve) => {
    timer = setTimeout(() => {
      work.catch(() => {})
      resolve(late)
    }, ms)
  })
  try {
    return await Promise.race([work, timeUp])
  } finally {
    clearTimeout(timer)
  }
}
