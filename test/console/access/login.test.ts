import { reset } from 'cloudflare:test'
import { SignJWT } from 'jose'
import { hkdfSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forget } from '../../../src/ledger/forget.ts'
import { WINDOW_MS } from '../../../src/console/access/attempts.ts'
import { toNetwork } from '../../../src/console/access/network.ts'
import { toNextPath } from '../../../src/console/access/next-path.ts'
import { createCheckPassword, type User } from '../../../src/console/access/passwords.ts'
import { db, migrate, readAll } from '../../ledger/harness.ts'
import {
  ANNA,
  createWorld,
  CSRF_COOKIE,
  GUEST,
  LOCAL_ORIGIN,
  logIn,
  ME,
  NOW,
  PASSWORDS,
  readMe,
  toForm,
  type World,
} from './world.ts'

beforeEach(() => migrate())
afterEach(() => reset())

const HOUR_MS = 3_600_000
const WRONG = { name: ANNA.name, password: 'not her password' }
const create = (passwords = PASSWORDS): World => createWorld({ CONSOLE_PASSWORDS: passwords })
const from = (address: string) => ({ 'cf-connecting-ip': address })

/** A database that fails for statements of a kind. */
function createBroken(pattern: RegExp): D1Database {
  const fail = () => Promise.reject(new Error('D1_ERROR: no'))
  const broken = { bind: () => broken, first: fail, all: fail, run: fail }
  return {
    prepare: (sql: string) => (pattern.test(sql) ? broken : db.prepare(sql)),
    batch: (statements: unknown[]) =>
      statements.includes(broken) ? fail() : db.batch(statements as D1PreparedStatement[]),
  } as unknown as D1Database
}

