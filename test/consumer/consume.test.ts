import { reset } from 'cloudflare:test'
import { afterEach, describe, expect, it } from 'vitest'
import { consumeEvents } from '../../src/consumer/consume.ts'
import { toEvent, toMessage, toRequest, toTarget } from '../delivery/sample.ts'
import { bindings, createTestConsumer, NOW, toBatch, type Answers } from './harness.ts'

afterEach(() => reset())

const CRM = toTarget()
const ERP = toTarget({ name: 'erp', url: 'https://erp.example.com/' })
/** A message whose JSON is larger by so many bytes. */
const filled = (bytes: number) => toMessage({ request: toRequest({ body: 'ö'.repeat(bytes / 2) }) })
const DAY_MS = 86_400_000

/** Hands out one message and tells what became of it. */
async function consumeOne(
  message: unknown,
  consumer: ReturnType<typeof createTestConsumer>,
  handout: { attempts?: number; ageMs?: number } = {},
) {
  const batch = toBatch([{ body: JSON.stringify(message), ...handout }])
  await consumeEvents(batch, consumer)
  return batch.told.get('message-0')
}

describe('a message', () => {
  it('is delivered to the target and acknowledged', async () => {
    const consumer = createTestConsumer()
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.calls.map(({ url }) => url)).toEqual([CRM.url])
    expect(consumer.calls[0]?.init).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(consumer.events.sent).toEqual([])
    expect(consumer.dead.sent).toEqual([])
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

  it('that matches no target is acknowledged and logged', async () => {
    const consumer = createTestConsumer([toTarget({ matches: () => false })])
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.calls).toEqual([])
    expect(consumer.lines).toEqual([
      { event: 'event.unmatched', eventId: toEvent().id, kind: 'messaging.inbound' },
    ])
  })

  it('goes to the targets that it names, matching or not', async () => {
    const consumer = createTestConsumer([toTarget({ matches: () => false }), ERP])
    expect(await consumeOne(toMessage({ targets: ['crm'] }), consumer)).toEqual(['ack'])
    expect(consumer.calls.map(({ url }) => url)).toEqual([CRM.url])
  })
})

