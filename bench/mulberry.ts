/**
 * Chance from a seed that also a Worker without Node's modules can have: whole numbers of 32 bits.
 * mulberry32 (public domain, Tommy Ettinger): 32 bits of state are plenty here.
 */
export function createMulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}
