/**
 * The pages that are not about single events: their form, for whom, what they do, and what they say when
 * something fails.
 */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPauses } from '../../../src/ledger/pauses.ts'
import { db, insertRows, NOW, readAll, toDeliveryRow, toEventRow } from '../../ledger/harness.ts'
import { ANNA, createWorld, GUEST, logIn, PASSWORDS } from '../access/world.ts'
import { publish, readOutline } from './outline.ts'
import { createLooker, insertEvent, prepare, readField, toId, type Looker } from './events-world.ts'

let anna: Looker
let guest: Looker
let older: string

beforeAll(async () => {
  await prepare()
  older = await publish(1, { message: MARKUP })
  await publish(2)
  anna = await createLooker(ANNA)
  guest = await createLooker(GUEST)
})

beforeEach(async () => {
  const tables = ['events', 'deliveries', 'paused_targets', 'api_tokens']
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)))
})

const MARKUP = '<script>alert(1)</script>'
/** And an override of the direction of writing. */
const HOSTILE = `${MARKUP}\u202Eevil`
const FAILED = {
  status: 'dead',
  reason: 'status_500',
  attempts: 1,
  history: JSON.stringify([
    { at: NOW, durationMs: 9, status: 500, verdict: 'dead', reason: 'status_500', excerpt: '' },
  ]),
}

const version = () => encodeURIComponent(older)
const PATHS = () => [
  ['/', 'Overview'],
  ['/?range=7d', 'Overview'],
  ['/targets', 'Targets'],
  ['/targets/crm', 'Targets'],
  ['/config', 'Config'],
  [`/config/versions/${version()}`, 'Config'],
  [`/config/diff?from=${version()}&to=live`, 'Config'],
  [`/config/rollback?to=${version()}`, 'Config'],
  ['/access', 'Access'],
  ['/access/changes?actor=anna', 'Access', 'operators'],
]

describe('each page', () => {
  it('has landmarks, one first heading, headings in order, named fields, and no inline code', async () => {
    await insertEvent(1, { delivery: FAILED })
    await createPauses(db).pause('crm', HOSTILE, NOW)
    for (const [path = '', section] of PATHS()) {
      const { status, html } = await anna.get(path)
      const outline = await readOutline(html)
      expect({ path, status, ...outline.faults }).toEqual({
        path,
        status: 200,
        inline: [],
        doubleIds: [],
        unnamedFields: [],
        looseDescriptions: [],
        headingJumps: [],
        formsWithoutToken: 0,
        headsWithoutScope: 0,
      })
      expect([path, outline.current, outline.firstHeadings]).toEqual([path, section, 1])
      expect(html).toMatch(/^<!doctype html><html lang="en">/)
      expect(html).toContain('<main id="main" tabindex="-1"')
      expect(html).not.toContain('\u202E')
      expect(html).not.toContain('<script>alert')
    }
  })

  it('offers a viewer no change, and makes none that a viewer asks for', async () => {
    await anna.post('/access/tokens', { name: 'tail', role: 'viewer', expires: '30' })
    for (const [path = ''] of PATHS().filter(([, , isForAll]) => isForAll !== 'operators')) {
      const { status, html } = await guest.get(path)
      const { actions } = await readOutline(html)
      expect([path, status, actions]).toEqual([path, 200, ['/logout']])
    }
    expect((await guest.get('/access/changes')).status).toBe(403)
    for (const path of ['/targets/crm/pause', '/targets/crm/test', '/access/tokens']) {
      expect([
        path,
        (await guest.post(path, { reason: 'x', id: 'tst_1', name: 'x' })).status,
      ]).toEqual([path, 403])
    }
    expect(await createPauses(db).list()).toEqual([])
  })

  it('says that there is no such page, target or version, as a page', async () => {
    for (const path of ['/nothing', '/targets/nobody', '/config/versions/none']) {
      const { status, html } = await anna.get(path)
      const { firstHeadings } = await readOutline(html)
      expect([path, status, firstHeadings]).toEqual([path, 404, 1])
    }
    expect((await anna.get('//evil.example.com/nothing')).html).not.toContain('href="//')
  })
})

describe('the overview', () => {
  it('counts, and renews itself by parts that are all in its answer to htmx', async () => {
    const at = { recorded_at: NOW - 60_000, received_at: NOW - 60_000, took_ms: 20 }
    await insertRows('events', [
      toEventRow(1, { ...at, kind: 'messaging.inbound' }),
      toEventRow(2, { ...at, kind: 'voice.inbound', targets: '[]' }),
    ])
    await insertRows('deliveries', [toDeliveryRow(1, 'crm', FAILED)])
    const { html } = await anna.get('/')
    for (const shown of [
      '2 webhooks: Message received 1, Call received 1.',
      '1 deliveries: dead 1.',
      '1 matched no target',
      '20 ms to 50 ms',
    ]) {
      expect(html).toContain(shown)
    }
    const parts = /hx-select-oob="([^"]*)"/.exec(html)?.[1]?.split(',') ?? []
    const part = await anna.get('/', { 'hx-request': 'true' })
    expect(part.html).not.toContain('<html')
    expect(parts.length).toBeGreaterThan(5)
    for (const id of parts) expect(part.html).toContain(`id="${id.slice(1)}"`)
  })

  it('says where to begin when nothing came', async () => {
    const { html } = await anna.get('/?range=nonsense')
    expect(html).toContain('href="/config#urls"')
  })
})

