/**
 * What becomes of a delivery when its target does something odd, the whole way: webhook, gateway, queue,
 * consumer, lane, target. Every target is asked for the same event, and none harms another.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newEventId, toHanded } from './messages.ts'
import {
  answers,
  dripsBody,
  dripsHead,
  floods,
  hangs,
  inTurn,
  ok,
  resets,
  talksGarbage,
} from './scripts.ts'
import type { Script } from './target.ts'
import { again, until } from './until.ts'
import { startWorld, type World } from './world.ts'

const RETRY_AFTER_MS = 3_000

/** The first answer is the odd one; the next is 200. */
const odd: Record<string, Script> = {
  resets,
  garbage: talksGarbage,
  hangs,
  drips: dripsHead,
  redirects: answers(301, { location: '/elsewhere' }),
  fails: answers(500),
  forbids: answers(403),
  busy: answers(429),
  seconds: answers(429, { 'retry-after': String(RETRY_AFTER_MS / 1_000) }),
  date: (call, response) => {
    // A date has whole seconds: rounded up, it is no earlier than what is meant.
    const at = new Date(Math.ceil((Date.now() + RETRY_AFTER_MS) / 1_000) * 1_000)
    answers(503, { 'retry-after': at.toUTCString() })(call, response)
  },
}

interface Attempt {
  target: string
  number: number
  status: number | null
  verdict: string
  excerpt: string
  duration_ms: number
}

let world: World
let eventId: string
let attempts: Attempt[]

beforeAll(async () => {
  const oddTargets = Object.entries(odd).map(([name, script]) => [
    name,
    { script: inTurn(script, ok), timeout: '1s' },
  ])
  world = await startWorld({
    targets: {
      ...Object.fromEntries(oddTargets),
      well: { script: ok },
      trickles: { script: dripsBody, timeout: '1s' },
      floods: { script: floods },
      gone: { script: answers(410) },
      refuses: { script: ok, url: `http://127.0.0.1:${await closedPort()}/`, retry: ['1s'] },
      broken: { script: answers(500), retry: ['1s'] },
    },
  })
  const names = [...Object.keys(odd), 'well', 'trickles', 'floods', 'gone', 'refuses', 'broken']
  const received = await world.receive(names.join(' '))
  eventId = received.eventId
  const isDone = async () => {
    const rows = await world.deliveries(eventId)
    const open = rows.filter(({ status }) => status === 'waiting')
    return rows.length === names.length && open.every(({ target }) => target === 'gone')
  }
  await until(isDone)
  attempts = await world.query<Attempt>('SELECT * FROM attempts ORDER BY target, number')
})
afterAll(() => world.stop())

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const attemptsOf = (name: string) =>
  attempts.filter(({ target }) => target === name).map(({ status, verdict }) => [status, verdict])

const deliveryTo = async (name: string) =>
  (await world.deliveries(eventId)).find(({ target }) => target === name)

describe('a target that once', () => {
  it.for([
    ['resets the connection', 'resets', null],
    ['talks garbage', 'garbage', null],
    ['hangs', 'hangs', null],
    ['answers one byte a second, its status included', 'drips', null],
    ['answers 301', 'redirects', 301],
    ['answers 500', 'fails', 500],
    ['answers 403', 'forbids', 403],
    ['answers 429', 'busy', 429],
    ['answers 429 with Retry-After in seconds', 'seconds', 429],
    ['answers 503 with Retry-After as a date', 'date', 503],
  ] as const)('%s is called again, and has it then', async ([, name, status]) => {
    expect(attemptsOf(name)).toEqual([
      [status, 'retry'],
      [200, 'delivered'],
    ])
    expect(world.target.taken(eventId, `/${name}`)).toBe(1)
    expect(world.target.calls(eventId, `/${name}`)).toHaveLength(2)
  })

  it('is well has it at once', () => {
    expect(attemptsOf('well')).toEqual([[200, 'delivered']])
  })
})

describe('Retry-After', () => {
  it.for(['seconds', 'date'])('as %s is waited for', (name) => {
    const [first, second] = world.target.calls(eventId, `/${name}`)
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(RETRY_AFTER_MS)
  })

  it('is waited for by a message that comes early', async () => {
    const id = newEventId()
    const handed = [toHanded(id, 'seconds')]
    expect((await world.handOut(handed)).acked).toEqual([])
    const firstAt = world.target.calls(id, '/seconds')[0]?.at ?? 0
    const earlyMs = 400
    await until(() => Date.now() >= firstAt + RETRY_AFTER_MS - earlyMs)
    const { acked, retried } = await world.handOut(again(handed))
    expect([acked, [...retried.values()]]).toEqual([[], [1]])
    expect(world.target.calls(id, '/seconds')).toHaveLength(1)
  })

  it('is not needed: without one, the schedule says when', () => {
    const [first, second] = world.target.calls(eventId, '/busy')
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(RETRY_AFTER_MS)
  })
})

describe('a target', () => {
  it('that redirects is not followed', () => {
    expect(world.target.calls(undefined, '/elsewhere')).toEqual([])
  })

  it('that says 200 and then sends its body one byte a second has the event', () => {
    expect(attemptsOf('trickles')).toEqual([[200, 'delivered']])
    const [attempt] = attempts.filter(({ target }) => target === 'trickles')
    expect(attempt?.duration_ms).toBeLessThan(1_500)
  })

  it('that answers with 10 MB has the event, and the ledger 1 KB of them', () => {
    expect(attemptsOf('floods')).toEqual([[200, 'delivered']])
    expect(attempts.find(({ target }) => target === 'floods')?.excerpt).toBe('x'.repeat(1_024))
  })

  it('that refuses connections is tried by the schedule, then the delivery is dead', async () => {
    expect(attemptsOf('refuses')).toEqual([
      [null, 'retry'],
      [null, 'dead'],
    ])
    expect(await deliveryTo('refuses')).toMatchObject({ status: 'dead', reason: 'unreachable' })
  })

  it('that answers 500 for ever is tried by the schedule, then the delivery is dead', async () => {
    expect(attemptsOf('broken')).toEqual([
      [500, 'retry'],
      [500, 'dead'],
    ])
    expect(await deliveryTo('broken')).toMatchObject({ status: 'dead', reason: 'status_500' })
  })

  it('that answers 410 is paused: its events wait, and nobody calls it', async () => {
    expect(attemptsOf('gone')).toEqual([[410, 'gone']])
    const paused = await world.query<{ name: string }>('SELECT name FROM paused_targets')
    expect(paused).toEqual([{ name: 'gone' }])
    const later = await world.receive('gone well')
    await until(async () => (await world.deliveries(later.eventId)).length === 2)
    expect(await world.deliveries(later.eventId)).toMatchObject([
      { target: 'gone', status: 'waiting', attempts: 0, reason: 'paused' },
      { target: 'well', status: 'delivered' },
    ])
    expect(world.target.calls(undefined, '/gone')).toHaveLength(1)
    const [alert] = await world.query<{ kind: string; subject: string }>(
      `SELECT kind, subject FROM events WHERE kind = 'switchboard.target.paused'`,
    )
    expect(alert).toEqual({ kind: 'switchboard.target.paused', subject: 'gone' })
  })
})
