/**
 * Which shard an event belongs to: a queue and a ledger of several. Pure, and the same wherever it is
 * asked, since copies of a webhook have to meet.
 *
 * Rendezvous: each shard draws a lot for the event, and the highest wins. One shard more takes its share
 * from all others, and moves nothing between those.
 */

/** Far beyond what an account has use for; and places in several ledgers are told apart by it. */
export const MAX_SHARDS = 64

/** @param shards how many there are @returns its number, from 1 on */
export function toShard(eventId: string, shards: number): number {
  if (shards <= 1) return 1
  const digest = toDigest(eventId)
  let winner = 1
  let highest = -1
  for (let shard = 1; shard <= shards; shard += 1) {
    const lot = mix(digest ^ Math.imul(shard, 0x9e3779b1))
    if (lot <= highest) continue
    winner = shard
    highest = lot
  }
  return winner
}

/** The one of `all`, a list of one for each shard, that an event belongs to. */
export function pickShard<T>(all: readonly [T, ...T[]], eventId: string): T {
  return all[toShard(eventId, all.length) - 1] ?? all[0]
}

/** FNV-1a, 32 bits: ids are hashes already, or as good as random; nobody gains by choosing a shard. */
function toDigest(text: string): number {
  let digest = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193)
  }
  return mix(digest)
}

/** The last step of MurmurHash3: each bit of what comes in touches each of what goes out. */
function mix(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
