/** The API's config routes over a real KV and a real ledger: what is shown, to whom, and the way back. */
import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toDocument, type ConfigDocument } from '../../src/config/document.ts'
import { createBoundStore } from '../../src/config/published/kv-store.ts'
import { HISTORY_PREFIX } from '../../src/config/published/publication.ts'
import { publishDocument, type PublishRequest } from '../../src/config/published/publish.ts'
import { CONFIG_KEY } from '../../src/config/source.ts'
import { createAudit } from '../../src/console/access/audit.ts'
import type { Identity } from '../../src/console/access/identity.ts'
import { api } from '../../src/console/api/api.ts'
import type { ConsoleDeps } from '../../src/console/deps.ts'
import type { ConsoleEnv } from '../../src/console/env.ts'
import { createLiveConfig } from '../../src/console/live-config.ts'
import { createConfig, createDocument, createEndpoint, createTarget } from '../config/configs.ts'
import { db, migrate, readAll } from '../ledger/harness.ts'

const { KV: kv } = env as unknown as ConsoleEnv
const store = createBoundStore(kv)

const START = Date.UTC(2026, 10, 25, 12)
const MINUTE_MS = 60_000
let now = START

const OPERATOR: Identity = { actor: 'ann@example.com', via: 'access', role: 'operator' }
const VIEWER: Identity = { actor: 'vic@example.com', via: 'access', role: 'viewer' }

const [builtIn, one, two] = [createDocument(1), createDocument(11), createDocument(12)]

function createRich(number: string): ConfigDocument {
  const config = createConfig({
    publicUrl: 'https://hooks.example.com',
    endpoints: [
      createEndpoint({
        name: 'voice',
        path: '/voice/*',
        replies: [
          { type: 'twiml', twiml: `<Response><Dial>${number}</Dial></Response>`, when: null },
        ],
      }),
    ],
    targets: [
      createTarget({
        url: 'https://crm.example.com/hooks/s3cret',
        headers: { 'X-Team': 'night' },
        where: { From: number },
      }),
    ],
  })
  return toDocument(config, `rich${number.slice(-3)}`)
}
const rich = createRich('+14155550101')

/** A KV of which some calls fail. */
function createFaulty(isFaulty: (method: string, key: string) => boolean): KVNamespace {
  return new Proxy(kv, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown
      return (...args: unknown[]) => {
        if (isFaulty(String(name), String(args[0]))) return Promise.reject(new Error('KV is away'))
        return method.apply(target, args)
      }
    },
  })
}

/** What the tests read of an answer by name. */
interface Body {
  [name: string]: unknown
  items?: { version: string; standing: string }[]
  next?: string | null
  changes?: { path: string }[]
}

type Faults = Partial<Pick<ConsoleDeps, 'kv' | 'audit' | 'operations'>> & {
  gateway?: () => Response
  /** How much its clock is ahead. */
  aheadMs?: number
}

