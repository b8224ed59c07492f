import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { createAlerts } from '../../src/consumer/alerts.ts'
import { drainOutbox, type OutboxStore } from '../../src/consumer/outbox.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import { bindings, createOutlet, NOW } from './harness.ts'

afterEach(() => reset())

const { KV } = bindings

function createDrain(changes: Partial<OutboxStore> = {}) {
  const lines: object[] = []
  const log = (line: object) => void lines.push(line)
  const alerted: string[] = []
  const send = async (text: string) => void alerted.push(JSON.parse(text).event.kind)
  const real: OutboxStore = {
    list: (options) => KV.list(options),
    get: (keys) => KV.get(keys),
    delete: (key) => KV.delete(key),
  }
  const outlets = { events: createOutlet(), dead: createOutlet() }
  const deps = {
    events: () => outlets.events,
    dead: outlets.dead,
    outbox: { ...real, ...changes },
    alerts: createAlerts({ events: () => ({ send }), outbox: KV, now: () => NOW, log }),
    log,
  }
  return { ...outlets, lines, alerted, run: () => drainOutbox(deps) }
}

async function put(id: string, changes: Parameters<typeof toMessage>[0] = {}) {
  const message = toMessage({ event: toEvent({ id }), ...changes })
  await KV.put(`outbox:${id}`, JSON.stringify(message))
  return message
}

const names = async () => (await KV.list()).keys.map(({ name }) => name)

