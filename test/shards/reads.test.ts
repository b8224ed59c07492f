/**
 * What the console reads of three ledgers, against what one says that has the same events: the same
 * lists whatever their pages, the same numbers. And the API over all of it.
 */
import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { api } from '../../src/console/api/api.ts'
import { createConsole } from '../../src/console/console.ts'
import type { ConsoleEnv } from '../../src/console/env.ts'
import { toShard } from '../../src/events/shard.ts'
import { createLedger } from '../../src/ledger/d1-ledger.ts'
import type { AttemptRecord, DeliveryStatus } from '../../src/ledger/ledger.ts'
import type { EventFilter } from '../../src/ledger/reads/types.ts'
import { listAllDead, summarizeAllDead } from '../../src/ledger/shards/dead.ts'
import { listAllRelated, readAllStored, readAnyEvent } from '../../src/ledger/shards/event.ts'
import {
  listAllEvents,
  listAllLive,
  readAllLast,
  readAllRows,
} from '../../src/ledger/shards/events.ts'
import type { Ledgers } from '../../src/ledger/shards/ledgers.ts'
import { readAllOverview, readAllTargetStats } from '../../src/ledger/shards/numbers.ts'
import type { Cursor, Place } from '../../src/ledger/shards/places.ts'
import { bindings, NOW } from '../consumer/harness.ts'
import { toEvent, toMessage } from '../delivery/sample.ts'
import { ledgers, migrateAll } from './world.ts'

beforeEach(() => migrateAll())
afterEach(() => reset())

const ONE: Ledgers = [ledgers[0]]
const ALL: Ledgers = ledgers
const now = () => NOW

/** The same numbers from 0 to 1 each time. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Spec {
  id: string
  kind: string
  thread: string | null
  targets: string[]
  statuses: DeliveryStatus[]
  at: number
}

const KINDS = ['messaging.inbound', 'messaging.status', 'voice.inbound', 'a', 'b', 'c', 'd']
const STATUSES = ['delivered', 'delivered', 'dead', 'waiting'] as const

function toSpecs(seed: number, count: number): Spec[] {
  const random = createRandom(seed)
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  return Array.from({ length: count }, (_, i) => {
    const targets = pick([[], ['crm'], ['crm', 'erp'], ['crm']]) ?? []
    return {
      id: `evt_${seed}_${i}`,
      kind: pick(KINDS) ?? '',
      thread: pick(['CA1', 'CA2', null, 'CA3', null]) ?? null,
      targets,
      statuses: targets.map(() => pick(STATUSES) ?? 'delivered'),
      at: NOW - (count - i) * 20_000,
    }
  })
}

const toAttempt = (at: number, status: DeliveryStatus): AttemptRecord => ({
  at,
  durationMs: 5,
  status: status === 'delivered' ? 200 : 500,
  verdict: status === 'delivered' ? 'delivered' : 'retry',
  reason: null,
  excerpt: '',
  nextAt: null,
})

/** Each where it belongs among so many ledgers. */
async function addAll(dbs: Ledgers, specs: readonly Spec[]): Promise<void> {
  for (const { id, kind, thread, targets, statuses, at } of specs) {
    const db = dbs[toShard(id, dbs.length) - 1] ?? dbs[0]
    const ledger = createLedger(db)
    const event = toEvent({ id, kind, time: new Date(at - 1_000).toISOString() })
    const request = {
      ...{ claim: id, eventId: id, replay: null, owner: 'm', receivedAt: at - 1_000, kind },
      ...{ source: '/endpoints/sms', account: 'AC1', subject: thread, from: '+1', to: '+2' },
      ...{ thread, tookMs: (at / 1_000) % 50, keyName: null, targets },
      payload: JSON.stringify(toMessage({ event })),
    }
    const { claims } = await ledger.claim([request], at)
    const [claim] = claims
    if (claim?.state !== 'ours') throw new Error('not claimed')
    const { seq } = claim
    const changes = targets.map((target, i) => {
      const status = statuses[i] ?? 'delivered'
      const nextAt = status === 'waiting' ? NOW + 1 : null
      const reason = status === 'delivered' ? null : 'status_500'
      return { seq, target, status, attempts: 1, nextAt, reason, attempt: toAttempt(at, status) }
    })
    await ledger.record(changes, [seq], at)
  }
}