describe('the login', () => {
  it('has a form with a token of its own, and no name when there is one password', async () => {
    const page = await create('one long password').ask('/login')
    const [cookie = ''] = page.headers.getSetCookie()
    const [, token] = /^__Host-switchboard-csrf=([A-Za-z0-9_-]{43});/.exec(cookie) ?? []
    expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    const html = await page.text()
    expect(html).toContain(`name="csrf" value="${token}"`)
    expect(html).not.toContain('name="name"')
    expect(await (await create().ask('/login')).text()).toContain('name="name"')
  })

  it('gives a session, records it, and leads to where one was going', async () => {
    const world = create()
    const response = await world.ask('/login', toForm({ ...ANNA, next: '/events?kind=x' }))
    expect([response.status, response.headers.get('location')]).toEqual([303, '/events?kind=x'])
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(
      /^__Host-switchboard-session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    )
    const me = await readMe(world, { cookie: cookie.slice(0, cookie.indexOf(';')) })
    expect(me).toMatchObject({ actor: 'anna', via: 'password', role: 'operator' })
    expect(await readAll('SELECT at, actor, via, action, subject, outcome FROM audit')).toEqual([
      {
        at: NOW,
        actor: 'anna',
        via: 'password',
        action: 'session.login',
        subject: 'anna',
        outcome: 'done',
      },
    ])
    expect(JSON.stringify(world.lines)).not.toContain(ANNA.password)
  })

  it('takes the one password without a name', async () => {
    const world = create('one long password')
    const response = await world.ask('/login', toForm({ password: 'one long password' }))
    expect(response.status).toBe(303)
  })

  it.each([
    ['a wrong password', WRONG],
    ['an unknown user', { name: 'eve', password: ANNA.password }],
    ["another user's password", { name: GUEST.name, password: ANNA.password }],
    ['a name of every object', { name: 'constructor', password: ANNA.password }],
    ['no password', { name: ANNA.name, password: '' }],
    ['an endless password', { name: ANNA.name, password: 'x'.repeat(2_000) }],
  ])('refuses %s, all alike', async (_, credentials) => {
    const world = create()
    const response = await world.ask('/login', toForm(credentials))
    expect(response.status).toBe(401)
    expect(response.headers.getSetCookie()).toEqual([])
    const page = await response.text()
    expect(page).toContain('Name and password do not go together.')
    expect(page).not.toContain(credentials.password || 'nothing')
    expect(world.lines).toEqual([{ event: 'login.refused', code: 'password_wrong' }])
    expect(await readAll('SELECT * FROM audit')).toEqual([])
  })

  it('does the same work for somebody who is no user', () => {
    const user: User = { name: 'anna', role: 'operator', password: 'é'.normalize('NFC').repeat(12) }
    const users = new Map([['anna', user]])
    const seen: string[] = []
    const watched = new Proxy(users, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          seen.push(String(key))
          return Reflect.apply(value, target, args) as unknown
        }
      },
    })
    const check = createCheckPassword(watched)
    const lookUps = (name: string, password: string) => {
      seen.length = 0
      const found = check(name, password)
      return [found?.name ?? null, seen.join()]
    }
    // Composed otherwise, the same password.
    const [name, ofUser] = lookUps('anna', 'é'.normalize('NFD').repeat(12))
    expect(name).toBe('anna')
    expect(lookUps('anna', 'wrong')).toEqual([null, ofUser])
    expect(lookUps('eve', 'wrong')).toEqual([null, ofUser])
  })

  it.each([
    ['counts', /login_failures/],
    ['records', /INTO audit/],
  ])('lets nobody in when nothing %s, and keeps who is in', async (_, pattern) => {
    const cookie = await logIn(create(), ANNA)
    const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS }, { db: createBroken(pattern) })
    const response = await world.ask('/login', toForm(ANNA))
    expect(response.status).toBe(503)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await readMe(world, { cookie })).toMatchObject({ actor: 'anna' })
  })

  it('shows itself to nobody who is in', async () => {
    const world = create()
    const headers = { cookie: await logIn(world, ANNA) }
    const response = await world.ask('/login?next=%2Ftargets', { headers })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/targets'])
  })

  it('takes no form of any size', async () => {
    const response = await create().ask('/login', toForm({ ...ANNA, filler: 'x'.repeat(17_000) }))
    expect(response.status).toBe(413)
  })

  it('marks its cookies as secure everywhere but on this machine', async () => {
    const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS, SWITCHBOARD_LOCAL: '1' })
    const cookie = CSRF_COOKIE.replace('__Host-', '')
    const form = toForm(ANNA, { cookie, origin: LOCAL_ORIGIN })
    const response = await world.ask('/login', { ...form, origin: LOCAL_ORIGIN })
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^switchboard-session=[\w.-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    )
  })
})

describe('somebody who is not logged in', () => {
  it('is led to the login, and back', async () => {
    const response = await create().ask('/events?q=a%26b')
    expect(response.status).toBe(303)
    const location = response.headers.get('location') ?? ''
    expect(location).toBe('/login?next=%2Fevents%3Fq%3Da%2526b')
    const page = await (await create().ask(location)).text()
    expect(page).toContain('value="/events?q=a%26b"')
  })

  it('is led there by a page when a link of another site brought them', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' }
    const response = await create().ask('/events/evt_1', { headers })
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).toContain('content="0;url=/login?next=%2Fevents%2Fevt_1"')
  })

  it('is led there by htmx when a part of a page was asked for', async () => {
    const current = 'https://console.example.com/events?live=1'
    const headers = { 'hx-request': 'true', 'hx-current-url': current }
    const response = await create().ask('/events/rows', { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('hx-redirect')).toBe('/login?next=%2Fevents%3Flive%3D1')
    const foreign = { ...headers, 'hx-current-url': 'https://evil.example/events' }
    const other = await create().ask('/events/rows', { headers: foreign })
    expect(other.headers.get('hx-redirect')).toBe('/login')
  })
})

