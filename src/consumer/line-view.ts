/** How a line stands, for people who look at it. Plain data: it crosses an RPC. */
import type { Breaker } from '../delivery/breaker.ts'

export interface BreakerState {
  state: Breaker['state']
  /** When it opened, and has not closed since; null: it is closed, or nobody wrote it down. */
  since: number | null
  /** When the next call may go out as the probe, or the probe that runs is given up; null: closed. */
  until: number | null
}

/** A call that has begun and has no answer yet. */
export interface RunningCall {
  /** The event's id, with `~` and a name behind it when it is a part of one. */
  claim: string
  attempt: number
  startedAt: number
}

/** Milliseconds since the epoch, all of them. */
export interface LineView {
  breaker: BreakerState
  /** At most LANE_CONCURRENCY of them. */
  running: RunningCall[]
  /** How many wait in the line. What else waits for the target is with the queue. */
  waiting: number
  /** When the last call began; null: long ago, before this object lived. */
  lastStartAt: number | null
  /** As of the last offer; null: nothing was offered while this object lives. */
  terms: { intervalMs: number; connections: number } | null
}
