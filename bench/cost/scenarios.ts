/** The configurations whose operations are counted, and the webhooks that each gets. */
import { randomBytes } from 'node:crypto'
import type { Param } from '../../src/twilio/params.ts'

export interface Planned {
  kind: string
  path: string
  hasToken: boolean
  set: Param[]
}

/** A steady stream; all at once; or each when the one before is done with, so that batches have one. */
export type Pace = 'steady' | 'burst' | 'alone'

export interface Scenario {
  name: string
  targets: number
  /** Every tenth event is refused by each target once. */
  hasFailures?: boolean
  /** Who answers Twilio. */
  reply?: 'config' | 'app'
  /** Replies are recorded in KV, as they are where an app answers. */
  remember?: boolean
  /** Kinds of which the ledger hears only when there is a problem. Default: none. */
  recordProblemsOnly?: string[]
  /** What the targets want. Default: everything. */
  events?: string[]
  /** Default: steady. */
  pace?: Pace
  /** So many webhooks, or the next that makes the mix whole. */
  plan: (count: number) => Planned[]
}

const toSid = (prefix: string) => prefix + randomBytes(16).toString('hex')

const inbound = (): Planned => ({
  kind: 'messaging.inbound',
  path: '/sms',
  hasToken: true,
  set: [['MessageSid', toSid('SM')]],
})

const status = (sid: string, value: string): Planned => ({
  kind: 'messaging.status',
  path: '/status',
  hasToken: true,
  set: [
    ['MessageSid', sid],
    ['MessageStatus', value],
    ['SmsStatus', value],
  ],
})

/** A caller presses a key, and Twilio sends no token: such a webhook cannot be told from a copy. */
const gather = (): Planned => ({
  kind: 'voice.gather.action',
  path: '/voice',
  hasToken: false,
  set: [['Digits', '1']],
})

const repeat =
  (make: () => Planned) =>
  (count: number): Planned[] =>
    Array.from({ length: count }, make)

/** Three callbacks of a message that was sent to each message that came in. */
function planMix(count: number): Planned[] {
  return Array.from({ length: Math.ceil(count / 4) }, () => {
    const sid = toSid('SM')
    return [inbound(), ...['queued', 'sent', 'delivered'].map((value) => status(sid, value))]
  }).flat()
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'messages, 1 target', targets: 1, plan: repeat(inbound) },
  {
    name: 'messages, 1 target, 10 % retried',
    targets: 1,
    hasFailures: true,
    plan: repeat(inbound),
  },
  { name: 'messages, 3 targets', targets: 3, plan: repeat(inbound) },
  {
    name: 'messages, 3 targets, 10 % retried',
    targets: 3,
    hasFailures: true,
    plan: repeat(inbound),
  },
  { name: 'messages, an app answers, 1 target', targets: 1, reply: 'app', plan: repeat(inbound) },
  { name: 'keys pressed, no token, 1 target', targets: 1, plan: repeat(gather) },
  { name: 'mix 3 : 1, 1 target', targets: 1, plan: planMix },
  {
    name: 'mix 3 : 1, target takes messages only',
    targets: 1,
    events: ['messaging.inbound'],
    plan: planMix,
  },
  {
    name: 'messages, 1 target, replies remembered',
    targets: 1,
    remember: true,
    plan: repeat(inbound),
  },
  {
    name: 'messages, 1 target, only problems recorded',
    targets: 1,
    recordProblemsOnly: ['*'],
    plan: repeat(inbound),
  },
  {
    name: 'messages, 1 target, 10 % retried, only problems recorded',
    targets: 1,
    hasFailures: true,
    recordProblemsOnly: ['*'],
    plan: repeat(inbound),
  },
  {
    name: 'messages, 3 targets, only problems recorded',
    targets: 3,
    recordProblemsOnly: ['*'],
    plan: repeat(inbound),
  },
  {
    name: 'mix 3 : 1, 1 target, only problems of statuses recorded',
    targets: 1,
    recordProblemsOnly: ['*.status'],
    plan: planMix,
  },
  {
    name: 'mix 3 : 1, 1 target, only problems recorded',
    targets: 1,
    recordProblemsOnly: ['*'],
    plan: planMix,
  },
  { name: 'messages, 1 target, all at once', targets: 1, pace: 'burst', plan: repeat(inbound) },
  { name: 'messages, 1 target, one by one', targets: 1, pace: 'alone', plan: repeat(inbound) },
]
