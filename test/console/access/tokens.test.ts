import { reset } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditUnavailable, createAudit } from '../../../src/console/access/audit.ts'
import type { Identity } from '../../../src/console/access/identity.ts'
import { db, migrate, readAll } from '../../ledger/harness.ts'
import {
  ANNA,
  createWorld,
  CSRF,
  CSRF_COOKIE,
  GUEST,
  logIn,
  ME,
  NOW,
  ORIGIN,
  PASSWORDS,
  readCode,
  readMe,
  type World,
} from './world.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const TOKENS = '/api/v1/tokens'
const AUDIT = '/api/v1/audit'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const UNKNOWN = `sbc_${'a'.repeat(43)}`

interface Made {
  token: string
  details: { id: string; role: string; state: string; createdBy: string }
}

/** Anna in her browser. */
async function toAnna(world: World): Promise<Record<string, string>> {
  const session = await logIn(world, ANNA)
  const cookie = `${CSRF_COOKIE}; ${session}`
  return { cookie, origin: ORIGIN, 'x-csrf-token': CSRF, 'content-type': 'application/json' }
}

const post = (world: World, headers: Record<string, string>, wish: object) =>
  world.ask(TOKENS, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(wish),
  })

async function make(world: World, wish: object = {}): Promise<Made> {
  const made = await post(world, await toAnna(world), { name: 'tail', role: 'viewer', ...wish })
  if (made.status !== 201) throw new Error(`answered with ${made.status}`)
  return made.json()
}

const create = () => createWorld({ CONSOLE_PASSWORDS: PASSWORDS })

