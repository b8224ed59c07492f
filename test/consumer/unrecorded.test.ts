/** Kinds that are recorded only when there is a problem: no row for what goes well, all of it for the rest. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PreparedTarget } from '../../src/config/targets.ts'
import { consumeEvents } from '../../src/consumer/consume.ts'
import type { LaneStub } from '../../src/consumer/lanes.ts'
import type { LineAnswer } from '../../src/consumer/line.ts'
import type { EventMessage } from '../../src/events/message.ts'
import { createPauses } from '../../src/ledger/pauses.ts'
import { toEvent, toMessage, toTarget } from '../delivery/sample.ts'
import { migrate, readAll } from '../ledger/harness.ts'
import {
  bindings,
  createTestConsumer,
  readDeliveries,
  toBatch,
  type Answers,
  type Handed,
  type TestConsumer,
  type Told,
} from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const CRM = toTarget({ matches: ({ kind }) => kind !== 'messaging.unwanted' })
const ERP = toTarget({ ...CRM, name: 'erp', url: 'https://erp.example.com/' })
const BOTH = [CRM, ERP]

/** The consumer with a config in which everything but calls is recorded only when there is a problem. */
function createQuiet(targets: PreparedTarget[] = [CRM], answers: Answers = {}): TestConsumer {
  const consumer = createTestConsumer(targets, answers)
  const { loadSettings } = consumer
  consumer.loadSettings = async () => ({
    ...(await loadSettings()),
    recordsProblemsOnly: (kind) => kind.startsWith('messaging.'),
  })
  return consumer
}

const event = (id: string, kind = 'messaging.status'): EventMessage =>
  toMessage({ event: toEvent({ id, kind }) })

async function consume(
  messages: readonly EventMessage[],
  consumer: TestConsumer,
  handed: Omit<Handed, 'body'> = {},
): Promise<(Told[] | undefined)[]> {
  const batch = toBatch(messages.map((message) => ({ body: JSON.stringify(message), ...handed })))
  await consumeEvents(batch, consumer)
  return [...batch.told.values()]
}

/** Moves the consumer's clock. */
function pass(consumer: TestConsumer, ms: number): void {
  const now = consumer.now() + ms
  consumer.now = () => now
}

const urls = (consumer: TestConsumer) => consumer.calls.map(({ url }) => url).toSorted()
const readEvents = async () =>
  (await readAll('SELECT event_id FROM events ORDER BY seq')).map((row) => row['event_id'])
const linesOf = (consumer: TestConsumer, name: string) =>
  consumer.lines.filter((line) => 'event' in line && line.event === name)

/** Lanes that give these answers, one for each offer, and then nothing. */
function stubLanes(consumer: TestConsumer, answers: (LineAnswer | Error)[]): { offers: number } {
  const seen = { offers: 0 }
  const offer: LaneStub['offer'] = async ({ items }) => {
    seen.offers += 1
    const answer = answers.shift() ?? new Error('nobody asks so often')
    if (answer instanceof Error) throw answer
    return items.map(() => answer)
  }
  consumer.lanes = { getByName: () => ({ offer, keep: async () => {}, clear: async () => {} }) }
  return seen
}

describe('what goes well at once', () => {
  it('writes no row, and is counted in the log; another kind beside it is recorded', async () => {
    const consumer = createQuiet(BOTH)
    const { ledger } = consumer
    const claims: string[][] = []
    consumer.ledger = {
      ...ledger,
      claim: (requests, now) => {
        claims.push(requests.map(({ eventId }) => eventId))
        return ledger.claim(requests, now)
      },
    }
    const unwanted = event('unwanted', 'messaging.unwanted')
    const batch = [event('one'), event('two'), unwanted, event('call', 'voice.inbound')]
    expect(await consume(batch, consumer)).toEqual([['ack'], ['ack'], ['ack'], ['ack']])
    expect(urls(consumer)).toEqual([CRM.url, ERP.url].flatMap((url) => [url, url, url]).toSorted())
    expect(claims).toEqual([['call']])
    expect(await readEvents()).toEqual(['call'])
    const line = { event: 'events.unrecorded', delivered: 2, unmatched: 1, copies: 0 }
    expect(linesOf(consumer, 'events.unrecorded')).toEqual([line])
    expect(linesOf(consumer, 'event.unmatched')).toEqual([])
  })

  it('is called once, however many copies come in its batch and in the next', async () => {
    const consumer = createQuiet()
    const copies = [event('one'), event('one'), event('one')]
    expect(await consume(copies, consumer)).toEqual([['ack'], ['ack'], ['ack']])
    pass(consumer, 60_000)
    expect(await consume(copies.slice(1), consumer)).toEqual([['ack'], ['ack']])
    expect(consumer.calls).toHaveLength(1)
    expect(await readEvents()).toEqual([])
    expect(linesOf(consumer, 'events.unrecorded')).toMatchObject([{ copies: 2 }, { copies: 1 }])
  })

  it('and whose consumer died before the acknowledgement is not called again', async () => {
    const consumer = createQuiet()
    await consume([event('one')], consumer, { id: 'first' })
    // The same message once more: the queue has heard nothing.
    expect(await consume([event('one')], consumer, { id: 'first', attempts: 2 })).toEqual([['ack']])
    expect(consumer.calls).toHaveLength(1)
    expect(await readDeliveries('one')).toMatchObject([{ status: 'delivered', attempts: 1 }])
  })
})

