/**
 * What operators may do, for a Worker that is bound to this one as a service: there is no way in from
 * outside. Every call rejects when D1 or the queue fails, and may then be repeated.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import { createPauses, type PausedTarget } from '../ledger/pauses.ts'
import { findDead, type DeadFilter } from '../ledger/replays.ts'
import { writeLog } from '../log.ts'
import { createAlerts } from './alerts.ts'
import { EVERY_TARGET } from './bury.ts'
import type { ConsumerEnv } from './env.ts'
import { REPLAY_ID, sendReplays, type ReplayOrder } from './replay.ts'

export interface ReplayedPage {
  /** How many events were sent. */
  sent: number
  /** What to pass as `after` for the next page; null: there is none. */
  next: number | null
}

const PAGE = 1_000
const MAX_ORDERS = 1_000
const TARGET_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const MAX_REASON_CHARS = 200

export class Operations extends WorkerEntrypoint<ConsumerEnv> {
  /** From now on the target gets nothing, and loses nothing. False: it was paused already. */
  async pause(target: string, reason = 'operator'): Promise<boolean> {
    checkName(target)
    checkReason(reason)
    const isNew = await createPauses(this.env.LEDGER).pause(target, reason, Date.now())
    if (isNew) await this.#tellOfPause(target, reason)
    // Its further lanes have little in them; the first one is enough to stop most at once. Last: when
    // it cannot be reached, the call is repeated, and the pause is not new any more.
    await this.env.LANES.getByName(`${target}/0`).clear()
    return isNew
  }

  /** What waits goes out as its messages come back: within ten minutes. False: it was not paused. */
  async resume(target: string): Promise<boolean> {
    checkName(target)
    return createPauses(this.env.LEDGER).resume(target)
  }

  async paused(): Promise<PausedTarget[]> {
    return createPauses(this.env.LEDGER).list()
  }

  /**
   * Single events, whatever became of them; a thousand at most.
   *
   * @param replay `rpl_…`: the same one runs once for an event, with the targets that it came with first
   */
  async replay(orders: readonly ReplayOrder[], replay: string): Promise<void> {
    checkReplay(replay)
    checkOrders(orders)
    await sendReplays(orders, replay, this.env.EVENTS)
  }

  /** One page of what is dead. Call it with `next` until that is null. */
  async replayDead(filter: DeadFilter, replay: string, after = 0): Promise<ReplayedPage> {
    checkReplay(replay)
    const found = await findDead(this.env.LEDGER, filter, after, PAGE)
    await sendReplays(found, replay, this.env.EVENTS)
    const last = found.at(-1)
    return { sent: found.length, next: last && found.length === PAGE ? last.seq : null }
  }

  async #tellOfPause(target: string, reason: string): Promise<void> {
    const { EVENTS: events, KV: outbox } = this.env
    const alerts = createAlerts({ events, outbox, now: () => Date.now(), log: writeLog })
    await alerts.raise({ kind: 'switchboard.target.paused', target, data: { reason } })
  }
}

const isName = (target: string) => target === EVERY_TARGET || TARGET_NAME.test(target)

function checkName(target: string): void {
  if (!TARGET_NAME.test(target)) throw new TypeError('this is no name of a target')
}

function checkReason(reason: string): void {
  const isFit = typeof reason === 'string' && reason.length <= MAX_REASON_CHARS
  if (!isFit) throw new TypeError('a reason has 200 characters at most')
}

function checkOrders(orders: readonly ReplayOrder[]): void {
  if (orders.length > MAX_ORDERS) throw new TypeError('a thousand orders at most')
  for (const { eventId, targets } of orders) {
    const isFit = typeof eventId === 'string' && eventId !== '' && targets.every(isName)
    if (!isFit) throw new TypeError('an order has the id of an event and names of targets')
  }
}

function checkReplay(replay: string): void {
  if (!REPLAY_ID.test(replay)) throw new TypeError('a replay has an id of rpl_ and 1 to 40 letters')
}