describe('a token', () => {
  it('is shown once, is known afterwards, and is nowhere in the ledger', async () => {
    const world = create()
    const { token, details } = await make(world)
    expect(token).toMatch(/^sbc_[\w-]{43}$/)
    expect(details).toMatchObject({ role: 'viewer', state: 'active', createdBy: 'anna' })
    expect(await readMe(world, bearer(token))).toEqual({
      actor: `token:${details.id}`,
      via: 'token',
      role: 'viewer',
      csrf: null,
    })
    const list = await world.ask(TOKENS, { headers: await toAnna(world) })
    const stored = [
      await list.text(),
      await readAll('SELECT * FROM api_tokens, audit'),
      world.lines,
    ]
    expect(JSON.stringify(stored)).not.toContain(token.slice(4))
  })

  it('decides alone, whatever else a browser has added', async () => {
    const world = create()
    const { token } = await make(world)
    const { cookie = '' } = await toAnna(world)
    expect(await readMe(world, { cookie, ...bearer(token) })).toMatchObject({ role: 'viewer' })
    for (const authorization of [`Bearer ${UNKNOWN}`, 'Basic YTpi', 'Bearer', '']) {
      const response = await world.ask(ME, { headers: { cookie, authorization } })
      expect([authorization, response.status]).toEqual([authorization, 401])
      expect(await readCode(response)).toBe('token_invalid')
      expect(response.headers.get('www-authenticate')).toContain('invalid_token')
    }
  })

  it('becomes no session', async () => {
    const world = create()
    const { token } = await make(world)
    for (const path of [ME, '/', '/login']) {
      const response = await world.ask(path, { headers: bearer(token) })
      expect(response.headers.getSetCookie()).toEqual([])
    }
  })

  it('needs no proof against forgery: no browser sends it', async () => {
    const world = create()
    const [one, two] = [await make(world, { role: 'operator' }), await make(world)]
    const headers = { ...bearer(one.token), origin: 'https://evil.example' }
    const response = await world.ask(`${TOKENS}/${two.details.id}`, { method: 'DELETE', headers })
    expect(await response.json()).toEqual({ id: two.details.id, isNew: true })
    const entries = await readAll('SELECT actor, via, action, subject FROM audit ORDER BY id')
    expect(entries.at(-1)).toEqual({
      actor: `token:${one.details.id}`,
      via: 'token',
      action: 'token.revoke',
      subject: two.details.id,
    })
  })

  it('is worth nothing when it is revoked, or its time is over', async () => {
    const world = create()
    const expiresAt = new Date(NOW + 60_000).toISOString()
    const [one, two] = [await make(world, { expiresAt }), await make(world)]
    await world.ask(`${TOKENS}/${two.details.id}`, {
      method: 'DELETE',
      headers: await toAnna(world),
    })
    expect((await world.ask(ME, { headers: bearer(two.token) })).status).toBe(401)
    world.clock.now += 59_999
    expect((await world.ask(ME, { headers: bearer(one.token) })).status).toBe(200)
    world.clock.now += 1
    expect((await world.ask(ME, { headers: bearer(one.token) })).status).toBe(401)
    const list = await world.ask(TOKENS, { headers: await toAnna(world) })
    const { items } = (await list.json()) as { items: { id: string; state: string }[] }
    expect(new Map(items.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [one.details.id, 'expired'],
        [two.details.id, 'revoked'],
      ]),
    )
  })

  it('is made by operators in person only', async () => {
    const world = create()
    const session = await logIn(world, GUEST)
    const guest = { ...(await toAnna(world)), cookie: `${CSRF_COOKIE}; ${session}` }
    const operator = bearer((await make(world, { role: 'operator' })).token)
    const viewer = bearer((await make(world)).token)
    const wish = { name: 'more', role: 'operator' }
    const codes = [guest, viewer, operator].map(async (headers) => {
      const response = await post(world, headers, wish)
      return [response.status, await readCode(response)]
    })
    expect(await Promise.all(codes)).toEqual([
      [403, 'operators_only'],
      [403, 'operators_only'],
      [403, 'people_only'],
    ])
    for (const headers of [guest, viewer]) {
      expect((await world.ask(TOKENS, { headers })).status).toBe(403)
      expect((await world.ask(AUDIT, { headers })).status).toBe(403)
      const revoked = await world.ask(`${TOKENS}/tok_1`, { method: 'DELETE', headers })
      expect([revoked.status, await readCode(revoked)]).toEqual([403, 'operators_only'])
    }
    expect((await world.ask(TOKENS, { headers: operator })).status).toBe(200)
  })

  it.each([
    ['name', { name: ' ' }],
    ['role', { role: 'admin' }],
    ['expiresAt', { expiresAt: new Date(NOW).toISOString() }],
    ['expiresAt', { expiresAt: 'tomorrow' }],
  ])('is not made with a strange %s', async (path, wish) => {
    const world = create()
    const headers = await toAnna(world)
    const response = await post(world, headers, { name: 'tail', role: 'viewer', ...wish })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: 'request_invalid', errors: [{ path }] })
  })

  it('that nobody has cannot be revoked', async () => {
    const world = create()
    const headers = await toAnna(world)
    const response = await world.ask(`${TOKENS}/tok_1`, { method: 'DELETE', headers })
    expect([response.status, await readCode(response)]).toEqual([404, 'token_unknown'])
  })

  it('cannot be guessed at any pace, while a good one is never kept waiting', async () => {
    const world = create()
    const { token } = await make(world)
    const from = { 'cf-connecting-ip': '192.0.2.1' }
    const guesses = await Promise.all(
      Array.from({ length: 25 }, () => world.ask(ME, { headers: { ...from, ...bearer(UNKNOWN) } })),
    )
    const statuses = guesses.map(({ status }) => status)
    expect(statuses.filter((status) => status === 401)).toHaveLength(20)
    expect(statuses.filter((status) => status === 429)).toHaveLength(5)
    expect((await world.ask(ME, { headers: { ...from, ...bearer(token) } })).status).toBe(200)
    // And the passwords have limits of their own.
    await logIn(world, ANNA)
  })

  it('opens a stream, as a session does, but not to a page of another site', async () => {
    const world = create()
    const { token } = await make(world)
    const { cookie = '' } = await toAnna(world)
    const open = async (headers: Record<string, string>) => {
      const response = await world.ask('/api/v1/stream', {
        headers: { upgrade: 'websocket', ...headers },
      })
      response.webSocket?.accept()
      response.webSocket?.close()
      return response.status
    }
    expect(await open(bearer(token))).toBe(101)
    expect(await open({ cookie, origin: ORIGIN })).toBe(101)
    expect(await open({ cookie, origin: 'https://evil.example' })).toBe(403)
    expect(await open({})).toBe(401)
  })

  it('lets nobody in when the ledger does not answer', async () => {
    const { token } = await make(create())
    await db.prepare('ALTER TABLE api_tokens RENAME TO gone').run()
    const response = await create().ask(ME, { headers: bearer(token) })
    expect([response.status, await readCode(response)]).toEqual([503, 'ledger_unavailable'])
  })
})

