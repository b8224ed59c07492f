import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDeadRows, type DeadRow } from '../../src/ledger/dead-letters.ts'
import { db, MESSAGE, migrate, NOW, range, readAll, withText } from './harness.ts'
import {
  claimNew,
  claimOne,
  ledger,
  toDeadRow,
  toDelivered,
  toDied,
  toRetried,
} from './requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const rows = createDeadRows(db)

/** Each by itself, as they come. */
async function record(...changes: Partial<DeadRow>[]): Promise<void> {
  for (const change of changes) await rows.record([toDeadRow(change)])
}

const readEvents = async () =>
  (await readAll('SELECT * FROM events ORDER BY seq')).map((row) => {
    const { settled: _, key_name: __, message: ___, ...event } = row
    return event
  })
const readPayloads = async () =>
  (await readAll(`SELECT seq, ${MESSAGE} FROM events WHERE message IS NOT NULL ORDER BY seq`)).map(
    withText,
  )
const readDeliveries = () =>
  readAll('SELECT target, status, attempts, reason FROM all_deliveries ORDER BY seq, target')

describe('an event that the ledger does not know', () => {
  it('belongs to nobody, and is dead for all', async () => {
    await record({ payload: '"whole"', attempts: 2 })
    expect(await readEvents()).toEqual([
      {
        seq: 1,
        claim: 'evt_1',
        event_id: 'evt_1',
        replay: null,
        owner: '',
        lease_until: 0,
        received_at: NOW - 5_000,
        recorded_at: NOW,
        kind: 'messaging.inbound',
        source: '/endpoints/sms',
        account: 'AC1',
        subject: 'SM1',
        targets: '["*"]',
        from_address: '+15005550006',
        to_address: '+15005550010',
        thread: 'SM1',
        took_ms: null,
      },
    ])
    expect(await readPayloads()).toEqual([{ seq: 1, message: '"whole"' }])
    expect(await readAll('SELECT * FROM all_deliveries')).toEqual([
      {
        seq: 1,
        target: '*',
        status: 'dead',
        attempts: 2,
        next_at: null,
        reason: 'retries_exhausted',
        updated_at: NOW,
        history: '[]',
      },
    ])
  })

  it('is dead for the targets that are named', async () => {
    await record({ targets: ['crm', 'erp'] })
    expect(await readEvents()).toMatchObject([{ targets: '["crm","erp"]' }])
    expect((await readDeliveries()).map(({ target }) => target)).toEqual(['crm', 'erp'])
  })

  it('is one event, whose targets come letter by letter, at once or in turn', async () => {
    await rows.record(['crm', 'erp'].map((target) => toDeadRow({ targets: [target] })))
    await record({ targets: ['bi'] })
    expect(await readEvents()).toMatchObject([{ targets: '["bi","crm","erp"]' }])
    const deliveries = await readDeliveries()
    expect(deliveries.map(({ target }) => target)).toEqual(['bi', 'crm', 'erp'])
  })

  it('is dead for all when a letter for all comes behind one for a target', async () => {
    await record({ targets: ['crm'] }, { targets: null })
    const deliveries = await readDeliveries()
    expect(deliveries.map(({ target }) => target)).toEqual(['*', 'crm'])
  })

  it('is the same when it comes again, from ten sides at once', async () => {
    await record({ targets: ['crm'], payload: '"first"' })
    const before = [await readEvents(), await readPayloads(), await readDeliveries()]
    const again = toDeadRow({ targets: ['crm'], payload: '"again"', reason: 'x', deadAt: NOW + 1 })
    await Promise.all(range(1, 10).map(() => rows.record([again, again])))
    expect([await readEvents(), await readPayloads(), await readDeliveries()]).toEqual(before)
  })

  it('may have been received nobody knows when', async () => {
    await record({ receivedAt: null, deadAt: NOW + 9 })
    expect(await readEvents()).toMatchObject([{ received_at: NOW + 9 }])
  })

  it('may be one that nobody can read', async () => {
    const unread = { kind: null, source: null, account: null, subject: null, receivedAt: null }
    await record({ ...unread, payload: 'K\0"\\ ✓ \u2028' })
    expect(await readEvents()).toMatchObject([{ kind: null, source: null }])
    expect(await readPayloads()).toEqual([{ seq: 1, message: 'K\0"\\ ✓ \u2028' }])
  })
})

