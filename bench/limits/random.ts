/** Chance from a seed: the same seed makes the same requests. */
import { createMulberry } from '../mulberry.ts'

export interface Random {
  /** A whole number from 0 up to `end`, without it. */
  below(end: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  bytes(length: number): Buffer
  /** Lower-case hexadecimal digits. */
  hex(length: number): string
}

export function createRandom(seed: number): Random {
  const next = createMulberry(seed)
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
