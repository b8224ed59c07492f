import { reset } from 'cloudflare:test'
import {
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
  type JWK,
} from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createVerifyAccessJwt } from '../../../src/console/access/access-jwt.ts'
import { parseAccessTeam } from '../../../src/console/access/access-team.ts'
import { migrate } from '../../ledger/harness.ts'
import { createWorld, GUEST, logIn, ME, NOW, PASSWORDS, readCode } from './world.ts'

const ISSUER = 'https://example.cloudflareaccess.com'
const AUDIENCE = 'aud-1'
const SETTING = JSON.stringify({
  team: ISSUER,
  audience: ['aud-0', AUDIENCE],
  operators: ['anna@example.com', 'deploy.access'],
  viewers: ['*@example.com'],
})
const S = NOW / 1_000

type Pair = Awaited<ReturnType<typeof generateKeyPair>>
let first: Pair
let second: Pair

beforeAll(async () => {
  first = await generateKeyPair('RS256', { extractable: true })
  second = await generateKeyPair('RS256', { extractable: true })
})

const CLAIMS = { email: 'anna@example.com', type: 'app', sub: 'user-1' }
const TIMES = { iat: S - 60, nbf: S - 60, exp: S + 60 }

interface Changes {
  pair?: Pair
  kid?: string
  claims?: Record<string, unknown>
}

const sign = ({ pair = first, kid = 'key-1', claims = {} }: Changes = {}): Promise<string> =>
  new SignJWT({ iss: ISSUER, aud: [AUDIENCE], ...CLAIMS, ...TIMES, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
    .sign(pair.privateKey)

const toJwk = async ({ publicKey }: Pair, kid: string): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  kid,
  alg: 'RS256',
  use: 'sig',
})

/** Access's certs as the team's host serves them. */
function createCerts(...keys: JWK[]) {
  const certs = {
    keys,
    calls: [] as string[],
    answer: undefined as (() => Response | Promise<Response>) | undefined,
    fetch: (async (url: RequestInfo | URL) => {
      certs.calls.push(String(url))
      return certs.answer?.() ?? Response.json({ keys: certs.keys })
    }) as typeof fetch,
  }
  return certs
}

async function createVerifier(certs = createCerts(), coolDownMs?: number, at = NOW) {
  if (certs.keys.length === 0) certs.keys = [await toJwk(first, 'key-1')]
  const team = parseAccessTeam(SETTING)
  if (!team.ok) throw new Error(team.error.hint)
  const options = coolDownMs === undefined ? {} : { coolDownMs }
  const clock = { now: at }
  const verify = createVerifyAccessJwt(team.value, certs.fetch, () => clock.now, options)
  return { verify, certs, clock }
}

const REFUSED = { ok: false, error: 'access_invalid' }

describe('verifyAccessJwt', () => {
  it('knows who Access says it is, and asks for the keys once', async () => {
    const { verify, certs } = await createVerifier()
    const anna = { actor: 'anna@example.com', via: 'access', role: 'operator' }
    expect(await verify(await sign())).toEqual({ ok: true, value: anna })
    const claims = { email: 'bea@example.com' }
    expect(await verify(await sign({ claims }))).toMatchObject({ value: { role: 'viewer' } })
    expect(certs.calls).toEqual([`${ISSUER}/cdn-cgi/access/certs`])
  })

  it('knows a service token by its common name', async () => {
    const { verify } = await createVerifier()
    const claims = { email: undefined, sub: '', common_name: 'deploy.access' }
    const deploy = { actor: 'deploy.access', via: 'access', role: 'operator' }
    expect(await verify(await sign({ claims }))).toEqual({ ok: true, value: deploy })
  })

  it.each<[string, Changes]>([
    ['another audience', { claims: { aud: ['aud-2'] } }],
    ['no audience', { claims: { aud: undefined } }],
    ['another issuer', { claims: { iss: 'https://evil.cloudflareaccess.com' } }],
    ['no issuer', { claims: { iss: undefined } }],
    ['an end that is past', { claims: { exp: S - 11 } }],
    ['no end', { claims: { exp: undefined } }],
    ['a beginning to come', { claims: { nbf: S + 11 } }],
    ['nobody', { claims: { email: undefined } }],
    ['an address that is none', { claims: { email: 'anna' } }],
    ['an address that is no text', { claims: { email: ['anna@example.com'] } }],
    ['an unknown key', { kid: 'key-2' }],
  ])('refuses %s', async (_, changes) => {
    const { verify } = await createVerifier()
    expect(await verify(await sign(changes))).toEqual(REFUSED)
  })

  it('refuses the signature of another key under a known name', async () => {
    const { verify } = await createVerifier()
    expect(await verify(await sign({ pair: second }))).toEqual(REFUSED)
  })

  it('refuses a changed payload', async () => {
    const { verify } = await createVerifier()
    const [header, , signature] = (await sign()).split('.')
    const [, payload] = (await sign({ claims: { email: 'bea@example.com' } })).split('.')
    expect(await verify(`${header}.${payload}.${signature}`)).toEqual(REFUSED)
  })

  it('lets nobody choose how it is checked', async () => {
    const { verify } = await createVerifier()
    const claims = { iss: ISSUER, aud: AUDIENCE, ...CLAIMS, ...TIMES }
    expect(await verify(new UnsecuredJWT(claims).encode())).toEqual(REFUSED)
    // The public key, which everybody has, as the secret of an HMAC.
    const secret = new TextEncoder().encode(await exportSPKI(first.publicKey))
    const header = { alg: 'HS256', kid: 'key-1' }
    const hmac = await new SignJWT(claims).setProtectedHeader(header).sign(secret)
    expect(await verify(hmac)).toEqual(REFUSED)
    // Another algorithm of the same key, which does not say what it is for.
    const { kty, n, e } = await toJwk(first, 'key-1')
    const bare = await createVerifier(createCerts({ kty, n, e, kid: 'key-1' } as JWK))
    expect((await bare.verify(await sign())).ok).toBe(true)
    const key = await importJWK(await exportJWK(first.privateKey), 'RS512')
    const other = new SignJWT(claims).setProtectedHeader({ alg: 'RS512', kid: 'key-1' })
    expect(await bare.verify(await other.sign(key))).toEqual(REFUSED)
  })

  it.each(['', 'x', 'a.b.c', '..'])('refuses %j', async (jwt) => {
    const { verify } = await createVerifier()
    expect(await verify(jwt)).toEqual(REFUSED)
  })

  it('tells whom the settings do not name', async () => {
    const { verify } = await createVerifier()
    const jwt = await sign({ claims: { email: 'eve@example.org' } })
    expect(await verify(jwt)).toEqual({ ok: false, error: 'access_unlisted' })
  })

  it('goes by the clock: good now is not good for ever', async () => {
    const { verify, clock } = await createVerifier()
    const jwt = await sign()
    expect((await verify(jwt)).ok).toBe(true)
    clock.now += 71_000
    expect(await verify(jwt)).toEqual(REFUSED)
  })
})

