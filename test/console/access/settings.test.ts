import { describe, expect, it } from 'vitest'
import { parseSettings, type AccessEnv } from '../../../src/console/access/settings.ts'
import { createWorld, LOCAL_ORIGIN, ME, ORIGIN, PASSWORDS, readCode, readMe } from './world.ts'

const TEAM = {
  team: 'https://example.cloudflareaccess.com',
  audience: 'aud-1',
  operators: ['anna@example.com', '*@ops.example.com', 'deploy.access'],
}

const toEnv = (access: object): AccessEnv => ({ CONSOLE_ACCESS: JSON.stringify(access) })
const SECRET = 'hunter2hunt'

function readSettings(env: AccessEnv) {
  const settings = parseSettings(env)
  if (!settings.ok) throw new Error('closed')
  return settings.value
}

describe('parseSettings', () => {
  it('takes one password, with the white space around it gone', () => {
    const { users } = readSettings({ CONSOLE_PASSWORDS: ' twelve chars\n' })
    expect([...(users?.values() ?? [])]).toEqual([
      { name: 'operator', password: 'twelve chars', role: 'operator' },
    ])
  })

  it('takes users with roles', () => {
    const { users, team } = readSettings({ CONSOLE_PASSWORDS: PASSWORDS })
    expect([...(users?.values() ?? [])].map(({ name, role }) => [name, role])).toEqual([
      ['anna', 'operator'],
      ['guest', 'viewer'],
    ])
    expect(team).toBeNull()
  })

  it.each<[string, AccessEnv, string]>([
    ['a short password', { CONSOLE_PASSWORDS: SECRET }, 'CONSOLE_PASSWORDS'],
    [
      'a short password of one of two',
      {
        CONSOLE_PASSWORDS: `{"a":{"password":"long enough it is","role":"viewer"},"b":{"password":"${SECRET}","role":"viewer"}}`,
      },
      'CONSOLE_PASSWORDS',
    ],
    ['broken JSON', { CONSOLE_PASSWORDS: `{"${SECRET}": ` }, 'CONSOLE_PASSWORDS'],
    ['no users', { CONSOLE_PASSWORDS: '{}' }, 'CONSOLE_PASSWORDS'],
    [
      'an unknown role',
      { CONSOLE_PASSWORDS: `{"a":{"password":"${SECRET}long","role":"admin"}}` },
      'CONSOLE_PASSWORDS',
    ],
    [
      'a misspelt field',
      { CONSOLE_PASSWORDS: `{"a":{"password":"${SECRET}long","role":"viewer","rolle":1}}` },
      'CONSOLE_PASSWORDS',
    ],
    [
      'a user with a strange name',
      { CONSOLE_PASSWORDS: `{"__proto__":{"password":"${SECRET}long","role":"viewer"}}` },
      'CONSOLE_PASSWORDS',
    ],
    ['Access without JSON', { CONSOLE_ACCESS: SECRET }, 'CONSOLE_ACCESS'],
    ['a team by http', toEnv({ ...TEAM, team: 'http://example.com' }), 'CONSOLE_ACCESS'],
    ['a team with a path', toEnv({ ...TEAM, team: `${TEAM.team}/cdn-cgi` }), 'CONSOLE_ACCESS'],
    ['no audience', toEnv({ ...TEAM, audience: [] }), 'CONSOLE_ACCESS'],
    ['an empty audience', toEnv({ ...TEAM, audience: '' }), 'CONSOLE_ACCESS'],
    ['no operators', toEnv({ ...TEAM, operators: undefined }), 'CONSOLE_ACCESS'],
    ['a pattern for everybody', toEnv({ ...TEAM, viewers: ['*'] }), 'CONSOLE_ACCESS'],
    ['a misspelt field', toEnv({ ...TEAM, viewer: [] }), 'CONSOLE_ACCESS'],
  ])('is closed by %s, and repeats no value', (_, env, setting) => {
    // The other setting is good: it opens nothing.
    const settings = parseSettings({
      CONSOLE_PASSWORDS: PASSWORDS,
      CONSOLE_ACCESS: JSON.stringify(TEAM),
      ...env,
    })
    if (settings.ok) throw new Error('open')
    expect(settings.error.problems).toMatchObject([{ setting }])
    expect(JSON.stringify(settings.error)).not.toContain(SECRET)
  })

  it('gives roles by address, by domain, and by the name of a service token', () => {
    const { team } = readSettings(toEnv(TEAM))
    const roleOf = (email: string) => team?.roleOf({ email })
    expect(roleOf('Anna@Example.com')).toBe('operator')
    expect(roleOf('bea@ops.example.com')).toBe('operator')
    expect(roleOf('bea@example.com')).toBe('viewer')
    expect(roleOf('bea@evil-ops.example.com')).toBe('viewer')
    expect(roleOf('bea@ops.example.com@example.org')).toBe('viewer')
    expect(team?.roleOf({ commonName: 'deploy.access' })).toBe('operator')
    // Who may choose the name of a certificate does not get an address by it.
    expect(team?.roleOf({ commonName: 'anna@example.com' })).toBe('viewer')
    expect(team?.roleOf({ commonName: '@ops.example.com' })).toBe('viewer')
    expect(roleOf('deploy.access')).toBe('viewer')
  })

  it('knows nobody else when there is a list of viewers', () => {
    const { team } = readSettings(toEnv({ ...TEAM, viewers: ['*@example.com'] }))
    expect(team?.roleOf({ email: 'anna@example.com' })).toBe('operator')
    expect(team?.roleOf({ email: 'bea@example.com' })).toBe('viewer')
    expect(team?.roleOf({ email: 'bea@example.org' })).toBeNull()
    expect(team?.roleOf({ commonName: 'other.access' })).toBeNull()
  })
})

