import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readBindingNames, readBindings, toQueueShard } from '../../src/events/shard-bindings.ts'
import { MAX_SHARDS, pickShard, toShard } from '../../src/events/shard.ts'

/** As events/identity.ts makes them, and as Event Streams does. */
const IDS = Array.from({ length: 20_000 }, (_, i) => {
  const digest = createHash('sha256').update(String(i)).digest('hex').slice(0, 32)
  return i % 4 === 0 ? `EZ${digest}` : `evt_${digest}`
})

function count(shards: number): number[] {
  const counts = Array.from({ length: shards }, () => 0)
  for (const id of IDS) counts[toShard(id, shards) - 1] = (counts[toShard(id, shards) - 1] ?? 0) + 1
  return counts
}

describe('toShard', () => {
  it('is the same for good: what is stored is found again', () => {
    expect(IDS.slice(0, 12).map((id) => toShard(id, 5))).toEqual([
      5, 2, 2, 1, 1, 3, 1, 5, 5, 5, 2, 1,
    ])
    expect(toShard('', 3)).toBeGreaterThanOrEqual(1)
  })

  it.each([2, 3, 5, 8, MAX_SHARDS])('gives each of %i shards its share', (shards) => {
    const share = IDS.length / shards
    // Five standard deviations of a fair lot.
    const slack = 5 * Math.sqrt(share * (1 - 1 / shards))
    for (const own of count(shards)) expect(Math.abs(own - share)).toBeLessThan(slack)
  })

  it.each([1, 2, 3, 7])(
    'moves to the new shard alone, and only its share, from %i on',
    (shards) => {
      const moved = IDS.filter((id) => toShard(id, shards) !== toShard(id, shards + 1))
      expect(new Set(moved.map((id) => toShard(id, shards + 1)))).toEqual(new Set([shards + 1]))
      const share = IDS.length / (shards + 1)
      expect(Math.abs(moved.length - share)).toBeLessThan(5 * Math.sqrt(share))
    },
  )

  it('asks nothing of one shard', () => {
    expect(toShard('evt_1', 1)).toBe(1)
    expect(pickShard(['all'], 'evt_1')).toBe('all')
    expect(pickShard(['a', 'b', 'c'], IDS[0] ?? '')).toBe(
      ['a', 'b', 'c'][toShard(IDS[0] ?? '', 3) - 1],
    )
  })
})

describe('the bindings of shards', () => {
  it.each([
    [['EVENTS', 'KV'], ['EVENTS']],
    [
      ['EVENTS_2', 'EVENTS_3', 'EVENTS', 'EVENTS_OF_OTHERS', 'MY_EVENTS_4'],
      ['EVENTS', 'EVENTS_2', 'EVENTS_3'],
    ],
  ])('are those of %j', (names, expected) => {
    expect(readBindingNames(names, 'EVENTS')).toEqual({ ok: true, value: expected })
  })

  it.each([
    [['KV'], 'EVENTS is missing'],
    [['EVENTS_2'], 'EVENTS is missing'],
    [['EVENTS', 'EVENTS_3'], 'EVENTS_2 is missing'],
    [['EVENTS', 'EVENTS_1'], 'EVENTS_2 is missing'],
    [['EVENTS', 'EVENTS_02'], 'EVENTS_2 is missing'],
    [
      ['EVENTS', ...Array.from({ length: MAX_SHARDS }, (_, i) => `EVENTS_${i + 2}`)],
      'more than 64',
    ],
  ])('have a gap in %j', (names, problem) => {
    const read = readBindingNames(names, 'EVENTS')
    expect(read.ok ? '' : read.error).toContain(problem)
  })

  it('are what they should be, or nothing', () => {
    const isText = (value: unknown) => typeof value === 'string'
    expect(readBindings({ A: 'x', A_2: 'y', B: 1 }, 'A', isText)).toEqual({
      ok: true,
      value: ['x', 'y'],
    })
    expect(readBindings({ A: 'x', A_2: 2 }, 'A', isText).ok).toBe(false)
    expect(readBindings({ A: 1, A_2: 'y' }, 'A', isText).ok).toBe(false)
  })
})

it.each([
  ['switchboard-events', 2, 1],
  ['switchboard-events-staging', 2, 1],
  ['switchboard-events-2', 2, 2],
  ['switchboard-dead-staging-12', 12, 12],
  ['switchboard-events-3', 2, null],
  ['switchboard-events-1', 2, null],
  ['switchboard-events-02', 2, null],
  // Of one shard any name is: as it was before there were several.
  ['switchboard-events-7', 1, 1],
])('the queue %s of %i shards is that of %j', (queue, shards, expected) => {
  expect(toQueueShard(queue, shards)).toBe(expected)
})
