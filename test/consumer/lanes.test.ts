import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PreparedTarget } from '../../src/config/targets.ts'
import type { KeptChange } from '../../src/consumer/changes.ts'
import { keepAll, offerAll, type LaneOffer } from '../../src/consumer/lane-calls.ts'
import { toLaneName, toLaneNames, type LaneStub } from '../../src/consumer/lanes.ts'
import type { LineAnswer, Offer } from '../../src/consumer/line.ts'
import { toEvent, toMessage, toRequest, toTarget } from '../delivery/sample.ts'
import { migrate } from '../ledger/harness.ts'
import { bindings } from './harness.ts'

const toClaims = (count: number) =>
  Array.from({ length: count }, (_, i) => `evt_${String(i).padStart(32, '0')}`)

describe('toLaneName', () => {
  it.each([1, 3, 5])('is the one lane of a target with a concurrency of %i', (concurrency) => {
    const names = toClaims(20).map((claim) => toLaneName({ name: 'crm', concurrency }, claim))
    expect(new Set(names)).toEqual(new Set(['crm/0']))
  })

  it('spreads the events over the lanes of a target, evenly', () => {
    const target = { name: 'crm', concurrency: 20 }
    const names = toClaims(4_000).map((claim) => toLaneName(target, claim))
    const counts = [...Map.groupBy(names, (name) => name)].map(([name, some]) => {
      return { name, count: some.length }
    })
    expect(counts.map(({ name }) => name).toSorted()).toEqual(toLaneNames(target))
    for (const { count } of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })

  it('is always the same for an event', () => {
    const target = { name: 'crm', concurrency: 200 }
    const names = () => toClaims(100).map((claim) => toLaneName(target, claim))
    expect(names()).toEqual(names())
    // Whoever changes this sends what is on its way to lanes that know nothing of it.
    expect(toLaneName(target, 'evt_0123456789abcdef0123456789abcdef')).toBe('crm/20')
  })
})

describe('toLaneNames', () => {
  it.each([
    [5, ['crm/0']],
    [6, ['crm/0', 'crm/1']],
    [11, ['crm/0', 'crm/1', 'crm/2']],
  ])('names all lanes of a concurrency of %i', (concurrency, names) => {
    expect(toLaneNames({ name: 'crm', concurrency })).toEqual(names)
  })
})

const held: LineAnswer = { state: 'held', forMs: 1_000 }
const unused = () => Promise.reject(new Error('unused'))

/** Lanes that answer each item with a wait of as many ms as its row says. */
function createTestLanes(changes: { [lane: string]: Partial<LaneStub> } = {}) {
  const offers: { lane: string; offer: Offer }[] = []
  const kept: { lane: string; changes: readonly KeptChange[] }[] = []
  const lines: object[] = []
  const lanes = {
    getByName: (lane: string): LaneStub => ({
      async offer(offer) {
        offers.push({ lane, offer })
        return offer.items.map(({ seq }) => ({ ...held, forMs: seq }))
      },
      keep: async (some) => void kept.push({ lane, changes: some }),
      clear: unused,
      ...changes[lane],
    }),
  }
  return { offers, kept, lines, deps: { lanes, log: (line: object) => lines.push(line) } }
}

const CRM = toTarget()
const LOGS = toTarget({ name: 'logs' })
const WIDE = toTarget({ name: 'wide', concurrency: 20, rate: { limit: 40, perMs: 1_000 } })

const toOffer = (target: PreparedTarget, seq: number, changes = {}): LaneOffer => {
  return { claim: `evt_${seq}`, seq, message: toMessage(), target, attempt: 1, ...changes }
}

const seqs = (answers: readonly (LineAnswer | null)[]) =>
  answers.map((answer) => (answer?.state === 'held' ? answer.forMs : null))

describe('offerAll', () => {
  afterEach(() => void vi.useRealTimers())

  it('makes one call for each lane, and gives the answers in the order of the offers', async () => {
    const { deps, offers } = createTestLanes()
    const answers = await offerAll(
      [toOffer(CRM, 1), toOffer(LOGS, 2), toOffer(CRM, 3), toOffer(LOGS, 4)],
      deps,
    )
    expect(seqs(answers)).toEqual([1, 2, 3, 4])
    expect(offers.map(({ lane, offer }) => [lane, offer.items.map(({ seq }) => seq)])).toEqual([
      ['crm/0', [1, 3]],
      ['logs/0', [2, 4]],
    ])
    // What has a function in it is no plain data.
    const [first] = offers
    expect(structuredClone(first?.offer)).toEqual(first?.offer)
  })

  it('takes each event to its lane, and tells how many lanes there are', async () => {
    const { deps, offers } = createTestLanes()
    const all = toClaims(40).map((claim, seq) => toOffer(WIDE, seq, { claim }))
    expect(seqs(await offerAll(all, deps))).toEqual(all.map(({ seq }) => seq))
    expect(offers).toHaveLength(4)
    for (const { lane, offer } of offers) {
      expect(offer.lanes).toBe(4)
      expect(offer.items.every(({ claim }) => toLaneName(WIDE, claim) === lane)).toBe(true)
    }
  })

  it('calls no lane for nothing', async () => {
    const { deps, offers } = createTestLanes()
    expect(await offerAll([], deps)).toEqual([])
    expect(offers).toEqual([])
  })

  it('gives null for a lane that fails, and the others their answers', async () => {
    const fails = { offer: () => Promise.reject(new Error('the object is gone')) }
    const { deps, lines } = createTestLanes({ 'crm/0': fails })
    const answers = await offerAll([toOffer(CRM, 1), toOffer(LOGS, 2), toOffer(CRM, 3)], deps)
    expect(seqs(answers)).toEqual([null, 2, null])
    expect(lines).toMatchObject([
      { event: 'lane.failed', lane: 'crm/0', deliveries: 2, error: 'Error' },
    ])
  })

  it('gives null for a lane that cannot even be asked', async () => {
    const { deps } = createTestLanes()
    const lanes = {
      getByName: () => {
        throw new TypeError('no such lane')
      },
    }
    expect(await offerAll([toOffer(CRM, 1)], { ...deps, lanes })).toEqual([null])
  })

  it('gives null for a lane that hangs, after five seconds', async () => {
    vi.useFakeTimers()
    const { deps, lines } = createTestLanes({ 'crm/0': { offer: () => new Promise(() => {}) } })
    const offered = offerAll([toOffer(CRM, 1), toOffer(LOGS, 2)], deps)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(seqs(await offered)).toEqual([null, 2])
    expect(lines).toEqual([{ event: 'lane.late', lane: 'crm/0', deliveries: 1 }])
  })

  it('gives null where a lane has no answer', async () => {
    const { deps } = createTestLanes({ 'crm/0': { offer: async () => [held] } })
    expect(await offerAll([toOffer(CRM, 1), toOffer(CRM, 2)], deps)).toEqual([held, null])
  })
})

describe('offerAll, to real lanes', () => {
  beforeEach(async () => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    await migrate()
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await reset()
  })

  const deps = { lanes: bindings.LANES, log: () => {} }

  it('carries an event and a target whole', async () => {
    const bodies: unknown[] = []
    const headers: Headers[] = []
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
      const request = new Request('https://crm.example.com', init)
      headers.push(request.headers)
      bodies.push(await request.json())
      return new Response('takk \u{1f680}')
    })
    const event = toEvent({ data: { body: 'Zażółć \u{1f680} \u{0} "quoted"', list: [null, 1.5] } })
    const target = toTarget({ headers: { 'x-team': 'crm' } })
    const [answer] = await offerAll(
      [{ ...toOffer(target, 1), message: toMessage({ event }) }],
      deps,
    )
    expect(bodies).toEqual([event])
    expect(headers[0]?.get('x-team')).toBe('crm')
    expect(answer).toMatchObject({
      state: 'done',
      result: { status: 'delivered', attempt: { excerpt: 'takk \u{1f680}' } },
    })
  })

  it('carries a batch of the largest events there are', async () => {
    let bytes = 0
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
      const body = await new Response(init?.body ?? null).arrayBuffer()
      bytes += body.byteLength
      return new Response()
    })
    // 256 KB as they came and once more in the event; an RPC takes 32 MiB, and this is 50 MB.
    const text = `${'x'.repeat(262_000)}\u{17c}`
    const all = toClaims(50).map((claim, seq) => {
      const event = toEvent({ data: { body: text } })
      const message = toMessage({ event, request: toRequest({ body: text }) })
      return { ...toOffer(CRM, seq, { claim }), message }
    })
    const answers = await offerAll(all, deps)
    expect(answers.filter((answer) => answer === null)).toEqual([])
    expect(answers.filter((answer) => answer?.state === 'done').length).toBeGreaterThan(15)
    expect(bytes).toBeGreaterThan(15 * 262_000)
  })
})

describe('keepAll', () => {
  const change: KeptChange = {
    claim: 'evt_1',
    seq: 1,
    target: 'crm',
    status: 'delivered',
    attempts: 1,
    nextAt: null,
    reason: null,
    attempt: null,
  }

  it('gives each lane what it called', async () => {
    const { deps, kept } = createTestLanes()
    const other = { ...change, claim: 'evt_2' }
    await keepAll(
      [
        { lane: 'crm/0', change },
        { lane: 'crm/1', change: other },
        { lane: 'crm/0', change: other },
      ],
      deps,
    )
    expect(kept).toEqual([
      { lane: 'crm/0', changes: [change, other] },
      { lane: 'crm/1', changes: [other] },
    ])
  })

  it('goes on when one lane fails', async () => {
    const fails = { keep: () => Promise.reject(new Error('the object is gone')) }
    const { deps, kept, lines } = createTestLanes({ 'crm/0': fails })
    await keepAll(
      [
        { lane: 'crm/0', change },
        { lane: 'crm/1', change },
      ],
      deps,
    )
    expect(kept).toHaveLength(1)
    expect(lines).toMatchObject([{ event: 'lane.failed', lane: 'crm/0', deliveries: 1 }])
  })
})
