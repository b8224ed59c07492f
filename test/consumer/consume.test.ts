/** A batch through the consumer: real ledger, real KV, real lines; queues and targets told what to do. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consumeEvents } from '../../src/consumer/consume.ts'
import { LEASE_MS } from '../../src/ledger/ledger.ts'
import { toEvent, toMessage, toRequest, toTarget } from '../delivery/sample.ts'
import { migrate, readMessages } from '../ledger/harness.ts'
import {
  bindings,
  createTestConsumer,
  NOW,
  readDeliveries,
  toBatch,
  type Handed,
  type TestConsumer,
  type Told,
} from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const CRM = toTarget()
const ERP = toTarget({ name: 'erp', url: 'https://erp.example.com/' })
const ID = toEvent().id
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Hands out one message and tells what became of it. */
async function consumeOne(
  message: unknown,
  consumer: TestConsumer,
  handout: Omit<Handed, 'body'> = {},
): Promise<Told[] | undefined> {
  const batch = toBatch([{ body: JSON.stringify(message), ...handout }])
  await consumeEvents(batch, consumer)
  return batch.told.get(handout.id ?? 'message-0')
}

/** Moves the consumer's clock. */
function pass(consumer: TestConsumer, ms: number): void {
  const now = consumer.now() + ms
  consumer.now = () => now
}

const urls = (consumer: TestConsumer) => consumer.calls.map(({ url }) => url)

function headersOf(consumer: TestConsumer, call: number): Headers {
  return new Headers(consumer.calls[call]?.init.headers)
}