describe('the keys of Access', () => {
  it('are asked for again when one is new', async () => {
    const { verify, certs } = await createVerifier(undefined, 0)
    await verify(await sign())
    certs.keys = [await toJwk(first, 'key-1'), await toJwk(second, 'key-2')]
    const jwt = await sign({ pair: second, kid: 'key-2' })
    expect((await verify(jwt)).ok).toBe(true)
    expect((await verify(await sign())).ok).toBe(true)
    expect(certs.calls).toHaveLength(2)
  })

  it('are not asked for by every made-up one', async () => {
    const { verify, certs } = await createVerifier()
    for (const kid of ['a', 'b', 'c']) expect(await verify(await sign({ kid }))).toEqual(REFUSED)
    expect(certs.calls).toHaveLength(1)
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['refused', () => new Response('no', { status: 503 })],
    ['not JSON', () => new Response('<html>')],
    ['no key set', () => Response.json({ keys: 'none' })],
    ['a redirect', () => Response.redirect('https://evil.example/certs')],
    ['out of reach', () => Promise.reject(new Error('network'))],
    ['too late', () => Promise.reject(new DOMException('late', 'TimeoutError'))],
  ])('let nobody in when they are %s, and are asked for again', async (_, answer) => {
    const { verify, certs } = await createVerifier()
    certs.answer = answer
    expect(await verify(await sign())).toEqual({ ok: false, error: 'access_unreachable' })
    certs.answer = undefined
    expect((await verify(await sign())).ok).toBe(true)
  })
})

describe('a console behind Access', () => {
  beforeAll(() => migrate())
  afterAll(() => reset())

  async function createTeamWorld(settings = {}) {
    const certs = createCerts(await toJwk(first, 'key-1'))
    const options = { fetch: certs.fetch }
    return { world: createWorld({ CONSOLE_ACCESS: SETTING, ...settings }, options), certs }
  }
  const toHeader = (jwt: string) => ({ headers: { 'cf-access-jwt-assertion': jwt } })

  it('takes the header, and the cookie of a browser', async () => {
    const { world } = await createTeamWorld()
    const jwt = await sign()
    const cookie = { headers: { cookie: `CF_Authorization=${jwt}` } }
    for (const init of [toHeader(jwt), cookie]) {
      const me = (await (await world.ask(ME, init)).json()) as object
      expect(me).toMatchObject({ actor: 'anna@example.com', via: 'access', role: 'operator' })
    }
  })

  it('believes no header that is not signed', async () => {
    const { world } = await createTeamWorld()
    const headers = { 'cf-access-authenticated-user-email': 'anna@example.com' }
    expect((await world.ask(ME, { headers })).status).toBe(401)
  })

  it.each([
    ['access_invalid', { aud: ['aud-2'] }, 401, 'not_logged_in'],
    ['access_unlisted', { email: 'eve@example.org' }, 403, 'access_unlisted'],
  ])('answers %s to programs and to people', async (_, claims, status, code) => {
    const { world } = await createTeamWorld()
    const init = toHeader(await sign({ claims }))
    const answer = await world.ask(ME, init)
    expect([answer.status, await readCode(answer)]).toEqual([status, code])
    const page = await world.ask('/', init)
    expect(page.status).toBe(status)
    expect(page.headers.get('content-type')).toContain('text/html')
  })

  it('is out of order, not open, when the keys cannot be had', async () => {
    const { world, certs } = await createTeamWorld()
    certs.answer = () => new Response(null, { status: 500 })
    const answer = await world.ask(ME, toHeader(await sign()))
    expect([answer.status, await readCode(answer)]).toEqual([503, 'access_unreachable'])
    expect(answer.headers.get('retry-after')).toBe('5')
  })

  it('lets a password in beside it, whatever became of the keys', async () => {
    const { world, certs } = await createTeamWorld({ CONSOLE_PASSWORDS: PASSWORDS })
    certs.answer = () => new Response(null, { status: 500 })
    const cookie = await logIn(world, GUEST)
    const headers = { cookie, 'cf-access-jwt-assertion': await sign() }
    const me = (await (await world.ask(ME, { headers })).json()) as object
    expect(me).toMatchObject({ actor: 'guest', via: 'password', role: 'viewer' })
  })
})
