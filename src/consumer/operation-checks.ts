/** What an operator may ask for. Each throws a TypeError for what makes no sense: a defect of the caller. */
import { TEST_ID } from '../events/test-event.ts'
import type { DeadFilter } from '../ledger/replays.ts'
import { EVERY_TARGET } from './bury.ts'
import { REPLAY_ID, type ReplayOrder } from './replay.ts'

const MAX_ORDERS = 1_000
const TARGET_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
const MAX_REASON_CHARS = 200
const MAX_ACTOR_CHARS = 320

const isName = (target: string) => target === EVERY_TARGET || TARGET_NAME.test(target)

export function checkName(target: string): void {
  if (!TARGET_NAME.test(target)) throw new TypeError('this is no name of a target')
}

export function checkReason(reason: string): void {
  if (!isText(reason, MAX_REASON_CHARS)) {
    throw new TypeError('a reason has 200 characters at most')
  }
}

export function checkOrders(orders: readonly ReplayOrder[]): void {
  if (orders.length > MAX_ORDERS) throw new TypeError('a thousand orders at most')
  for (const { eventId, targets } of orders) {
    const isFit = typeof eventId === 'string' && eventId !== '' && targets.every(isName)
    if (!isFit) throw new TypeError('an order has the id of an event and names of targets')
  }
}

export function checkReplay(replay: string): void {
  if (!REPLAY_ID.test(replay)) throw new TypeError('a replay has an id of rpl_ and 1 to 40 letters')
}

export function checkTest(id: string): void {
  if (!TEST_ID.test(id)) throw new TypeError('a test has an id of tst_ and 1 to 40 letters')
}

export function checkActor(by: string): void {
  if (!isText(by, MAX_ACTOR_CHARS) || by === '') throw new TypeError('somebody has to be named')
}

/** It is stored, and bound to statements. */
export function checkFilter({ eventIds, target, reason, from, before }: DeadFilter): void {
  const areIds =
    eventIds === undefined ||
    (eventIds.length <= MAX_ORDERS && eventIds.every((id) => isText(id, MAX_REASON_CHARS)))
  const areTexts = [target, reason].every((one) => one === undefined || isText(one, 200))
  const areTimes = [from, before].every((one) => one === undefined || Number.isSafeInteger(one))
  if (!areIds || !areTexts || !areTimes) throw new TypeError('this is no filter')
}

const isText = (value: unknown, maxChars: number): boolean =>
  typeof value === 'string' && value.length <= maxChars