describe('a message', () => {
  it('is delivered, recorded and acknowledged', async () => {
    const consumer = createTestConsumer()
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(urls(consumer)).toEqual([CRM.url])
    expect(consumer.calls[0]?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(await readDeliveries(ID)).toEqual([
      { target: 'crm', status: 'delivered', attempts: 1, nextAt: null, reason: null },
    ])
  })

  it.each([
    ['an object', toMessage()],
    ['bytes', new TextEncoder().encode(JSON.stringify(toMessage()))],
  ])('is read from %s too', async (_name, body) => {
    const consumer = createTestConsumer()
    const batch = toBatch([{ body }])
    await consumeEvents(batch, consumer)
    expect(batch.told.get('message-0')).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('that matches no target is recorded as owed to nobody', async () => {
    const consumer = createTestConsumer([toTarget({ matches: () => false })])
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.calls).toEqual([])
    const rows = await bindings.LEDGER.prepare('SELECT event_id, targets FROM events').all()
    expect(rows.results).toEqual([{ event_id: ID, targets: '[]' }])
    expect(consumer.lines).toEqual([
      { event: 'event.unmatched', eventId: ID, kind: 'messaging.inbound' },
    ])
  })

  it('is in the ledger whole, for a replay', async () => {
    await consumeOne(toMessage(), createTestConsumer())
    const [stored] = await readMessages()
    expect(JSON.parse(String(stored))).toEqual(toMessage())
  })

  it('stays owed to whom it was owed when it came, whatever the config says later', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    const later = createTestConsumer([toTarget({ matches: () => false }), ERP])
    pass(later, 5_000)
    expect(await consumeOne(toMessage(), later, { attempts: 2 })).toEqual(['ack'])
    expect(urls(later)).toEqual([CRM.url])
  })
})

describe('a copy', () => {
  it('of a delivered event is acknowledged and not delivered', async () => {
    const consumer = createTestConsumer()
    await consumeOne(toMessage(), consumer, { id: 'first' })
    expect(await consumeOne(toMessage(), consumer, { id: 'second' })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
    expect(consumer.lines).toContainEqual({
      event: 'event.copy',
      eventId: ID,
      kind: 'messaging.inbound',
    })
  })

  it('of a waiting event is acknowledged: the first message is responsible', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    await consumeOne(toMessage(), consumer, { id: 'first' })
    pass(consumer, MINUTE_MS)
    expect(await consumeOne(toMessage(), consumer, { id: 'second' })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
    expect(await consumeOne(toMessage(), consumer, { id: 'first', attempts: 2 })).toEqual([300])
    expect(consumer.calls).toHaveLength(2)
  })

  it('in the same batch is one event', async () => {
    const consumer = createTestConsumer()
    const body = toMessage()
    const batch = toBatch([{ body }, { body }, { body }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], ['ack'], ['ack']])
    expect(consumer.calls).toHaveLength(1)
  })

  it('50 at once, each in its own batch, is one event and one call', async () => {
    const consumer = createTestConsumer()
    const told = await Promise.all(
      Array.from({ length: 50 }, (_, i) => consumeOne(toMessage(), consumer, { id: `copy-${i}` })),
    )
    expect(told).toEqual(Array.from({ length: 50 }, () => ['ack']))
    expect(consumer.calls).toHaveLength(1)
  })
})

describe('a batch that is handed out again', () => {
  it('at once: the second waits for the lease, and finds all done', async () => {
    const consumer = createTestConsumer()
    const told = await Promise.all([
      consumeOne(toMessage(), consumer),
      consumeOne(toMessage(), consumer),
    ])
    expect(told.toSorted()).toEqual([[LEASE_MS / 1_000], ['ack']])
    pass(consumer, LEASE_MS)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('later: nothing is delivered twice', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    pass(consumer, 5_000)
    consumer.answers = {}
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    pass(consumer, MINUTE_MS)
    expect(await consumeOne(toMessage(), consumer, { attempts: 3 })).toEqual(['ack'])
    expect(urls(consumer)).toEqual([CRM.url, ERP.url, ERP.url])
  })

  it('twice in one batch, the same message: one call', async () => {
    const consumer = createTestConsumer()
    const one = { body: toMessage(), id: 'same' }
    const batch = toBatch([one, one])
    await consumeEvents(batch, consumer)
    expect(batch.told.get('same')?.toSorted()).toEqual([1, 'ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('early: it goes back until it is due', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    await consumeOne(toMessage(), consumer)
    pass(consumer, 2_000)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual([3])
    expect(consumer.calls).toHaveLength(1)
  })
})

describe('a consumer that dies', () => {
  it('before the attempt: the event is taken over after the lease, and not before', async () => {
    const dying = createTestConsumer()
    dying.lanes = { getByName: () => ({ ...HANGING }) }
    void consumeOne(toMessage(), dying)
    await expect.poll(() => bindings.LEDGER.prepare('SELECT 1 FROM events').first()).not.toBeNull()

    const next = createTestConsumer()
    pass(next, LEASE_MS - 2_000)
    expect(await consumeOne(toMessage(), next, { attempts: 2 })).toEqual([2])
    pass(next, 2_000)
    expect(await consumeOne(toMessage(), next, { attempts: 3 })).toEqual(['ack'])
    expect(next.calls).toHaveLength(1)
  })

  it('after the answer, its lane alive: the second call is not made', async () => {
    const dying = createTestConsumer()
    dying.ledger = { ...dying.ledger, record: () => new Promise(() => {}) }
    void consumeOne(toMessage(), dying)
    await expect.poll(() => dying.calls.length).toBe(1)

    const next = createTestConsumer()
    next.lanes = dying.lanes
    pass(next, MINUTE_MS)
    expect(await consumeOne(toMessage(), next, { attempts: 2 })).toEqual(['ack'])
    expect(dying.calls).toHaveLength(1)
    expect(next.calls).toHaveLength(0)
    expect(await readDeliveries(ID)).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })

  it('after the answer, its lane dead too: the same webhook-id again', async () => {
    const dying = createTestConsumer()
    dying.ledger = { ...dying.ledger, record: () => new Promise(() => {}) }
    void consumeOne(toMessage(), dying)
    await expect.poll(() => dying.calls.length).toBe(1)

    const next = createTestConsumer()
    pass(next, MINUTE_MS)
    expect(await consumeOne(toMessage(), next, { attempts: 2 })).toEqual(['ack'])
    expect(headersOf(next, 0).get('webhook-id')).toBe(headersOf(dying, 0).get('webhook-id'))
  })
})

const HANGING = {
  offer: () => new Promise<never>(() => {}),
  keep: async () => {},
  clear: async () => {},
}

describe('a failed delivery', () => {
  it('waits in its message until it is due, alone', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    expect(await readDeliveries(ID)).toEqual([
      { target: 'crm', status: 'delivered', attempts: 1, nextAt: null, reason: null },
      {
        target: 'erp',
        status: 'waiting',
        attempts: 1,
        nextAt: NOW + 5_000,
        reason: 'status_500',
      },
    ])
  })

  it('is tried again at the earliest of the targets’ times', async () => {
    const slow = toTarget({ name: 'erp', url: ERP.url, retryMs: [60_000] })
    const consumer = createTestConsumer([CRM, slow], { [CRM.url]: 503, [ERP.url]: 500 })
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    pass(consumer, 5_000)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual([55])
    expect(urls(consumer)).toEqual([CRM.url, ERP.url, CRM.url])
  })

  it('is counted by the ledger, not by the queue', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    await consumeOne(toMessage(), consumer, { attempts: 40 })
    expect(await readDeliveries(ID)).toMatchObject([{ attempts: 1, status: 'waiting' }])
  })

  it('waits as long as the target asks for', async () => {
    const headers = { 'retry-after': '60' }
    const busy = () => new Response(null, { status: 429, headers })
    const consumer = createTestConsumer([CRM], { [CRM.url]: busy })
    expect(await consumeOne(toMessage(), consumer)).toEqual([60])
  })

  it('waits for longer than a day in steps of a day, without an attempt', async () => {
    const target = toTarget({ retryMs: [3 * DAY_MS] })
    const consumer = createTestConsumer([target], { [CRM.url]: 500 })
    expect(await consumeOne(toMessage(), consumer, { ageMs: 0 })).toEqual(['ack'])
    const [fresh] = consumer.events.sent
    expect(fresh).toEqual({ body: { ...toMessage(), owner: 'message-0' }, delaySeconds: 86_400 })
    pass(consumer, DAY_MS)
    await consumeOne(fresh?.body, consumer, { id: 'second', ageMs: -DAY_MS })
    pass(consumer, DAY_MS)
    await consumeOne(consumer.events.sent.at(-1)?.body, consumer, {
      id: 'third',
      ageMs: -2 * DAY_MS,
    })
    expect(consumer.calls).toHaveLength(1)
    pass(consumer, DAY_MS)
    await consumeOne(consumer.events.sent.at(-1)?.body, consumer, {
      id: 'third',
      ageMs: -3 * DAY_MS,
    })
    expect(consumer.calls).toHaveLength(2)
  })

  it('that was the last one is dead in the ledger, and acknowledged', async () => {
    const target = toTarget({ retryMs: [] })
    const consumer = createTestConsumer([target, ERP], { [CRM.url]: 500 })
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'crm', status: 'dead', attempts: 1, reason: 'status_500' },
      { target: 'erp', status: 'delivered' },
    ])
    expect(consumer.dead.sent).toEqual([])
  })

  it('is dead, with an alert, when its target is no longer in the config', async () => {
    await consumeOne(toMessage(), createTestConsumer([CRM], { [CRM.url]: 500 }))
    const consumer = createTestConsumer([ERP])
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'crm', status: 'dead', attempts: 1, reason: 'target_removed' },
    ])
    expect(consumer.alerted).toMatchObject([{ kind: 'switchboard.delivery.dead', target: 'crm' }])
  })

  it('is dead when it has waited for longer than any schedule', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    await consumeOne(toMessage(), consumer)
    pass(consumer, 36 * DAY_MS)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    expect(await readDeliveries(ID)).toMatchObject([{ status: 'dead', reason: 'expired' }])
  })

  it('is never sent unsigned: a missing secret follows the schedule', async () => {
    const consumer = createTestConsumer([toTarget({ secrets: ['ABSENT'], retryMs: [5_000] })])
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    pass(consumer, 5_000)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    expect(consumer.calls).toEqual([])
    expect(await readDeliveries(ID)).toMatchObject([{ status: 'dead', reason: 'secret_missing' }])
  })

  it('of a target that no request can be built for is its own only', async () => {
    const broken = toTarget({ name: 'broken', headers: { 'bad header': 'x' } })
    const consumer = createTestConsumer([broken, ERP])
    expect(await consumeOne(toMessage(), consumer)).toEqual([5])
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'broken', status: 'waiting' },
      { target: 'erp', status: 'delivered' },
    ])
  })
})