describe('a failed delivery', () => {
  it('becomes a message of its own when the message was for every target', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    const message = toMessage()
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...message, targets: ['erp'], attempts: 1 }, delaySeconds: 5 },
    ])
  })

  it('becomes one message for each target', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [CRM.url]: 503, [ERP.url]: 500 })
    const message = toMessage({ targets: ['crm', 'erp'], attempts: 1 })
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...message, targets: ['crm'], attempts: 2 }, delaySeconds: 300 },
      { body: { ...message, targets: ['erp'], attempts: 2 }, delaySeconds: 300 },
    ])
  })

  it('waits in its own message when that is for this target only', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [CRM.url]: 500 })
    const message = toMessage({ targets: ['crm'] })
    expect(await consumeOne(message, consumer)).toEqual([5])
    expect(consumer.events.sent).toEqual([])
    expect(consumer.calls).toHaveLength(1)
  })

  it('counts the attempts that the message carries and the hand-outs of the queue', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
    const message = toMessage({ targets: ['crm'], attempts: 1 })
    expect(await consumeOne(message, consumer)).toEqual([300])
    expect(await consumeOne(message, consumer, { attempts: 2 })).toEqual(['ack'])
    expect(consumer.dead.sent).toHaveLength(1)
  })

  it('waits as long as the target asks for', async () => {
    const headers = { 'retry-after': '60' }
    const busy = () => new Response(null, { status: 429, headers })
    const consumer = createTestConsumer([CRM], { [CRM.url]: busy })
    expect(await consumeOne(toMessage({ targets: ['crm'] }), consumer)).toEqual([60])
  })

  it('moves to a fresh message before the queue forgets the old one', async () => {
    const target = toTarget({ retryMs: [DAY_MS] })
    const consumer = createTestConsumer([target], { [CRM.url]: 500 })
    const message = toMessage({ targets: ['crm'] })
    expect(await consumeOne(message, consumer, { ageMs: DAY_MS })).toEqual([86_400])
    expect(await consumeOne(message, consumer, { ageMs: DAY_MS + 1 })).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...message, attempts: 1 }, delaySeconds: 86_400 },
    ])
  })

  it('that was the last one goes to the dead-letter queue', async () => {
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    const message = toMessage({ attempts: 2 })
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    const dead = {
      target: 'erp',
      reason: 'status_500',
      attempts: 3,
      at: new Date(NOW).toISOString(),
    }
    expect(consumer.dead.sent).toEqual([{ body: { v: 1, dead, message }, delaySeconds: undefined }])
  })

  it('is dead at once when the target says that it is gone', async () => {
    const consumer = createTestConsumer([CRM], { [CRM.url]: 410 })
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.dead.sent).toMatchObject([
      { body: { dead: { target: 'crm', reason: 'target_gone', attempts: 1 } } },
    ])
  })

  it('is dead when its target is no longer in the config, the others are delivered', async () => {
    const consumer = createTestConsumer([ERP])
    const message = toMessage({ targets: ['crm', 'erp'], attempts: 1 })
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.calls.map(({ url }) => url)).toEqual([ERP.url])
    expect(consumer.dead.sent).toMatchObject([
      { body: { dead: { target: 'crm', reason: 'target_removed', attempts: 1 } } },
    ])
  })

  it('is never sent unsigned: a missing secret follows the schedule', async () => {
    const consumer = createTestConsumer([toTarget({ secrets: ['ABSENT'] })])
    const message = toMessage({ targets: ['crm'] })
    expect(await consumeOne(message, consumer)).toEqual([5])
    expect(await consumeOne({ ...message, attempts: 2 }, consumer)).toEqual(['ack'])
    expect(consumer.calls).toEqual([])
    expect(consumer.dead.sent).toMatchObject([{ body: { dead: { reason: 'secret_missing' } } }])
  })

  it('of a target that no request can be built for is its own only', async () => {
    const broken = toTarget({ name: 'broken', headers: { 'bad header': 'x' } })
    const consumer = createTestConsumer([broken, ERP])
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.calls.map(({ url }) => url)).toEqual([ERP.url])
    expect(consumer.events.sent).toMatchObject([{ body: { targets: ['broken'], attempts: 1 } }])
  })

  it('of a target whose fetch throws is its own only', async () => {
    const consumer = createTestConsumer([CRM, ERP], {
      [CRM.url]: () => {
        throw new TypeError('Network connection lost.')
      },
    })
    expect(await consumeOne(toMessage(), consumer)).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(2)
    expect(consumer.events.sent).toMatchObject([{ body: { targets: ['crm'] } }])
  })
})