describe('an event that a message has claimed', () => {
  it('dies for those whom it is still owed to', async () => {
    const seq = await claimNew({ targets: ['crm', 'erp', 'bi', 'ops'], payload: '"claimed"' })
    await ledger.record(
      [
        toDelivered(seq, 1),
        toRetried(seq, 5, { target: 'erp' }),
        toDied(seq, 3, { target: 'bi', reason: 'status_400' }),
      ],
      [],
      NOW,
    )
    await record({ attempts: 2, payload: '"dead"', deadAt: NOW + 9 })
    expect(await readDeliveries()).toEqual([
      { target: 'bi', status: 'dead', attempts: 3, reason: 'status_400' },
      { target: 'crm', status: 'delivered', attempts: 1, reason: null },
      { target: 'erp', status: 'dead', attempts: 5, reason: 'retries_exhausted' },
      { target: 'ops', status: 'dead', attempts: 2, reason: 'retries_exhausted' },
    ])
    expect(await readPayloads()).toEqual([{ seq, message: '"claimed"' }])
    expect(await readEvents()).toMatchObject([
      { owner: 'message-1', targets: '["crm","erp","bi","ops"]' },
    ])
    const [waiting] = await readAll(
      'SELECT next_at, history, updated_at FROM all_deliveries WHERE target = ?1',
      'erp',
    )
    expect(waiting).toMatchObject({ next_at: null, updated_at: NOW + 9 })
    expect(JSON.parse(String(waiting?.['history']))).toHaveLength(1)
  })

  it('dies for one target when only that is named', async () => {
    const seq = await claimNew({ targets: ['crm', 'erp'] })
    await ledger.record([toRetried(seq, 1), toRetried(seq, 1, { target: 'erp' })], [], NOW)
    await record({ targets: ['erp'] })
    expect(await readDeliveries()).toMatchObject([
      { target: 'crm', status: 'waiting' },
      { target: 'erp', status: 'dead' },
    ])
  })

  it('is not dead at all when nobody matched', async () => {
    await claimNew({ targets: [] })
    await record({})
    expect(await readDeliveries()).toEqual([])
  })

  it('stays finished: a message of it that still comes has nothing to do', async () => {
    await claimNew({ targets: ['crm'] })
    await record({})
    const claim = await claimOne({}, NOW + 60_000)
    expect(claim).toMatchObject({ deliveries: [{ target: 'crm', status: 'dead' }] })
  })
})

describe('a replay', () => {
  const REPLAY = { claim: 'evt_1~rpl_1', replay: 'rpl_1' }
  const unread = { kind: null, source: null, account: null, subject: null, receivedAt: null }

  it('that was never claimed dies by itself, described by its event', async () => {
    const seq = await claimNew({ targets: ['crm'] })
    await ledger.record([toRetried(seq, 1)], [], NOW)
    await record({ ...REPLAY, ...unread, targets: ['crm'], deadAt: NOW + 9 })
    expect(await readEvents()).toMatchObject([
      { claim: 'evt_1', owner: 'message-1' },
      {
        claim: 'evt_1~rpl_1',
        event_id: 'evt_1',
        replay: 'rpl_1',
        owner: '',
        received_at: NOW - 5_000,
        recorded_at: NOW + 9,
        kind: 'messaging.inbound',
        source: '/endpoints/sms',
        account: 'AC1',
        subject: 'SM1',
      },
    ])
    expect(await readDeliveries()).toMatchObject([{ status: 'waiting' }, { status: 'dead' }])
  })

  it('that was claimed dies where it waits', async () => {
    await claimNew({ targets: ['crm'] })
    const seq = await claimNew({ ...REPLAY, targets: ['crm', 'erp'], payload: null })
    await ledger.record([toDelivered(seq, 1)], [], NOW)
    await record({ ...REPLAY, ...unread })
    expect(await readAll('SELECT seq, target, status FROM all_deliveries ORDER BY target')).toEqual(
      [
        { seq, target: 'crm', status: 'delivered' },
        { seq, target: 'erp', status: 'dead' },
      ],
    )
  })
})

describe('a batch', () => {
  it('is recorded whole or not at all', async () => {
    const broken = toDeadRow({ claim: 'evt_2' })
    Reflect.set(broken, 'reason', undefined)
    Reflect.set(broken, 'deadAt', null)
    await expect(rows.record([toDeadRow(), broken])).rejects.toThrow(/NOT NULL/)
    expect(await readEvents()).toEqual([])
    expect(await readPayloads()).toEqual([])
  })

  it('keeps each payload with its event', async () => {
    await rows.record(
      range(1, 50).map((n) => toDeadRow({ claim: `evt_${n}`, payload: `"evt_${n}"` })),
    )
    const kept = await readAll(`SELECT claim, ${MESSAGE} FROM events ORDER BY seq`)
    expect(kept.map(withText)).toEqual(
      range(1, 50).map((n) => ({ claim: `evt_${n}`, message: `"evt_${n}"` })),
    )
  })
})
