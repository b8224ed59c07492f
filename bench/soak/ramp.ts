/**
 * How many webhooks a second this machine sustains, all processes together: the rate rises step by step
 * until answers or deliveries fall behind.
 */
import { percentile } from '../percentile.ts'
import type { Stage } from './stage.ts'

export interface Step {
  rate: number
  replyP99Ms: number
  deliveryP99Ms: number
  isKept: boolean
}

const FIRST_RATE = 20
const FACTOR = 1.4
const MOST = 500
const STEP_S = 10
/** Twilio waits for 15 s; an answer that takes half a second here is one of a machine that is full. */
const REPLY_P99_MS = 500
/** A batch waits for a second at the most; behind that, deliveries are late. */
const DELIVERY_P99_MS = 5_000
/** It took so much longer than planned. */
const LATE_SHARE = 1.2
const DRAIN_MS = 20_000

/** The last rate that was kept is what it sustains. */
export async function findSustained(stage: Stage, tell: (step: Step) => void): Promise<number> {
  let sustained = 0
  for (let rate = FIRST_RATE; rate <= MOST; rate = Math.round(rate * FACTOR)) {
    const step = await tryRate(stage, rate)
    tell(step)
    await stage.drain(DRAIN_MS)
    if (!step.isKept) break
    sustained = rate
  }
  return sustained
}

async function tryRate(stage: Stage, rate: number): Promise<Step> {
  await stage.measure()
  const beganAt = performance.now()
  await stage.send(rate, STEP_S)
  const tookMs = performance.now() - beganAt
  const { replyMs, deliveryMs } = await stage.measure()
  const replyP99Ms = percentile(replyMs, 0.99)
  const deliveryP99Ms = percentile(deliveryMs, 0.99)
  const isInTime = tookMs < STEP_S * 1_000 * LATE_SHARE + 2_000
  const isKept = isInTime && replyP99Ms < REPLY_P99_MS && deliveryP99Ms < DELIVERY_P99_MS
  return { rate, replyP99Ms, deliveryP99Ms, isKept }
}