describe('a batch', () => {
  it('is retried, message by message, when there is no config', async () => {
    const consumer = createTestConsumer()
    consumer.loadTargets = () => Promise.reject(new Error('no config'))
    const body = JSON.stringify(toMessage())
    const batch = toBatch([{ body }, { body, attempts: 3 }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([[10], [40]])
    expect(consumer.calls).toEqual([])
  })

  it('delivers the good messages beside one that cannot be read', async () => {
    const consumer = createTestConsumer()
    const body = JSON.stringify(toMessage())
    const poison = new Map([['v', 1n]])
    const batch = toBatch([{ body }, { body: '{"v":9}' }, { body }, { body: poison }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], ['ack'], ['ack'], ['ack']])
    expect(consumer.unreadable).toEqual(['{"v":9}', poison])
    expect(consumer.calls).toHaveLength(2)
  })

  it('delivers the good messages beside one that makes the code fail', async () => {
    const target = toTarget({
      matches({ id }) {
        if (id === 'evt_poison') throw new TypeError('+15005550006')
        return true
      },
    })
    const consumer = createTestConsumer([target])
    const poison = toMessage({ event: toEvent({ id: 'evt_poison' }) })
    const batch = toBatch([{ body: toMessage() }, { body: poison }, { body: toMessage() }])
    await consumeEvents(batch, consumer)
    expect([...batch.told.values()]).toEqual([['ack'], [10], ['ack']])
    expect(consumer.lines).toContainEqual(
      expect.objectContaining({ event: 'message.failed', error: 'TypeError' }),
    )
    expect(JSON.stringify(consumer.lines)).not.toContain('15005550006')
  })

  it('has at most 5 calls under way', async () => {
    let running = 0
    let most = 0
    const answer = async () => {
      running += 1
      most = Math.max(most, running)
      await scheduler.wait(1)
      running -= 1
      return new Response()
    }
    const consumer = createTestConsumer([CRM, ERP], { [CRM.url]: answer, [ERP.url]: answer })
    const batch = toBatch(Array.from({ length: 20 }, () => ({ body: toMessage() })))
    await consumeEvents(batch, consumer)
    expect(consumer.calls).toHaveLength(40)
    expect(most).toBe(5)
  })

  it('starts no attempt after 10 minutes, and counts none', async () => {
    let now = NOW
    const consumer = createTestConsumer([CRM, ERP], {
      [CRM.url]: () => {
        now += 10 * 60_000
        return new Response()
      },
    })
    consumer.now = () => now
    const messages = Array.from({ length: 6 }, () => ({ body: toMessage() }))
    const batch = toBatch(messages)
    await consumeEvents(batch, consumer)
    expect(consumer.calls.length).toBeLessThan(12)
    expect(consumer.events.sent.length).toBe(12 - consumer.calls.length)
    expect(consumer.events.sent[0]).toMatchObject({ body: { attempts: 0 }, delaySeconds: 10 })
  })

  it('gives what it did not try a fresh message, since the queue would count the hand-out', async () => {
    const consumer = createTestConsumer()
    const times = [NOW]
    consumer.now = () => times.shift() ?? NOW + 10 * 60_000
    const message = toMessage({ targets: ['crm'], attempts: 1 })
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.calls).toEqual([])
    expect(consumer.events.sent).toEqual([{ body: message, delaySeconds: 10 }])
  })
})

describe('a queue that refuses', () => {
  const answers: Answers = { [ERP.url]: 500 }

  it('keeps the message when what is owed cannot be sent', async () => {
    const consumer = createTestConsumer([CRM, ERP], answers)
    consumer.events.refuses = true
    expect(await consumeOne(toMessage(), consumer)).toEqual([10])
  })

  it('keeps a dead delivery in the events queue, without the targets that are done', async () => {
    const consumer = createTestConsumer([CRM, ERP], answers)
    consumer.dead.refuses = true
    const message = toMessage({ attempts: 2 })
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...message, targets: ['erp'], attempts: 3 }, delaySeconds: 10 },
    ])
  })

  it('keeps the message when both refuse', async () => {
    const consumer = createTestConsumer([CRM, ERP], answers)
    consumer.dead.refuses = true
    consumer.events.refuses = true
    expect(await consumeOne(toMessage({ attempts: 2 }), consumer)).toEqual([10])
  })

  it('keeps a message that cannot be read', async () => {
    const consumer = createTestConsumer()
    consumer.dead.refuses = true
    expect(await consumeOne({ v: 9 }, consumer, { attempts: 2 })).toEqual([20])
  })
})

