/** Chance from a seed: the same seed makes the same requests. */

export interface Random {
  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  bytes(length: number): Buffer
  /** Lower-case hexadecimal digits. */
  hex(length: number): string
}

/** mulberry32 (public domain, Tommy Ettinger). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const below = (end: number) => next() % end
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)))
  return {
    below,
    pick: (values) => values[below(values.length)] ?? values[0],
    bytes,
    hex: (length) =>
      bytes(Math.ceil(length / 2))
        .toString('hex')
        .slice(0, length),
  }
}
