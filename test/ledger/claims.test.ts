import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import { createDeadRows } from '../../src/ledger/dead-letters.ts'
import { createPauses } from '../../src/ledger/pauses.ts'
import { createMeter, db, migrate, NOW, range, readAll, readMessages } from './harness.ts'
import {
  claimNew,
  claimOne,
  createScales,
  LEASE_MS,
  ledger,
  toClaimRequest,
  toDeadRow,
  toDelivered,
  toRetried,
  toNoise,
} from './requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const readEvents = () => readAll('SELECT * FROM events ORDER BY seq')
const readPayloads = readMessages

describe('a new event', () => {
  it('is whose message claims it first, with all that is known of it', async () => {
    const payload = '{"v":1}'
    expect(await claimOne({ targets: ['crm', 'erp'], keyName: 'primary', payload })).toEqual({
      state: 'ours',
      seq: 1,
      targets: ['crm', 'erp'],
      deliveries: [],
    })
    expect(await readEvents()).toEqual([
      {
        seq: 1,
        claim: 'evt_1',
        event_id: 'evt_1',
        replay: null,
        owner: 'message-1',
        lease_until: NOW + LEASE_MS,
        received_at: NOW - 5_000,
        recorded_at: NOW,
        kind: 'messaging.inbound',
        source: '/endpoints/sms',
        account: 'AC1',
        subject: 'SM1',
        targets: '["crm","erp"]',
        from_address: '+15005550006',
        to_address: '+15005550010',
        thread: 'SM1',
        took_ms: 40,
        settled: null,
        key_name: 'primary',
        message: expect.anything(),
      },
    ])
    expect(await readPayloads()).toEqual([payload])
  })

  it('may be owed to nobody, and have neither account nor subject', async () => {
    const claim = await claimOne({ targets: [], account: null, subject: null })
    expect(claim).toEqual({ state: 'ours', seq: 1, targets: [], deliveries: [] })
    expect(await readEvents()).toMatchObject([{ account: null, subject: null, targets: '[]' }])
  })

  it('goes to one of fifty that come at once', async () => {
    const claims = await Promise.all(
      range(1, 50).map((n) => claimOne({ owner: `message-${n}`, targets: [`t${n}`] })),
    )
    const ours = claims.filter(({ state }) => state === 'ours')
    expect(ours).toHaveLength(1)
    expect(claims.filter(({ state }) => state === 'copy')).toHaveLength(49)
    const winner = claims.findIndex(({ state }) => state === 'ours') + 1
    expect(await readEvents()).toMatchObject([
      { owner: `message-${winner}`, targets: `["t${winner}"]` },
    ])
    expect(await readPayloads()).toHaveLength(1)
  })

  it('goes to one of fifty in one batch, the first', async () => {
    const requests = range(1, 50).map((n) => toClaimRequest({ owner: `message-${n}` }))
    const { claims } = await ledger.claim(requests, NOW)
    expect(claims.map(({ state }) => state)).toEqual([
      'ours',
      ...range(2, 50).map(() => 'copy' as const),
    ])
  })

  it('goes to one of several batches that overlap', async () => {
    const batches = await Promise.all(
      range(1, 10).map((owner) =>
        ledger.claim(
          range(1, 20).map((n) =>
            toClaimRequest({ claim: `evt_${(n + owner) % 20}`, owner: `message-${owner}-${n}` }),
          ),
          NOW,
        ),
      ),
    )
    const states = batches.flatMap(({ claims }) => claims.map(({ state }) => state))
    expect(states.filter((state) => state === 'ours')).toHaveLength(20)
    expect(states.filter((state) => state === 'copy')).toHaveLength(180)
    expect(await readEvents()).toHaveLength(20)
  })
})