const FILTERS: EventFilter[] = [
  {},
  { kind: 'messaging.*' },
  { outcome: 'dead' },
  { outcome: 'delivered', target: 'erp' },
  { sid: 'CA1' },
  { from: NOW - 600_000, before: NOW - 100_000 },
]

async function readPages(dbs: Ledgers, filter: EventFilter, limit: number): Promise<string[]> {
  const lines: string[] = []
  let before: Cursor | null | undefined
  for (let pages = 0; before !== null; pages += 1) {
    if (pages > 200) throw new Error('no end')
    const request = { limit, ...(before !== undefined && { before }) }
    const page = await listAllEvents(dbs, filter, request, now)
    expect(page.rows.length).toBeLessThanOrEqual(limit)
    lines.push(...page.rows.map((row) => `${row.eventId} ${row.outcome} ${row.thread}`))
    before = page.next
  }
  return lines
}

async function readDead(dbs: Ledgers, limit: number): Promise<string[]> {
  const ids: string[] = []
  let after: Place | null | undefined
  while (after !== null) {
    const page: Awaited<ReturnType<typeof listAllDead>> = await listAllDead(
      dbs,
      {},
      { after, limit },
    )
    ids.push(...page.rows.map(({ eventId }) => eventId))
    after = page.next
  }
  return ids
}

async function readEverything(dbs: Ledgers) {
  const stats = await readAllTargetStats(dbs, ['crm', 'erp'], NOW)
  const related = await Promise.all(
    ['evt_7_0', 'evt_7_1', 'evt_7_2'].map((id) => listAllRelated(dbs, id, now)),
  )
  return {
    lists: await Promise.all(FILTERS.map((filter) => readPages(dbs, filter, 7))),
    single: await readPages(dbs, {}, 1),
    whole: await readPages(dbs, {}, 100),
    dead: await summarizeAllDead(dbs, {}),
    deadEvents: [await readDead(dbs, 3), await readDead(dbs, 100)],
    overview: await readAllOverview(dbs, '1h', NOW),
    stats: [...stats.byTarget].map(([name, { failures, ...rest }]) => ({
      ...{ name, ...rest },
      failures: failures.map(({ reason, count }) => ({ reason, count })),
    })),
    related: related.map((one) => one && one.rows.map(({ eventId }) => eventId)),
  }
}

it('says of three ledgers what one says of the same events', async () => {
  const specs = toSpecs(7, 50)
  await addAll(ONE, specs)
  const expected = await readEverything(ONE)
  expect(expected.whole).toHaveLength(50)
  await reset()
  await migrateAll()
  await addAll(ALL, specs)
  const counts = await Promise.all(
    ledgers.map((db) => db.prepare('SELECT count(*) AS n FROM events').first<number>('n')),
  )
  expect(Math.min(...counts.map(Number))).toBeGreaterThan(5)
  expect(await readEverything(ALL)).toEqual(expected)
})

