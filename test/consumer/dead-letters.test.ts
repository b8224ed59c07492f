/** What comes out of the dead-letter queue, with the real ledger and the real KV. */
import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAlerts } from '../../src/consumer/alerts.ts'
import { recordDeadLetters, type DeadLetterDeps } from '../../src/consumer/dead-letters.ts'
import { createValueHash, redactMessage } from '../../src/events/redact.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import { createDeadRows, type DeadRow } from '../../src/ledger/dead-letters.ts'
import { toEvent, toMessage, toRequest } from '../delivery/sample.ts'
import { MESSAGE, migrate, readAll, readMessages, withText, type Row } from '../ledger/harness.ts'
import { bindings, NOW, toBatch, toTargets, type Handed } from './harness.ts'

const AT = '2026-11-19T10:00:00.000Z'
const ID = toEvent().id
const DAY_SECONDS = 86_400
const { KV, LEDGER } = bindings

beforeEach(() => migrate())
afterEach(() => reset())

function toLetter(
  dead: Partial<{ target: string; reason: string; attempts: number; at: string }> = {},
  message: object = toMessage(),
) {
  return {
    v: 1,
    dead: { target: 'crm', reason: 'status_500', attempts: 3, at: AT, ...dead },
    message,
  }
}

interface Options extends Partial<DeadLetterDeps> {
  /** Names of parameters. */
  redacted?: string[]
}

async function record(handed: Handed[], { redacted = [], ...changes }: Options = {}) {
  const batch = toBatch(handed, 'switchboard-dead')
  const lines: Row[] = []
  const alerts: { kind: string; data: Row }[] = []
  const log = (line: object) => void lines.push({ ...line })
  const now = () => NOW
  const send = async (text: string) => void alerts.push(JSON.parse(text).event)
  await recordDeadLetters(batch, {
    rows: createDeadRows(LEDGER),
    store: KV,
    loadSettings: async () => ({
      ...{ targets: toTargets([]), redact: redacted, retentionMs: 1 },
      recordsProblemsOnly: () => false,
    }),
    redact: (message, names) => redactMessage(message, names, createValueHash('key')),
    alerts: createAlerts({ events: () => ({ send }), outbox: KV, now, log }),
    now,
    log,
    ...changes,
  })
  return {
    told: [...batch.told.values()],
    lines: lines.filter(({ event }) => event !== 'alert.raised'),
    alerts,
  }
}

/** Who is owed what, with the payload parsed. */
async function readDead() {
  const rows = await readAll(
    `SELECT claim, event_id, replay, owner, received_at, kind, source, account, subject,
            ${MESSAGE}, target, status, reason, attempts, updated_at
     FROM events JOIN all_deliveries USING (seq) ORDER BY claim, target`,
  )
  return rows.map(withText)
}

const EVENT = {
  claim: ID,
  event_id: ID,
  replay: null,
  owner: '',
  received_at: Date.parse(toEvent().time),
  kind: 'messaging.inbound',
  source: '/endpoints/sms',
  account: toEvent().account,
  subject: toEvent().subject,
  message: JSON.stringify(toMessage()),
}
const DEAD = {
  ...EVENT,
  target: 'crm',
  status: 'dead',
  reason: 'status_500',
  attempts: 3,
  updated_at: Date.parse(AT),
}
const UNKNOWN = { kind: null, source: null, account: null, subject: null }

/** The event as a message of the events queue claimed it. */
async function claim(targets: string[], changes: object = {}) {
  const { claims } = await createLedger(LEDGER).claim(
    [
      {
        claim: ID,
        eventId: ID,
        replay: null,
        owner: 'message-owner',
        receivedAt: NOW,
        kind: 'messaging.inbound',
        source: '/endpoints/sms',
        account: null,
        subject: null,
        ...{ from: null, to: null, thread: null, tookMs: null, keyName: null },
        targets,
        payload: '"claimed"',
        ...changes,
      },
    ],
    NOW,
  )
  const [first] = claims
  if (first?.state !== 'ours') throw new Error('it is not ours')
  return first
}

