/**
 * push, history, diff and rollback as a user runs them, against a stand-in of Cloudflare's API with a real
 * KV behind it and a little server that says what a deployed gateway says of itself.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApi } from '../../src/cli/cloudflare/api.ts'
import { createKvStore } from '../../src/cli/cloudflare/kv.ts'
import { publish } from '../../src/cli/publish/publish.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { DOCUMENT_FORMAT, toDocument, toVersion } from '../../src/config/document.ts'
import { startCloudflare, TOKEN } from '../standins/cloudflare/cloudflare.ts'
import { createWorkspace, ROOT, run } from './switchboard.ts'

const workspace = createWorkspace()
const cloudflare = await startCloudflare()
const [namespace = ''] = cloudflare.account.kvPool

/** What the gateway says of itself; null: what is in KV, as after a minute. */
let health: Record<string, unknown> | null = null
const gateway = createServer((_request, response) => {
  void readLive().then((document) => {
    const well = { status: 'ok', problems: [], format: DOCUMENT_FORMAT, config: document?.version }
    response.end(JSON.stringify(health ?? well))
  })
})
let via = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
  const address = gateway.address()
  via = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : ''
  for (const name of ['wrangler.toml', 'wrangler.consumer.toml']) {
    const text = readFileSync(join(ROOT, name), 'utf8')
    workspace.write(name, text.replace('id = "switchboard"', `id = "${namespace}"`))
  }
  await deployConsumer(['CRM_SECRET'])
})

afterAll(async () => {
  gateway.closeAllConnections()
  await new Promise((resolve) => gateway.close(resolve))
  await cloudflare.stop()
  workspace.remove()
})

beforeEach(async () => {
  health = null
  cloudflare.clearFaults()
  const kv = await cloudflare.storage.kv(namespace)
  const { keys } = await kv.list()
  await Promise.all(keys.map(({ name }) => kv.delete(name)))
  cloudflare.takeChanges()
})

async function deployConsumer(secrets: string[]): Promise<void> {
  const form = new FormData()
  const bindings = secrets.map((name) => ({ type: 'secret_text', name, text: 'x' }))
  form.set('metadata', JSON.stringify({ main_module: 'index.mjs', bindings }))
  form.set('index.mjs', new File(['export default {}'], 'index.mjs'))
  const name = 'switchboard-consumer'
  const version = await cloudflare.account.scripts.upload(name, form)
  const script = cloudflare.account.scripts.all.get(name)
  if (script && 'id' in version) cloudflare.account.scripts.activate(script, version.id)
}

async function readLive(): Promise<{ version: string; format: number } | null> {
  const kv = await cloudflare.storage.kv(namespace)
  return JSON.parse(String(await kv.get('config:current')))
}

/** The names of what was written, `history` for a kept document. */
const takeWrites = () =>
  cloudflare
    .takeChanges()
    .map(({ path }) => decodeURIComponent(path).split('/values/config:')[1]?.split(':')[0])

/** A config of which only the reply differs. */
const toConfig = (text: string) => ({
  publicUrl: 'https://hooks.example.com',
  endpoints: {
    sms: { path: '/sms', reply: { twiml: `<Response><Message>${text}</Message></Response>` } },
  },
})

const writeConfig = (text: string, rest: object = {}) =>
  workspace.config(JSON.stringify({ ...toConfig(text), ...rest }))

/** Runs a verb for scripts. */
async function call(verb: string, ...args: string[]) {
  const config = ['push', 'diff'].includes(verb) ? ['--config', 'my.config.ts'] : []
  const { code, out } = await run([verb, '--json', ...config, ...args], {
    cwd: workspace.path,
    env: cloudflare.env,
  })
  return { code, data: JSON.parse(out) }
}
const push = (...args: string[]) => call('push', '--yes', '--via', via, ...args)
const rollback = (...args: string[]) => call('rollback', '--yes', '--via', via, ...args)
const codeOf = async (running: ReturnType<typeof call>) => {
  const { code, data } = await running
  return [code, data.error?.code]
}

/** What pushes before the test have left, without a process for each; gives their versions. */
async function publishAll(...texts: string[]): Promise<string[]> {
  const api = createApi({ token: TOKEN, baseUrl: cloudflare.env.CLOUDFLARE_API_BASE_URL })
  const store = createKvStore(api, cloudflare.account.id, namespace)
  const versions = []
  for (const text of texts) {
    const compiled = compileConfig(toConfig(text), { readFile: () => '', local: false })
    if (!compiled.ok) throw new TypeError('not a config')
    const { config } = compiled.value
    const document = toDocument(config, toVersion(config))
    await publish(store, document, { by: 'a colleague', at: Date.now(), how: 'push' })
    versions.push(document.version)
  }
  cloudflare.takeChanges()
  return versions
}