describe('a target that is paused', () => {
  const pause = () =>
    bindings.LEDGER.prepare("INSERT INTO paused_targets VALUES ('crm', 0, 'operator')").run()

  it('is not called, and its deliveries wait without being spent', async () => {
    await pause()
    const consumer = createTestConsumer([CRM, ERP])
    expect(await consumeOne(toMessage(), consumer)).toEqual([30])
    expect(urls(consumer)).toEqual([ERP.url])
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'crm', status: 'waiting', attempts: 0, reason: 'paused' },
      { target: 'erp', status: 'delivered' },
    ])
  })

  it('gets what waited when it is resumed', async () => {
    await pause()
    const consumer = createTestConsumer()
    await consumeOne(toMessage(), consumer)
    await bindings.LEDGER.prepare('DELETE FROM paused_targets').run()
    pass(consumer, 20_000)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('lets its messages wait for days, each followed by a fresh one', async () => {
    await pause()
    const consumer = createTestConsumer()
    expect(await consumeOne(toMessage(), consumer, { attempts: 49 })).toEqual([600])
    pass(consumer, 600_000)
    expect(await consumeOne(toMessage(), consumer, { attempts: 50 })).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...toMessage(), owner: 'message-0' }, delaySeconds: 600 },
    ])
    await bindings.LEDGER.prepare('DELETE FROM paused_targets').run()
    pass(consumer, 600_000)
    const fresh = consumer.events.sent[0]?.body
    expect(await consumeOne(fresh, consumer, { id: 'fresh' })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })
})