describe('a dead letter', () => {
  it('is recorded whole, and told', async () => {
    const { told, lines, alerts } = await record([{ body: JSON.stringify(toLetter()) }])
    expect(told).toEqual([['ack']])
    expect(await readDead()).toEqual([DEAD])
    expect(lines).toEqual([
      {
        event: 'delivery.dead',
        eventId: ID,
        targets: ['crm'],
        kind: 'messaging.inbound',
        reason: 'status_500',
        attempts: 3,
      },
    ])
    expect(alerts).toMatchObject([
      {
        kind: 'switchboard.delivery.dead',
        data: { target: 'crm', eventId: ID, reason: 'status_500', attempts: 3 },
      },
    ])
  })

  it('of an older version, about a part of the event, is recorded as that part', async () => {
    const message = toMessage({ targets: ['crm'], attempts: 2 })
    await record([{ body: toLetter({}, message) }])
    expect(await readDead()).toEqual([{ ...DEAD, claim: `${ID}~crm` }])
  })

  it('is recorded once, however often it comes', async () => {
    const handed = [{ body: toLetter() }, { body: toLetter({ at: new Date(NOW).toISOString() }) }]
    const { told } = await record(handed)
    await record([{ body: toLetter(), attempts: 2 }])
    expect(told).toEqual([['ack'], ['ack']])
    expect(await readDead()).toEqual([DEAD])
  })

  it('for each of several targets is one event', async () => {
    await record([{ body: toLetter() }, { body: toLetter({ target: 'erp' }) }])
    expect(await readDead()).toEqual([DEAD, { ...DEAD, target: 'erp' }])
  })

  it('for all kills what is still owed of a claimed event', async () => {
    const { seq } = await claim(['crm', 'erp'])
    const delivered = { target: 'crm', status: 'delivered', attempts: 1 } as const
    const none = { nextAt: null, reason: null, attempt: null }
    await createLedger(LEDGER).record([{ seq, ...delivered, ...none }], [], NOW)
    await record([{ body: toLetter({ target: '*', reason: 'handler_failed' }) }])
    expect(await readDead()).toMatchObject([
      { owner: 'message-owner', message: '"claimed"', target: 'crm', status: 'delivered' },
      { owner: 'message-owner', target: 'erp', status: 'dead', reason: 'handler_failed' },
    ])
  })
})

it('an event with a time that is none was received when it died', async () => {
  const event = toEvent({ time: 'yesterday' })
  const { told } = await record([{ body: toLetter({}, toMessage({ event })) }])
  expect(told).toEqual([['ack']])
  expect(await readDead()).toMatchObject([{ claim: ID, received_at: Date.parse(AT) }])
})

