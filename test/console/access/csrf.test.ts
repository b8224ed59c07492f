import { reset } from 'cloudflare:test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyCsrf } from '../../../src/console/access/csrf.ts'
import { migrate, readAll } from '../../ledger/harness.ts'
import {
  ANNA,
  createWorld,
  CSRF,
  CSRF_COOKIE,
  LOCAL_ORIGIN,
  logIn,
  ORIGIN,
  PASSWORDS,
  readCode,
  toForm,
  type World,
} from './world.ts'

const OTHER = 'd'.repeat(43)
const EVIDENCE = {
  url: `${ORIGIN}/targets/crm/pause`,
  origin: ORIGIN as string | null,
  site: 'same-origin' as string | null,
  expected: CSRF as string | null,
  given: CSRF as string | null,
}

function verify(changes: Partial<typeof EVIDENCE>) {
  const { url, origin, site, expected, given } = { ...EVIDENCE, ...changes }
  const headers = new Headers()
  if (origin !== null) headers.set('origin', origin)
  if (site !== null) headers.set('sec-fetch-site', site)
  const result = verifyCsrf({ url, headers, expected, given })
  return result.ok ? 'ok' : result.error
}

describe('verifyCsrf', () => {
  it('takes a change that one of our pages asked for', () => {
    expect(verify({})).toBe('ok')
    // Older browsers send one of the two.
    expect(verify({ site: null })).toBe('ok')
    expect(verify({ origin: null })).toBe('ok')
  })

  it.each<[string, Partial<typeof EVIDENCE>]>([
    ['csrf_origin', { origin: 'https://evil.example' }],
    ['csrf_origin', { origin: 'https://console.example.com.evil.example' }],
    ['csrf_origin', { origin: 'https://other.example.com' }],
    ['csrf_origin', { origin: 'http://console.example.com' }],
    ['csrf_origin', { origin: 'https://console.example.com:8443' }],
    ['csrf_origin', { origin: 'null' }],
    ['csrf_origin', { origin: '' }],
    ['csrf_origin', { site: 'same-site' }],
    ['csrf_origin', { site: 'cross-site' }],
    ['csrf_origin', { site: 'none' }],
    ['csrf_origin', { origin: null, site: null }],
    ['csrf_token', { expected: null }],
    ['csrf_token', { expected: OTHER }],
    ['csrf_token', { expected: '', given: '' }],
    ['csrf_token', { expected: 'short', given: 'short' }],
    ['csrf_token', { given: null }],
    ['csrf_token', { given: OTHER }],
    ['csrf_token', { given: '' }],
    ['csrf_token', { given: CSRF.slice(1) }],
    ['csrf_token', { given: `${CSRF} ` }],
  ])('answers %s to %j', (error, changes) => {
    expect(verify(changes)).toBe(error)
  })
})