describe('drainOutbox', () => {
  it('moves what waits into the queue, and nothing else of KV', async () => {
    const first = await put('evt_1')
    const second = await put('evt_2')
    await KV.put('config:current', '{}')
    const drain = createDrain()
    await drain.run()
    expect(drain.events.sent.map(({ body }) => body)).toEqual([first, second])
    expect(await names()).toEqual(['config:current'])
  })

  it('does nothing when nothing waits', async () => {
    const drain = createDrain()
    await drain.run()
    expect(drain.events.sent).toEqual([])
    expect(drain.lines).toEqual([])
    expect(drain.alerted).toEqual([])
  })

  it('moves more than one page', async () => {
    const ids = Array.from({ length: 230 }, (_, index) => `evt_${1000 + index}`)
    await Promise.all(ids.map((id) => put(id)))
    const drain = createDrain()
    await drain.run()
    expect(drain.events.sent).toHaveLength(230)
    expect(await names()).toEqual([])
  })

  it('keeps everything when the queue refuses, and sends it when it takes again', async () => {
    await put('evt_1')
    const drain = createDrain()
    drain.events.refuses = true
    await drain.run()
    expect(await names()).toEqual(['outbox:evt_1'])
    drain.events.refuses = false
    await drain.run()
    expect(drain.events.sent).toHaveLength(1)
    expect(await names()).toEqual([])
  })

  it('sends again, rather than never, when a deletion fails', async () => {
    await put('evt_1')
    const failing = createDrain({ delete: () => Promise.reject(new Error('KV DELETE failed')) })
    await failing.run()
    expect(failing.events.sent).toHaveLength(1)
    const next = createDrain()
    await next.run()
    expect(next.events.sent).toEqual(failing.events.sent)
    expect(await names()).toEqual([])
  })

  it('passes over a key that the list still shows', async () => {
    const drain = createDrain({ list: async () => ({ keys: [{ name: 'outbox:evt_gone' }] }) })
    await drain.run()
    expect(drain.events.sent).toEqual([])
    expect(drain.lines).toEqual([])
  })

  it('moves what cannot be read out of the way, beside the good ones', async () => {
    await KV.put('outbox:evt_0', '"poison"')
    const good = await put('evt_1')
    const drain = createDrain()
    await drain.run()
    expect(drain.events.sent.map(({ body }) => body)).toEqual([good])
    expect(drain.dead.sent.map(({ body }) => body)).toEqual(['poison'])
    expect(await names()).toEqual([])
  })

  it('keeps what cannot be read when the dead-letter queue refuses', async () => {
    await KV.put('outbox:evt_0', '"poison"')
    await put('evt_1')
    const drain = createDrain()
    drain.dead.refuses = true
    await drain.run()
    expect(drain.events.sent).toHaveLength(1)
    expect(await names()).toEqual(['outbox:evt_0'])
  })

  it('sends no more at once than the queue takes', async () => {
    const request = toRequest({ body: 'x'.repeat(100_000) })
    await Promise.all(['evt_1', 'evt_2', 'evt_3'].map((id) => put(id, { request })))
    const drain = createDrain()
    const sizes: number[] = []
    const { sendBatch } = drain.events
    drain.events.sendBatch = (messages) => {
      sizes.push(messages.length)
      return sendBatch(messages)
    }
    await drain.run()
    expect(sizes).toEqual([2, 1])
  })

  it('does not throw when KV fails', async () => {
    const drain = createDrain({ list: () => Promise.reject(new Error('KV LIST failed: 500')) })
    await drain.run()
    expect(drain.lines).toMatchObject([
      { event: 'outbox.failed', error: 'Error' },
      { event: 'alert.raised' },
    ])
  })

  it('keeps one batch that the queue refuses from holding up the others', async () => {
    const request = toRequest({ body: 'x'.repeat(100_000) })
    await Promise.all(['evt_1', 'evt_2', 'evt_3', 'evt_4'].map((id) => put(id, { request })))
    const drain = createDrain()
    const { sendBatch } = drain.events
    drain.events.sendBatch = (messages) =>
      messages.some(({ body }) => body.includes('"evt_1"'))
        ? Promise.reject(new Error('Payload Too Large'))
        : sendBatch(messages)
    await drain.run()
    expect(drain.events.sent).toHaveLength(2)
    expect(await names()).toEqual(['outbox:evt_1', 'outbox:evt_2'])
    expect(drain.lines).toMatchObject([
      { event: 'outbox.refused', queue: 'events', count: 2 },
      { event: 'outbox.drained', queue: 'events', count: 2 },
      { event: 'alert.raised' },
    ])
  })

  it('cuts what cannot be read to what a message can hold', async () => {
    await KV.put('outbox:evt_0', JSON.stringify('\u20ac'.repeat(100_000)))
    const drain = createDrain()
    const sizes: number[] = []
    drain.dead.sendBatch = async (messages) => {
      sizes.push(...messages.map(({ body }) => new TextEncoder().encode(body).length))
    }
    await drain.run()
    expect(sizes).toHaveLength(1)
    expect(sizes[0]).toBeGreaterThan(120_000)
    expect(sizes[0]).toBeLessThan(127_000)
  })

  it('ends after some pages, and goes on in the next minute', async () => {
    await put('evt_1')
    const cursors: unknown[] = []
    const endless = createDrain({
      async list({ cursor }) {
        cursors.push(cursor)
        return { keys: [{ name: 'outbox:evt_1' }], cursor: `page ${cursors.length}` }
      },
    })
    await endless.run()
    expect(cursors).toEqual([undefined, ...[1, 2, 3, 4, 5, 6, 7].map((page) => `page ${page}`)])
    expect(endless.alerted).toEqual(['switchboard.outbox.growing'])
  })
})

describe('people are told', () => {
  it('when the queue refuses, once an hour', async () => {
    await put('evt_1')
    const drain = createDrain()
    drain.events.refuses = true
    await drain.run()
    await drain.run()
    expect(drain.alerted).toEqual(['switchboard.outbox.growing'])
  })

  it('when the dead-letter queue refuses', async () => {
    await KV.put('outbox:evt_0', '"poison"')
    const drain = createDrain()
    drain.dead.refuses = true
    await drain.run()
    expect(drain.alerted).toEqual(['switchboard.outbox.growing'])
  })

  it.each<[string, Partial<OutboxStore>]>([
    ['listed', { list: () => Promise.reject(new Error('KV LIST failed: 500')) }],
    ['read', { get: () => Promise.reject(new Error('KV GET failed: 500')) }],
    ['emptied', { delete: () => Promise.reject(new Error('KV DELETE failed: 500')) }],
  ])('when it cannot be %s', async (_name, changes) => {
    await put('evt_1')
    const drain = createDrain(changes)
    await drain.run()
    expect(drain.alerted).toEqual(['switchboard.outbox.growing'])
  })

  it('of nothing when all of it left', async () => {
    await KV.put('outbox:evt_0', '"poison"')
    await put('evt_1')
    const drain = createDrain()
    await drain.run()
    expect(drain.alerted).toEqual([])
  })
})
