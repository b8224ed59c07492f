/**
 * How long Twilio waits for an answer, and when it asks again, by what it asks for: the connection
 * overrides for most, five seconds and no second chance for Conversations, hours for Event Streams. Pure.
 * https://www.twilio.com/docs/events/event-delivery-modes-and-retries
 */
import { findKind } from '../../twilio/kinds.ts'
import type { Loss, Overrides, RetryReason } from './overrides.ts'
import type { Chance } from './seeded.ts'

export interface Rules extends Pick<Overrides, 'ct' | 'rt' | 'rc' | 'rp'> {
  /** All attempts together; null: each for itself, until the patience of a sink is over. */
  tt: number | null
}

const SINK_LIMIT_MS = 5_000

/** Products that the overrides do not reach. */
const WITHOUT_OVERRIDES = /^(?:conversations\.|chat\.)/

export function toRules(kind: string, overrides: Overrides): Rules {
  const { ct, rt, tt, rc, rp } = overrides
  // Shorter ones are kept here, so that a test of a gateway that hangs need not last for minutes.
  if (kind === 'event-streams') return { ct, rt: Math.min(rt, SINK_LIMIT_MS), tt: null, rc: 0, rp }
  const limitMs = findKind(kind)?.limitMs ?? tt
  const within = { ct, rt: Math.min(rt, limitMs), tt: Math.min(tt, limitMs) }
  return WITHOUT_OVERRIDES.test(kind) ? { ...within, rc: 0, rp: [] } : { ...within, rc, rp }
}

export interface Outcome {
  status: number
  loss: Loss | null
}

/** @param attempt From 1. */
export function isTriedAgain(
  { rc, rp }: Pick<Overrides, 'rc' | 'rp'>,
  attempt: number,
  { status, loss }: Outcome,
): boolean {
  // What has begun to be answered is not asked for again, whatever the overrides say.
  if (attempt > rc || loss === 'partial') return false
  const reason = loss ?? (status >= 500 ? '5xx' : status >= 400 ? '4xx' : null)
  if (reason === null) return false
  return rp.includes('all') || rp.some((each: RetryReason) => each === reason)
}

/** Of a sink, from the first attempt to the last. */
const PATIENCE_MS = 4 * 60 * 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 10 * 60_000

/**
 * Until Event Streams tries again; null: it does not. A refusal (4xx) is final; all else is tried with
 * pauses that double, for four hours. Twilio says "exponential, with jitter": the first pause (a second)
 * and the longest one (ten minutes) are made up here.
 *
 * @param waitedMs since the first attempt, in Twilio's time
 */
export function decideSinkPauseMs(
  attempt: number,
  { status, loss }: Outcome,
  waitedMs: number,
  { next }: Pick<Chance, 'next'>,
): number | null {
  const isTaken = loss === null && status >= 200 && status < 300
  const isRefused = loss === null && status >= 400 && status < 500
  if (isTaken || isRefused) return null
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1))
  const jittered = Math.round(pauseMs * (0.5 + next() / 2))
  return waitedMs + jittered > PATIENCE_MS ? null : jittered
}