describe('a change', () => {
  let world: World
  let session: string

  beforeAll(async () => {
    await migrate()
    world = createWorld({ CONSOLE_PASSWORDS: PASSWORDS })
    session = await logIn(world, ANNA)
  })
  afterAll(() => reset())

  const TOKENS = '/api/v1/tokens'
  const toHeaders = (changes: Record<string, string>): Record<string, string> => ({
    origin: ORIGIN,
    cookie: `${CSRF_COOKIE}; ${session}`,
    'x-csrf-token': CSRF,
    'content-type': 'application/json',
    ...changes,
  })
  const change = (changes: Record<string, string> = {}, method = 'POST', path = TOKENS) =>
    world.ask(path, {
      method,
      headers: toHeaders(changes),
      body: JSON.stringify({ name: 'one', role: 'viewer' }),
    })
  const countTokens = async () => (await readAll('SELECT id FROM api_tokens')).length

  it('of the API is made with the token in a header', async () => {
    expect((await change()).status).toBe(201)
  })

  it.each([
    ['csrf_origin', { origin: 'https://evil.example' }],
    ['csrf_origin', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
    ['csrf_token', { 'x-csrf-token': OTHER }],
    ['csrf_token', { 'x-csrf-token': '' }],
  ])('of the API is refused as %s with %j', async (code, changes) => {
    const before = await countTokens()
    const response = await change(changes)
    expect([response.status, await readCode(response)]).toEqual([403, code])
    expect(await countTokens()).toBe(before)
  })

  it('is refused when the cookie is another, and when only a session is there', async () => {
    for (const cookie of [`__Host-switchboard-csrf=${OTHER}; ${session}`, session]) {
      const response = await change({ cookie })
      expect([response.status, await readCode(response)]).toEqual([403, 'csrf_token'])
    }
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('by %s needs the same', async (method) => {
    const response = await change({ 'x-csrf-token': OTHER }, method, `${TOKENS}/tok_1`)
    expect([response.status, await readCode(response)]).toEqual([403, 'csrf_token'])
  })

  it.each([
    ['another origin', { origin: 'https://evil.example' }, {}],
    ['no cookie', { cookie: '' }, {}],
    ['another token in the form', {}, { csrf: OTHER }],
    ['two tokens in the form', {}, { csrf: [CSRF, CSRF] }],
  ])('by a form is refused with %s, the login too', async (_, headers, fields) => {
    for (const path of ['/login', '/logout', '/targets/crm/pause']) {
      const cookie = `${CSRF_COOKIE}; ${session}`
      const form = toForm(ANNA, { cookie, ...headers })
      const body = new URLSearchParams({ csrf: CSRF, ...ANNA })
      for (const [name, value] of Object.entries(fields)) {
        body.delete(name)
        for (const one of [value].flat()) body.append(name, one)
      }
      const response = await world.ask(path, { ...form, body })
      // Without any cookie nobody is logged in, either.
      const isUnknown = path === '/targets/crm/pause' && 'cookie' in headers
      expect([path, response.status]).toEqual([path, isUnknown ? 401 : 403])
      expect(response.headers.getSetCookie().join()).not.toContain('session')
    }
  })

  it('in a form of another type is none', async () => {
    const headers = toHeaders({ 'content-type': 'text/plain', 'x-csrf-token': '' })
    const response = await world.ask('/logout', { method: 'POST', headers, body: `csrf=${CSRF}` })
    expect(response.status).toBe(403)
  })

  it('by everybody on this machine needs the same', async () => {
    const local = createWorld({ SWITCHBOARD_LOCAL: '1' })
    const cookie = `switchboard-csrf=${CSRF}`
    const headers = toHeaders({ origin: LOCAL_ORIGIN, cookie })
    const init = { method: 'POST', body: JSON.stringify({ name: 'one', role: 'viewer' }) }
    const ask = (changed: Record<string, string>) =>
      local.ask(TOKENS, { ...init, headers: { ...headers, ...changed }, origin: LOCAL_ORIGIN })
    expect((await ask({})).status).toBe(201)
    expect((await ask({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await ask({ 'x-csrf-token': OTHER })).status).toBe(403)
  })

  it('is not made by reading: a page gives the token that its forms send back', async () => {
    const page = await world.ask('/', { headers: { cookie: session } })
    const [cookie = ''] = page.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-switchboard-csrf=[\w-]{43}; Path=\/; HttpOnly; Secure/)
    const token = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'))
    expect(await page.text()).toContain(token)
    const again = await world.ask('/', { headers: { cookie: `${CSRF_COOKIE}; ${session}` } })
    expect(again.headers.getSetCookie()).toEqual([])
  })

  it('is not larger than changes are', async () => {
    const response = await world.ask(TOKENS, {
      method: 'POST',
      headers: toHeaders({}),
      body: JSON.stringify({ name: 'x'.repeat(70_000), role: 'viewer' }),
    })
    expect([response.status, await readCode(response)]).toEqual([413, 'form_too_large'])
  })
})
