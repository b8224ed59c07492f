/** The stream through the whole console: real WebSockets, a real ledger, and a clock that tests move. */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Role } from '../../src/console/access/identity.ts'
import { createToken, createTokens } from '../../src/console/access/tokens.ts'
import { toLiveCursor } from '../../src/console/api/event-query.ts'
import { createSource } from '../../src/console/api/stream.ts'
import {
  db,
  insertRows,
  migrate,
  range,
  storeMessages,
  toDeliveryRow,
  toEventRow,
} from '../ledger/harness.ts'
import {
  ANNA,
  createWorld,
  logIn,
  NOW,
  ORIGIN,
  PASSWORDS,
  readCode,
  type World,
} from './access/world.ts'

type Frame = Record<string, unknown> & { type: string; cursor?: string; event?: { id: string } }

interface Client {
  frames: Frame[]
  /** Null: it is open. */
  closed: { code: number } | null
  say(frame: unknown): void
  ids(): (string | undefined)[]
  of(type: string): Frame[]
}

let world: World
let token = ''
const open: WebSocket[] = []

async function makeToken(role: Role): Promise<string> {
  const made = createToken()
  const row = { id: `tok_${role}`, name: role, role, createdAt: NOW, createdBy: 'anna' }
  await createTokens(db, () => NOW).insert({ ...row, expiresAt: null, revokedAt: null }, made)
  return made
}

beforeEach(async () => {
  await migrate()
  world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })
  token = await makeToken('operator')
})

afterEach(async () => {
  for (const socket of open.splice(0)) socket.close()
  await reset()
})

const connect = (query = '', headers: Record<string, string> = {}): Promise<Response> =>
  world.ask(`/api/v1/stream${query}`, {
    headers: {
      upgrade: 'websocket',
      ...('cookie' in headers ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  })

/** Answers pings unless it is mute. */
async function listen(query = '', { headers = {}, isMute = false } = {}): Promise<Client> {
  const response = await connect(query, headers)
  const { webSocket: socket } = response
  if (!socket) throw new Error(`answered with ${response.status}`)
  socket.accept()
  open.push(socket)
  const client: Client = {
    frames: [],
    closed: null,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    ids: () => client.of('event').map(({ event }) => event?.id),
    of: (type) => client.frames.filter((frame) => frame.type === type),
  }
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame
    client.frames.push(frame)
    if (frame.type === 'ping' && !isMute) client.say({ type: 'pong' })
  })
  socket.addEventListener('close', ({ code }) => {
    client.closed = { code }
  })
  await vi.waitFor(() => expect(client.of('hello')).toHaveLength(1), WAIT)
  return client
}

/** Counts batches, and fails when told to. */
function createFaultyDb() {
  const state = { fails: false, calls: 0, db }
  state.db = new Proxy(db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...values: unknown[]): unknown => {
        if (name === 'batch') state.calls += 1
        if (name === 'batch' && state.fails) return Promise.reject(new Error('D1_ERROR: down'))
        return Reflect.apply(value, target, values)
      }
    },
  })
  return state
}

const WAIT = { timeout: 10_000, interval: 20 }
const until = (check: () => void) => vi.waitFor(check, WAIT)

const addEvents = (...seqs: number[]) =>
  insertRows(
    'events',
    seqs.map((seq) =>
      toEventRow(seq, { kind: seq % 2 === 0 ? 'voice.inbound' : 'messaging.inbound' }),
    ),
  )