describe('a list of three ledgers', () => {
  it('that is gone on with while events come says each once', async () => {
    const specs = toSpecs(3, 30)
    await addAll(ALL, specs)
    const first = await listAllEvents(ALL, {}, { limit: 9 }, now)
    const later = toSpecs(4, 12).map((spec) => ({ ...spec, at: spec.at + 1_000_000 }))
    await addAll(ALL, later)
    const seen = first.rows.map(({ eventId }) => eventId)
    for (let before = first.next; before !== null;) {
      const page = await listAllEvents(ALL, {}, { limit: 9, before }, now)
      expect(page.live).toBeNull()
      seen.push(...page.rows.map(({ eventId }) => eventId))
      before = page.next
    }
    expect(seen).toEqual(specs.map(({ id }) => id).toReversed())
    const came: string[] = []
    let after = first.live ?? 0
    for (let more = true; more;) {
      const page = await listAllLive(ALL, {}, { after, limit: 5 })
      came.push(...page.rows.map(({ eventId }) => eventId))
      after = page.after
      more = page.more
    }
    expect(came.toSorted()).toEqual(later.map(({ id }) => id).toSorted())
    expect(after).toEqual(await readAllLast(ALL))
  })

  it('can be gone on with behind each row', async () => {
    const specs = toSpecs(5, 20)
    await addAll(ALL, specs)
    const { rows, cursorOf } = await listAllLive(ALL, {}, { after: 0, limit: 50 })
    expect(new Set(rows.map(({ seq }) => seq)).size).toBe(20)
    for (const [i, row] of rows.entries()) {
      const rest = await listAllLive(ALL, {}, { after: cursorOf(row), limit: 50 })
      const ids = rest.rows.map(({ eventId }) => eventId)
      expect(ids).toEqual(rows.slice(i + 1).map(({ eventId }) => eventId))
    }
    const some = rows.filter((_, i) => i % 3 === 0)
    const again = await readAllRows(
      ALL,
      some.map(({ seq }) => seq),
    )
    const bySeq = (a: { seq: number }, b: { seq: number }) => a.seq - b.seq
    expect(again.toSorted(bySeq)).toEqual(some.toSorted(bySeq))
    const stored = await readAllStored(ALL, bindings.KV, some)
    expect(stored.map((one) => ('message' in one ? one.message.event.id : null))).toEqual(
      some.map(({ eventId }) => eventId),
    )
  })

  it('that was begun with fewer ledgers goes on, and live ones miss nothing of the new', async () => {
    const specs = toSpecs(6, 12)
    await addAll(ONE, specs)
    const page = await listAllEvents(ONE, {}, { limit: 5 }, now)
    expect(page.next).toBeTypeOf('number')
    const later = toSpecs(8, 12).map((spec) => ({ ...spec, at: spec.at + 1_000_000 }))
    await addAll(ALL, later)
    const rest = await listAllEvents(ALL, {}, { limit: 50, before: page.next ?? 0 }, now)
    const ids = rest.rows.map(({ eventId }) => eventId)
    expect(ids).toEqual(expect.arrayContaining(specs.slice(0, 7).map(({ id }) => id)))
    const live = await listAllLive(ALL, {}, { after: page.live ?? 0, limit: 50 })
    expect(live.rows.map(({ eventId }) => eventId).toSorted()).toEqual(
      later.map(({ id }) => id).toSorted(),
    )
  })
})

it('an event is found in whatever ledger has it', async () => {
  const specs = toSpecs(9, 6)
  // Of a time when there was one.
  await addAll(ONE, specs)
  for (const { id } of specs) {
    expect(await readAnyEvent(ALL, bindings.KV, id)).toMatchObject({ event: { eventId: id } })
  }
  expect(await readAnyEvent(ALL, bindings.KV, 'evt_x')).toBeNull()
})

describe('the console', () => {
  const identity = { actor: 'ann', via: 'local', role: 'operator' } as const

  async function ask(path: string): Promise<Record<string, unknown>> {
    const deps = { ledger: ledgers[0], ledgers, kv: bindings.KV, now, log: () => {} }
    const inner = { ...env, INNER: { identity, deps } } as unknown as ConsoleEnv
    const response = await api.fetch(new Request(`http://console.invalid${path}`), inner)
    expect(response.status).toBe(200)
    return response.json()
  }

  it('pages through all ledgers by the cursors that it gives', async () => {
    const specs = toSpecs(2, 25)
    await addAll(ALL, specs)
    const read = async (path: string) => {
      const ids: string[] = []
      for (let cursor: unknown = ''; typeof cursor === 'string';) {
        const from = cursor === '' ? '' : `&cursor=${cursor}`
        const { items, next } = await ask(`${path}?limit=4${from}`)
        ids.push(...(items as { id: string }[]).map(({ id }) => id))
        cursor = next
      }
      return ids
    }
    expect(await read('/events')).toEqual(specs.map(({ id }) => id).toReversed())
    const dead = specs.filter(({ statuses }) => statuses.includes('dead'))
    expect(await read('/dead/events')).toEqual(dead.map(({ id }) => id))
    const { after } = await ask('/events/live')
    expect(await ask(`/events/live?after=${String(after)}`)).toMatchObject({ items: [], after })
  })

  it('is closed when its bindings have a gap', async () => {
    const gap = { ...env, LEDGER_2: undefined } as unknown as ConsoleEnv
    Reflect.deleteProperty(gap, 'LEDGER_2')
    const lines: object[] = []
    const platform = { now, fetch, log: (line: object) => void lines.push(line) }
    const console = createConsole(gap, null, platform)
    const response = await console.fetch(new Request('http://x/'), gap, {} as never)
    expect(response.status).toBe(503)
    expect(lines).toMatchObject([{ event: 'console.misconfigured' }])
  })
})
