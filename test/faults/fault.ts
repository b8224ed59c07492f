/** What the tests tell the faulty Workers: which of their calls goes wrong, and how. Plain JSON. */

export interface Fault {
  /**
   * Regular expression on a call's name and detail: `LEDGER.batch INSERT INTO events …`, `KV.get config:…`,
   * `EVENTS.sendBatch`, `LANES.offer crm/0`, `FETCH http://…`.
   */
  at: string
  /** Who makes the call; absent: whoever does. */
  by?: 'consumer' | 'lane'
  /** How many such calls are left alone first. Default: none. */
  skip?: number
  /** How many then go wrong. Default: all. */
  times?: number
  /** `before`: the call never happens. `after`: it happens, and its caller does not hear of it. */
  when: 'before' | 'after'
  /**
   * `refuse`: the caller gets an error. `hang`: it waits for ever. `nothing`: KV knows no such key.
   * `die`: the consumer's isolate is gone, with all that it was doing; a batch of its is handed out again.
   * `kill`: the lane that makes the call is gone, with its memory and all calls that it was making.
   * `die-and-kill`: both.
   */
  effect: 'refuse' | 'hang' | 'nothing' | 'die' | 'kill' | 'die-and-kill'
}

/** A call that was made, as `Fault.at` sees it. */
export interface Called {
  by: 'consumer' | 'lane'
  call: string
}