describe('a stream', () => {
  it('says what comes, by its filter, and what becomes of it', async () => {
    await addEvents(1, 2)
    const client = await listen('?kind=messaging.*')
    expect(client.of('hello')).toMatchObject([{ heartbeatMs: 10_000, cursor: toLiveCursor(2) }])
    await addEvents(3, 4, 5)
    await until(() => expect(client.ids()).toEqual(['evt_3', 'evt_5']))
    expect(client.of('event')[0]).toMatchObject({
      cursor: toLiveCursor(3),
      event: {
        outcome: 'waiting',
        deliveries: [{ target: 'crm', status: 'waiting', attempts: 0 }],
      },
    })
    await insertRows('deliveries', [toDeliveryRow(5, 'crm', { attempts: 1 })])
    world.clock.now += 2_000
    await until(() =>
      expect(client.of('outcome')).toEqual([
        {
          type: 'outcome',
          id: 'evt_5',
          outcome: 'delivered',
          deliveries: [{ target: 'crm', status: 'delivered', attempts: 1 }],
        },
      ]),
    )
  })

  it('goes on after a cursor, however much there is', async () => {
    await addEvents(...range(1, 130))
    const client = await listen(`?after=${toLiveCursor(5)}`)
    await until(() => expect(client.ids()).toEqual(range(6, 130).map((seq) => `evt_${seq}`)))
  })

  it('waits for the outcome that its filter wants', async () => {
    const client = await listen('?outcome=dead')
    await addEvents(1, 2)
    // A ping says how far it has looked.
    world.clock.now += 10_000
    await until(() => expect(client.of('ping').at(-1)?.cursor).toBe(toLiveCursor(2)))
    expect(client.ids()).toEqual([])
    await insertRows('deliveries', [
      toDeliveryRow(1, 'crm'),
      toDeliveryRow(2, 'crm', { status: 'dead', attempts: 3 }),
    ])
    world.clock.now += 2_000
    await until(() => expect(client.ids()).toEqual(['evt_2']))
  })

  it('carries whole messages, those that fit', async () => {
    const toMessage = (body: string) => ({
      v: 1,
      event: {
        specversion: '1.0',
        id: 'evt',
        source: '/endpoints/sms',
        type: 't',
        time: 't',
        datacontenttype: 'application/json',
        kind: 'messaging.inbound',
        traceparent: 't',
        data: {},
      },
      request: { method: 'POST', contentType: '', query: '', body, encoding: 'utf-8' },
    })
    await addEvents(1, 3, 5)
    await storeMessages([
      { seq: 1, message: JSON.stringify(toMessage('Body=hi')) },
      { seq: 3, message: JSON.stringify(toMessage('x'.repeat(400_000))) },
    ])
    const client = await listen(`?payload=1&after=${toLiveCursor(0)}`)
    await until(() => expect(client.ids()).toHaveLength(3))
    expect(client.of('event').map(({ stored }) => stored)).toMatchObject([
      { state: 'whole', message: { request: { body: 'Body=hi' } } },
      { state: 'elsewhere' },
      { state: 'gone' },
    ])
  })
})

describe('a stream in trouble', () => {
  it('says that the ledger fails, and goes on where it was', async () => {
    const faulty = createFaultyDb()
    world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS }, { db: faulty.db })
    const client = await listen()
    faulty.fails = true
    await until(() => expect(client.of('trouble')).toHaveLength(1))
    await addEvents(1)
    faulty.fails = false
    world.clock.now += 2_000
    await until(() => expect(client.of('recovered')).toHaveLength(1))
    expect(client.ids()).toEqual(['evt_1'])
    expect(client.of('trouble')).toHaveLength(1)
  })

  it('asks the ledger nothing more when the client is gone', async () => {
    const faulty = createFaultyDb()
    world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS }, { db: faulty.db })
    await listen()
    await until(() => expect(faulty.calls).toBeGreaterThan(3))
    for (const socket of open.splice(0)) socket.close()
    const other = await listen()
    await addEvents(1)
    const before = faulty.calls
    // Two ticks of the other one: it alone asks.
    await until(() => expect(other.ids()).toEqual(['evt_1']))
    await addEvents(2)
    await until(() => expect(other.ids()).toEqual(['evt_1', 'evt_2']))
    expect(faulty.calls - before).toBeLessThanOrEqual(3)
  })

  it.each([
    ['with nothing to search for', {}, 1],
    ['with a text', { text: 'wanted' }, 2],
  ])('counts the calls of D1 that it makes: %s', async (_name, filter, calls) => {
    await addEvents(1)
    await storeMessages([{ seq: 1, message: JSON.stringify({ event: { data: 'wanted' } }) }])
    const faulty = createFaultyDb()
    const source = createSource({ ledgers: [faulty.db], kv: env.KV }, filter, false)
    expect((await source.live(0, 10)).rows).toHaveLength(1)
    expect([source.calls(), faulty.calls]).toEqual([calls, 1])
  })

  it('waits for a client that does not keep up', async () => {
    await addEvents(...range(1, 12))
    const message = (seq: number) => ({ seq, message: 'x'.repeat(200_000) })
    await storeMessages(range(1, 4).map(message))
    await storeMessages(range(5, 12).map(message))
    const client = await listen(`?payload=1&after=${toLiveCursor(0)}`, { isMute: true })
    world.clock.now += 10_000
    await until(() => expect(client.of('ping').length).toBeGreaterThan(1))
    expect(client.ids()).toHaveLength(10)
    client.say({ type: 'pong' })
    await until(() => expect(client.ids()).toHaveLength(12))
  })
})