describe('a target', () => {
  it('is paused with a reason, resumed, and tested, and says so once', async () => {
    await insertEvent(1, { delivery: FAILED })
    const before = await anna.get('/targets/crm')
    expect(before.html).toContain('Answered 500')
    expect(before.html).toContain(`href="/events/${toId(1)}"`)

    const refused = await anna.post('/targets/crm/pause', { reason: '' })
    const { faults } = await readOutline(await refused.clone().text())
    expect([refused.status, faults.looseDescriptions]).toEqual([400, []])
    expect(await refused.text()).toContain('aria-invalid="true"')

    const paused = await anna.post('/targets/crm/pause', { reason: HOSTILE })
    expect([paused.status, paused.headers.get('location')]).toEqual([303, '/targets/crm'])
    expect(await createPauses(db).list()).toMatchObject([{ name: 'crm', reason: HOSTILE }])
    const cookie = paused.headers.getSetCookie().find((one) => one.startsWith('switchboard-said='))
    expect(cookie).toMatch(/^switchboard-said=target\.paused; .*HttpOnly; Secure; SameSite=Strict/)

    const id = readField(before.html, 'id')
    expect(id).toMatch(/^tst_[0-9a-f]{32}$/)
    for (const path of ['test', 'resume']) {
      expect((await anna.post(`/targets/crm/${path}`, { id })).status).toBe(303)
    }
    expect(await createPauses(db).list()).toEqual([])
    const changes = await readAll('SELECT action, outcome FROM audit ORDER BY id DESC LIMIT 3')
    expect(changes.map(({ action }) => action)).toEqual([
      'target.resume',
      'target.test',
      'target.pause',
    ])
  })

  it('shows what was said once, and only from the table', async () => {
    const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })
    const session = await logIn(world, ANNA)
    const ask = (said: string) =>
      world.ask('/targets', { headers: { cookie: `${session}; switchboard-said=${said}` } })
    const first = await ask('target.resumed')
    expect(await first.text()).toContain(
      'class="notice is-good" role="status" tabindex="-1" autofocus',
    )
    expect(first.headers.getSetCookie().join()).toContain('switchboard-said=; Max-Age=0')
    expect(await (await ask('toString')).text()).not.toContain('class="notice')
  })
})

describe('tokens', () => {
  it('are shown once, and listed without what they are', async () => {
    const form = { name: HOSTILE, role: 'viewer', expires: '30' }
    const made = await anna.post('/access/tokens', form)
    const html = await made.text()
    const token = /data-copy="(sbc_[^"]+)"/.exec(html)?.[1] ?? 'none'
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store'])
    const list = await anna.get('/access')
    expect(list.html).not.toContain(token)
    expect(list.html).toContain('&lt;script&gt;')
    const [row] = await readAll('SELECT id, role, expires_at FROM api_tokens')
    expect(row).toMatchObject({ role: 'viewer', expires_at: NOW + 30 * 86_400_000 })

    const refused = await anna.post('/access/tokens', { ...form, name: '' })
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('<details class="confirm" open')
    expect((await anna.post(`/access/tokens/${String(row?.['id'])}/revoke`, {})).status).toBe(303)
    expect((await anna.get('/access')).html).toContain('revoked')
  })
})

describe('the config', () => {
  it('is rolled back from its plan, and not when another was published meanwhile', async () => {
    const { html } = await anna.get(`/config/rollback?to=${version()}`)
    const order = { to: older, expected: readField(html, 'expected'), message: 'it was better' }
    const stale = await anna.post('/config/rollback', { ...order, expected: 'another' })
    expect(stale.status).toBe(409)
    expect(await stale.text()).toContain('value="it was better"')
    const done = await anna.post('/config/rollback', order)
    expect([done.status, done.headers.get('location')]).toEqual([303, '/config'])
    expect((await anna.get('/config')).html).toContain('https://hooks.example.com/1')
  })
})

describe('without the ledger', () => {
  it('a page says so, and when to try again', async () => {
    const broken = {
      prepare: () => broken,
      bind: () => broken,
      batch: fail,
      all: fail,
      first: fail,
    }
    const world = createWorld({ SWITCHBOARD_LOCAL: '1' }, { db: broken as unknown as D1Database })
    const response = await world.ask('/?range=24h', { origin: 'http://127.0.0.1:8788' })
    const html = await response.text()
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(html).toContain('href="/?range=24h"')
    const part = await world.ask('/', {
      origin: 'http://127.0.0.1:8788',
      headers: { 'hx-request': 'true' },
    })
    expect([part.status, (await part.text()).includes('<html')]).toEqual([503, false])
  })
})

const fail = () => Promise.reject(new Error('D1_ERROR: no'))