describe('toNextPath', () => {
  it.each([
    ['/events?kind=x&q=%2B1', '/events?kind=x&q=%2B1'],
    ['/events#top', '/events'],
    ['/a/../targets', '/targets'],
    [undefined, '/'],
    ['', '/'],
    ['events', '/'],
    ['https://evil.example/', '/'],
    ['//evil.example/targets', '/'],
    ['/\\evil.example/', '/'],
    ['/\t/evil.example/', '/'],
    ['/\n/evil.example/', '/'],
    ['/x/..//evil.example/', '/'],
    ['/.//evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['/login?next=/login', '/'],
    ['/logout', '/'],
    ['/api/v1/me', '/'],
  ])('%j leads to %s', (next, path) => {
    expect(toNextPath(next)).toBe(path)
  })
})

describe('a session', () => {
  it('lasts twelve hours', async () => {
    const world = create()
    const cookie = await logIn(world, ANNA)
    world.clock.now += 12 * HOUR_MS - 1_000
    expect(await readMe(world, { cookie })).toMatchObject({ actor: 'anna' })
    world.clock.now += 1_000
    expect((await world.ask(ME, { headers: { cookie } })).status).toBe(401)
  })

  const toUsers = (changes: Record<string, unknown>) => {
    const users: unknown = JSON.parse(PASSWORDS)
    return JSON.stringify({ ...(users as object), ...changes })
  }

  it.each<[string, Record<string, unknown>]>([
    ['with a new password', { anna: { password: 'another password', role: 'operator' } }],
    ['with another role', { anna: { password: ANNA.password, role: 'viewer' } }],
    ['that is gone', { anna: undefined }],
  ])('ends for a user %s, and for nobody else', async (_, changes) => {
    const [annas, guests] = [await logIn(create(), ANNA), await logIn(create(), GUEST)]
    const world = create(toUsers(changes))
    expect((await world.ask(ME, { headers: { cookie: annas } })).status).toBe(401)
    expect(await readMe(world, { cookie: guests })).toMatchObject({ actor: 'guest' })
  })

  it.each<[string, Record<string, unknown>, { kid?: string; alg?: string }]>([
    ['the name of another', { sub: 'anna', name: 'anna' }, {}],
    ['the key of another by name', {}, { kid: 'anna' }],
    ['another algorithm', {}, { alg: 'HS512' }],
    ['a late end', { iat: NOW / 1_000 - 13 * 3_600, exp: NOW / 1_000 + 9_999_999 }, {}],
    ['another issuer', { iss: 'somebody' }, {}],
  ])('cannot be made of one own password with %s', async (name, claims, header) => {
    const info = JSON.stringify(['session', 'guest', 'viewer'])
    const key = hkdfSync('sha256', GUEST.password, 'switchboard-console', info, 64)
    const S = NOW / 1_000
    const toCookie = async (ofClaims: object, { kid = 'guest', alg = 'HS256' } = header) =>
      `__Host-switchboard-session=${await new SignJWT({
        iss: 'switchboard-console',
        iat: S,
        exp: S + 60,
        ...ofClaims,
      })
        .setProtectedHeader({ alg, kid })
        .sign(new Uint8Array(key).slice(0, alg === 'HS512' ? 64 : 32))}`
    const world = create()
    // Made as the console makes it, it is theirs.
    expect(await readMe(world, { cookie: await toCookie({}, {}) })).toMatchObject({
      actor: 'guest',
    })
    const cookie = await toCookie(claims)
    const me = await readMe(world, { cookie })
    const isOwn = name.startsWith('the name')
    expect(me).toMatchObject(isOwn ? { actor: 'guest', role: 'viewer' } : { status: 401 })
  })

  it('ends with a logout, recorded', async () => {
    const world = create()
    const session = await logIn(world, ANNA)
    const response = await world.ask(
      '/logout',
      toForm({}, { cookie: `${CSRF_COOKIE}; ${session}` }),
    )
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login'])
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-switchboard-session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Strict',
    ])
    const actions = await readAll('SELECT action, outcome FROM audit ORDER BY id')
    expect(actions.at(-1)).toEqual({ action: 'session.logout', outcome: 'done' })
  })

  it('ends with a logout, even when nobody can record it', async () => {
    const session = await logIn(create(), ANNA)
    const broken = createBroken(/audit/)
    const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS }, { db: broken })
    const response = await world.ask(
      '/logout',
      toForm({}, { cookie: `${CSRF_COOKIE}; ${session}` }),
    )
    expect(response.headers.getSetCookie()[0]).toContain('Max-Age=0')
  })
})