describe('the lists', () => {
  it('of tokens and of changes go on page by page', async () => {
    const world = create()
    for (let i = 0; i < 3; i++) {
      await make(world, { name: `token ${i}` })
      // Two of one moment.
      if (i > 0) world.clock.now += 1_000
    }
    const headers = await toAnna(world)
    const walk = async (path: string) => {
      const seen: Record<string, unknown>[] = []
      let cursor = ''
      for (let pages = 0; pages < 20; pages++) {
        const response = await world.ask(path + cursor, { headers })
        const page: { items: Record<string, unknown>[]; next: string | null } =
          await response.json()
        expect(page.items.length).toBeLessThanOrEqual(2)
        seen.push(...page.items)
        if (page.next === null) return seen
        cursor = `&cursor=${page.next}`
      }
      throw new Error('it does not end')
    }
    const tokens = await walk(`${TOKENS}?limit=2`)
    expect(tokens.map(({ name }) => name).toSorted()).toEqual(['token 0', 'token 1', 'token 2'])
    expect(tokens[0]).toMatchObject({ name: 'token 2' })
    const changes = await walk(`${AUDIT}?limit=2`)
    expect(changes).toHaveLength(7)
    expect(changes[1]).toMatchObject({
      actor: 'anna',
      tokenName: null,
      via: 'password',
      action: 'token.create',
      details: { role: 'viewer', expiresAt: null },
      outcome: 'done',
    })
    const subject = String(changes[1]?.['subject'])
    expect(await walk(`${AUDIT}?limit=2&action=token.create&subject=${subject}`)).toHaveLength(1)
    expect(await walk(`${AUDIT}?limit=2&actor=nobody`)).toEqual([])
  })

  it('name the token that made a change', async () => {
    const world = create()
    const { token, details } = await make(world, { name: 'robot', role: 'operator' })
    await world.ask(`${TOKENS}/${details.id}`, { method: 'DELETE', headers: bearer(token) })
    const response = await world.ask(`${AUDIT}?limit=1`, { headers: await toAnna(world) })
    await response.text()
    const entries = await world.ask(`${AUDIT}?action=token.revoke`, {
      headers: await toAnna(world),
    })
    expect(await entries.json()).toMatchObject({ items: [{ tokenName: 'robot' }], next: null })
  })
})

describe('the record of a change', () => {
  const ANYBODY: Identity = { actor: 'anna', via: 'password', role: 'operator' }
  const CHANGE = { action: 'target.pause', subject: 'crm', details: { reason: 'test' } }
  const readOutcomes = async () =>
    (await readAll('SELECT outcome FROM audit ORDER BY id')).map(({ outcome }) => outcome)

  it('is there before the change is made, and says what became of it', async () => {
    const audit = createAudit(db, () => NOW)
    const during = await audit.record(ANYBODY, CHANGE, readOutcomes)
    expect(during).toEqual(['begun'])
    const failing = audit.record(ANYBODY, CHANGE, () => Promise.reject(new TypeError('no')))
    await expect(failing).rejects.toThrow(TypeError)
    expect(await readOutcomes()).toEqual(['done', 'failed'])
  })

  it('has to be possible, or the change is not made', async () => {
    await db.prepare('DROP TABLE audit').run()
    let isMade = false
    const recorded = createAudit(db, () => NOW).record(ANYBODY, CHANGE, async () => {
      isMade = true
    })
    await expect(recorded).rejects.toThrow(AuditUnavailable)
    expect(isMade).toBe(false)
  })

  it('stays begun when nobody can say any more what became of it, and the change counts', async () => {
    const lines: object[] = []
    const audit = createAudit(
      db,
      () => NOW,
      (line) => lines.push(line),
    )
    const value = await audit.record(ANYBODY, CHANGE, async () => {
      await db.prepare('ALTER TABLE audit RENAME TO hidden').run()
      return 'made'
    })
    expect(value).toBe('made')
    expect(lines).toMatchObject([{ event: 'audit.unfinished', outcome: 'done' }])
    expect(await readAll('SELECT outcome FROM hidden')).toEqual([{ outcome: 'begun' }])
  })

  it('keeps the API from making a change, and says so', async () => {
    const world = create()
    const headers = await toAnna(world)
    await db.prepare('ALTER TABLE audit RENAME TO hidden').run()
    const response = await post(world, headers, { name: 'tail', role: 'viewer' })
    expect([response.status, await readCode(response)]).toEqual([503, 'audit_unavailable'])
    expect(await readAll('SELECT id FROM api_tokens')).toEqual([])
  })
})
