/** The list of events as a page: its order, its URL, its live part, and what hostile data does to it. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db, insertRows, NOW, range, toDeliveryRow, toEventRow } from '../../ledger/harness.ts'
import { ANNA, GUEST } from '../access/world.ts'
import {
  createLooker,
  decode,
  insertEvent,
  prepare,
  SID,
  toId,
  type Looker,
} from './events-world.ts'

let anna: Looker
let guest: Looker

beforeAll(async () => {
  await prepare()
  anna = await createLooker(ANNA)
  guest = await createLooker(GUEST)
})

beforeEach(async () => {
  const tables = ['events', 'deliveries']
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)))
})

/** By their numbers. */
const readIds = (html: string): number[] =>
  [...html.matchAll(/href="\/events\/evt_0*(\d+)"/g)].map(([, id]) => Number(id))

const readLink = (html: string, name: string): string | null => {
  const found = new RegExp(`<a [^>]*href="([^"]*)"[^>]*>${name}`).exec(html)?.[1]
  return found === undefined ? null : decode(found)
}
const readLive = (html: string): string => decode(/hx-get="([^"]*)"/.exec(html)?.[1] ?? '')

async function insertMany(count: number): Promise<void> {
  const row = { kind: 'messaging.inbound', source: '/endpoints/sms', subject: SID }
  const seqs = range(1, count)
  await insertRows(
    'events',
    seqs.map((seq) => toEventRow(seq, { ...row, recorded_at: NOW + seq })),
  )
  await insertRows(
    'deliveries',
    seqs.map((seq) => toDeliveryRow(seq, 'crm', { attempts: 1 })),
  )
}

describe('GET /events', () => {
  it('goes through all of it by its links, newest first, and holds the filter in them', async () => {
    await insertMany(120)
    const seen: number[] = []
    let path: string | null = '/events?kind=messaging.*&endpoint=sms'
    for (let pages = 0; path !== null && pages < 10; pages += 1) {
      const { status, html } = await anna.get(path)
      expect(status).toBe(200)
      expect(html).toContain('<option value="messaging.*" selected="">')
      seen.push(...readIds(html))
      // Only the first page is live: what is older does not change.
      expect(readLive(html) === '').toBe(pages > 0)
      expect(readLink(html, 'Newest') === null).toBe(pages === 0)
      path = readLink(html, 'Older')
    }
    expect(seen).toEqual(range(1, 120).toReversed())
    expect(readLive((await anna.get('/events?live=off')).html)).toBe('')
    expect(readLive((await anna.get('/events?before=2030-01-01T00:00')).html)).toBe('')
  })

  it('says what a filter does not mean, and keeps what was typed', async () => {
    for (const [query, typed] of [
      ['outcome=perhaps', 'value="perhaps"'],
      ['kind=%3Cscript%3E', 'value="&lt;script&gt;"'],
      ['from=yesterday', 'name="from"'],
      ['cursor=nonsense', 'name="who"'],
    ] as const) {
      const { status, html } = await anna.get(`/events?${query}`)
      expect([query, status]).toEqual([query, 400])
      expect(html).toContain(typed)
      expect(html).not.toContain('<script>')
    }
  })

  it('takes UTC from a field, an instant from a link, numbers, their beginnings and SIDs', async () => {
    await insertEvent(1)
    await insertEvent(2, { params: { From: '+15005550099' } })
    const find = async (query: string) => readIds((await anna.get(`/events?${query}`)).html)
    expect(await find('from=2026-11-20T10:00&before=2026-11-20T11:00')).toEqual([2, 1])
    expect(await find('from=2026-11-20T10:00:02.000Z')).toEqual([2])
    expect(await find('who=%2B1 500 555 0099')).toEqual([2])
    expect(await find('who=%2B1500555*')).toEqual([2, 1])
    expect(await find(`who=${SID}`)).toEqual([2, 1])
    expect(await find(`who=${toId(1)}`)).toEqual([1])
    expect(await find('number=%2B15005550099')).toEqual([2])
    expect(await find(`sid=${SID}`)).toEqual([2, 1])
    expect(await find('text=HI')).toEqual([2, 1])
    const { html } = await anna.get('/events?from=2026-11-20T10:00:00.000Z')
    expect(html).toMatch(/name="from" type="datetime-local" value="2026-11-20T10:00"/)
  })

  it('tells nothing ever from nothing of this filter', async () => {
    expect((await anna.get('/events')).html).toContain('switchboard -- trigger')
    await insertEvent(1)
    const { html } = await anna.get('/events?outcome=dead')
    expect(html).not.toContain('switchboard -- trigger')
    expect(readLink(html, 'Clear')).toBe('/events')
  })
})

describe('GET /events/live', () => {
  it('brings what came since, on top, and goes on behind it', async () => {
    await insertEvent(1)
    const first = readLive((await anna.get('/events?endpoint=sms')).html)
    expect(first).toContain('endpoint=sms')
    await insertEvent(2)
    await insertEvent(3)
    await insertEvent(4, { row: { source: '/endpoints/voice' } })
    const { html } = await anna.get(first, { 'hx-request': 'true' })
    expect(readIds(html)).toEqual([3, 2])
    expect(html).toContain('hx-swap-oob="afterbegin:#event-rows"')
    expect(html).not.toContain('<html')
    const second = await anna.get(readLive(html), { 'hx-request': 'true' })
    expect(readIds(second.html)).toEqual([])
    expect(readLive(second.html)).toContain('endpoint=sms')
  })

  it('tells what became of rows that were waiting, and of no others', async () => {
    const waiting = { status: 'waiting', next_at: NOW, reason: 'retry' }
    for (const seq of [1, 2]) await insertEvent(seq, { delivery: waiting })
    const page = (await anna.get('/events')).html
    expect(page).toContain(`data-waiting="${toId(1)}"`)
    await db.prepare("UPDATE deliveries SET status = 'delivered' WHERE seq = 1").run()
    const { html } = await anna.get(`${readLive(page)}&waiting=${toId(1)},${toId(2)},evt_gone`)
    expect(readIds(html)).toEqual([1])
    expect(html).toContain(`<tr role="row" id="row-${toId(1)}" hx-swap-oob="true">`)
    expect(html).not.toContain('data-waiting')
  })
})

describe('a viewer', () => {
  it('is shown no number, and no search by what is masked', async () => {
    await insertEvent(1, { params: { From: '+15005550123', Body: 'marker-of-body' } })
    const { html } = await guest.get('/events')
    expect(readIds(html)).toEqual([1])
    expect(html).not.toContain('5550123')
    expect(html).not.toContain('name="text"')
    expect((await guest.get('/events?text=marker')).status).toBe(403)
    expect((await guest.get('/events?who=%2B1500*')).status).toBe(403)
    expect(readIds((await guest.get('/events?who=%2B15005550123')).html)).toEqual([1])
  })
})