describe('the lease', () => {
  it('keeps a second hand-out of the same message away, and says until when', async () => {
    const claims = await Promise.all([claimOne(), claimOne()])
    expect(claims.map(({ state }) => state).toSorted()).toEqual(['leased', 'ours'])
    expect(claims).toContainEqual({ state: 'leased', until: NOW + LEASE_MS })
  })

  it.each([
    ['just before its end', LEASE_MS - 1, 'leased'],
    ['at its end', LEASE_MS, 'ours'],
  ])('%s', async (_name, afterMs, state) => {
    await claimNew()
    expect(await claimOne({}, NOW + afterMs)).toMatchObject({ state })
  })

  it('begins again with the next hand-out', async () => {
    await claimNew()
    await claimOne({}, NOW + LEASE_MS)
    const until = NOW + 2 * LEASE_MS
    expect(await claimOne({}, until - 1)).toEqual({ state: 'leased', until })
  })

  it('is not moved by whoever does not get it', async () => {
    await claimNew()
    await claimOne({}, NOW + 1_000)
    await claimOne({ owner: 'message-2' }, NOW + 2_000)
    expect(await readEvents()).toMatchObject([
      { owner: 'message-1', lease_until: NOW + LEASE_MS, recorded_at: NOW },
    ])
  })

  it('is over when it is released', async () => {
    const seq = await claimNew()
    await ledger.record([], [seq], NOW + 100)
    expect(await claimOne({}, NOW + 99)).toEqual({ state: 'leased', until: NOW + 100 })
    expect(await claimOne({}, NOW + 100)).toMatchObject({ state: 'ours' })
  })

  it('never gives an event to another message, however old it is', async () => {
    await claimNew()
    const claim = await claimOne({ owner: 'message-2' }, NOW + 1_000 * LEASE_MS)
    expect(claim).toEqual({ state: 'copy' })
  })
})

describe('an event that was claimed before', () => {
  it('comes with what is recorded of its deliveries', async () => {
    const seq = await claimNew({ targets: ['crm', 'erp', 'bi'] })
    await ledger.record([toDelivered(seq, 1), toRetried(seq, 2, { target: 'erp' })], [seq], NOW + 1)
    const claim = await claimOne({}, NOW + 1)
    expect(claim).toMatchObject({ state: 'ours', seq, targets: ['crm', 'erp', 'bi'] })
    const { deliveries } = claim as Extract<typeof claim, { state: 'ours' }>
    expect(deliveries.toSorted((a, b) => a.target.localeCompare(b.target))).toEqual([
      { target: 'crm', status: 'delivered', attempts: 1, nextAt: null, reason: null },
      { target: 'erp', status: 'waiting', attempts: 2, nextAt: NOW + 10_000, reason: 'status_500' },
    ])
  })

  it('keeps its targets, its payload and when it came', async () => {
    await claimNew({ targets: ['crm'], payload: '"first"' })
    const later = { targets: ['erp'], payload: '"second"', kind: 'other', receivedAt: 1 }
    expect(await claimOne(later, NOW + LEASE_MS)).toMatchObject({ targets: ['crm'] })
    expect(await readEvents()).toMatchObject([
      { targets: '["crm"]', kind: 'messaging.inbound', received_at: NOW - 5_000, recorded_at: NOW },
    ])
    expect(await readPayloads()).toEqual(['"first"'])
  })

  it.each([
    ['before', ['message-2', 'message-1'], ['copy', 'ours']],
    ['behind', ['message-1', 'message-2'], ['ours', 'copy']],
  ])('is its owner’s, also with a copy %s it in the batch', async (_name, owners, states) => {
    const seq = await claimNew()
    await ledger.record([toRetried(seq, 1)], [seq], NOW)
    const requests = owners.map((owner) => toClaimRequest({ owner }))
    const { claims } = await ledger.claim(requests, NOW)
    expect(claims.map(({ state }) => state)).toEqual(states)
    const ours = claims.find((claim) => claim.state === 'ours')
    expect(ours?.deliveries.map(({ target }) => target)).toEqual(['crm'])
  })

  it('answers each request of a batch in its place', async () => {
    await claimNew({ claim: 'evt_copy', owner: 'message-0' })
    await claimNew({ claim: 'evt_leased' })
    const { claims } = await ledger.claim(
      ['evt_new', 'evt_copy', 'evt_leased', 'evt_new2'].map((claim) => toClaimRequest({ claim })),
      NOW,
    )
    expect(claims.map(({ state }) => state)).toEqual(['ours', 'copy', 'leased', 'ours'])
  })
})

