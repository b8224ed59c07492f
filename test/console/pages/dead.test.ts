/** What is dead as pages: groups, a plan, a replay in bulk that one confirms, watches and cancels. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  db,
  insertRows,
  NOW,
  range,
  readAll,
  toDeliveryRow,
  toEventRow,
  type Row,
} from '../../ledger/harness.ts'
import { ANNA, GUEST } from '../access/world.ts'
import { createLooker, decode, prepare, readField, toId, type Looker } from './events-world.ts'

let anna: Looker
let guest: Looker

beforeAll(async () => {
  await prepare()
  anna = await createLooker(ANNA)
  guest = await createLooker(GUEST)
})

beforeEach(async () => {
  const tables = ['events', 'deliveries', 'audit', 'replay_jobs']
  await db.batch(tables.map((table) => db.prepare(`DELETE FROM ${table}`)))
})

async function insertDead(from: number, to: number, target: string, reason: string | null) {
  const seqs = range(from, to)
  const named = (seq: number) => ({
    claim: toId(seq),
    event_id: toId(seq),
    kind: 'messaging.inbound',
  })
  await insertRows(
    'events',
    seqs.map((seq) =>
      toEventRow(seq, { ...named(seq), recorded_at: NOW + seq, targets: JSON.stringify([target]) }),
    ),
  )
  const dead = { status: 'dead', reason, attempts: 10 }
  await insertRows(
    'deliveries',
    seqs.map((seq) => toDeliveryRow(seq, target, dead)),
  )
}

const insertJob = (id: string, changes: Row = {}) =>
  insertRows('replay_jobs', [
    {
      id,
      filter: '{"target":"crm"}',
      state: 'running',
      total: 40,
      sent: 10,
      after_seq: 10,
      // Somebody has it in hand: nothing moves during the test.
      lease_until: Date.now() + 3_600_000,
      start_seq: 99,
      created_at: NOW,
      created_by: 'anna',
      ended_at: null,
      ...changes,
    },
  ])

const links = (html: string, path: string): string[] =>
  [...html.matchAll(/href="([^"]*)"/g)]
    .map(([, href]) => decode(href ?? ''))
    .filter((href) => href.startsWith(path))

describe('GET /dead', () => {
  it('groups, explains, filters, and leads to a plan for each group', async () => {
    expect((await anna.get('/dead')).html).toContain('Nothing is dead')
    await insertDead(1, 3, 'crm', 'status_503')
    await insertDead(4, 4, 'slack', 'secret_missing')
    await insertDead(5, 5, '*', null)
    await insertJob('rpl_a')
    const { status, html } = await anna.get('/dead?from=2026-11-20T10:00')
    expect(status).toBe(200)
    expect(links(html, '/dead/plan')).toEqual([
      '/dead/plan?from=2026-11-20T10%3A00',
      '/dead/plan?from=2026-11-20T10%3A00&target=crm&reason=status_503',
      expect.stringContaining('target='),
      expect.stringContaining('target='),
    ])
    for (const shown of [
      'Answered 503',
      'Secret is not set',
      `href="/events/${toId(3)}"`,
      '/dead/replays/rpl_a',
      '10 of 40',
    ]) {
      expect(html).toContain(shown)
    }
    const some = await anna.get('/dead?target=slack')
    expect(some.html).toContain('Secret is not set')
    expect(some.html).not.toContain(`href="/events/${toId(3)}"`)
    for (const query of ['from=yesterday', 'target=%3Cscript%3E']) {
      const wrong = await anna.get(`/dead?${query}`)
      expect([query, wrong.status]).toEqual([query, 400])
      expect(wrong.html).not.toContain('<script>')
    }
  })
})

describe('a replay in bulk', () => {
  it('is planned, confirmed once however often it is sent, and watched', async () => {
    await insertDead(1, 7, 'crm', 'status_503')
    await insertDead(8, 8, 'slack', 'secret_missing')
    const { html } = await anna.get('/dead/plan?target=crm&from=2026-11-20T10:00')
    expect(html).toContain('Replay 7 events')
    expect(links(html, '/events/evt_').length).toBe(5)
    expect(await readAll('SELECT 1 FROM replay_jobs')).toEqual([])

    const fields = {
      replay: readField(html, 'replay'),
      target: readField(html, 'target'),
      from: readField(html, 'from'),
    }
    const answers = await Promise.all([1, 2].map(() => anna.post('/dead/replays', fields)))
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    const path = `/dead/replays/${fields.replay}`
    expect(answers.map(({ headers }) => headers.get('location'))).toEqual([path, path])
    const jobs = await readAll('SELECT id, total, filter FROM replay_jobs')
    expect(jobs).toEqual([
      { id: fields.replay, total: 7, filter: JSON.stringify({ target: 'crm', from: NOW }) },
    ])
    expect((await anna.get(path)).html).toContain('of 7 events sent')
    // The same id with another filter is no yes to it.
    const other = await anna.post('/dead/replays', { ...fields, target: 'slack' })
    expect(other.status).toBe(409)
    expect((await anna.get('/dead/replays/rpl_unknown')).status).toBe(404)
    expect((await anna.get('/dead/plan?target=nobody')).html).not.toContain('action="/dead')
  })

  it('is watched while it moves, and cancelled', async () => {
    await insertJob('rpl_a')
    const path = '/dead/replays/rpl_a'
    const { html } = await anna.get(path)
    expect(html).toContain(`hx-get="${path}/progress"`)
    expect(html).toMatch(/<progress[^>]* max="40" value="10"/)
    const cancelled = await anna.post(`${path}/cancel`, {})
    expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, path])
    expect(await readAll('SELECT state FROM replay_jobs')).toEqual([{ state: 'cancelled' }])
    await db.prepare('UPDATE replay_jobs SET sent = 0').run()
    const part = await anna.get(`${path}/progress`, { 'hx-request': 'true' })
    expect(part.html).not.toContain('hx-get')
    expect(part.html).not.toContain('<html')
    expect(part.html).not.toContain('/cancel')
  })
})

describe('a viewer', () => {
  it('sees all of it and is offered no change; one that is sent all the same is refused', async () => {
    await insertDead(1, 3, 'crm', 'status_503')
    await insertJob('rpl_a')
    for (const path of ['/dead', '/dead/plan?target=crm', '/dead/replays/rpl_a']) {
      const { status, html } = await guest.get(path)
      expect([path, status]).toEqual([path, 200])
      expect(html).not.toMatch(/action="\/dead\/replays/)
      expect(html).not.toContain('Replay these')
    }
    const fields = { replay: 'rpl_b', target: 'crm' }
    expect((await guest.post('/dead/replays', fields)).status).toBe(403)
    expect((await guest.post('/dead/replays/rpl_a/cancel', {})).status).toBe(403)
    expect(await readAll('SELECT id, state FROM replay_jobs')).toEqual([
      { id: 'rpl_a', state: 'running' },
    ])
  })
})
