/**
 * Who checks the checker: the accounts of a small run in which all is well, and then one thing in them is
 * not. Each row is what somebody could lose, do twice or make up, and has to be found.
 */
import { describe, expect, it } from 'vitest'
import type {
  Accounts,
  Evidence,
  LedgerEvent,
  Sending,
  TargetCall,
  Webhook,
} from '../../bench/chaos/accounts.ts'
import { FAULTS } from '../../bench/chaos/faults.ts'
import { planWindows } from '../../bench/chaos/schedule.ts'
import { toRows } from '../../bench/chaos/table.ts'
import { verify } from '../../bench/chaos/verify.ts'

const sending = (changes: Partial<Sending> = {}): Sending => ({
  ...{ attempt: 1, at: 1_000, doneAt: 1_020, status: 200, loss: null },
  ...{ isGood: true, isDeath: false, answer: 'hello', ...changes },
})

const webhook = (n: string, changes: Partial<Webhook> = {}): Webhook => ({
  ...{ token: `token ${n}`, kind: 'messaging.inbound', enemy: null, identity: `evt_${n}` },
  ...{ eventIds: [`evt_${n}`], isLiveCall: false, limitMs: 15_000, reply: { type: 'computed' } },
  ...{ owed: ['crm'], mayBeOwed: ['guest'], sendings: [sending()] },
  ...changes,
})

const call = (n: string, changes: Partial<TargetCall> = {}): TargetCall => ({
  ...{ eventId: `evt_${n}`, target: 'crm', at: 2_000, status: 200, answeredAt: 2_010 },
  ...{ isTainted: false, ...changes },
})

const event = (status = 'delivered', reason: string | null = null): LedgerEvent => ({
  kind: 'messaging.inbound',
  targets: ['crm'],
  deliveries: [{ target: 'crm', status, reason, tries: [] }],
})

const NO_EVIDENCE: Evidence = {
  ...{ windows: [{ fault: 'D1 refuses', from: 900, to: 2_500 }], hits: [] },
  ...{
    laneDeaths: [],
    laneBirths: [],
    gatewayDeaths: [],
    unrecorded: [],
    lostAnswers: new Set(),
    unheard: new Set(),
  },
  ...{ forgottenReplies: new Set(), unstored: new Set(), laneOf: (target) => `${target}/0` },
}

/** `a` is accepted and delivered, `b` is dead, `c` was refused, `x` is an enemy's. */
function toAccounts(changes: Partial<Accounts> = {}): Accounts {
  const refused = { status: 503, isGood: false }
  const forbidden = sending({ status: 403 })
  return {
    webhooks: [
      webhook('a'),
      webhook('b'),
      webhook('c', { sendings: [sending(refused)] }),
      webhook('x', { enemy: 'forged', sendings: [forbidden] }),
    ],
    calls: [call('a'), call('b', { status: 500 })],
    ledger: new Map([
      ['evt_a', event()],
      ['evt_b', event('dead', 'status_500')],
    ]),
    left: { messages: 0, outbox: [], kvIds: ['evt_a'] },
    evidence: NO_EVIDENCE,
    ...changes,
  }
}

const good = toAccounts()
const only = (changed: Webhook) => ({ ...good, webhooks: [changed, ...good.webhooks.slice(1)] })
const withEvidence = (accounts: Accounts, changes: Partial<Evidence>): Accounts => ({
  ...accounts,
  evidence: { ...NO_EVIDENCE, ...changes },
})
const ledger = (...changes: [string, LedgerEvent][]) => ({
  ...good,
  ledger: new Map([...good.ledger, ...changes]),
})
const twice = { ...good, calls: [...good.calls, call('a', { at: 3_000, answeredAt: 3_010 })] }
const found = (accounts: Accounts) =>
  verify(accounts).differences.map(({ what, about }) => `${what} ${about}`)