describe('a console with nothing configured', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/events'],
    ['GET', '/login'],
    ['POST', '/login'],
    ['POST', '/logout'],
    ['GET', '/no/such/page'],
  ])('answers %s %s with 503 and what to set', async (method, path) => {
    const response = await createWorld({}).ask(path, { method })
    expect(response.status).toBe(503)
    const page = await response.text()
    expect(page).toContain('CONSOLE_PASSWORDS')
    expect(page).toContain('CONSOLE_ACCESS')
    expect(page).not.toContain('<form')
  })

  it.each([ME, '/api/v1/openapi.json', '/api/v1/no-such-route'])('answers %s so', async (path) => {
    const response = await createWorld({}).ask(path, {
      headers: { authorization: `Bearer sbc_${'a'.repeat(43)}` },
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await readCode(response)).toBe('closed')
  })

  it('names the setting that it does not understand, on the page and in the log', async () => {
    const world = createWorld({ CONSOLE_PASSWORDS: SECRET, SWITCHBOARD_LOCAL: '1' })
    const page = await (await world.ask('/', { origin: LOCAL_ORIGIN })).text()
    expect(page).toContain('CONSOLE_PASSWORDS has a password of less than 12 characters')
    expect(page + JSON.stringify(world.lines)).not.toContain(SECRET)
    expect(world.lines).toMatchObject([
      { event: 'console.closed', problems: [{ setting: 'CONSOLE_PASSWORDS' }] },
    ])
  })
})

describe('a local console', () => {
  const local = () => createWorld({ SWITCHBOARD_LOCAL: '1' })

  it.each(['http://127.0.0.1:8788', 'http://localhost:8788', 'http://[::1]:8788'])(
    'knows everybody at %s as an operator',
    async (origin) => {
      expect(await readMe(local(), {}, origin)).toMatchObject({
        actor: 'local',
        via: 'local',
        role: 'operator',
      })
    },
  )

  it.each(['http://evil.example', 'http://127.0.0.1.evil.example', 'http://192.168.1.2:8788'])(
    'answers nothing at %s',
    async (origin) => {
      for (const path of [ME, '/', '/login']) {
        const response = await local().ask(path, { origin })
        expect(response.status).toBe(421)
        expect(response.headers.getSetCookie()).toEqual([])
      }
    },
  )

  it.each([
    ['Host', LOCAL_ORIGIN, 'evil.example'],
    ['the URL', 'http://evil.example', '127.0.0.1:8788'],
  ])('answers nothing when %s alone is another', async (_, origin, host) => {
    const response = await local().ask(ME, { origin, headers: { host } })
    expect([response.status, await readCode(response)]).toEqual([421, 'host_foreign'])
  })

  it('asks for a password when users are set up', async () => {
    const world = createWorld({ SWITCHBOARD_LOCAL: '1', CONSOLE_PASSWORDS: PASSWORDS })
    expect((await world.ask(ME, { origin: LOCAL_ORIGIN })).status).toBe(401)
  })

  it('is not local because of anything but 1', async () => {
    const world = createWorld({ SWITCHBOARD_LOCAL: 'true' })
    expect((await world.ask(ME, { origin: LOCAL_ORIGIN })).status).toBe(503)
  })
})

describe('the headers of every answer', () => {
  const world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })

  it.each(['/', '/login', ME, '/assets/no.css'])('are on %s', async (path) => {
    const { headers } = await world.ask(path)
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    )
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  it('speak of https only by https', async () => {
    const { headers } = await createWorld({}).ask('/', { origin: ORIGIN.replace('https', 'http') })
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  it('let files be kept', async () => {
    const page = await (await world.ask('/login')).text()
    const [path] = /\/assets\/style\.[^"]+/.exec(page) ?? ['none']
    const { status, headers } = await world.ask(path)
    expect([status, headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=31536000, immutable',
    ])
    expect(headers.get('content-security-policy')).not.toBeNull()
  })
})
