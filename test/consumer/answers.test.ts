/** What Twilio got back and how long it took, as the consumer records it beside the events. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { consumeEvents } from '../../src/consumer/consume.ts'
import type { Answer, EventMessage } from '../../src/events/message.ts'
import { createValueHash, redactMessage } from '../../src/events/redact.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { migrate, readAll, readMessages } from '../ledger/harness.ts'
import { claimNew } from '../ledger/requests.ts'
import { bindings, createTestConsumer, NOW, toBatch, type Handed } from './harness.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const ID = toEvent().id
const REPLY: Answer = { status: 200, contentType: 'text/xml', body: '<Response/>', from: 'config' }

const toAnswered = (changes: Partial<Answer> = {}, eventId = ID) => ({
  v: 1,
  answered: { eventId, at: NOW, tookMs: 120, answer: { ...REPLY, from: 'origin', ...changes } },
})

async function consume(handed: Handed[], consumer = createTestConsumer()) {
  const batch = toBatch(handed)
  await consumeEvents(batch, consumer)
  return { told: [...batch.told.values()], consumer }
}

const readReplies = () => readAll('SELECT event_id, took_ms, answer FROM replies')
const readColumns = () =>
  readAll(`SELECT claim, from_address AS "from", to_address AS "to", thread, took_ms AS tookMs
           FROM events ORDER BY seq`)

describe('what an app answered', () => {
  it.each([
    ['with its event', [toMessage(), toAnswered()]],
    ['before it', [toAnswered(), toMessage()]],
    ['alone', [toAnswered()]],
    ['twice', [toAnswered(), toAnswered()]],
  ])('is recorded, and acknowledged: %s', async (_name, bodies) => {
    const { told, consumer } = await consume(bodies.map((body) => ({ body: JSON.stringify(body) })))
    expect(told).toEqual(bodies.map(() => ['ack']))
    const answer = JSON.stringify({ ...REPLY, from: 'origin' })
    expect(await readReplies()).toEqual([{ event_id: ID, took_ms: 120, answer }])
    expect(consumer.dead.sent).toEqual([])
    expect(consumer.unreadable).toEqual([])
  })

  it.each([
    [100_000, 'kept'],
    [100_001, 'left out'],
  ])('of %i bytes is %s', async (size, kept) => {
    await consume([{ body: toAnswered({ body: 'x'.repeat(size) }) }])
    const [row] = await readReplies()
    expect(JSON.parse(String(row?.['answer'])).body?.length).toBe(
      kept === 'kept' ? size : undefined,
    )
  })

  it('is kept without its body when the config redacts anything', async () => {
    const consumer = createTestConsumer()
    const settings = consumer.loadSettings
    consumer.loadSettings = async () => ({ ...(await settings()), redact: ['Body'] })
    await consume([{ body: toAnswered({ body: 'Dear Ada' }) }], consumer)
    const answer = JSON.stringify({ ...REPLY, body: null, from: 'origin' })
    expect(await readReplies()).toEqual([{ event_id: ID, took_ms: 120, answer }])
  })

  it('waits while the ledger refuses, and keeps no event', async () => {
    const consumer = createTestConsumer()
    const { ledger } = consumer
    consumer.ledger = { ...ledger, answer: () => Promise.reject(new Error('D1_ERROR')) }
    const handed = [{ body: toAnswered(), attempts: 2 }, { body: toMessage() }]
    expect((await consume(handed, consumer)).told).toEqual([[20], ['ack']])
    expect(consumer.lines).toContainEqual(
      expect.objectContaining({ event: 'ledger.refused', messages: 1, error: 'Error' }),
    )
    expect(await readReplies()).toEqual([])
    consumer.ledger = ledger
    expect((await consume([{ body: toAnswered() }], consumer)).told).toEqual([['ack']])
    expect(await readReplies()).toHaveLength(1)
  })

  it('is recorded, too, when the ledger refuses the claims', async () => {
    const consumer = createTestConsumer()
    const claim = () => Promise.reject(new Error('D1_ERROR'))
    consumer.ledger = { ...consumer.ledger, claim }
    const handed = [{ body: toAnswered() }, { body: toMessage() }]
    expect((await consume(handed, consumer)).told).toEqual([['ack'], [10]])
    expect(await readReplies()).toHaveLength(1)
  })
})

describe('how long an answer took', () => {
  /** The queue got it 40 ms after the request. */
  const took = async (changes: object, ageMs = -40) => {
    const body = JSON.stringify({ ...toMessage({ reply: REPLY }), ...changes })
    await consume([{ body, ageMs }])
    return (await readColumns())[0]?.['tookMs']
  }

  it('is the time until its event was in the queue', async () => {
    expect(await took({})).toBe(40)
  })

  it.each([
    ['an app was asked', { reply: undefined }],
    ['it waited in the outbox', { outbox: true }],
    ['it took the place of another message', { owner: 'message-7' }],
    ['it is a replay', { replay: 'rpl_1' }],
    ['the time is that of Event Streams', { event: toEvent({ source: 'Twilio' }) }],
    ['the time is none', { event: toEvent({ time: 'yesterday' }) }],
  ])('is not known when %s', async (_name, changes) => {
    expect(await took(changes)).toBeNull()
  })

  it.each([
    [-1, null],
    [0, 0],
    [20_000, 20_000],
    [20_001, null],
  ])('is between 0 and 20 s: %i ms', async (ms, known) => {
    expect(await took({}, -ms)).toBe(known)
  })

  it('is known of a large event, whose reply is kept', async () => {
    await bindings.KV.put(`event:${ID}`, JSON.stringify(toMessage({ reply: REPLY })))
    await consume([{ body: { v: 1, ref: `event:${ID}` }, ageMs: -40 }])
    expect(await readColumns()).toMatchObject([{ tookMs: 40 }])
    const [stored = ''] = await readMessages()
    expect(JSON.parse(stored)).toEqual(toMessage({ reply: REPLY }))
  })

  it('is not overwritten when the lost message is found again', async () => {
    await claimNew(
      { claim: ID, owner: 'message-0', tookMs: 40, payload: JSON.stringify(toMessage()) },
      NOW - 90_000,
    )
    const body = { v: 1, ref: `ledger:${ID}`, owner: 'message-0' }
    expect((await consume([{ body }])).told).toEqual([['ack']])
    expect(await readColumns()).toMatchObject([{ tookMs: 40 }])
  })
})

