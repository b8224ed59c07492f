/** Two texts line by line: what stayed, went and came, by their longest common part. Pure. */

export interface Line {
  sign: ' ' | '-' | '+'
  text: string
}

export function diffLines(before: readonly string[], after: readonly string[]): Line[] {
  const start = countSame(before, after)
  const end = countSame(before.slice(start).toReversed(), after.slice(start).toReversed())
  const middle = diffMiddle(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end),
  )
  return [
    ...before.slice(0, start).map(toKept),
    ...middle,
    ...before.slice(before.length - end).map(toKept),
  ]
}

const toKept = (text: string): Line => ({ sign: ' ', text })

function countSame(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length)
  let same = 0
  while (same < length && a[same] === b[same]) same += 1
  return same
}

/** Beyond this many cells the table would take seconds: then all went and all came. */
const MAX_CELLS = 4_000_000

function diffMiddle(before: readonly string[], after: readonly string[]): Line[] {
  const isHuge = before.length * after.length > MAX_CELLS
  const common = isHuge ? () => 0 : toCommonLengths(before, after)
  const lines: Line[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]]
    if (!isHuge && old !== undefined && old === fresh) {
      lines.push({ sign: ' ', text: old })
      i += 1
      j += 1
    } else if (old !== undefined && (fresh === undefined || common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ sign: '-', text: old })
      i += 1
    } else {
      lines.push({ sign: '+', text: fresh ?? '' })
      j += 1
    }
  }
  return lines
}

/** How many lines two tails have in common at most: the table of the longest common subsequence. */
function toCommonLengths(before: readonly string[], after: readonly string[]) {
  const width = after.length + 1
  const lengths = new Uint32Array((before.length + 1) * width)
  const read = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const isSame = before[i] === after[j]
      lengths[i * width + j] = isSame
        ? read(i + 1, j + 1) + 1
        : Math.max(read(i + 1, j), read(i, j + 1))
    }
  }
  return read
}