describe('a message by reference', () => {
  const reference = { v: 1, ref: `event:${toEvent().id}` }
  const put = (text: string) => bindings.KV.put(reference.ref, text)

  it('is delivered from KV', async () => {
    await put(JSON.stringify(toMessage()))
    const consumer = createTestConsumer()
    expect(await consumeOne(reference, consumer)).toEqual(['ack'])
    expect(consumer.calls).toHaveLength(1)
  })

  it('stays a reference when a delivery fails', async () => {
    await put(JSON.stringify(toMessage()))
    const consumer = createTestConsumer([CRM, ERP], { [ERP.url]: 500 })
    expect(await consumeOne(reference, consumer)).toEqual(['ack'])
    expect(consumer.events.sent).toEqual([
      { body: { ...reference, targets: ['erp'], attempts: 1 }, delaySeconds: 5 },
    ])
  })

  it('goes to the targets that the reference names', async () => {
    await put(JSON.stringify(toMessage({ targets: ['erp'] })))
    const consumer = createTestConsumer([CRM, ERP])
    expect(await consumeOne({ ...reference, targets: ['crm'] }, consumer)).toEqual(['ack'])
    expect(consumer.calls.map(({ url }) => url)).toEqual([CRM.url])
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

  it('is kept when neither KV shows it nor the dead-letter queue takes it', async () => {
    const consumer = createTestConsumer()
    consumer.dead.refuses = true
    expect(await consumeOne(reference, consumer, { attempts: 10 })).toEqual([3_600])
    expect(consumer.events.sent).toEqual([])
  })

  it('is dead when what KV holds cannot be read', async () => {
    await put('{"v":1}')
    const consumer = createTestConsumer()
    const message = { ...reference, targets: ['crm', 'erp'], attempts: 1 }
    expect(await consumeOne(message, consumer)).toEqual(['ack'])
    expect(consumer.dead.sent).toMatchObject([
      { body: { dead: { target: 'crm', reason: 'reference_unreadable', attempts: 1 } } },
      { body: { dead: { target: 'erp', reason: 'reference_unreadable', attempts: 1 } } },
    ])
  })

  it('is kept when KV fails', async () => {
    const consumer = createTestConsumer()
    consumer.store = {
      get: () => Promise.reject(new Error('KV GET failed: 500')),
      put: () => Promise.resolve(),
    }
    expect(await consumeOne(reference, consumer, { attempts: 40 })).toEqual([3_600])
  })

  describe('is made when a target’s name makes a message too large', () => {
    const room = 127_000 - new TextEncoder().encode(JSON.stringify(filled(0))).byteLength
    const message = filled(room - (room % 2))

    it('for the events queue, and is delivered from there', async () => {
      const consumer = createTestConsumer([CRM], { [CRM.url]: 500 })
      expect(await consumeOne(message, consumer)).toEqual(['ack'])
      expect(consumer.events.sent).toEqual([
        { body: { ...reference, targets: ['crm'], attempts: 1 }, delaySeconds: 5 },
      ])
      expect(await bindings.KV.get(reference.ref)).toBe(JSON.stringify(message))

      const next = createTestConsumer([CRM])
      expect(await consumeOne(consumer.events.sent[0]?.body, next)).toEqual(['ack'])
      expect(next.calls).toHaveLength(1)
    })

    it('once for all targets', async () => {
      const consumer = createTestConsumer([CRM, ERP], { [CRM.url]: 500, [ERP.url]: 410 })
      const puts: string[] = []
      consumer.store = { ...bindings.KV, put: async (key) => void puts.push(key) }
      expect(await consumeOne(message, consumer)).toEqual(['ack'])
      expect(consumer.events.sent).toHaveLength(1)
      expect(consumer.dead.sent).toHaveLength(1)
      expect(puts).toEqual([reference.ref])
    })

    it('for the dead-letter queue', async () => {
      const consumer = createTestConsumer([CRM], { [CRM.url]: 410 })
      expect(await consumeOne(message, consumer)).toEqual(['ack'])
      expect(consumer.dead.sent).toMatchObject([{ body: { message: reference } }])
      expect(await bindings.KV.get(reference.ref)).toBe(JSON.stringify(message))
    })
  })
})

describe('the log', () => {
  it('has one line for each attempt, without what the event says', async () => {
    const target = toTarget({ url: 'https://crm.example.com/?key=url-secret', bearer: 'TOKEN' })
    const consumer = createTestConsumer([target], { [target.url]: 500 })
    consumer.secret = () => 'bearer-secret'
    await consumeOne(toMessage(), consumer)
    expect(consumer.lines).toEqual([
      {
        event: 'delivery.attempted',
        eventId: toEvent().id,
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