describe('what Cloudflare moved here itself', () => {
  const moved = { ...DEAD, reason: 'retries_exhausted', attempts: 0, updated_at: NOW }

  it('is dead for all when the ledger does not know it', async () => {
    const { told, alerts } = await record([{ body: toMessage() }])
    expect(told).toEqual([['ack']])
    expect(await readDead()).toEqual([{ ...moved, target: '*' }])
    expect(alerts).toMatchObject([{ data: { target: null, reason: 'retries_exhausted' } }])
  })

  it('is dead for those that it names', async () => {
    const message = toMessage({ targets: ['crm', 'erp'], attempts: 2, owner: 'message-7' })
    const { alerts } = await record([{ body: message }])
    const named = { ...moved, claim: `${ID}~crm+erp`, attempts: 2 }
    expect(await readDead()).toEqual([named, { ...named, target: 'erp' }])
    expect(alerts).toMatchObject([{ data: { target: null } }])
  })

  it('is dead where the ledger says that it waits', async () => {
    await claim(['crm', 'erp'])
    await record([{ body: toMessage({ owner: 'message-owner' }) }])
    expect(await readDead()).toMatchObject([
      { claim: ID, owner: 'message-owner', target: 'crm', status: 'dead' },
      { claim: ID, owner: 'message-owner', target: 'erp', status: 'dead' },
    ])
  })

  it('is a replay when it was one, and leaves its event alone', async () => {
    await claim(['crm'])
    const { told } = await record([
      { body: { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1', targets: ['crm'] } },
    ])
    expect(told).toEqual([['ack']])
    expect(await readDead()).toMatchObject([
      {
        claim: `${ID}~rpl_1`,
        event_id: ID,
        replay: 'rpl_1',
        kind: 'messaging.inbound',
        target: 'crm',
        status: 'dead',
      },
    ])
  })

  it('is a replay too when its event is gone', async () => {
    await record([
      {
        body: toLetter(
          { target: '*', reason: 'event_gone' },
          { v: 1, ref: `ledger:${ID}`, replay: 'rpl_1' },
        ),
      },
    ])
    expect(await readDead()).toMatchObject([
      { ...UNKNOWN, claim: `${ID}~rpl_1`, replay: 'rpl_1', target: '*', reason: 'event_gone' },
    ])
  })
})

describe('a reference', () => {
  const message = { v: 1, ref: `event:${ID}` }

  it('is recorded with the event itself while KV has it', async () => {
    await KV.put(message.ref, JSON.stringify(toMessage()))
    await record([{ body: toLetter({}, message) }])
    expect(await readDead()).toEqual([DEAD])
  })

  it('is recorded as it is when KV has nothing', async () => {
    const { alerts } = await record([{ body: toLetter({}, message) }])
    expect(await readDead()).toEqual([
      { ...DEAD, ...UNKNOWN, received_at: Date.parse(AT), message: JSON.stringify(message) },
    ])
    expect(alerts).toHaveLength(1)
  })

  it('is recorded as it is when no row can hold its event', async () => {
    const request = toRequest({ body: 'x'.repeat(2_500_000) })
    await KV.put(message.ref, JSON.stringify(toMessage({ request })))
    expect((await record([{ body: toLetter({}, message) }])).told).toEqual([['ack']])
    expect(await readDead()).toEqual([{ ...DEAD, message: JSON.stringify(message) }])
  })

  it('waits while KV fails, and keeps nobody', async () => {
    const store = { ...KV, get: () => Promise.reject(new Error('KV GET failed: 500')) }
    const { told, lines } = await record(
      [{ body: toLetter({}, message), attempts: 3 }, { body: toLetter() }],
      { store },
    )
    expect(told).toEqual([[40], ['ack']])
    expect(lines).toMatchObject([{ event: 'message.failed' }, { event: 'delivery.dead' }])
  })
})

describe('what nobody can read', () => {
  it.each([
    ['text', '{"v":', '{"v":', 'unreadable_json'],
    ['text of all kinds', 'K\0öln "\\ ✓ \u2028', 'K\0öln "\\ ✓ \u2028', 'unreadable_json'],
    ['half of a surrogate pair', 'a\ud83d', 'a\ufffd', 'unreadable_json'],
    ['an empty text', '', '', 'unreadable_json'],
    ['an object', { v: 2, a: [1] }, '{"v":2,"a":[1]}', 'unreadable_version'],
    ['text in bytes', new TextEncoder().encode('{}'), '{}', 'unreadable_shape'],
    ['a buffer', new TextEncoder().encode('[]').buffer, '[]', 'unreadable_shape'],
    [
      'a part of a buffer',
      new TextEncoder().encode('[{}]').subarray(1, 3),
      '{}',
      'unreadable_shape',
    ],
    ['bytes', Uint8Array.of(0xff, 0x00), '/wA=', 'unreadable_json'],
    ['a number', 7, '7', 'unreadable_type'],
    ['null', null, 'null', 'unreadable_type'],
    ['what JSON cannot hold', 7n, '7', 'unreadable_type'],
    ['nothing', undefined, 'undefined', 'unreadable_type'],
  ])('is kept as it came: %s', async (_name, body, message, reason) => {
    const { told, alerts } = await record([{ body }, { body }])
    expect(told).toEqual([['ack'], ['ack']])
    const id = expect.stringMatching(/^unreadable_[0-9a-f]{32}$/)
    expect(await readDead()).toEqual([
      {
        ...{ ...DEAD, ...UNKNOWN, claim: id, event_id: id, received_at: NOW, message },
        ...{ target: '*', reason, attempts: 0, updated_at: NOW },
      },
    ])
    expect(alerts).toMatchObject([{ data: { target: null, kind: null, reason } }])
  })

  it('is one row for each body', async () => {
    await record([{ body: '{"v":' }, { body: '{"v":1' }, { body: '{"v":' }])
    expect(await readDead()).toHaveLength(2)
  })
})

/** Everything that the ledger has, as text. */
async function dumpLedger(): Promise<string> {
  const tables = ['events', 'all_deliveries']
  const rows = await Promise.all(tables.map((table) => readAll(`SELECT * FROM ${table}`)))
  return JSON.stringify([rows, await readMessages()])
}

describe('with a config that redacts', () => {
  const redacted = ['Body', 'From']
  const PLAIN = [/15005550006/, /Köln/, /K%C3%B6ln/, /K\\+u00f6ln/]
  const isTold = (dump: string) => PLAIN.some((value) => value.test(dump))

  it('sees the values in what it is given', () => {
    expect(isTold(JSON.stringify(toMessage()))).toBe(true)
  })

  it.each([
    ['a dead letter', toLetter()],
    ['what Cloudflare moved', toMessage({ owner: 'message-7', targets: ['crm'] })],
  ])('%s is in the ledger without a plain value, and whole in KV', async (_name, body) => {
    expect((await record([{ body: JSON.stringify(body) }], { redacted })).told).toEqual([['ack']])
    expect(isTold(await dumpLedger())).toBe(false)
    const [row] = await readDead()
    expect(JSON.parse(String(row?.['message']))).toMatchObject({ redacted })
    const { value } = await KV.getWithMetadata(`event:${ID}`)
    expect(JSON.parse(String(value))).toEqual(toMessage())
    const { keys } = await KV.list()
    const seconds = (keys[0]?.expiration ?? 0) - Date.now() / 1000
    expect(seconds / DAY_SECONDS).toBeCloseTo(15, 1)
  })

  it('what the event says of itself is in no column either', async () => {
    const account = String(toEvent().account)
    const names = ['AccountSid', 'MessageSid']
    await record([{ body: toLetter() }], { redacted: names })
    expect(await dumpLedger()).not.toContain(account)
    expect(await dumpLedger()).not.toContain(String(toEvent().subject))
    expect(await readDead()).toMatchObject([{ account: expect.stringMatching(/^hmac:/) }])
  })

  it('a large event is in the ledger without a plain value, and stays in KV', async () => {
    const ref = `event:${ID}`
    await KV.put(ref, JSON.stringify(toMessage()))
    await record([{ body: toLetter({}, { v: 1, ref }) }], { redacted })
    expect(isTold(await dumpLedger())).toBe(false)
    expect(await readDead()).toMatchObject([{ kind: 'messaging.inbound', target: 'crm' }])
    expect(await KV.get(ref, 'json')).toEqual(toMessage())
  })

  it('what nobody can read is in KV, and the ledger says where', async () => {
    const body = '{"From":"+15005550006"'
    await record([{ body }], { redacted })
    expect(isTold(await dumpLedger())).toBe(false)
    const [row] = await readDead()
    const { ref } = JSON.parse(String(row?.['message']))
    expect(ref).toBe(`event:${row?.['event_id']}`)
    expect(await KV.get(ref)).toBe(body)
  })

  it('what cannot be redacted is dead all the same, whole in KV and nowhere else', async () => {
    const redact = () => {
      throw new TypeError('no such thing')
    }
    const { told, lines } = await record([{ body: toLetter() }], { redacted, redact })
    expect(told).toEqual([['ack']])
    expect(lines).toMatchObject([
      { event: 'redact.failed', eventId: ID, error: 'TypeError' },
      { event: 'delivery.dead' },
    ])
    expect(isTold(await dumpLedger())).toBe(false)
    expect(await readDead()).toMatchObject([
      { ...UNKNOWN, kind: 'messaging.inbound', message: `{"v":1,"ref":"event:${ID}"}` },
    ])
    expect(await KV.get(`event:${ID}`, 'json')).toEqual(toMessage())
  })

  it('waits while KV refuses: nothing whole would be left', async () => {
    const store = { ...KV, put: () => Promise.reject(new Error('KV PUT failed: 500')) }
    for (const body of [toLetter(), 'unreadable']) {
      expect((await record([{ body }], { redacted, store })).told).toEqual([[10]])
    }
    expect(await readDead()).toEqual([])
  })
})

describe('an alert', () => {
  const alert = toMessage({ event: toEvent({ kind: 'switchboard.target.paused' }) })

  it.each([
    ['in a dead letter', toLetter({}, alert)],
    ['that Cloudflare moved', alert],
  ])('%s is recorded, and causes none', async (_name, body) => {
    const { alerts, lines } = await record([{ body }])
    expect(alerts).toEqual([])
    expect(lines).toMatchObject([{ event: 'delivery.dead', kind: 'switchboard.target.paused' }])
    expect(await readDead()).toHaveLength(1)
  })

  it('is one for each target, not one for each death', async () => {
    const letters = ['crm', 'crm', 'erp'].map((target, n) =>
      toLetter({ target }, toMessage({ event: toEvent({ id: `evt_${n}` }) })),
    )
    const { alerts } = await record(letters.map((body) => ({ body })))
    expect(alerts.map(({ data }) => data['target'])).toEqual(['crm', 'erp'])
  })
})

describe('what an app answered', () => {
  it('is no event: it is dropped, and said so', async () => {
    const answer = { status: 200, contentType: null, body: 'secret', from: 'origin' }
    const answered = { eventId: ID, at: NOW, tookMs: 3, answer }
    const { told, lines, alerts } = await record([
      { body: JSON.stringify({ v: 1, answered }), attempts: 3 },
      { body: toLetter() },
    ])
    expect(told).toEqual([['ack'], ['ack']])
    expect(lines).toMatchObject([
      { event: 'answer.dropped', eventId: ID },
      { event: 'delivery.dead', eventId: ID },
    ])
    expect(JSON.stringify(lines)).not.toContain('secret')
    expect(await readDead()).toHaveLength(1)
    expect(alerts).toHaveLength(1)
  })
})

describe('nothing is acknowledged', () => {
  it('while D1 refuses', async () => {
    await LEDGER.prepare('DROP TABLE deliveries').run()
    const { told, lines, alerts } = await record([
      { body: toLetter() },
      { body: toMessage() },
      { body: 'unreadable' },
      { body: toLetter(), attempts: 4 },
    ])
    expect(told).toEqual([[10], [10], [10], [80]])
    expect(lines).toMatchObject([
      { event: 'ledger.refused', messages: 3 },
      { event: 'ledger.refused', messages: 1 },
    ])
    expect(alerts).toEqual([])
  })

  it('while there is no config: it says what must not be kept', async () => {
    const { told } = await record([{ body: toLetter() }, { body: 'unreadable' }], {
      loadSettings: () => Promise.reject(new Error('no config')),
    })
    expect(told).toEqual([[10], [10]])
    expect(await readDead()).toEqual([])
  })
})

describe('a batch', () => {
  it('may have fifty of the largest messages, more than one statement can carry', async () => {
    const request = toRequest({ body: '"'.repeat(60_000) })
    const letters = Array.from({ length: 50 }, (_, n) => ({
      body: toLetter({}, toMessage({ request, event: toEvent({ id: `evt_${n}` }) })),
    }))
    const sizes: number[] = []
    const real = createDeadRows(LEDGER)
    const rows = {
      record(some: readonly DeadRow[]) {
        sizes.push(JSON.stringify(some).length)
        return real.record(some)
      },
    }
    const { told } = await record(letters, { rows })
    expect(told).toEqual(letters.map(() => ['ack']))
    expect(await readDead()).toHaveLength(50)
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000_000)
  })

  it('goes on without a row that D1 refuses, from the second time on', async () => {
    const refused = `CREATE TRIGGER refuse BEFORE INSERT ON deliveries WHEN new.target = 'poison'
      BEGIN SELECT RAISE(ABORT, 'refused'); END`
    await LEDGER.prepare(refused).run()
    const bodies = ['crm', 'poison', 'erp'].map((target, n) =>
      toLetter({ target }, toMessage({ event: toEvent({ id: `evt_${n}` }) })),
    )
    const first = await record(bodies.map((body) => ({ body })))
    expect(first.told).toEqual([[10], [10], [10]])
    const second = await record(bodies.map((body) => ({ body, attempts: 2 })))
    expect(second.told).toEqual([['ack'], [20], ['ack']])
    expect((await readDead()).map(({ target }) => target)).toEqual(['crm', 'erp'])
  })

  it('of new ones is not held up by old ones that D1 refuses', async () => {
    const rows: DeadLetterDeps['rows'] = {
      record: (some) =>
        some.some(({ targets }) => targets?.includes('poison'))
          ? Promise.reject(new Error('D1_ERROR'))
          : createDeadRows(LEDGER).record(some),
    }
    const handed = [{ body: toLetter({ target: 'poison' }), attempts: 2 }, { body: toLetter() }]
    expect((await record(handed, { rows })).told).toEqual([[20], ['ack']])
  })
})