describe('what does not', () => {
  it('is recorded, tried again, and delivered once', async () => {
    const consumer = createQuiet([CRM], { [CRM.url]: 500 })
    const well = event('well', 'messaging.unwanted')
    const told = await consume([event('one'), well, event('one')], consumer)
    // The second of the two is a copy now, as the ledger says.
    expect(told).toEqual([[5], ['ack'], ['ack']])
    expect(linesOf(consumer, 'event.copy')).toMatchObject([{ eventId: 'one' }])
    expect(await readEvents()).toEqual(['one'])
    expect(await readDeliveries('one')).toMatchObject([{ status: 'waiting', attempts: 1 }])
    consumer.answers = {}
    pass(consumer, 5_000)
    expect(await consume([event('one')], consumer, { attempts: 2 })).toEqual([['ack']])
    expect(consumer.calls).toHaveLength(2)
    expect(await readDeliveries('one')).toMatchObject([{ status: 'delivered', attempts: 2 }])
  })

  it('at one of two targets does not call the other again', async () => {
    const consumer = createQuiet(BOTH, { [ERP.url]: 500 })
    expect(await consume([event('one')], consumer)).toEqual([[5]])
    expect(await readDeliveries('one')).toMatchObject([
      { target: 'crm', status: 'delivered', attempts: 1 },
      { target: 'erp', status: 'waiting', attempts: 1 },
    ])
    consumer.answers = {}
    pass(consumer, 5_000)
    expect(await consume([event('one')], consumer, { attempts: 2 })).toEqual([['ack']])
    expect(urls(consumer)).toEqual([CRM.url, ERP.url, ERP.url].toSorted())
  })

  it('because a target is paused waits for it, and calls it not', async () => {
    const consumer = createQuiet(BOTH)
    await createPauses(bindings.LEDGER).pause('erp', 'operator', 0)
    expect(await consume([event('one')], consumer)).toEqual([[30]])
    expect(urls(consumer)).toEqual([CRM.url])
    expect(await readDeliveries('one')).toMatchObject([
      { target: 'crm', status: 'delivered' },
      { target: 'erp', status: 'waiting', attempts: 0, reason: 'paused' },
    ])
  })

  it('since the breaker is open is asked for once, and recorded', async () => {
    const consumer = createQuiet()
    const lanes = stubLanes(consumer, [{ state: 'waits', reason: 'breaker_open', forMs: 7_000 }])
    expect(await consume([event('one')], consumer)).toEqual([[7]])
    expect(lanes.offers).toBe(1)
    expect(await readDeliveries('one')).toMatchObject([
      { status: 'waiting', attempts: 0, reason: 'breaker_open' },
    ])
  })

  it('because its lane is lost is owed in the ledger before anybody asks again', async () => {
    const consumer = createQuiet()
    const lanes = stubLanes(consumer, [new Error('the object moved')])
    expect(await consume([event('one')], consumer)).toEqual([[10]])
    expect(lanes.offers).toBe(1)
    expect(await readEvents()).toEqual(['one'])
  })

  it('for its target is slow is claimed while the call runs, which then is told late', async () => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const consumer = createQuiet([CRM], { [CRM.url]: () => promise })
    const [told] = await consume([event('one')], consumer)
    expect(told).toEqual([expect.any(Number)])
    expect([consumer.calls.length, consumer.late]).toEqual([1, []])
    const [row] = await readAll('SELECT seq FROM events')
    resolve(new Response(null, { status: 200 }))
    await expect.poll(() => consumer.late).toMatchObject([{ seq: row?.['seq'], attempt: 1 }])
  })

  it('because our own code throws goes the way of such a message', async () => {
    const matches = () => {
      throw new TypeError('a defect')
    }
    const consumer = createQuiet([toTarget({ matches })])
    expect(await consume([event('one')], consumer)).toEqual([[10]])
    expect(linesOf(consumer, 'message.failed')).toMatchObject([{ error: 'TypeError' }])
  })
})

describe('a ledger that refuses', () => {
  const refuse = () => Promise.reject(new Error('D1_ERROR'))

  it('to say who is paused: the event is claimed first', async () => {
    const consumer = createQuiet()
    consumer.pauses = { list: refuse }
    expect(await consume([event('one')], consumer)).toEqual([['ack']])
    expect(await readDeliveries('one')).toMatchObject([{ status: 'delivered' }])
  })

  it('the claim of what failed at one target: nobody is called before it is due', async () => {
    const consumer = createQuiet(BOTH, { [ERP.url]: 500 })
    const { ledger } = consumer
    consumer.ledger = { ...ledger, claim: refuse }
    expect(await consume([event('one')], consumer)).toEqual([[10]])
    consumer.ledger = ledger
    pass(consumer, 1_000)
    // What the lanes remember is recorded now.
    expect(await consume([event('one')], consumer, { attempts: 2 })).toEqual([[4]])
    expect(consumer.calls).toHaveLength(2)
    expect(await readDeliveries('one')).toMatchObject([
      { target: 'crm', status: 'delivered', attempts: 1 },
      { target: 'erp', status: 'waiting', attempts: 1 },
    ])
  })
})

it.each([
  ['was handed out before', event('one'), { attempts: 2 }],
  ['takes the place of another', { ...event('one'), owner: 'message-7' }, {}],
  ['goes to some targets only', { ...event('one'), targets: ['crm'] }, {}],
])('a message that %s is claimed first', async (_what, message, handed) => {
  const consumer = createQuiet()
  expect(await consume([message], consumer, handed)).toEqual([['ack']])
  expect(await readEvents()).toEqual(['one'])
  expect(linesOf(consumer, 'events.unrecorded')).toEqual([])
})