describe('switchboard push', () => {
  it('publishes, waits until it is in use, and the second time changes nothing', async () => {
    writeConfig('one')
    const first = await push('--wait')
    expect(first).toMatchObject({ code: 0, data: { status: 'published', replaces: null } })
    expect(await readLive()).toMatchObject({ version: first.data.version, format: DOCUMENT_FORMAT })
    expect(takeWrites()).toEqual(['history', 'current'])
    expect(await push()).toMatchObject({ code: 0, data: { status: 'unchanged', changes: [] } })
    expect(takeWrites()).toEqual([])
  })

  it('changes nothing with --dry-run, and without a yes', async () => {
    writeConfig('one')
    expect(await push('--dry-run')).toMatchObject({ code: 0, data: { status: 'dry_run' } })
    expect(await codeOf(call('push', '--via', via))).toEqual([2, 'not_interactive'])
    expect(takeWrites()).toEqual([])
  })

  it('refuses what the deployed gateway cannot read, whatever is passed', async () => {
    writeConfig('one')
    health = { status: 'ok', problems: [], format: DOCUMENT_FORMAT - 1 }
    const older = await push('--force')
    expect(older).toMatchObject({
      code: 2,
      data: { error: { code: 'gateway_older', next: 'switchboard deploy' } },
    })
    health = { status: 'ok', problems: [], format: DOCUMENT_FORMAT + 1 }
    expect(await codeOf(push('--force'))).toEqual([2, 'gateway_newer'])
    expect(takeWrites()).toEqual([])
  })

  it('wants --force when nobody can be asked', async () => {
    writeConfig('one')
    health = { hello: 'world' }
    expect(await codeOf(push())).toEqual([2, 'gateway_foreign'])
    // Nothing listens on port 1.
    const nobody = ['--yes', '--via', 'http://127.0.0.1:1']
    expect(await codeOf(call('push', ...nobody))).toEqual([2, 'gateway_unreachable'])
    expect(takeWrites()).toEqual([])
    expect(await call('push', ...nobody, '--force')).toMatchObject({ code: 0 })
    expect(takeWrites()).toEqual(['history', 'current'])
  })

  it('wants --force for a target whose secret is not there', async () => {
    const target = (secret: string) => ({
      targets: { crm: { url: 'https://crm.example.com', events: ['*'], secret } },
    })
    writeConfig('one', target('OTHER_SECRET'))
    expect(await codeOf(push())).toEqual([2, 'secrets_missing'])
    writeConfig('one', target('CRM_SECRET'))
    expect(await push()).toMatchObject({ code: 0, data: { status: 'published' } })
  })

  it('says what to do before the first deploy, and with a wrong token', async () => {
    writeConfig('one')
    const elsewhere = createWorkspace()
    elsewhere.write('wrangler.toml', readFileSync(join(ROOT, 'wrangler.toml'), 'utf8'))
    const args = ['push', '--json', '--config', join(workspace.path, 'my.config.ts')]
    const early = await run(args, { cwd: elsewhere.path, env: cloudflare.env })
    elsewhere.remove()
    expect(early.code).toBe(2)
    expect(JSON.parse(early.out)).toMatchObject({ error: { next: 'switchboard deploy' } })
    const env = { ...cloudflare.env, CLOUDFLARE_API_TOKEN: 'a-wrong-token' }
    const wrong = await run(args, { cwd: workspace.path, env })
    expect(wrong.code).toBe(2)
    expect(wrong.out).not.toContain('a-wrong-token')
  })

  it.each([1, 2])('finishes in another run when KV refuses write %i', async (n) => {
    const [before = ''] = await publishAll('one')
    writeConfig('two')
    const path = n === 1 ? /values\/config%3Ahistory/ : /values\/config%3Acurrent/
    cloudflare.failOn('PUT', path, 500)
    expect(await codeOf(push())).toEqual([1, n === 1 ? 'not_kept' : 'not_live'])
    expect(await readLive()).toMatchObject({ version: before })
    const { data } = await push()
    expect(data).toMatchObject({ status: 'published', replaces: before })
    expect(await readLive()).toMatchObject({ version: data.version })
  })
})