describe('who an event is from and to, and its thread', () => {
  const params = {
    ...{ From: '+15005550006', To: 'whatsapp:+15005550010' },
    ...{ CallSid: 'CA2', ParentCallSid: 'CA1' },
  }
  const message: EventMessage = toMessage({ event: toEvent({ data: { params } }) })
  const columns = { from: params.From, to: params.To, thread: 'CA1' }

  it('are columns, of a replay as well', async () => {
    await consume([{ body: message }])
    await consume([{ body: { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1' }, id: 'replay' }])
    expect(await readColumns()).toEqual([
      { claim: ID, ...columns, tookMs: null },
      { claim: `${ID}~rpl_1`, ...columns, tookMs: null },
    ])
  })

  it('are hashes where the config redacts', async () => {
    const consumer = createTestConsumer()
    const settings = consumer.loadSettings
    const hash = createValueHash('key')
    consumer.loadSettings = async () => ({
      ...(await settings()),
      redact: ['From', 'ParentCallSid'],
    })
    consumer.redact = (whole, names) => redactMessage(whole, names, hash)
    const body = { ...message, reply: { ...REPLY, body: `<Dial>${params.From}</Dial>` } }
    await consume([{ body }], consumer)
    expect(await readColumns()).toMatchObject([
      { from: hash(params.From), to: params.To, thread: hash('CA1') },
    ])
    const [stored = ''] = await readMessages()
    expect(stored).not.toContain('5005550006')
    expect(JSON.parse(stored)).toMatchObject({
      reply: { ...REPLY, body: hash(`<Dial>${params.From}</Dial>`) },
    })
  })
})
