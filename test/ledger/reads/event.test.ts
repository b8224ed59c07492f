import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvent, readStored, readStoredTogether } from '../../../src/ledger/reads/event.ts'
import { listRelated } from '../../../src/ledger/reads/related.ts'
import { DAY_MS, db, HOUR_MS, insertRows, migrate, NOW, range, toEventRow } from '../harness.ts'
import { claimNew, ledger, toAttempt, toDelivered, toDied, toRetried } from '../requests.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const toMessage = (id: string, changes: object = {}) => ({
  v: 1,
  event: {
    specversion: '1.0',
    id,
    source: '/endpoints/sms',
    type: 't',
    time: 't',
    datacontenttype: 'application/json',
    kind: 'messaging.inbound',
    traceparent: 't',
    data: {},
  },
  request: { method: 'POST', contentType: '', query: '', body: '', encoding: 'utf-8' },
  ...changes,
})

const texts = new Map<string, string>()
const large = { get: async (key: string) => texts.get(key) ?? null }

const claim = (id: string, message: unknown) =>
  claimNew({ claim: id, payload: typeof message === 'string' ? message : JSON.stringify(message) })

describe('an event whole', () => {
  it('has each attempt of itself and of its replays', async () => {
    const seq = await claim('evt_1', toMessage('evt_1'))
    await ledger.record([toRetried(seq, 1)], [], NOW)
    await ledger.record([toDied(seq, 2)], [], NOW + 1)
    const again = await claimNew({ claim: 'evt_1~rpl_1', replay: 'rpl_1', payload: null })
    await ledger.record([toDelivered(again, 1)], [], NOW + 2)
    // Another event, whose id begins in the same way.
    await claim('evt_10', toMessage('evt_10'))
    const detail = await readEvent(db, large, 'evt_1')
    expect(detail).toMatchObject({
      event: { eventId: 'evt_1', outcome: 'delivered', replays: 1 },
      stored: { state: 'whole' },
      originAnswer: null,
      runs: [
        {
          seq,
          replay: null,
          deliveries: [
            {
              target: 'crm',
              status: 'dead',
              attempts: 2,
              history: [
                { number: 1, ...toAttempt({ at: NOW + 1, nextAt: NOW + 5_000 }) },
                { number: 2 },
              ],
            },
          ],
        },
        { seq: again, replay: 'rpl_1', deliveries: [{ status: 'delivered', attempts: 1 }] },
      ],
    })
    expect(detail?.runs).toHaveLength(2)
  })

  it('is null when there is none', async () => {
    await claim('evt_1', toMessage('evt_1'))
    expect(await readEvent(db, large, 'evt_')).toBeNull()
    expect(await readEvent(db, large, 'evt_10')).toBeNull()
    expect(await readStored(db, large, 'evt_')).toBeNull()
  })

  it('is null when only a replay of it is left', async () => {
    await claimNew({ claim: 'evt_1~rpl_1', replay: 'rpl_1', payload: null })
    expect(await readEvent(db, large, 'evt_1')).toBeNull()
    expect(await listRelated(db, 'evt_1')).toBeNull()
  })

  it.each<[string, unknown, string | null, object]>([
    ['whole', toMessage('evt_1'), null, { state: 'whole' }],
    ['redacted', toMessage('evt_1', { redacted: ['Body'] }), null, { state: 'redacted' }],
    ['unreadable', 'what?', null, { state: 'unreadable', text: 'what?' }],
    [
      'in KV',
      { v: 1, ref: 'event:evt_1' },
      JSON.stringify(toMessage('evt_1')),
      { state: 'whole', message: { event: { id: 'evt_1' } } },
    ],
    ['gone from KV', { v: 1, ref: 'event:evt_1' }, null, { state: 'gone' }],
    ['unreadable in KV', { v: 1, ref: 'event:evt_1' }, '{}', { state: 'unreadable', text: '{}' }],
  ])('tells that its message is %s', async (_name, message, kept, stored) => {
    texts.clear()
    if (kept !== null) texts.set('event:evt_1', kept)
    await claim('evt_1', message)
    expect(await readStored(db, large, 'evt_1')).toMatchObject(stored)
    expect((await readEvent(db, large, 'evt_1'))?.stored).toMatchObject(stored)
    const [first, second] = await readStoredTogether(db, large, ['evt_1', 'evt_2'])
    expect(first).toMatchObject(stored)
    expect(second).toEqual({ state: 'gone' })
  })
})

describe('what belongs to it', () => {
  const toRow = (seq: number, thread: string | null, agoMs = 1_000_000 - seq * 1_000) => ({
    subject: null,
    ...toEventRow(seq, { recorded_at: NOW - agoMs }),
    thread,
  })
  const list = async (id: string) => {
    const { rows = [], isPartial } = (await listRelated(db, id)) ?? {}
    return { seqs: rows.map(({ seq }) => seq), isPartial }
  }

  it('comes in the order of time, replays left out', async () => {
    await insertRows('events', [
      toRow(1, 'CA1'),
      toRow(2, 'CA2'),
      { ...toRow(3, 'CA1'), received_at: NOW - 2_000_000 },
      { ...toRow(4, 'CA1'), replay: 'rpl_1' },
      toRow(5, 'CA1'),
      toRow(6, null),
    ])
    expect(await list('evt_5')).toEqual({ seqs: [3, 1, 5], isPartial: false })
    expect(await list('evt_6')).toEqual({ seqs: [6], isPartial: false })
  })

  it('is cut where it is too much', async () => {
    await insertRows(
      'events',
      range(1, 300).map((seq) => toRow(seq, 'CA1')),
    )
    expect(await list('evt_150')).toEqual({ seqs: range(51, 250), isPartial: true })
    expect(await list('evt_300')).toEqual({ seqs: range(201, 300), isPartial: true })
  })

  it.each([
    [HOUR_MS, true],
    [2 * DAY_MS, false],
  ])('may be cut where much came meanwhile, %i ms ago: %s', async (agoMs, isPartial) => {
    await insertRows('events', [toRow(1, 'CA1', agoMs), toRow(25_002, 'CA1', 0)])
    expect(await list('evt_25002')).toEqual({ seqs: [25_002], isPartial })
  })
})