describe('switchboard history', () => {
  it('lists the newest first, with who, why and which is live', async () => {
    const [one] = await publishAll('one')
    writeConfig('two')
    const { version: two } = (await push('--message', 'a new reply')).data
    const { code, data } = await call('history')
    expect(code).toBe(0)
    expect(data.live).toEqual({ state: 'kept', version: two })
    const someone = { by: 'someone@example.com', how: 'push', message: 'a new reply' }
    expect(data.publications).toMatchObject([
      { version: two, ...someone, replaces: one, standing: 'live' },
      { version: one, by: 'a colleague', message: null, standing: 'replaced' },
    ])
    const options = { cwd: workspace.path, env: cloudflare.env }
    const { out } = await run(['history', '--limit', '1'], options)
    expect(out).toMatch(new RegExp(`^${two} +live +.*someone@example.com +push +a new reply$`, 'm'))
    expect(out).not.toContain(String(one))
  })

  it('says when nothing is published, when it is not of this command, and when it is broken', async () => {
    expect(await call('history')).toMatchObject({ code: 0, data: { live: { state: 'none' } } })
    await publishAll('one')
    const kv = await cloudflare.storage.kv(namespace)
    const kept = String(await kv.get('config:current'))
    await kv.put('config:current', kept.replace(/"version":"\w+"/, '"version":"by-hand"'))
    expect((await call('history')).data.live).toEqual({ state: 'foreign', version: 'by-hand' })
    await kv.put('config:current', kept.slice(0, -9))
    expect((await call('history')).data.live).toMatchObject({ state: 'broken', reason: 'not_json' })
  })
})

describe('switchboard diff', () => {
  it('ends with 0 for the same, 1 for different, 2 for trouble', async () => {
    expect(await codeOf(call('diff'))).toEqual([2, 'nothing_published'])
    const [one = ''] = await publishAll('one')
    writeConfig('one')
    expect(await call('diff')).toMatchObject({ code: 0, data: { isSame: true } })
    writeConfig('two')
    const path = 'endpoints.sms.reply[0].twiml'
    expect(await call('diff')).toMatchObject({ code: 1, data: { changes: [{ path }] } })
    expect(await call('diff', one.slice(0, 6), 'live')).toMatchObject({ code: 0 })
    expect(await codeOf(call('diff', 'nope'))).toEqual([2, 'version_unknown'])
    cloudflare.failOn('GET', /values/, 400)
    expect(await codeOf(call('diff'))).toEqual([2, 'cloudflare_refused'])
  })
})

describe('switchboard rollback', () => {
  it('goes one back each time, and forgets nothing', async () => {
    const [one, two, three] = await publishAll('one', 'two', 'three')
    expect(await rollback()).toMatchObject({ code: 0, data: { version: two, replaces: three } })
    expect(await rollback()).toMatchObject({ code: 0, data: { version: one, replaces: two } })
    expect(await readLive()).toMatchObject({ version: one })
    expect(await codeOf(rollback())).toEqual([2, 'nothing_before'])
    const { data } = await call('history')
    const hows = data.publications.map(({ version, how }: Record<string, string>) => [version, how])
    expect(hows.toReversed()).toEqual([
      [one, 'push'],
      [two, 'push'],
      [three, 'push'],
      [two, 'rollback'],
      [one, 'rollback'],
    ])
  })

  it('goes to a version by name, also when it is run twice or broke off', async () => {
    const [one = ''] = await publishAll('one', 'two')
    cloudflare.failOn('PUT', /values\/config%3Acurrent/, 'drop')
    expect(await codeOf(rollback(one.slice(0, 5)))).toEqual([1, 'not_live'])
    expect(await rollback(one.slice(0, 5))).toMatchObject({ code: 0, data: { version: one } })
    expect(await rollback(one)).toMatchObject({ code: 0, data: { status: 'unchanged' } })
    expect(await readLive()).toMatchObject({ version: one })
  })

  it('refuses a kept document that is broken, and what the gateway cannot read', async () => {
    const [one = '', two] = await publishAll('one', 'two')
    health = { status: 'ok', problems: [], format: DOCUMENT_FORMAT + 1 }
    expect(await codeOf(rollback())).toEqual([2, 'gateway_newer'])
    const kv = await cloudflare.storage.kv(namespace)
    const { keys } = await kv.list({ prefix: 'config:history:' })
    const { name = '', metadata } = keys[0] ?? {}
    await kv.put(name, String(await kv.get(name)).replace('one', 'uno'), { metadata })
    health = null
    expect(await codeOf(rollback(one))).toEqual([2, 'kept_broken'])
    expect(await readLive()).toMatchObject({ version: two })
  })
})
