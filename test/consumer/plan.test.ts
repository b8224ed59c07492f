import { describe, expect, it } from 'vitest'
import { planDeliveries, type Planned, type Situation } from '../../src/consumer/plan.ts'
import { toPausedMs } from '../../src/consumer/postpone.ts'
import type { RecordedDelivery } from '../../src/ledger/ledger.ts'
import { toTarget } from '../delivery/sample.ts'

const NOW = Date.parse('2026-11-20T10:00:00.000Z')
const DAY_MS = 86_400_000
const CRM = toTarget()
const LOGS = toTarget({ name: 'logs' })

const PLANNED: Planned = { receivedAt: NOW - 60_000, attemptsBefore: 0, handouts: 1 }

const SITUATION: Situation = {
  targets: { matching: () => [], get: (name) => [CRM, LOGS].find((one) => one.name === name) },
  paused: new Set(),
  now: NOW,
  maxAgeMs: 30 * DAY_MS,
}

const waiting = (changes: Partial<RecordedDelivery> = {}): RecordedDelivery => {
  const reason = 'status_500'
  return { target: 'crm', status: 'waiting', attempts: 2, nextAt: NOW, reason, ...changes }
}

interface Case {
  recorded?: RecordedDelivery
  planned?: Partial<Planned>
  situation?: Partial<Situation>
}

function plan({ recorded, planned, situation }: Case) {
  const [one] = planDeliveries(
    { state: 'ours', seq: 1, targets: ['crm'], deliveries: recorded ? [recorded] : [] },
    { ...PLANNED, ...planned },
    { ...SITUATION, ...situation },
  )
  return one?.step
}

const PAUSED = { paused: new Set(['crm']) }
const GONE = { targets: { matching: () => [], get: () => undefined } }
const OLD = { receivedAt: NOW - 30 * DAY_MS - 1 }
const firstPause = NOW + toPausedMs(1)

const offer = (attempt: number) => ({ step: 'offer', target: CRM, attempt })
const retry = (until: number, attempts = 2) => {
  return { step: 'wait', until, attempts, reason: 'retry', isNews: false }
}
const paused = (isNews: boolean, attempts = 2, until = firstPause) => {
  return { step: 'wait', until, attempts, reason: 'paused', isNews }
}
const die = (attempts: number, reason: string) => ({ step: 'die', attempts, reason })

describe('planDeliveries', () => {
  it.each<[string, Case, object]>([
    ['offers what is new', {}, offer(1)],
    ['goes on counting', { planned: { attemptsBefore: 4 } }, offer(5)],
    ['counts by the ledger', { recorded: waiting(), planned: { attemptsBefore: 7 } }, offer(3)],
    ['offers what is due', { recorded: waiting() }, offer(3)],
    ['offers what has no time', { recorded: waiting({ nextAt: null }) }, offer(3)],
    ['waits to the millisecond', { recorded: waiting({ nextAt: NOW + 1 }) }, retry(NOW + 1)],
    [
      'waits for what no call was made for',
      { recorded: waiting({ nextAt: NOW + 60_000, attempts: 0, reason: 'breaker_open' }) },
      retry(NOW + 60_000, 0),
    ],
    [
      'leaves what is delivered alone',
      { recorded: waiting({ status: 'delivered' }) },
      { step: 'finished', isDead: false },
    ],
    [
      'leaves what is dead alone',
      { recorded: waiting({ status: 'dead' }) },
      { step: 'finished', isDead: true },
    ],
    [
      'leaves what is delivered alone, whatever became of the target',
      {
        recorded: waiting({ status: 'delivered' }),
        situation: { ...GONE, ...PAUSED },
        planned: OLD,
      },
      { step: 'finished', isDead: false },
    ],
    ['says that a target is paused', { situation: PAUSED }, paused(true, 0)],
    ['says so of what was tried', { recorded: waiting(), situation: PAUSED }, paused(true)],
    [
      'does not say it again',
      { recorded: waiting({ reason: 'paused' }), situation: PAUSED },
      paused(false),
    ],
    [
      'looks at a paused target less and less often',
      { situation: PAUSED, planned: { handouts: 3 } },
      paused(true, 0, NOW + toPausedMs(3)),
    ],
    [
      'offers at once when a pause is over',
      { recorded: waiting({ reason: 'paused', nextAt: NOW + 300_000 }) },
      offer(3),
    ],
    ['buries what its target is gone for', { situation: GONE }, die(0, 'target_removed')],
    [
      'buries it with the attempts made',
      { recorded: waiting(), situation: GONE },
      die(2, 'target_removed'),
    ],
    ['buries what is too old', { recorded: waiting(), planned: OLD }, die(2, 'expired')],
    ['offers at the last moment', { planned: { receivedAt: NOW - 30 * DAY_MS } }, offer(1)],
    [
      'buries what is too old for a paused target, too',
      { recorded: waiting({ reason: 'paused' }), planned: OLD, situation: PAUSED },
      die(2, 'expired'),
    ],
  ])('%s', (_name, one, step) => {
    expect(plan(one)).toEqual(step)
  })

  it('plans for each target that was owed, by its own row', () => {
    const claim = {
      state: 'ours' as const,
      seq: 1,
      targets: ['crm', 'removed', 'logs'],
      deliveries: [waiting({ target: 'logs', nextAt: NOW + 9_000 }), waiting({ status: 'dead' })],
    }
    expect(planDeliveries(claim, PLANNED, SITUATION)).toEqual([
      { target: 'crm', step: { step: 'finished', isDead: true } },
      { target: 'removed', step: die(0, 'target_removed') },
      { target: 'logs', step: retry(NOW + 9_000) },
    ])
  })

  it('owes nothing when nothing matched', () => {
    const claim = { state: 'ours' as const, seq: 1, targets: [], deliveries: [] }
    expect(planDeliveries(claim, PLANNED, SITUATION)).toEqual([])
  })
})