function createWorld({ kv: used = kv, audit, operations, gateway, aheadMs = 0 }: Faults = {}) {
  const fetchGateway = () =>
    gateway ? Promise.resolve(gateway()) : Promise.reject(new TypeError('fetch failed'))
  const platform = { now: () => now, log: () => {}, fetch: fetchGateway as typeof fetch }
  const deps = {
    kv: used,
    ledger: db,
    ledgers: [db],
    audit: audit ?? createAudit(db, () => now),
    operations: operations ?? (env as unknown as ConsoleEnv).CONSUMER,
    liveConfig: createLiveConfig({ KV: used }, builtIn, platform),
    log: () => {},
    now: () => now + aheadMs,
  } as unknown as ConsoleDeps

  async function call(path: string, identity = OPERATOR, body?: object) {
    const request = new Request(`http://console.invalid${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body
        ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
        : {}),
    })
    const bindings = { ...env, INNER: { identity, deps } } as unknown as ConsoleEnv
    const response = await api.fetch(request, bindings, createExecutionContext())
    return { status: response.status, body: await response.json<Body>() }
  }
  return {
    deps,
    get: (path: string, identity?: Identity) => call(path, identity),
    rollBack: (order: object, identity?: Identity) => call('/config/rollback', identity, order),
  }
}

async function publish(document: ConfigDocument, rest: Partial<PublishRequest> = {}) {
  now += 10 * MINUTE_MS
  const request = { by: 'bob@example.com', at: now, how: 'push' as const, ...rest }
  expect(await publishDocument(store, document, request)).toEqual({ ok: true, value: 'published' })
  return `${new Date(now).toISOString()}:${document.version}`
}

const readAudit = () => readAll('SELECT actor, action, subject, outcome FROM audit ORDER BY id')
const countHistory = async () => (await store.list(HISTORY_PREFIX)).length

beforeAll(() => migrate())
beforeEach(async () => {
  now = START
  const { keys } = await kv.list()
  await Promise.all(keys.map(({ name }) => kv.delete(name)))
  await db.prepare('DELETE FROM audit').run()
})

describe('GET /config', () => {
  it('shows what the deploy carries until something is published', async () => {
    const { status, body } = await createWorld().get('/config')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      version: builtIn.version,
      source: 'deploy',
      problem: null,
      published: null,
      publication: null,
      publicUrl: null,
    })
  })

  it('shows what is published, by whom, and the URLs to paste', async () => {
    await publish(rich, { message: 'night shift' })
    const { body } = await createWorld().get('/config')
    expect(body).toMatchObject({
      version: rich.version,
      source: 'kv',
      published: rich.version,
      publication: { by: 'bob@example.com', message: 'night shift', standing: 'live' },
      endpoints: [
        {
          name: 'voice',
          url: 'https://hooks.example.com/voice/',
          isPrefix: true,
          replies: ['twiml'],
        },
      ],
      targets: [
        { name: 'crm', url: 'https://crm.example.com/hooks/s3cret', secrets: ['CRM_SECRET'] },
      ],
      retention: '30d',
      written: { targets: { crm: { timeout: '10s', headers: { 'X-Team': 'night' } } } },
    })
  })

  it('shows a viewer no number, no header and no path of a target', async () => {
    await publish(rich)
    const { body } = await createWorld().get('/config', VIEWER)
    const text = JSON.stringify(body)
    expect(text).not.toMatch(/4155550101|s3cret|night/)
    expect(text).toContain('+1•••••••01')
    expect(body).toMatchObject({ targets: [{ name: 'crm', url: 'https://crm.example.com/••••' }] })
  })

  it('says that what is published is broken, and shows the last good one', async () => {
    const world = createWorld()
    await publish(one)
    await world.get('/config')
    await store.put(CONFIG_KEY, JSON.stringify({ ...two, sha256: 'edited' }))
    now += MINUTE_MS
    const { body } = await world.get('/config')
    expect(body).toMatchObject({ version: one.version, problem: 'checksum', published: '(broken)' })
    const fresh = await createWorld().get('/config')
    expect(fresh.body).toMatchObject({ version: builtIn.version, source: 'deploy' })
  })

  it('shows what it has when KV is away, and that the history is', async () => {
    await publish(one)
    const world = createWorld({ kv: createFaulty(() => true) })
    const { status, body } = await world.get('/config')
    expect([status, body['version'], body['problem']]).toEqual([
      200,
      builtIn.version,
      'unavailable',
    ])
    expect(await world.get('/config/versions')).toMatchObject({
      status: 503,
      body: { code: 'kv_unavailable' },
    })
  })
})

describe('createLiveConfig', () => {
  it('remembers for some seconds, unless it is told to forget', async () => {
    const { liveConfig } = createWorld().deps
    const read = async () => (await liveConfig.current())?.version
    expect(await read()).toBe(builtIn.version)
    await store.put(CONFIG_KEY, JSON.stringify(one))
    expect(await read()).toBe(builtIn.version)
    now += 5_000
    expect(await read()).toBe(one.version)
    await store.put(CONFIG_KEY, JSON.stringify(two))
    liveConfig.forget()
    expect(await read()).toBe(two.version)
  })
})

describe('the description', () => {
  it('has every route of the config', async () => {
    const { status, body } = await createWorld().get('/openapi.json')
    const paths = Object.keys(body['paths'] as object).filter((path) => path.startsWith('/config'))
    expect([status, paths.toSorted()]).toEqual([
      200,
      [
        '/config',
        '/config/diff',
        '/config/gateway',
        '/config/rollback',
        '/config/versions',
        '/config/versions/{id}',
      ],
    ])
  })
})

describe('GET /config/gateway', () => {
  it.each([
    ['answers', one.version, () => Response.json({ status: 'ok', config: one.version, format: 1 })],
    ['foreign', null, () => new Response('error code: 1042', { status: 404 })],
    ['unreachable', null, undefined],
  ])('%s', async (state, version, gateway) => {
    await publish(rich)
    const { body } = await createWorld(gateway ? { gateway } : {}).get('/config/gateway')
    expect(body).toMatchObject({ state, version })
  })

  it('is unknown without a publicUrl', async () => {
    const { body } = await createWorld().get('/config/gateway')
    expect(body).toMatchObject({ state: 'unknown' })
  })
})

describe('GET /config/versions', () => {
  it('gives the newest first, page by page', async () => {
    for (const document of [one, two, rich, one]) await publish(document)
    const { get } = createWorld()
    const seen: unknown[] = []
    let next: string | null = ''
    while (next !== null) {
      const { body } = await get(`/config/versions?limit=3${next && `&cursor=${next}`}`)
      seen.push(body.items?.map(({ version, standing }) => [version, standing]))
      next = body.next ?? null
    }
    expect(seen).toEqual([
      [
        [one.version, 'live'],
        [rich.version, 'replaced'],
        [two.version, 'replaced'],
      ],
      [[one.version, 'replaced']],
    ])
  })

  it('gives one by its id or a part of its version, masked for viewers', async () => {
    const id = await publish(rich, { message: 'asked for by +1 415 555 0101' })
    const { get } = createWorld()
    for (const name of [id, 'ri']) {
      const { body } = await get(`/config/versions/${encodeURIComponent(name)}`, VIEWER)
      expect(body).toMatchObject({ publication: { id }, written: { endpoints: { voice: {} } } })
      expect(JSON.stringify(body)).not.toMatch(/415 ?555 ?0101/)
    }
  })

  it.each([
    ['version_unknown', 404, 'nothing', null],
    ['kept_broken', 409, two.version, JSON.stringify(two).slice(0, -9)],
    ['kept_broken', 409, two.version, JSON.stringify(one)],
    ['kept_other_format', 409, two.version, JSON.stringify({ ...two, format: 2 })],
  ])('refuses with %s', async (code, status, name, text) => {
    const id = await publish(two)
    if (text !== null) await store.put(HISTORY_PREFIX + id, text)
    const { get, rollBack } = createWorld()
    const problem = { status, body: { code } }
    expect(await get(`/config/versions/${name}`)).toMatchObject(problem)
    expect(await rollBack({ to: name, expected: two.version })).toMatchObject(problem)
  })
})

describe('GET /config/diff', () => {
  it('tells what differs, and a viewer how much of it they may not see', async () => {
    await publish(rich)
    const other = await publish(createRich('+14155550201'))
    const path = `/config/diff?from=${rich.version}&to=${encodeURIComponent(other)}`
    const { body } = await createWorld().get(path)
    expect(body).toMatchObject({ isSame: false, hidden: 0, from: { version: rich.version } })
    expect(body.changes?.map((change) => change.path)).toEqual([
      'endpoints.voice.reply[0].twiml',
      'targets.crm.where.From',
    ])
    expect(body['lines']).toContain("~ targets.crm.where.From: '+14155550101' → '+14155550201'")
    const seen = await createWorld().get(path, VIEWER)
    expect(seen.body).toMatchObject({ isSame: false, hidden: 2, changes: [], lines: [] })
  })

  it('knows the live one, also one that was never published', async () => {
    await publish(one)
    const { get } = createWorld()
    expect((await get(`/config/diff?to=${one.version}`)).body).toMatchObject({ isSame: true })
    await kv.delete(CONFIG_KEY)
    now += MINUTE_MS
    const { body } = await get(`/config/diff?to=${one.version}`)
    expect(body).toMatchObject({
      from: { name: 'live', version: builtIn.version },
      changes: [{ type: 'changed', path: 'lookupBudget', before: '1ms', after: '11ms' }],
    })
  })
})

describe('GET /config/rollback', () => {
  it('goes one back by itself, and says what that means', async () => {
    await publish(one)
    await publish(rich)
    const id = await publish(two)
    const { body } = await createWorld().get('/config/rollback')
    expect(body).toMatchObject({
      to: { version: rich.version },
      expected: two.version,
      isLive: false,
      difference: { from: { version: two.version }, isSame: false },
      warnings: [
        { code: 'public_url_changes' },
        { code: 'secrets_missing', message: expect.stringContaining('CRM_SECRET') },
        { code: 'gateway_unchecked' },
      ],
    })
    const same = await createWorld().get(`/config/rollback?to=${encodeURIComponent(id)}`)
    expect(same.body).toMatchObject({ isLive: true, warnings: [] })
  })

  it('says so when the consumer cannot be asked for its secrets', async () => {
    await publish(one)
    await publish(rich)
    await publish(two)
    const missingSecrets = () => Promise.reject(new Error('the consumer is away'))
    const operations = { missingSecrets } as unknown as ConsoleDeps['operations']
    const { status, body } = await createWorld({ operations }).get('/config/rollback')
    expect(status).toBe(200)
    expect(body['warnings']).toContainEqual({
      code: 'secrets_unchecked',
      message: expect.stringContaining('CRM_SECRET'),
    })
  })

  it('says when there is no way back', async () => {
    const { get } = createWorld()
    expect((await get('/config/rollback')).body).toMatchObject({ code: 'nothing_kept' })
    await publish(one)
    const { status, body } = await get('/config/rollback')
    expect([status, body['code']]).toEqual([409, 'nothing_before'])
  })
})

describe('POST /config/rollback', () => {
  it('publishes the kept document, with the history and the record of who did it', async () => {
    const id = await publish(one)
    await publish(two)
    now += 10 * MINUTE_MS
    const { get, rollBack } = createWorld()
    await get('/config')
    const order = { to: id, expected: two.version, message: 'two drops calls' }
    expect(await rollBack(order)).toEqual({
      status: 200,
      body: {
        status: 'published',
        version: one.version,
        replaced: two.version,
        everywhereWithinSeconds: 60,
      },
    })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(one))
    expect((await get('/config')).body).toMatchObject({
      version: one.version,
      publication: {
        at: new Date(now).toISOString(),
        by: OPERATOR.actor,
        how: 'rollback',
        message: 'two drops calls',
        replaces: two.version,
        restores: id,
      },
    })
    const row = { actor: OPERATOR.actor, action: 'config.rollback', subject: one.version }
    expect(await readAudit()).toEqual([{ ...row, outcome: 'done' }])
  })

  it('does nothing for a second click, later or at the same moment', async () => {
    const id = await publish(one)
    await publish(two)
    now += 10 * MINUTE_MS
    const order = { to: id, expected: two.version }
    const worlds = [createWorld(), createWorld({ aheadMs: 5 })]
    const clicks = await Promise.all(worlds.map(({ rollBack }) => rollBack(order)))
    expect(clicks.map(({ status }) => status)).toEqual([200, 200])
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(one))
    const kept = await countHistory()
    now += 10 * MINUTE_MS
    const later = await createWorld().rollBack(order)
    expect(later).toMatchObject({ status: 200, body: { status: 'unchanged' } })
    expect(await countHistory()).toBe(kept)
  })

  it('is for operators', async () => {
    const id = await publish(one)
    await publish(two)
    const answer = await createWorld().rollBack({ to: id, expected: two.version }, VIEWER)
    expect(answer).toMatchObject({ status: 403, body: { code: 'operators_only' } })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(two))
    expect(await readAudit()).toEqual([])
  })

  it('overwrites nothing that nobody has seen', async () => {
    const id = await publish(one)
    await publish(two)
    await publish(rich)
    const answer = await createWorld().rollBack({ to: id, expected: two.version })
    expect(answer).toMatchObject({ status: 409, body: { code: 'changed_meanwhile' } })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(rich))
  })

  it('mends what is broken', async () => {
    const id = await publish(one)
    await store.put(CONFIG_KEY, 'cut off')
    const { status } = await createWorld().rollBack({ to: id, expected: '(broken)' })
    expect([status, await store.get(CONFIG_KEY)]).toEqual([200, JSON.stringify(one)])
  })

  it.each([
    ['not_kept', HISTORY_PREFIX],
    ['not_live', CONFIG_KEY],
  ])('says %s when KV fails there, and goes on when it is asked again', async (code, prefix) => {
    const id = await publish(one)
    await publish(two)
    now += 10 * MINUTE_MS
    const order = { to: id, expected: two.version }
    const faulty = createFaulty((method, key) => method === 'put' && key.startsWith(prefix))
    expect(await createWorld({ kv: faulty }).rollBack(order)).toMatchObject({
      status: 503,
      body: { code },
    })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(two))
    expect(await readAudit()).toMatchObject([{ outcome: 'failed' }])
    now += 1_000
    expect(await createWorld().rollBack(order)).toMatchObject({ status: 200 })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(one))
  })

  it('changes nothing that cannot be recorded', async () => {
    const id = await publish(one)
    await publish(two)
    const away = { prepare: () => db.prepare('SELECT no_such_column FROM audit') }
    const audit = createAudit(away as unknown as D1Database, () => now)
    const answer = await createWorld({ audit }).rollBack({ to: id, expected: two.version })
    expect(answer).toMatchObject({ status: 503, body: { code: 'audit_unavailable' } })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(two))
  })

  it('publishes nothing that the gateway says it cannot read', async () => {
    const id = await publish(rich)
    await publish(two)
    const gateway = () => Response.json({ status: 'ok', config: two.version, format: 2 })
    const answer = await createWorld({ gateway }).rollBack({ to: id, expected: two.version })
    expect(answer).toMatchObject({ status: 409, body: { code: 'gateway_other_format' } })
    expect(await store.get(CONFIG_KEY)).toBe(JSON.stringify(two))
  })
})