describe('a target that hangs', () => {
  it('holds its message, and no other target of the batch', async () => {
    const hangs = () => new Promise<Response>(() => {})
    const consumer = createTestConsumer([CRM, ERP], { [CRM.url]: hangs })
    const began = performance.now()
    const [told] = (await consumeOne(toMessage(), consumer)) ?? []
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(told).toBeGreaterThan(0)
    expect(await readDeliveries(ID)).toMatchObject([{ target: 'erp', status: 'delivered' }])
  })
})

describe('a batch', () => {
  it('is retried, message by message, when there is no config', async () => {
    const consumer = createTestConsumer()
    consumer.loadSettings = () => Promise.reject(new Error('no config'))
    const body = JSON.stringify(toMessage())
    const batch = toBatch([{ body }, { body, attempts: 3 }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([[10], [40]])
    expect(consumer.calls).toEqual([])
  })

  it('delivers the good messages beside one that cannot be read', async () => {
    const consumer = createTestConsumer()
    const other = toMessage({ event: toEvent({ id: 'evt_other' }) })
    const poison = new Map([['v', 1n]])
    const batch = toBatch([
      { body: toMessage() },
      { body: '{"v":9}' },
      { body: other },
      { body: poison },
    ])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], ['ack'], ['ack'], ['ack']])
    expect(consumer.unreadable).toEqual(['{"v":9}', poison])
    expect(consumer.calls).toHaveLength(2)
  })

  it('delivers the good messages beside one that makes the code throw, which dies in the end', async () => {
    const target = toTarget({
      matches({ id }) {
        if (id === 'evt_poison') throw new TypeError('+15005550006')
        return true
      },
    })
    const consumer = createTestConsumer([target])
    const poison = toMessage({ event: toEvent({ id: 'evt_poison' }) })
    const batch = toBatch([{ body: toMessage() }, { body: poison }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], [10]])
    expect(consumer.lines).toContainEqual(
      expect.objectContaining({ event: 'message.failed', error: 'TypeError' }),
    )
    expect(JSON.stringify(consumer.lines)).not.toContain('15005550006')

    expect(await consumeOne(poison, consumer, { attempts: 5 })).toEqual(['ack'])
    expect(consumer.dead.sent).toMatchObject([
      { body: { dead: { target: '*', reason: 'handler_failed' }, message: poison } },
    ])
  })

  it('of 100 events is a constant number of calls to D1 and lanes', async () => {
    const counted: string[] = []
    const consumer = createTestConsumer([CRM, ERP])
    const { ledger, lanes } = consumer
    consumer.ledger = {
      claim: (...args) => (counted.push('claim'), ledger.claim(...args)),
      record: (...args) => (counted.push('record'), ledger.record(...args)),
      answer: (...args) => (counted.push('answer'), ledger.answer(...args)),
      payloads: (...args) => (counted.push('payloads'), ledger.payloads(...args)),
    }
    consumer.lanes = { getByName: (name) => (counted.push(name), lanes.getByName(name)) }
    const batch = toBatch(
      Array.from({ length: 100 }, (_, i) => ({
        body: toMessage({ event: toEvent({ id: `evt_${i}` }) }),
      })),
    )
    await consumeEvents(batch, consumer)
    expect(counted.toSorted()).toEqual(['claim', 'crm/0', 'erp/0', 'record'])
    expect([...batch.told.values()].every(([told]) => told === 'ack')).toBe(true)
  })

  it('delivers the good messages beside one with an impossible time', async () => {
    const consumer = createTestConsumer()
    const odd = toMessage({ event: toEvent({ id: 'evt_odd', time: 'yesterday' }) })
    const batch = toBatch([{ body: odd }, { body: toMessage() }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], ['ack']])
  })

  it('says when it waited for long, once a batch', async () => {
    const consumer = createTestConsumer()
    await consumeOne(toMessage(), consumer, { ageMs: 6 * MINUTE_MS })
    expect(consumer.alerted).toMatchObject([{ kind: 'switchboard.backlog.old', target: null }])
    const prompt = createTestConsumer()
    const other = toMessage({ event: toEvent({ id: 'evt_other' }) })
    await consumeOne(other, prompt, { ageMs: 4 * MINUTE_MS })
    expect(prompt.alerted).toEqual([])
  })
})

