/** From what the queue hands out to whole messages, with the real KV and the real ledger. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveBatch, type ResolveDeps } from '../../src/consumer/resolve.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { migrate } from '../ledger/harness.ts'
import { claimNew } from '../ledger/requests.ts'
import { bindings, createOutlet, NOW, toBatch, type Handed } from './harness.ts'

const ID = toEvent().id
const AT = new Date(NOW).toISOString()
const { KV } = bindings

beforeEach(() => migrate())
afterEach(() => reset())

function createResolver(changes: Partial<ResolveDeps> = {}) {
  const dead = createOutlet()
  const unreadable: unknown[] = []
  const lines: object[] = []
  const asked: (readonly string[])[] = []
  const ledger: ResolveDeps['ledger'] = {
    payloads(ids) {
      asked.push(ids)
      return createLedger(bindings.LEDGER).payloads(ids)
    },
  }
  async function resolve(handed: Handed[]) {
    const batch = toBatch(handed)
    const { works, answers } = await resolveBatch(batch.messages, {
      ledger,
      dead,
      store: KV,
      buryUnreadable: async (body) => unreadable.push(body),
      now: () => NOW,
      log: (line) => lines.push(line),
      ...changes,
    })
    return {
      messages: works.map(({ message }) => message),
      works,
      answers,
      told: [...batch.told.values()],
    }
  }
  return { resolve, dead, unreadable, lines, asked }
}

const NOTHING_YET: never[] = []

describe('a body', () => {
  it.each([
    ['text', JSON.stringify(toMessage())],
    ['an object', toMessage()],
    ['bytes', new TextEncoder().encode(JSON.stringify(toMessage()))],
  ])('is read from %s, and its message told nothing yet', async (_name, body) => {
    const { resolve, asked } = createResolver()
    const { messages, told } = await resolve([{ body }])
    expect(messages).toEqual([toMessage()])
    expect(told).toEqual([NOTHING_YET])
    expect(asked).toEqual([])
  })

  it.each([
    ['no JSON', '{"v":', 'unreadable_json'],
    ['another version', { v: 2 }, 'unreadable_version'],
    ['another shape', { v: 1 }, 'unreadable_shape'],
    ['nothing', undefined, 'unreadable_type'],
  ])('that is %s goes to the dead-letter queue as it is', async (_name, body, reason) => {
    const { resolve, unreadable, lines } = createResolver()
    const good = { body: toMessage() }
    const { messages, told } = await resolve([{ body }, good])
    expect(messages).toHaveLength(1)
    expect(told).toEqual([['ack'], NOTHING_YET])
    expect(unreadable).toEqual([body])
    expect(lines).toEqual([{ event: 'message.unreadable', message: 'message-0', reason }])
  })

  it('that cannot be read stays while the dead-letter queue refuses', async () => {
    const buryUnreadable = () => Promise.reject(new Error('Too Many Requests'))
    const { resolve } = createResolver({ buryUnreadable })
    expect((await resolve([{ body: '{', attempts: 50 }])).told).toEqual([[3_600]])
  })
})

describe('what an app answered', () => {
  it('is apart from the events, and told nothing yet', async () => {
    const answer = { status: 200, contentType: null, body: '', from: 'origin' }
    const body = { v: 1, answered: { eventId: ID, at: NOW, tookMs: 5, answer } }
    const { works, answers, told } = await createResolver().resolve([
      { body: JSON.stringify(body) },
      { body: toMessage() },
    ])
    expect(answers).toEqual([
      { handed: expect.objectContaining({ id: 'message-0' }), answer: body },
    ])
    expect(works).toMatchObject([{ handed: { id: 'message-1' } }])
    expect(told).toEqual([NOTHING_YET, NOTHING_YET])
  })
})

describe('a large event', () => {
  const reference = { v: 1, ref: `event:${ID}`, owner: 'message-7', targets: ['crm'], attempts: 2 }

  it('comes from KV, and is owed to whom the reference says', async () => {
    await KV.put(reference.ref, JSON.stringify(toMessage({ targets: ['erp'], attempts: 9 })))
    const { works, told } = await createResolver().resolve([{ body: reference }])
    const { ref: _, ...owed } = reference
    expect(works).toMatchObject([{ packed: reference }])
    expect(works.map(({ message }) => message)).toEqual([{ ...toMessage(), ...owed }])
    expect(told).toEqual([NOTHING_YET])
  })

  it.each([
    [1, 10],
    [9, 2_560],
  ])('that KV does not show is waited for: hand-out %i', async (attempts, delaySeconds) => {
    const { resolve, dead } = createResolver()
    expect(await resolve([{ body: reference, attempts }])).toMatchObject({
      messages: [],
      told: [[delaySeconds]],
    })
    expect(dead.sent).toEqual([])
  })

  it('that KV has not shown for three hours is dead, for those whom it names', async () => {
    const { resolve, dead } = createResolver()
    const body = { ...reference, targets: ['crm', 'erp'] }
    expect((await resolve([{ body, attempts: 10 }])).told).toEqual([['ack']])
    const letter = (target: string) => ({
      v: 1,
      dead: { target, reason: 'reference_missing', attempts: 2, at: AT },
      message: body,
    })
    expect(dead.sent.map((one) => one.body)).toEqual([letter('crm'), letter('erp')])
  })

  it.each([
    ['no message', '"poison"'],
    ['a reference again', JSON.stringify(reference)],
  ])('that is %s in KV is dead at once, for all when it names nobody', async (_name, text) => {
    await KV.put(reference.ref, text)
    const { resolve, dead } = createResolver()
    const body = { v: 1, ref: reference.ref }
    expect((await resolve([{ body }])).told).toEqual([['ack']])
    expect(dead.sent).toMatchObject([
      { body: { dead: { target: '*', reason: 'reference_unreadable', attempts: 0 } } },
    ])
  })

  it('waits while KV fails, however often it was handed out, and keeps nobody', async () => {
    const store = { put: KV.put.bind(KV), get: () => Promise.reject(new Error('KV GET failed')) }
    const { resolve, dead, lines } = createResolver({ store })
    const { messages, told } = await resolve([
      { body: reference, attempts: 10 },
      { body: toMessage() },
    ])
    expect(messages).toHaveLength(1)
    expect(told).toEqual([[3_600], NOTHING_YET])
    expect(dead.sent).toEqual([])
    expect(lines).toMatchObject([{ event: 'message.failed', message: 'message-0' }])
  })

  it('that is dead stays while the dead-letter queue refuses', async () => {
    const { resolve, dead } = createResolver()
    dead.refuses = true
    expect((await resolve([{ body: reference, attempts: 10 }])).told).toEqual([[3_600]])
  })
})

describe('what is only in the ledger', () => {
  const reference = { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1', targets: ['crm'] }
  const toStored = (changes: object = {}) => ({
    claim: ID,
    payload: JSON.stringify({ ...toMessage(), ...changes }),
  })

  it('comes from there, for all of a batch in one call', async () => {
    const other = toEvent({ id: 'evt_other' })
    await claimNew(toStored())
    await claimNew({ ...toStored({ event: other }), claim: 'evt_other' })
    const { resolve, asked } = createResolver()
    const { works, told } = await resolve([
      { body: reference },
      { body: toMessage() },
      { body: { v: 1, ref: 'ledger:evt_other', owner: 'message-7' } },
    ])
    expect(works.map(({ message }) => message)).toEqual([
      { ...toMessage(), replay: 'rpl_1', targets: ['crm'] },
      toMessage(),
      { ...toMessage({ event: other }), owner: 'message-7' },
    ])
    expect(works.map(({ packed }) => 'ref' in packed)).toEqual([true, false, true])
    expect(told).toEqual([NOTHING_YET, NOTHING_YET, NOTHING_YET])
    expect(asked).toEqual([[ID, 'evt_other']])
  })

  it('is owed to whom the reference says, not to whom it was', async () => {
    await claimNew(toStored({ targets: ['erp'], attempts: 9, replay: 'rpl_0', owner: 'message-0' }))
    const { messages } = await createResolver().resolve([
      { body: { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1' } },
    ])
    expect(messages).toEqual([{ ...toMessage(), replay: 'rpl_1' }])
  })

  it('and gone there is dead at once: it will not come', async () => {
    const { resolve, dead } = createResolver()
    expect((await resolve([{ body: reference }])).told).toEqual([['ack']])
    expect(dead.sent).toMatchObject([
      { body: { dead: { target: 'crm', reason: 'event_gone', attempts: 0 }, message: reference } },
    ])
  })

  it('waits while the ledger refuses, and keeps nobody', async () => {
    const ledger = { payloads: () => Promise.reject(new Error('D1_ERROR')) }
    const { resolve, dead } = createResolver({ ledger })
    const { messages, told } = await resolve([
      { body: reference, attempts: 10 },
      { body: toMessage() },
    ])
    expect(messages).toEqual([toMessage()])
    expect(told).toEqual([[3_600], NOTHING_YET])
    expect(dead.sent).toEqual([])
  })

  it.each([
    ['without its values', JSON.stringify({ ...toMessage(), redacted: ['Body'] })],
    ['as a reference', JSON.stringify({ v: 1, ref: `event:${ID}` })],
    ['as it came, and nobody can read it', '{"v":'],
  ])('%s comes from KV', async (_name, payload) => {
    await claimNew({ claim: ID, payload })
    await KV.put(`event:${ID}`, JSON.stringify(toMessage()))
    const { works } = await createResolver().resolve([{ body: reference }])
    expect(works).toEqual([
      {
        handed: expect.anything(),
        packed: reference,
        message: { ...toMessage(), replay: 'rpl_1', targets: ['crm'] },
      },
    ])
  })

  it('without its values is never taken for the event: KV is waited for, then it is dead', async () => {
    await claimNew(toStored({ redacted: ['Body'] }))
    const { resolve, dead } = createResolver()
    expect(await resolve([{ body: reference }])).toMatchObject({ messages: [], told: [[10]] })
    expect((await resolve([{ body: reference, attempts: 10 }])).told).toEqual([['ack']])
    expect(dead.sent).toMatchObject([
      { body: { dead: { reason: 'reference_missing' }, message: reference } },
    ])
  })
})
