/** What a line is asked, and what it says. Plain data: it crosses an RPC. */
import type { LaneTarget } from '../config/targets.ts'
import type { EventMessage } from '../events/message.ts'
import type { AttemptResult } from './attempt.ts'

export interface LineItem {
  /** What was claimed in the ledger, and its row. */
  claim: string
  seq: number
  message: EventMessage
  /** The number of this attempt, 1 for the first. */
  attempt: number
  /** Whose ledger has the claim, from 2 on. Absent: the first one's. */
  shard?: number
}

export interface Offer {
  target: LaneTarget
  /** How many lanes share the target's rate. */
  lanes: number
  items: readonly LineItem[]
}

export type WaitReason = 'breaker_open' | 'rate_limited' | 'lane_full' | 'paused'

/** Not in the line any more: tried, or to be offered again later. */
export type FinalAnswer =
  | { state: 'done'; result: AttemptResult }
  | { state: 'waits'; forMs: number; reason: WaitReason }

/** How an offered delivery stands; `held`: in the line. */
export type LineAnswer = FinalAnswer | { state: 'held'; forMs: number }

/** What the line tells of a delivery whose offer has long been answered. */
export interface LateAnswer {
  claim: string
  seq: number
  target: string
  attempt: number
  shard?: number
  answer: FinalAnswer
}