describe('verify', () => {
  it('finds nothing where all is well, and counts it', () => {
    const { differences, outcomes } = verify(good)
    expect(differences).toEqual([])
    expect(outcomes.map(({ isAccepted, delivered }) => [isAccepted, delivered])).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
    ])
    const rows = toRows([{ name: 'D1 refuses' }, { name: 'KV is slow' }], good, { outcomes })
    expect(rows).toMatchObject([
      { windows: 1, webhooks: 3, accepted: 2, givenUp: 1, delivered: 1, dead: 1, lost: 0 },
      { windows: 0, webhooks: 0, hits: 0 },
      { webhooks: 3 },
    ])
  })

  const late = sending({ doneAt: 17_000 })
  const forgery = sending({ isGood: false })
  const copies = [sending(), sending({ attempt: 2, at: 5_000, doneAt: 5_020, answer: 'goodbye' })]
  const remembered = { reply: { type: 'remembered' }, sendings: copies } as const
  const changing = { reply: { type: 'changing', allowed: new Set(['hello']) } } as const

  it.for<[string, string, Accounts]>([
    ["the targets' record without a call", 'delivered_without_call evt_a', { ...good, calls: [] }],
    ['a second delivery', 'second_call evt_a', twice],
    [
      'a call of what is dead that was answered 2xx',
      'second_call evt_b',
      { ...good, calls: [call('a'), call('b')] },
    ],
    [
      'an event that the ledger does not have',
      'lost evt_a',
      { ...good, ledger: new Map([...good.ledger].slice(1)), calls: good.calls.slice(1) },
    ],
    [
      'a call for what the ledger does not have',
      'called_without_event evt_a',
      { ...good, ledger: new Map([...good.ledger].slice(1)) },
    ],
    [
      'one that is dead without a reason',
      'dead_without_reason evt_b',
      ledger(['evt_b', event('dead')]),
    ],
    ['one that waits', 'without_an_end evt_b', ledger(['evt_b', event('waiting', 'paused')])],
    [
      'a target that has no delivery',
      'without_an_end evt_b',
      ledger(['evt_b', { ...event(), deliveries: [] }]),
    ],
    [
      'a target that it is not owed to any more',
      'not_owed evt_a',
      ledger(['evt_a', { ...event(), targets: [], deliveries: [] }]),
    ],
    [
      'a call of a target that it is not owed to',
      'called_another evt_a',
      { ...good, calls: [...good.calls, call('a', { target: 'texts' })] },
    ],
    ['what was refused and is there', 'taken_in_unheard evt_c', ledger(['evt_c', event()])],
    ['an event that nobody sent', 'from_nowhere evt_z', ledger(['evt_z', event()])],
    [
      "an enemy's event",
      'from_nowhere evt_x',
      { ...ledger(['evt_x', event()]), calls: [...good.calls, call('x')] },
    ],
    [
      "an enemy's key in KV",
      'kept_from_nowhere evt_x',
      { ...good, left: { ...good.left, kvIds: ['evt_x'] } },
    ],
    [
      "an enemy's call",
      'called_from_nowhere evt_x',
      { ...good, calls: [...good.calls, call('x')] },
    ],
    [
      "an enemy's words",
      'injected evt_a',
      { ...good, calls: [call('a', { isTainted: true }), ...good.calls.slice(1)] },
    ],
    [
      'an enemy who is let in',
      'not_refused token x',
      {
        ...good,
        webhooks: [
          ...good.webhooks.slice(0, 3),
          webhook('x', { enemy: 'forged', sendings: [sending({ isGood: false })] }),
        ],
      },
    ],
    ['a late reply', 'late token a', only(webhook('a', { sendings: [late] }))],
    ['a malformed one', 'malformed token a', only(webhook('a', { sendings: [forgery] }))],
    [
      'an answer that is neither a reply nor 503',
      'unexpected_answer token a',
      only(webhook('a', { sendings: [sending({ status: 500, isGood: false }), sending()] })),
    ],
    ['another reply', 'another_answer token a', only(webhook('a', { sendings: copies }))],
    ["another answer of the app's", 'another_answer token a', only(webhook('a', remembered))],
    [
      'a reply of no config',
      'no_configs_answer token a',
      only(webhook('a', { ...changing, sendings: copies })),
    ],
    [
      'a message in the queue',
      'queue_not_empty ',
      { ...good, left: { ...good.left, messages: 1 } },
    ],
    [
      'an event in the outbox',
      'outbox_not_empty outbox:evt_a',
      { ...good, left: { ...good.left, outbox: ['outbox:evt_a'] } },
    ],
  ])('finds %s', ([, what, accounts]) => {
    expect(found(accounts)).toContain(what)
  })

  it('says which faults touched it', () => {
    const hits = [{ fault: 'KV is stale', at: 0, ids: ['evt_a'] }]
    const [difference] = verify(withEvidence(twice, { hits })).differences
    expect(difference?.faults).toEqual(['KV is stale', 'D1 refuses'])
  })
})