describe('a ledger that refuses', () => {
  const refuse = () => Promise.reject(new Error('D1_ERROR: overloaded'))

  it('the claim: nothing is called, everything waits', async () => {
    const consumer = createTestConsumer()
    consumer.ledger = { ...consumer.ledger, claim: refuse }
    expect(await consumeOne(toMessage(), consumer)).toEqual([10])
    expect(consumer.calls).toEqual([])
  })

  it('the claim because of one message: the others get through', async () => {
    const consumer = createTestConsumer()
    const { claim } = consumer.ledger
    consumer.ledger = {
      ...consumer.ledger,
      claim: (requests, now) =>
        requests.some(({ eventId }) => eventId === 'evt_odd') ? refuse() : claim(requests, now),
    }
    const odd = toMessage({ event: toEvent({ id: 'evt_odd' }) })
    const batch = toBatch([
      { body: toMessage(), attempts: 4 },
      { body: odd, attempts: 4 },
    ])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], [80]])
  })

  it('the record: nothing is acknowledged, and the lane keeps what it knows', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    const { record } = consumer.ledger
    consumer.ledger = { ...consumer.ledger, record: refuse }
    expect(await consumeOne(toMessage(), consumer)).toEqual([10])
    expect(consumer.kept).toMatchObject([
      { claim: ID, target: 'crm', status: 'delivered', attempts: 1 },
      { claim: ID, target: 'erp', status: 'waiting', attempts: 1 },
    ])
    expect(await readDeliveries(ID)).toEqual([])

    consumer.ledger = { ...consumer.ledger, record }
    pass(consumer, MINUTE_MS)
    expect(await consumeOne(toMessage(), consumer, { attempts: 2 })).toEqual([0])
    expect(consumer.calls).toHaveLength(2)
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'crm', status: 'delivered', attempts: 1 },
      { target: 'erp', status: 'waiting', attempts: 1 },
    ])
  })
})