describe('an event that came from the dead-letter queue first', () => {
  const rows = createDeadRows(db)

  it('becomes the event of the message that still comes, and is not dead any more', async () => {
    const unread = { kind: null, source: null, account: null, subject: null, receivedAt: null }
    const reference = '{"v":1,"ref":"event:evt_1"}'
    await rows.record([toDeadRow({ ...unread, payload: reference })])
    const claim = await claimOne({ targets: ['crm', 'erp'], payload: '"whole"' }, NOW + 1)
    expect(claim).toEqual({ state: 'ours', seq: 1, targets: ['crm', 'erp'], deliveries: [] })
    expect(await readEvents()).toMatchObject([
      {
        owner: 'message-1',
        lease_until: NOW + 1 + LEASE_MS,
        received_at: NOW - 5_000,
        kind: 'messaging.inbound',
        source: '/endpoints/sms',
        account: 'AC1',
        subject: 'SM1',
        targets: '["crm","erp"]',
      },
    ])
    expect(await readPayloads()).toEqual(['"whole"'])
    expect(await readAll('SELECT * FROM all_deliveries')).toEqual([])
  })

  it('stays dead for the targets that it died for by name', async () => {
    await rows.record([toDeadRow({ targets: ['crm'] })])
    const claim = await claimOne({ targets: ['crm', 'erp'] })
    expect(claim).toMatchObject({
      targets: ['crm', 'erp'],
      deliveries: [{ target: 'crm', status: 'dead' }],
    })
  })

  it('goes to the first of two in one batch', async () => {
    await rows.record([toDeadRow()])
    const requests = ['message-1', 'message-2'].map((owner) => toClaimRequest({ owner }))
    const { claims } = await ledger.claim(requests, NOW)
    expect(claims.map(({ state }) => state)).toEqual(['ours', 'copy'])
  })

  it('goes to one of ten that come at once', async () => {
    await rows.record([toDeadRow()])
    const claims = await Promise.all(range(1, 10).map((n) => claimOne({ owner: `message-${n}` })))
    expect(claims.filter(({ state }) => state === 'ours')).toHaveLength(1)
    expect(claims.filter(({ state }) => state === 'copy')).toHaveLength(9)
  })

  it('leaves what belongs to others as it is', async () => {
    const seq = await claimNew({ claim: 'evt_2', payload: '"two"' })
    await ledger.record([toRetried(seq, 1, { target: '*' })], [], NOW)
    await rows.record([toDeadRow()])
    const requests = ['evt_1', 'evt_2'].map((claim) => toClaimRequest({ claim, payload: '"new"' }))
    await ledger.claim(requests, NOW + LEASE_MS)
    expect(await readPayloads()).toEqual(['"two"', '"new"'])
    expect(await readAll('SELECT seq, target FROM all_deliveries')).toEqual([{ seq, target: '*' }])
  })
})

