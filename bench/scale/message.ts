/** A webhook on its way: one message, to one target. */
export interface Message {
  arrivedAt: number
  shard: number
  lane: number
  /** How often the queue has handed it out. */
  handOuts: number
  /** Tries that failed. */
  failures: number
  /** Until then the ledger leaves it to whoever claimed it. */
  leaseUntil: number
  /**
   * `open`: to be tried; `waiting`: not before `dueAt`; `taken`: the target has answered 2xx, and the ledger
   * does not know yet; `done`: it does.
   */
  state: 'open' | 'waiting' | 'taken' | 'done'
  dueAt: number
  /** The ledger has written a row for it. */
  isKept: boolean
}

export const toMessage = (arrivedAt: number, shard: number, lane: number): Message => ({
  arrivedAt,
  shard,
  lane,
  handOuts: 0,
  failures: 0,
  leaseUntil: 0,
  state: 'open',
  dueAt: 0,
  isKept: false,
})