describe('a lane that cannot be reached', () => {
  it('leaves its deliveries waiting, and touches no other', async () => {
    const consumer = createTestConsumer([CRM, ERP])
    const { lanes } = consumer
    const broken = { ...HANGING, offer: () => Promise.reject(new Error('Durable Object reset')) }
    consumer.lanes = {
      getByName: (name) => (name === 'crm/0' ? broken : lanes.getByName(name)),
    }
    expect(await consumeOne(toMessage(), consumer)).toEqual([10])
    expect(await readDeliveries(ID)).toMatchObject([{ target: 'erp', status: 'delivered' }])
    expect(consumer.lines).toContainEqual(expect.objectContaining({ event: 'lane.failed' }))
  })
})

describe('a queue that refuses', () => {
  it('the fresh message: the old one stays', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    consumer.events.refuses = true
    const told = await consumeOne(toMessage(), consumer, { ageMs: 3 * DAY_MS })
    expect(told).toEqual([3_600])
  })

  it('what cannot be read: it stays', async () => {
    const consumer = createTestConsumer()
    consumer.dead.refuses = true
    expect(await consumeOne({ v: 9 }, consumer, { attempts: 2 })).toEqual([20])
  })
})

describe('a message of the previous release', () => {
  it('split for its targets is delivered to each, and goes on counting', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    const crm = toMessage({ targets: ['crm'], attempts: 1 })
    const erp = toMessage({ targets: ['erp'], attempts: 1 })
    const batch = toBatch([{ body: crm }, { body: erp }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], [300]])
    expect(await readDeliveries(ID)).toMatchObject([
      { target: 'crm', status: 'delivered', attempts: 2 },
      { target: 'erp', status: 'waiting', attempts: 2 },
    ])
  })
})

