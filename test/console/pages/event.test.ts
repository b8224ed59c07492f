/** One event as a page: everything about it, for whom, with hostile data in every place, and its replay. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db, insertRows, NOW, readAll, toDeliveryRow, toEventRow } from '../../ledger/harness.ts'
import { ANNA, GUEST } from '../access/world.ts'
import { createLooker, insertEvent, prepare, readField, toId, type Looker } from './events-world.ts'

let anna: Looker
let guest: Looker

beforeAll(async () => {
  await prepare()
  anna = await createLooker(ANNA)
  guest = await createLooker(GUEST)
})

beforeEach(async () => {
  const tables = ['events', 'deliveries', 'audit']
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)))
})

const PATH = `/events/${toId(1)}`
const PARTS = ['request', 'reply', 'event', 'curl', 'trigger'].map(
  (part) => `${PATH}/parts/${part}`,
)
const LIVE = `/events/live?after=${Buffer.from('{"after":0}').toString('base64url')}`
const VIEWS = [PATH, `${PATH}/deliveries`, '/events', LIVE]

const attempt = (changes: object = {}) => ({
  at: NOW,
  durationMs: 120,
  status: 500,
  verdict: 'retry',
  reason: 'status 500',
  excerpt: 'it broke',
  nextAt: NOW + 5_000,
  ...changes,
})
const dead = (history: object[]) => ({
  status: 'dead',
  reason: 'status_500',
  attempts: history.length,
  history: JSON.stringify(history),
})

describe('GET /events/:id', () => {
  it('shows what came, what went back, each attempt, the replays, and the rest of the thread', async () => {
    const twiml = '<Response><Message>Thanks</Message></Response>'
    const reply = { status: 200, contentType: 'text/xml', body: twiml, from: 'config' }
    const history = [attempt(), attempt({ status: null, verdict: 'dead', excerpt: '' })]
    await insertEvent(1, { params: { Body: 'Hello' }, message: { reply }, delivery: dead(history) })
    await insertEvent(2, { params: { Body: 'The second' } })
    const replay = { claim: `${toId(1)}~rpl_again`, event_id: toId(1), replay: 'rpl_again' }
    await insertRows('events', [toEventRow(3, { ...replay, kind: 'messaging.inbound' })])
    await insertRows('deliveries', [
      toDeliveryRow(3, 'crm', {
        history: `[${JSON.stringify(attempt({ status: 204, verdict: 'delivered' }))}]`,
      }),
    ])

    const { status, html } = await anna.get(PATH)
    expect(status).toBe(200)
    for (const shown of [
      'Message received',
      'HTTP 500',
      'no answer',
      'it broke',
      'Replay 1',
      'rpl_again',
      'HTTP 204',
      '&lt;Message&gt;Thanks&lt;/Message&gt;',
      'Answered 500',
      '“primary”',
      'POST crm.example.com/hooks',
      `webhook-id: ${toId(1)}`,
      'webhook-signature: by CRM_SECRET',
      'switchboard-replay: rpl_again',
      `href="/events/${toId(2)}"`,
      '“The second”',
      'npm run switchboard -- trigger messaging.inbound',
      'https://hooks.example.com/sms',
    ]) {
      expect(html).toContain(shown)
    }
    // The query of a target's URL may be a key.
    expect(html).not.toContain('key=hidden')
    // Settled: nothing asks for more.
    expect(html).not.toContain('hx-get')
    expect((await anna.get(`${PATH}/parts/nothing`)).status).toBe(404)
    expect((await anna.get(`/events/${toId(9)}`)).status).toBe(404)
  })

  it.each(['..%2Ftargets', '..%2Fme', 'a%2Frelated', '%3Flimit=1', '..'])(
    'asks for an event of that name, and for nothing else: %s',
    async (name) => {
      await insertEvent(1, { params: { Body: 'Hello' } })
      expect((await anna.get(`/events/${name}/deliveries`)).status).toBe(404)
    },
  )

  it('asks for itself while something waits', async () => {
    await insertEvent(1, { delivery: { status: 'waiting', next_at: NOW, reason: 'retry' } })
    expect((await anna.get(PATH)).html).toContain(`hx-get="${PATH}/deliveries"`)
    await db.prepare("UPDATE deliveries SET status = 'delivered'").run()
    const settled = await anna.get(`${PATH}/deliveries`, { 'hx-request': 'true' })
    expect(settled.html).not.toContain('hx-get')
    expect(settled.html).not.toContain('<html')
    const expected = await anna.get(`${PATH}/deliveries?replay=rpl_new`)
    expect(expected.html).toContain(`hx-get="${PATH}/deliveries?replay=rpl_new"`)
  })

  it('shows what nobody can read, and what is gone', async () => {
    const unreadable = { kind: null, source: null, account: null, subject: null }
    await insertEvent(1, {
      row: unreadable,
      delivery: { target: '*', status: 'dead', reason: 'unreadable_json' },
    })
    await db.prepare('UPDATE events SET message = ?').bind('<script>alert(1)</script>').run()
    const { html } = await anna.get(PATH)
    expect(html).toContain('&lt;script&gt;alert(1)')
    expect(html).not.toContain('<script>')
    expect(html).not.toContain('action="/events/')
    await db
      .prepare('UPDATE events SET message = ?')
      .bind(JSON.stringify({ v: 1, ref: `event:${toId(1)}` }))
      .run()
    expect((await anna.get(PATH)).status).toBe(200)
  })
})

const SCRIPT = '<script>alert(1)</script><img src=x onerror=alert(1)>'
const RTL = '\u202Egpj.exe\u2066'
const NUL = 'nul\0nul\u001B[31m'
const HOSTILE = `${SCRIPT}"'${RTL}${NUL}`

describe('hostile data', () => {
  it('is text wherever it stands, and large values do not make a large page', async () => {
    const params = {
      Body: `${HOSTILE}${'👩‍👩‍👧'.repeat(1_600)}`,
      From: HOSTILE,
      Big: `${'x'.repeat(64_000)}end-of-big`,
      [HOSTILE]: HOSTILE,
    }
    const reply = { status: 200, contentType: HOSTILE, body: HOSTILE, from: HOSTILE }
    const row = {
      source: '/endpoints/sms',
      subject: HOSTILE,
      thread: HOSTILE,
      account: HOSTILE,
      to_address: HOSTILE,
    }
    const history = [attempt({ reason: HOSTILE, excerpt: HOSTILE })]
    await insertEvent(1, {
      params,
      row,
      message: { reply },
      delivery: { ...dead(history), reason: HOSTILE },
    })
    for (const path of [PATH, `${PATH}/deliveries`, '/events', LIVE]) {
      const { html } = await anna.get(path)
      expect([path, html.includes('&lt;script&gt;')]).toEqual([path, true])
      const found = ['<script>', '<img', '\u202E', '\u2066', '\0', '\u001B'].filter((raw) =>
        html.includes(raw),
      )
      expect([path, found]).toEqual([path, []])
      expect(html.length).toBeLessThan(150_000)
    }
    // What somebody typed stays in its field as it is.
    for (const name of ['text', 'who', 'target', 'kind', 'endpoint']) {
      const { html } = await anna.get(`/events?${name}=${encodeURIComponent(HOSTILE)}`)
      expect([name, /<script>|<img/.exec(html)]).toEqual([name, null])
    }
    expect((await anna.get(PATH)).html).toContain('end-of-big')
    for (const path of PARTS) {
      const { headers, status } = await anna.get(path)
      expect([path, status]).toEqual([path, 200])
      expect(headers.get('content-type')).toMatch(/^text\/plain/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })
})

describe('a viewer', () => {
  it('is shown no number and no word of it, and offered no change', async () => {
    const params = {
      From: '+15005550123',
      To: '+15005550124',
      Body: 'marker-of-body',
      Digits: '987654',
    }
    const twiml = '<Response><Message to="+15005550125">marker-of-reply</Message></Response>'
    const reply = { status: 200, contentType: 'text/xml', body: twiml, from: 'config' }
    const history = [attempt({ excerpt: 'marker-of-excerpt' })]
    await insertEvent(1, { params, message: { reply }, delivery: dead(history) })
    await insertEvent(2, { params })
    for (const path of [...VIEWS, ...PARTS]) {
      const { html } = await guest.get(path)
      expect(html).not.toMatch(/marker-of|555012\d|987654/)
      const actions = [...html.matchAll(/action="([^"]*)"/g)].map(([, action]) => action)
      expect(actions.filter((action) => action !== '/logout' && action !== '/events')).toEqual([])
    }
    const response = await guest.post(`${PATH}/replays`, { replay: 'rpl_a', target: '*' })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('Only operators')
    expect(await readAll("SELECT 1 FROM audit WHERE action = 'event.replay'")).toEqual([])
  })
})

describe('POST /events/:id/replays', () => {
  it('is one replay for a form that is sent twice', async () => {
    await insertEvent(1)
    const { html } = await anna.get(PATH)
    const replay = readField(html, 'replay')
    expect(replay).toMatch(/^rpl_[0-9a-f]{32}$/)
    expect(readField((await anna.get(PATH)).html, 'replay')).not.toBe(replay)
    const answers = await Promise.all(
      [1, 2].map(() => anna.post(`${PATH}/replays`, { replay, target: 'crm' })),
    )
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    expect(answers[0]?.headers.get('location')).toBe(`${PATH}?replay=${replay}`)
    const audited = await readAll("SELECT details FROM audit WHERE action = 'event.replay'")
    expect(new Set(audited.map(({ details }) => details))).toEqual(
      new Set([JSON.stringify({ replay, targets: ['crm'] })]),
    )
    const wrong = await anna.post(`${PATH}/replays`, { replay: 'no id', target: 'crm' })
    expect(wrong.status).toBe(400)
  })
})