describe('attempts', () => {
  const guess = (world: World, address = '192.0.2.1', credentials = WRONG) =>
    world.ask('/login', toForm(credentials, from(address)))
  const guesses = (world: World, count: number, toAddress: (i: number) => string) =>
    Promise.all(Array.from({ length: count }, (_, i) => guess(world, toAddress(i))))
  const count = (responses: Response[], status: number) =>
    responses.filter((response) => response.status === status).length

  it('at one moment do not slip past the limit of an address', async () => {
    const responses = await guesses(create(), 25, () => '192.0.2.1')
    expect([count(responses, 401), count(responses, 429)]).toEqual([10, 15])
  })

  it('are over for the right password, too, until the quarter of an hour is', async () => {
    const world = create()
    world.clock.now += 60_000
    await guesses(world, 10, () => '192.0.2.1')
    const response = await guess(world, '192.0.2.1', ANNA)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '840'])
    expect((await guess(world, '192.0.2.2', ANNA)).status).toBe(303)
    world.clock.now = NOW + WINDOW_MS
    expect((await guess(world, '192.0.2.1', ANNA)).status).toBe(303)
    // What was counted before is forgotten.
    expect(await readAll('SELECT count FROM login_failures WHERE count > 0')).toEqual([])
  })

  it('count one IPv6 network as one address', async () => {
    const responses = await guesses(create(), 11, (i) => `2001:db8:0:1::${i + 1}`)
    expect(count(responses, 429)).toBe(1)
    expect(toNetwork('2001:DB8::1:0:0:1')).toBe('2001:db8:0:0::/64')
    expect(toNetwork('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
    expect(toNetwork('::1')).toBe('0:0:0:0::/64')
    expect(toNetwork('::ffff:192.0.2.1')).not.toBe(toNetwork('::ffff:192.0.2.2'))
  })

  it('of all addresses together are limited; who is refused alone does not use that up', async () => {
    const world = create()
    // Of 200, 185 are gone.
    await db
      .prepare('INSERT INTO login_failures (key, window, count) VALUES (?1, ?2, 185)')
      .bind('login:all', NOW - (NOW % WINDOW_MS))
      .run()
    const ofOne = await guesses(world, 25, () => '192.0.2.1')
    expect([count(ofOne, 401), count(ofOne, 429)]).toEqual([10, 15])
    const ofMany = await guesses(world, 8, (i) => `198.51.100.${i}`)
    expect([count(ofMany, 401), count(ofMany, 429)]).toEqual([5, 3])
    expect((await guess(world, '203.0.113.1', ANNA)).status).toBe(429)
  })

  it('are not forgotten while they count, whenever the consumer keeps house', async () => {
    const world = create()
    await guesses(world, 10, () => '192.0.2.1')
    await forget(db, { olderThan: NOW - 30 * 86_400_000, now: NOW })
    expect((await guess(world, '192.0.2.1')).status).toBe(429)
  })

  it('that succeed cost nothing, and buy nothing', async () => {
    const world = create()
    await guesses(world, 9, () => '192.0.2.1')
    for (let i = 0; i < 3; i++) expect((await guess(world, '192.0.2.1', GUEST)).status).toBe(303)
    const responses = [await guess(world), await guess(world)]
    expect(responses.map(({ status }) => status)).toEqual([401, 429])
  })

  it('leave no address in the ledger', async () => {
    await guess(create(), '192.0.2.77')
    expect(JSON.stringify(await readAll('SELECT * FROM login_failures'))).not.toContain('192.0.2')
  })
})