describe('a replay', () => {
  const replay = { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1' }

  it('is delivered again under the same webhook-id, and says that it is one', async () => {
    const consumer = createTestConsumer()
    await consumeOne(toMessage(), consumer, { id: 'first' })
    pass(consumer, DAY_MS)
    expect(await consumeOne(replay, consumer, { id: 'second' })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(2)
    const [before, after] = [headersOf(consumer, 0), headersOf(consumer, 1)]
    expect(after.get('webhook-id')).toBe(before.get('webhook-id'))
    expect(after.get('switchboard-replay')).toBe('rpl_1')
    expect(before.get('switchboard-replay')).toBeNull()
    const elapsed = Number(after.get('webhook-timestamp')) - Number(before.get('webhook-timestamp'))
    expect(elapsed).toBe(86_400)
    expect(consumer.calls[1]?.init.body).toEqual(consumer.calls[0]?.init.body)
  })

  it('runs once, however often it is asked for; another one runs', async () => {
    const consumer = createTestConsumer()
    await consumeOne(toMessage(), consumer, { id: 'first' })
    await consumeOne(replay, consumer, { id: 'second' })
    expect(await consumeOne(replay, consumer, { id: 'third' })).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(2)
    await consumeOne({ ...replay, replay: 'rpl_2' }, consumer, { id: 'fourth' })
    expect(consumer.calls).toHaveLength(3)
  })
})

describe('a message by reference', () => {
  const reference = { v: 1, ref: `event:${ID}` }
  const put = (text: string) => bindings.KV.put(reference.ref, text)

  it('is delivered from KV', async () => {
    await put(JSON.stringify(toMessage()))
    const consumer = createTestConsumer()
    expect(await consumeOne(reference, consumer)).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('waits for KV to show it, and is dead when it never does', async () => {
    const consumer = createTestConsumer()
    expect(await consumeOne(reference, consumer)).toEqual([10])
    expect(await consumeOne(reference, consumer, { attempts: 9 })).toEqual([2_560])
    expect(await consumeOne(reference, consumer, { attempts: 10 })).toEqual(['ack'])
    expect(consumer.dead.sent).toMatchObject([
      { body: { dead: { target: '*', reason: 'reference_missing' }, message: reference } },
    ])
  })

  it('is put into KV anew for a fresh message, so that it outlives a long wait', async () => {
    await put(JSON.stringify(toMessage()))
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    const puts: unknown[] = []
    consumer.store = {
      get: (key) => bindings.KV.get(key),
      put: async (...args) => void puts.push(args),
    }
    expect(await consumeOne(reference, consumer, { ageMs: 2 * DAY_MS })).toEqual(['ack'])
    const text = JSON.stringify(toMessage())
    expect(puts).toEqual([[reference.ref, text, { expirationTtl: 15 * 86_400 }]])
    expect(consumer.events.sent).toMatchObject([{ body: { ...reference, owner: 'message-0' } }])
  })

  it('is made when its owner’s name makes a message too large for a fresh one', async () => {
    const filled = (bytes: number) =>
      toMessage({ request: toRequest({ body: 'ö'.repeat(bytes / 2) }) })
    const room = 127_000 - new TextEncoder().encode(JSON.stringify(filled(0))).byteLength
    const message = filled(room - (room % 2))
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    expect(await consumeOne(message, consumer, { ageMs: 2 * DAY_MS })).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...reference, owner: 'message-0' }, delaySeconds: 5 },
    ])
    expect(JSON.parse((await bindings.KV.get(reference.ref)) ?? '')).toEqual(message)
  })
})

describe('what the config redacts', () => {
  function createRedacting(answer: number): TestConsumer {
    const consumer = createTestConsumer([toTarget({ retryMs: [] })], { [CRM.url]: answer })
    const settings = consumer.loadSettings
    consumer.loadSettings = async () => ({ ...(await settings()), redact: ['Body'] })
    consumer.redact = (message) => ({ ...message, request: toRequest({ body: 'gone' }) })
    return consumer
  }

  it('is not in the ledger, and whole at the target', async () => {
    const consumer = createRedacting(200)
    await consumeOne(toMessage(), consumer)
    const [stored] = await readMessages()
    expect(JSON.parse(String(stored))).toMatchObject({ request: { body: 'gone' } })
    expect(new TextDecoder().decode(consumer.calls[0]?.init.body as Uint8Array)).toContain('Köln')
    expect(await bindings.KV.get(`event:${ID}`)).toBeNull()
  })

  it('is kept apart for a replay when a delivery dies', async () => {
    await consumeOne(toMessage(), createRedacting(500))
    expect(JSON.parse((await bindings.KV.get(`event:${ID}`)) ?? '')).toEqual(toMessage())
  })
})

describe('the log', () => {
  it('has one line for each attempt, without what the event says', async () => {
    const target = toTarget({ url: 'https://crm.example.com/?key=url-secret' })
    const consumer = createTestConsumer([target], { [target.url]: 500 })
    await consumeOne(toMessage(), consumer)
    expect(consumer.lines).toEqual([
      {
        event: 'delivery.attempted',
        eventId: ID,
        kind: 'messaging.inbound',
        target: 'crm',
        attempt: 1,
        status: 500,
        durationMs: 0,
        verdict: 'retry',
        reason: 'status_500',
        delayMs: 5_000,
        nextAttempt: '2026-11-20T10:00:05.000Z',
      },
    ])
  })
})