describe('the payload', () => {
  it.each([
    ['text of all kinds', 'Köln ✓ 👋 \u2028 \u0001'],
    ['half of a surrogate pair', 'a\ud83d b'],
    ['NUL', 'before\0behind'],
    ['quotes and backslashes', `"'\\"\\u0000';--`],
  ])('is kept byte for byte: %s', async (_name, text) => {
    const payload = JSON.stringify({ text })
    await claimNew({ payload })
    const [kept] = await readPayloads()
    expect(kept).toBe(payload)
    expect(JSON.parse(String(kept))).toEqual({ text })
  })

  it('may have 200 KB, and those of a batch 8 MB together', async () => {
    const texts = range(1, 40).map((n) => JSON.stringify({ n, text: '"é'.repeat(50_000) }))
    const requests = texts.map((payload, n) => toClaimRequest({ claim: `evt_${n}`, payload }))
    const { db: measured, bound } = createScales()
    await createLedger(measured).claim(requests, NOW)
    expect(await readPayloads()).toEqual(texts)
    // What D1 takes in one value; the local one takes more.
    expect(Math.max(...bound)).toBeLessThanOrEqual(2_000_000)
  })

  it('is where a large event waits when no row can hold it', async () => {
    const payload = JSON.stringify({ text: toNoise(1_900_000) })
    const requests = [
      toClaimRequest({ payload }),
      toClaimRequest({ claim: 'evt_2', payload: '"two"' }),
    ]
    await ledger.claim(requests, NOW)
    expect(await readPayloads()).toEqual(['{"v":1,"ref":"event:evt_1"}', '"two"'])
  })

  it('of a copy is not kept', async () => {
    await claimNew({ payload: '"first"' })
    await claimOne({ owner: 'message-2', payload: '"second"' })
    expect(await readPayloads()).toEqual(['"first"'])
  })

  it('of a replay is none: its event has it', async () => {
    await claimNew()
    const replay = { claim: 'evt_1~rpl_1', replay: 'rpl_1', payload: null }
    expect(await claimOne(replay)).toMatchObject({ state: 'ours', seq: 2 })
    expect(await readEvents()).toMatchObject([
      { claim: 'evt_1', event_id: 'evt_1', replay: null },
      { claim: 'evt_1~rpl_1', event_id: 'evt_1', replay: 'rpl_1' },
    ])
    expect(await readPayloads()).toHaveLength(1)
  })
})

describe('a batch', () => {
  it('hears which targets are paused', async () => {
    const pauses = createPauses(db)
    await pauses.pause('crm', 'operator', NOW)
    await pauses.pause('erp', 'target_gone', NOW)
    const { paused } = await ledger.claim([toClaimRequest()], NOW)
    expect(paused).toEqual(new Set(['crm', 'erp']))
  })

  it('is one transaction: what D1 refuses leaves nothing behind', async () => {
    const broken = toClaimRequest({ claim: 'evt_2', kind: 'x' })
    Reflect.set(broken, 'owner', null)
    await expect(ledger.claim([toClaimRequest(), broken], NOW)).rejects.toThrow(/NOT NULL/)
    expect(await readEvents()).toEqual([])
    expect(await readPayloads()).toEqual([])
  })

  it('of a hundred takes as many statements as one', async () => {
    const count = async (size: number) => {
      const calls = { prepared: 0, batches: 0 }
      const counting = {
        prepare(sql: string) {
          calls.prepared += 1
          return db.prepare(sql)
        },
        batch(statements: D1PreparedStatement[]) {
          calls.batches += 1
          return db.batch(statements)
        },
      } as unknown as D1Database
      const { claim, record } = createLedger(counting)
      const requests = range(1, size).map((n) => toClaimRequest({ claim: `evt_${size}_${n}` }))
      const { claims } = await claim(requests, NOW)
      const seqs = claims.flatMap((one) => (one.state === 'ours' ? [one.seq] : []))
      await record(
        seqs.map((seq) => toRetried(seq, 1)),
        seqs,
        NOW,
      )
      return calls
    }
    const one = await count(1)
    expect(one).toEqual({ prepared: 6, batches: 2 })
    expect(await count(100)).toEqual(one)
  })

  it.each([
    ['one target, delivered at once', ['crm'], 3],
    ['no target', [], 2],
    ['two targets, delivered at once', ['crm', 'erp'], 3],
  ])('writes, for each event: %s', async (_name, targets, rows) => {
    const { db: metered, cost } = createMeter()
    const { claim, record } = createLedger(metered)
    const requests = range(1, 100).map((n) => toClaimRequest({ claim: `evt_${n}`, targets }))
    const { claims } = await claim(requests, NOW)
    const changes = claims.flatMap((one) =>
      one.state === 'ours' ? one.targets.map((target) => toDelivered(one.seq, 1, { target })) : [],
    )
    await record(changes, [], NOW)
    expect(changes).toHaveLength(100 * targets.length)
    expect(cost.written).toBe(100 * rows)
  })
})