describe('a stream ends', () => {
  it('when nothing is heard for 30 s', async () => {
    const [mute, lively] = [await listen('', { isMute: true }), await listen()]
    world.clock.now += 10_000
    await until(() => expect([mute.of('ping').length, lively.of('ping').length]).toEqual([1, 1]))
    world.clock.now += 20_001
    lively.say({ type: 'ping' })
    await until(() => expect(lively.of('pong')).toHaveLength(1))
    await until(() => expect(mute.closed).toEqual({ code: 4408 }))
    expect(lively.closed).toBeNull()
  })

  it('when the token is revoked, within a minute', async () => {
    const client = await listen()
    await createTokens(db, () => NOW).revoke('tok_operator')
    world.clock.now += 29_000
    client.say({ type: 'ping' })
    await until(() => expect(client.of('pong')).toHaveLength(1))
    expect(client.closed).toBeNull()
    world.clock.now += 1_000
    await addEvents(1)
    await until(() => expect(client.closed).toEqual({ code: 4401 }))
    expect(client.ids()).toEqual([])
  })

  it('within an hour, to be opened again', async () => {
    const client = await listen()
    for (let minutes = 0; minutes <= 55 && client.closed === null; minutes += 5) {
      world.clock.now += 5 * 60_000
      client.say({ type: 'pong' })
    }
    await until(() => expect(client.closed?.code).toBe(1012))
  })

  it.each([
    [1009, 'x'.repeat(1_025)],
    [4429, null],
  ])('with %i at what no client has to say', async (code, text) => {
    const client = await listen()
    if (text === null) for (const _ of range(1, 101)) client.say('{}')
    else client.say(text)
    await until(() => expect(client.closed).toEqual({ code }))
  })
})

describe('a stream does not open', () => {
  it.each<[string, Record<string, string>, number, string]>([
    ['?after=nonsense', {}, 400, 'request_invalid'],
    ['?outcome=lost', {}, 400, 'request_invalid'],
    ['', { origin: 'https://evil.example' }, 403, 'origin_foreign'],
    ['', { origin: 'null' }, 403, 'origin_foreign'],
    ['', { upgrade: 'h2c' }, 426, 'upgrade_required'],
  ])('%s %o', async (query, headers, status, code) => {
    const response = await connect(query, headers)
    expect([response.status, await readCode(response)]).toEqual([status, code])
  })

  it('for nobody', async () => {
    const response = await connect('', { authorization: 'Bearer sbc_no' })
    expect([response.status, response.webSocket]).toEqual([401, null])
  })

  it('for a viewer who wants messages or text', async () => {
    token = await makeToken('viewer')
    for (const query of ['?payload=1', '?text=x']) {
      expect(await readCode(await connect(query))).toBe('operators_only')
    }
  })
})

it('opens for a page of our own, with the session, until that ends', async () => {
  const cookie = await logIn(world, ANNA)
  const client = await listen('', { headers: { origin: ORIGIN, cookie } })
  world.clock.now += 31 * 24 * 3_600_000
  await until(() => expect(client.closed).toEqual({ code: 4401 }))
})
