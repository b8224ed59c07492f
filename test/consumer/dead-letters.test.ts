import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordDeadLetters } from '../../src/consumer/dead-letters.ts'
import { createDeadDeliveries, type DeadDelivery } from '../../src/ledger/dead-deliveries.ts'
import migration from '../../migrations/0001_dead_deliveries.sql?raw'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import { bindings, NOW, toBatch } from './harness.ts'

const AT = '2026-11-19T10:00:00.000Z'

beforeEach(async () => {
  await bindings.LEDGER.prepare(migration).run()
})
afterEach(() => reset())

function toLetter(
  dead: Partial<{ target: string; reason: string; attempts: number; at: string }> = {},
) {
  return {
    v: 1,
    dead: { target: 'crm', reason: 'status_500', attempts: 3, at: AT, ...dead },
    message: toMessage(),
  }
}

async function record(
  handed: { body: unknown; attempts?: number }[],
  ledger = createDeadDeliveries(bindings.LEDGER),
) {
  const batch = toBatch(handed, 'switchboard-dead')
  const lines: object[] = []
  const log = (line: object) => lines.push(line)
  await recordDeadLetters(batch, { ledger, store: bindings.KV, now: () => NOW, log })
  return { told: [...batch.told.values()], lines }
}

async function readRows() {
  const { results } = await bindings.LEDGER.prepare(
    'SELECT * FROM dead_deliveries ORDER BY event_id, target',
  ).all()
  return results
}

const ROW = {
  event_id: toEvent().id,
  target: 'crm',
  kind: 'messaging.inbound',
  reason: 'status_500',
  attempts: 3,
  dead_at: AT,
  message: JSON.stringify(toMessage()),
}

describe('recordDeadLetters', () => {
  it('records a dead letter whole, and logs it', async () => {
    const { told, lines } = await record([{ body: JSON.stringify(toLetter()) }])
    expect(told).toEqual([['ack']])
    expect(await readRows()).toEqual([ROW])
    expect(lines).toEqual([
      {
        event: 'delivery.dead',
        eventId: toEvent().id,
        target: 'crm',
        kind: 'messaging.inbound',
        reason: 'status_500',
        attempts: 3,
      },
    ])
  })

  it('records the same event and target once, the latest death', async () => {
    const later = { reason: 'timeout', at: '2026-11-20T09:00:00.000Z' }
    const { told } = await record([
      { body: toLetter() },
      { body: toLetter(later) },
      { body: toLetter() },
    ])
    await record([{ body: toLetter() }])
    expect(told).toEqual([['ack'], ['ack'], ['ack']])
    expect(await readRows()).toEqual([{ ...ROW, reason: 'timeout', dead_at: later.at }])
  })

  it('records a row for each target', async () => {
    await record([{ body: toLetter() }, { body: toLetter({ target: 'erp' }) }])
    expect(await readRows()).toEqual([ROW, { ...ROW, target: 'erp' }])
  })

  it('records what Cloudflare moved here itself', async () => {
    const message = toMessage({ targets: ['crm', 'erp'], attempts: 2 })
    expect((await record([{ body: message }, { body: toMessage() }])).told).toEqual([
      ['ack'],
      ['ack'],
    ])
    const row = { ...ROW, reason: 'retries_exhausted', dead_at: new Date(NOW).toISOString() }
    const named = { ...row, attempts: 2, message: JSON.stringify(message) }
    expect(await readRows()).toEqual([
      { ...row, target: '*', attempts: 0 },
      named,
      { ...named, target: 'erp' },
    ])
  })

  it('records a reference with the event itself while KV has it', async () => {
    const message = { v: 1, ref: `event:${toEvent().id}` }
    await bindings.KV.put(message.ref, JSON.stringify(toMessage()))
    await record([{ body: { ...toLetter(), message } }])
    expect(await readRows()).toEqual([ROW])
  })

  it('records a reference as it is when KV has nothing', async () => {
    const message = { v: 1, ref: `event:${toEvent().id}` }
    await record([{ body: { ...toLetter(), message } }])
    expect(await readRows()).toEqual([{ ...ROW, kind: null, message: JSON.stringify(message) }])
  })

  it.each([
    ['text', '{"v":', '{"v":', 'unreadable_json'],
    ['an object', { v: 2, a: [1] }, '{"v":2,"a":[1]}', 'unreadable_version'],
    ['text in bytes', new TextEncoder().encode('{}'), '{}', 'unreadable_shape'],
    ['bytes', Uint8Array.of(0xff, 0x00), '/wA=', 'unreadable_json'],
    ['what JSON cannot hold', 7n, '7', 'unreadable_type'],
    ['nothing', undefined, 'undefined', 'unreadable_type'],
  ])('keeps what nobody can read as it came: %s', async (_name, body, message, reason) => {
    expect((await record([{ body }, { body }])).told).toEqual([['ack'], ['ack']])
    expect(await readRows()).toEqual([
      {
        event_id: expect.stringMatching(/^unreadable_[0-9a-f]{32}$/),
        target: '*',
        kind: null,
        reason,
        attempts: 0,
        dead_at: new Date(NOW).toISOString(),
        message,
      },
    ])
  })

  it('records a batch of the largest messages, more than one statement can carry', async () => {
    const request = toRequest({ body: '"'.repeat(60_000) })
    const letters = Array.from({ length: 50 }, (_, index) => ({
      body: {
        ...toLetter(),
        message: toMessage({ event: toEvent({ id: `evt_${index}` }), request }),
      },
    }))
    const { told } = await record(letters)
    expect(told).toEqual(letters.map(() => ['ack']))
    expect(await readRows()).toHaveLength(50)
  })

  it('keeps a reference whose event is too large for a row', async () => {
    const message = { v: 1, ref: 'event:evt_large' }
    const request = toRequest({ body: 'x'.repeat(2_500_000) })
    await bindings.KV.put(message.ref, JSON.stringify(toMessage({ request })))
    expect((await record([{ body: { ...toLetter(), message } }])).told).toEqual([['ack']])
    expect(await readRows()).toMatchObject([{ message: JSON.stringify(message) }])
  })

  it('keeps the messages when D1 fails', async () => {
    await bindings.LEDGER.prepare('DROP TABLE dead_deliveries').run()
    const { told, lines } = await record([{ body: toLetter() }, { body: toLetter(), attempts: 4 }])
    expect(told).toEqual([[10], [80]])
    expect(lines).toMatchObject([{ event: 'ledger.refused' }, { event: 'ledger.refused' }])
  })

  it('keeps a row that is refused from keeping others out', async () => {
    const real = createDeadDeliveries(bindings.LEDGER)
    const ledger = {
      record: (rows: readonly DeadDelivery[]) =>
        rows.some(({ target }) => target === 'poison')
          ? Promise.reject(new Error('D1_ERROR'))
          : real.record(rows),
    }
    const bodies = [toLetter(), toLetter({ target: 'poison' }), toLetter({ target: 'erp' })]
    const first = await record(
      bodies.map((body) => ({ body })),
      ledger,
    )
    expect(first.told).toEqual([[10], [10], [10]])
    const second = await record(
      bodies.map((body) => ({ body, attempts: 2 })),
      ledger,
    )
    expect(second.told).toEqual([['ack'], [20], ['ack']])
    expect(await readRows()).toHaveLength(2)
  })
})
