/**
 * Chance that can be repeated: the same seed gives the same numbers on every machine. For traffic that is
 * made up, never for secrets.
 */
import { createHash } from 'node:crypto'

export interface Chance {
  /** From 0 up to 1, without it. */
  next: () => number
  /** A whole number from 0 up to `below`, without it. */
  below: (below: number) => number
  pick: <T>(choices: readonly [T, ...T[]]) => T
  /** A copy in another order. */
  shuffle: <T>(items: readonly T[]) => T[]
  hex: (digits: number) => string
}

/** sfc32 (public domain, PractRand), its state being a hash of the seed. */
export function createChance(seed: string): Chance {
  const digest = createHash('sha256').update(seed).digest()
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let d = digest.readInt32LE(12)
  const next32 = () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  const next = () => next32() / 2 ** 32
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    pick: (choices) => choices[below(choices.length)] ?? choices[0],
    shuffle: (items) =>
      items
        .map((item) => ({ item, at: next32() }))
        .toSorted((one, other) => one.at - other.at)
        .map(({ item }) => item),
    hex: (digits) => {
      let text = ''
      while (text.length < digits) text += next32().toString(16).padStart(8, '0')
      return text.slice(0, digits)
    },
  }
}

/** In the form of a UUID, as Twilio's tokens are. */
export function toToken({ hex }: Chance): string {
  return [8, 4, 4, 4, 12].map((digits) => hex(digits)).join('-')
}