describe('a second call', () => {
  it.for<[string, boolean, Partial<Evidence>]>([
    ['its lane died behind the answer', true, { laneDeaths: [{ lane: 'crm/0', at: 2_020 }] }],
    ['another lane died', false, { laneDeaths: [{ lane: 'crm/1', at: 2_020 }] }],
    ['its lane died before the first call', false, { laneDeaths: [{ lane: 'crm/0', at: 1_000 }] }],
    ['its lane died behind the second', false, { laneDeaths: [{ lane: 'crm/0', at: 4_000 }] }],
    ['only the consumer died', false, { unrecorded: [2_020] }],
    ['its answer was lost', true, { lostAnswers: new Set(['evt_a crm']) }],
    ["another target's answer was lost", false, { lostAnswers: new Set(['evt_a texts']) }],
    ['only a gateway died', false, { gatewayDeaths: [2_005] }],
  ])('when %s is allowed: %s', ([, isAllowed, evidence]) => {
    const { differences, outcomes } = verify(withEvidence(twice, evidence))
    expect(differences.length).toBe(isAllowed ? 0 : 1)
    const again = Object.values(outcomes[0]?.again ?? {}).reduce((sum, one) => sum + one, 0)
    expect(again).toBe(isAllowed ? 1 : 0)
  })

  it('is allowed long behind the answer only when the record was held up', () => {
    const again = call('a', { at: 62_000, answeredAt: 62_010 })
    const later = { ...good, calls: [...good.calls, again] }
    const ends = [{ lane: 'crm/0', at: 40_000 }]
    for (const evidence of [{ laneDeaths: ends }, { laneBirths: ends }]) {
      expect(found(withEvidence(later, evidence))).toEqual(['second_call evt_a'])
      expect(found(withEvidence(later, { ...evidence, unrecorded: [2_020] }))).toEqual([])
    }
  })

  it('is nothing that the record of a target that was removed says of one that is there', () => {
    const removed = ledger(['evt_a', event('dead', 'target_removed')])
    expect(found(removed)).toEqual(['second_call evt_a'])
    expect(found(withEvidence(removed, { unrecorded: [2_020] }))).toEqual([])
    const expired = ledger(['evt_a', event('dead', 'expired')])
    expect(found(withEvidence(expired, { unrecorded: [2_020] }))).toEqual(['second_call evt_a'])
  })

  it('is allowed when the answer came as the time was over, by the ledger', () => {
    const tries = [{ at: 1_990, durationMs: 25, status: null }]
    const [delivery] = event().deliveries
    const event2 = { ...event(), deliveries: delivery ? [{ ...delivery, tries }] : [] }
    expect(verify({ ...twice, ledger: ledger(['evt_a', event2]).ledger }).differences).toEqual([])
  })
})

describe('what a fault explains', () => {
  const copies = [sending(), sending({ attempt: 2, at: 5_000, doneAt: 5_020, answer: 'goodbye' })]
  const app = only(webhook('a', { reply: { type: 'remembered' }, sendings: copies }))
  const taken = ledger(['evt_c', event()])
  const calls = [...good.calls, call('c')]
  const live = only(webhook('a', { isLiveCall: true }))
  const gone = { ledger: new Map([...good.ledger].slice(1)), calls: good.calls.slice(1) }

  it.for<[string, Accounts, Partial<Evidence>]>([
    ['stored and refused', { ...taken, calls }, { unheard: new Set(['evt_c']) }],
    ['an app asked again as KV was stale', app, { forgottenReplies: new Set(['evt_a']) }],
    ['an app asked again as the gateway died with the record', app, { gatewayDeaths: [1_500] }],
    [
      'a live call whose event is in the log',
      { ...live, ...gone },
      { unstored: new Set(['evt_a']) },
    ],
  ])('%s: no difference with it, one without', ([, accounts, evidence]) => {
    expect(verify(accounts).differences).not.toEqual([])
    expect(verify(withEvidence(accounts, evidence)).differences).toEqual([])
  })

  it('is a gateway that died, by what its sender got', () => {
    const failed = { status: 500, isGood: false }
    const toSendings = (isDeath: boolean) => [
      sending({ ...failed, isDeath }),
      sending({ attempt: 2 }),
    ]
    const again = (isDeath: boolean) => only(webhook('a', { sendings: toSendings(isDeath) }))
    expect([found(again(true)), found(again(false))]).toEqual([[], ['unexpected_answer token a']])
    const unheard = (isDeath: boolean): Accounts => {
      const c = webhook('c', { sendings: [sending({ ...failed, isDeath })] })
      return { ...taken, calls, webhooks: good.webhooks.with(2, c) }
    }
    expect(found(unheard(true))).toEqual([])
    expect(found(unheard(false))).toContain('taken_in_unheard evt_c')
  })

  it('is not that a message came while nothing took it', () => {
    const unstored = { unstored: new Set(['evt_a']) }
    expect(found(withEvidence({ ...good, ...gone }, unstored))).toEqual(['lost evt_a'])
  })
})

describe('planWindows', () => {
  const form = { windows: 3, windowShare: 0.08, maxTargetShare: 1, hasWhole: true }

  it('gives each fault its windows, within the run, the same for the same seed', () => {
    const planned = planWindows('7', FAULTS, form, 100_000)
    expect(planWindows('7', FAULTS, form, 100_000)).toEqual(planned)
    expect(planWindows('8', FAULTS, form, 100_000)).not.toEqual(planned)
    for (const fault of FAULTS) {
      const its = planned.filter((window) => window.fault === fault)
      expect(its).toHaveLength(fault.isAlways === true ? 1 : 3)
      for (const { from, to } of its) expect([from >= 0, to <= 100_000]).toEqual([true, true])
      expect(its.filter(({ isWhole }) => isWhole)).toHaveLength(fault.canBeWhole === true ? 1 : 0)
    }
    const isOverlapping = planned.some((one, i) => (planned[i + 1]?.from ?? Infinity) < one.to)
    expect(isOverlapping).toBe(true)
  })
})
