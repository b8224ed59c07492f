/** What the tests tell the faulty Workers: which of their calls goes wrong, and how. Plain JSON. */

export interface Fault {
  /** What it is called in `hits`; a fault that is set again under its name goes on counting. */
  name?: string
  /**
   * Regular expression on a call's name and detail: `LEDGER.batch INSERT INTO events …`, `KV.get config:…`,
   * `EVENTS.sendBatch evt_… evt_…`, `LANES.offer crm/0`, `FETCH http://… evt_…`, `ORIGIN http://…`.
   */
  at: string
  /** Who makes the call; absent: whoever does. */
  by?: Caller
  /** How many such calls are left alone first. Default: none. */
  skip?: number
  /** How many then go wrong. Default: all. */
  times?: number
  /** Which part of the calls goes wrong, evenly spread, the first one included. Default: all of it. */
  share?: number
  /** `before`: the call never happens. `after`: it happens, and its caller does not hear of it. */
  when: 'before' | 'after'
  /**
   * `refuse`: the caller gets an error. `hang`: it waits for ever. `nothing`: KV knows no such key.
   * `slow`: it happens later, by `forMs`.
   * `die`: the isolate is gone, with all that it was doing (of lanes: the consumer's); a batch of its is
   * handed out again, and who waits for its answer gets an error.
   * `kill`: the lane that makes the call is gone, with its memory and all calls that it was making.
   * `die-and-kill`: both.
   */
  effect: 'refuse' | 'hang' | 'nothing' | 'slow' | 'die' | 'kill' | 'die-and-kill'
  forMs?: number
}

export type Caller = 'gateway' | 'consumer' | 'lane'

/** A call that was made, as `Fault.at` sees it. */
export interface Called {
  by: Caller
  call: string
}

/** Stands for a fault where a lane begins. */
export const BIRTH = 'birth'

/** A call that a fault with a name made go wrong. */
export interface Hit extends Called {
  fault: string
  /** Milliseconds since the epoch. */
  at: number
  /** The lane that made the call; empty: no lane did. */
  lane: string
}

/** What a faulty Worker says of itself. */
export interface WorkerReport {
  /** Since it was asked last. */
  hits: Hit[]
  /** Messages that its queues have taken from it, also those of which it did not hear. */
  written: number
  /** Messages that it was handed, each once; and how many of them it has not acknowledged. */
  handed: number
  open: number
}
