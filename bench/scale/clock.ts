/**
 * Virtual time: what is to happen, in order. Two things of the same moment happen in the order in which
 * they were planned, so that a run is the same each time.
 */
export interface Clock {
  /** Milliseconds since the start. */
  now: () => number
  at: (timeMs: number, run: () => void) => void
  after: (delayMs: number, run: () => void) => void
  /** Everything up to this moment, in order; then it is this moment. */
  runUntil: (timeMs: number) => void
}

interface Planned {
  timeMs: number
  order: number
  run: () => void
}

const isBefore = (one: Planned, other: Planned) =>
  one.timeMs < other.timeMs || (one.timeMs === other.timeMs && one.order < other.order)

export function createClock(): Clock {
  const heap: Planned[] = []
  let nowMs = 0
  let planned = 0
  const at = (timeMs: number, run: () => void) => {
    push(heap, { timeMs: Math.max(timeMs, nowMs), order: planned++, run })
  }
  return {
    now: () => nowMs,
    at,
    after: (delayMs, run) => at(nowMs + delayMs, run),
    runUntil(timeMs) {
      for (let first = heap[0]; first && first.timeMs <= timeMs; first = heap[0]) {
        takeFirst(heap)
        nowMs = first.timeMs
        first.run()
      }
      nowMs = timeMs
    },
  }
}

/** A binary heap: the place of a child is twice its parent's, and one or two. */
function push(heap: Planned[], one: Planned): void {
  let place = heap.length
  heap.push(one)
  while (place > 0) {
    const above = (place - 1) >> 1
    const parent = heap[above]
    if (!parent || !isBefore(one, parent)) break
    heap[place] = parent
    place = above
  }
  heap[place] = one
}

function takeFirst(heap: Planned[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let place = 0
  for (;;) {
    let below = 2 * place + 1
    let child = heap[below]
    const other = heap[below + 1]
    if (child && other && isBefore(other, child)) {
      below += 1
      child = other
    }
    if (!child || !isBefore(child, last)) break
    heap[place] = child
    place = below
  }
  heap[place] = last
}
