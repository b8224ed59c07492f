/**
 * `switchboard rotate` as processes: the real SDK against the stand-in of Twilio, the real wrangler against
 * the stand-in of Cloudflare, and there the real gateway and consumer, called with webhooks that are signed
 * as Twilio would sign them at that moment.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bundleWorker } from '../../src/cli/dev/bundle.ts'
import { toStatements } from '../../src/cli/dev/sql-statements.ts'
import { loadConfigFile } from '../../src/cli/project/config-file.ts'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import { toDocument } from '../../src/config/document.ts'
import { startCloudflare, type Cloudflare } from '../standins/cloudflare/cloudflare.ts'
import { activeVersion, type Binding } from '../standins/cloudflare/scripts.ts'
import { AUTH_TOKEN_ROUTES } from '../standins/twilio/auth-token-routes.ts'
import { startTwilio, type StandIn } from '../standins/twilio/server.ts'
import { createAccount } from '../standins/twilio/state.ts'
import { createWorkspace, finished, MAIN, ROOT } from './switchboard.ts'

const PUBLIC_URL = 'https://hooks.example.com'
const MINUTE_MS = 60_000
const account = createAccount(1, { name: 'Main' })
const workspace = createWorkspace()
/** Every token that there ever was. */
const tokens = new Set<string>()
let output = ''
let twilio: StandIn
let cloudflare: Cloudflare

beforeAll(async () => {
  const state = { accounts: [account], tellsAuthTokens: true }
  twilio = await startTwilio({ state, routes: AUTH_TOKEN_ROUTES })
  cloudflare = await startCloudflare()
  for (const name of ['wrangler.toml', 'wrangler.consumer.toml']) {
    const text = readFileSync(join(ROOT, name), 'utf8')
    const id = `database_id = "${cloudflare.account.d1Pool[0]}"`
    workspace.write(name, text.replace('database_id = "switchboard"', id))
  }
  const ring = JSON.stringify({ [account.sid]: { primary: account.auth_token } })
  workspace.write('.dev.vars', `# mine\nTWILIO_AUTH_TOKENS='${ring}'\n`)
  await deploy(ring)
})

beforeEach(() => {
  twilio.reset()
  cloudflare.clearFaults()
  cloudflare.watch(() => {})
})

afterAll(async () => {
  await twilio.stop()
  await cloudflare.stop()
  workspace.remove()
})

/** As a deploy would: both Workers, the queue between them, the ledger's tables. */
async function deploy(ring: string): Promise<void> {
  const file = workspace.config(
    `{ publicUrl: '${PUBLIC_URL}', endpoints: { sms: { path: '/sms' } }, targets: {} }`,
  )
  const document = toDocument(await loadConfigFile(file, { local: true }), 'test')
  const documentPath = workspace.write('document.json', JSON.stringify(document))
  const { kvPool, d1Pool, queues } = cloudflare.account
  const secret = { type: 'secret_text', name: 'TWILIO_AUTH_TOKENS', text: ring }
  const kv = { type: 'kv_namespace', name: 'KV', namespace_id: kvPool[0] }
  const queue = (name: string, queue_name: string) => ({ type: 'queue', name, queue_name })
  const events = queue('EVENTS', 'switchboard-events')
  const dead = queue('DEAD', 'switchboard-dead')
  const ledger = { type: 'd1', name: 'LEDGER', id: d1Pool[0] }
  const lanes = { type: 'durable_object_namespace', name: 'LANES', class_name: 'Lane' }
  const consumer = { type: 'worker' as const, script: 'switchboard-consumer' }
  const settings = { batch_size: 10, max_wait_time_ms: 0, max_retries: 3 }
  queues.push({
    queue_id: 'q1',
    queue_name: 'switchboard-events',
    settings: {},
    consumers: [{ consumer_id: 'c1', ...consumer, settings }],
  })
  await upload('switchboard', 'src/gateway/index.ts', documentPath, [kv, events, secret])
  const bindings = [kv, events, dead, ledger, lanes]
  await upload('switchboard-consumer', 'src/consumer/index.ts', documentPath, bindings)
  const d1 = await cloudflare.storage.d1(d1Pool[0] ?? '')
  for (const name of readdirSync(join(ROOT, 'migrations')).toSorted()) {
    const text = readFileSync(join(ROOT, 'migrations', name), 'utf8')
    await d1.batch(toStatements(text).map((sql) => d1.prepare(sql)))
  }
}

async function upload(name: string, entry: string, document: string, bindings: object[]) {
  const form = new FormData()
  const code = await bundleWorker(entry, document)
  form.set('metadata', JSON.stringify({ main_module: 'index.js', bindings }))
  form.set('index.js', new File([code], 'index.js'))
  const version = await cloudflare.account.scripts.upload(name, form)
  const script = cloudflare.account.scripts.all.get(name)
  if (!script || !('id' in version)) throw new Error('not uploaded')
  cloudflare.account.scripts.activate(script, version.id)
}

const vars = () => parseEnv(readFileSync(join(workspace.path, '.dev.vars'), 'utf8'))
const ring = (): Record<string, string> =>
  JSON.parse(vars()['TWILIO_AUTH_TOKENS'] ?? '')[account.sid]

const SECRET_NAME = 'TWILIO_AUTH_TOKENS'

function bindingsOf(name: string): Binding[] {
  const script = cloudflare.account.scripts.all.get(name)
  return (script && activeVersion(script)?.bindings) ?? []
}

function uploadedRing(name: string): unknown {
  const secret = bindingsOf(name).find((each) => each.name === SECRET_NAME)
  return JSON.parse(String(secret?.['text']))[account.sid]
}

const noteTokens = () => {
  for (const token of [account.auth_token, account.secondary_auth_token]) {
    if (token !== null) tokens.add(token)
  }
}

/** Runs the verb; `dieAt`: is killed at once when Twilio or Cloudflare is asked for that. */
async function rotate(args: string[], dieAt?: RegExp, form = ['--json']) {
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, TWILIO_API_BASE_URL: twilio.url, ...cloudflare.env }
  noteTokens()
  const child = spawn(
    process.execPath,
    [MAIN, 'rotate', ...form, '--via', cloudflare.edgeUrl, '--settle', '0s', ...args],
    { cwd: workspace.path, env: env as unknown as NodeJS.ProcessEnv },
  )
  const look = (call: { method: string; url: string }) => {
    noteTokens()
    if (dieAt?.test(`${call.method} ${call.url}`)) child.kill('SIGKILL')
    return null
  }
  twilio.onRequest = look
  cloudflare.watch(({ method, path }) => void look({ method, url: path }))
  const { code, out, err } = await finished(child)
  noteTokens()
  output += out + err
  return { code, data: form.length > 0 && out !== '' ? JSON.parse(out) : null }
}

/** As Twilio would send it now: signed with the primary token. */
async function sendOne(): Promise<number> {
  const webhook = toSignedWebhook(
    toRealisticWebhook('messaging.inbound', { account: account.sid, set: [] }),
    {
      to: `${cloudflare.edgeUrl}/sms`,
      publicUrl: PUBLIC_URL,
      method: 'POST',
      authToken: account.auth_token,
      idempotencyToken: randomUUID(),
    },
  )
  return (await sendWebhook(webhook)).status
}

const query = async <Row>(sql: string): Promise<Row[]> => {
  const d1 = await cloudflare.storage.d1(cloudflare.account.d1Pool[0] ?? '')
  return (await d1.prepare(sql).all<Row>()).results
}

const waitForEvents = (count: number) =>
  vi.waitFor(
    async () => {
      const [row] = await query<{ count: number }>('SELECT count(message) AS count FROM events')
      expect(row?.count).toBe(count)
    },
    { timeout: 10_000, interval: 50 },
  )

/** A quarter of an hour goes by for the record and for the memory. */
async function letTimePass(): Promise<void> {
  await query(`UPDATE events SET received_at = received_at - ${20 * MINUTE_MS}`)
  const path = join(workspace.path, '.switchboard/rotate', `${account.sid}.json`)
  const memory = JSON.parse(readFileSync(path, 'utf8'))
  memory.promotedAt -= 20 * MINUTE_MS
  writeFileSync(path, JSON.stringify(memory))
}

const FIRST = account.auth_token
const UPLOAD = /^PATCH .*secrets-bulk$/

describe('switchboard rotate', () => {
  it('asks before it begins, and changes nothing without an answer', async () => {
    expect(await rotate([])).toMatchObject({
      code: 2,
      data: { error: { code: 'not_interactive' } },
    })
    expect(await rotate(['--status'])).toMatchObject({
      code: 0,
      data: { standing: 'single', next: 'create' },
    })
    expect(twilio.changes).toEqual([])
    expect(cloudflare.calls.filter(({ isChange }) => isChange)).toEqual([])
  })

  it('replaces the token and loses no webhook, killed at every step', async () => {
    expect(await sendOne()).toBe(200)
    await waitForEvents(1)

    // Twilio has made the token, and we have not heard it.
    expect((await rotate(['--yes'], /^POST .*Secondary$/)).code).toBeNull()
    expect(account.secondary_auth_token).not.toBeNull()
    expect(ring()).toEqual({ primary: FIRST })

    // It is in the ring, and on its way to the gateway.
    expect((await rotate(['--yes'], UPLOAD)).code).toBeNull()
    expect(ring()).toEqual({ primary: FIRST, next: account.secondary_auth_token })

    expect((await rotate(['--yes'], /^POST .*Promote$/)).code).toBeNull()
    expect(account.auth_token).toBe(ring()['next'])
    expect(await sendOne()).toBe(200)
    await waitForEvents(2)

    const status = await rotate(['--status'])
    expect(status.data).toMatchObject({ standing: 'promoted', next: 'switch' })
    expect((await rotate(['--yes'], UPLOAD)).code).toBeNull()

    const shown = await rotate(['--yes'])
    expect(shown).toMatchObject({
      code: 0,
      data: { did: ['switch', 'watch'], end: 'waiting', ring: ['primary', 'next'] },
    })
    expect(shown.data.keys).toMatchObject([
      { name: 'next', role: 'new', count: 1 },
      { name: 'primary', role: 'old', count: 0 },
    ])

    await letTimePass()
    expect((await rotate(['--yes'], UPLOAD)).code).toBeNull()
    expect(await rotate(['--yes'])).toMatchObject({
      code: 0,
      data: { did: ['watch', 'finish'], end: 'finished', ring: ['primary'] },
    })
    expect(ring()).toEqual({ primary: account.auth_token })
    expect(account.auth_token).not.toBe(FIRST)
    expect(await sendOne()).toBe(200)
    expect(statSync(join(workspace.path, '.dev.vars')).mode & 0o777).toBe(0o600)
  })

  it('runs once at a time', async () => {
    const script = workspace.write('main.ts', 'setInterval(() => {}, 1000)')
    const other = spawn(process.execPath, [script])
    workspace.write('.switchboard/rotate/pid', String(other.pid))
    const refused = await rotate(['--yes'])
    other.kill('SIGKILL')
    expect(refused).toMatchObject({ code: 2, data: { error: { code: 'rotation_running' } } })
    expect(twilio.changes).toEqual([])
  })

  it('goes on after a failed upload and a refused promotion, or goes back', async () => {
    const before = ring()
    const holders = ['switchboard-consumer', 'switchboard']
    const text = vars()['TWILIO_AUTH_TOKENS']
    bindingsOf('switchboard-consumer').push({ type: 'secret_text', name: SECRET_NAME, text })
    // The consumer has it by then.
    cloudflare.failOn('PATCH', /switchboard\/secrets-bulk$/, 403)
    expect(await rotate(['--yes'])).toMatchObject({
      code: 1,
      data: { error: { code: 'wrangler_failed' } },
    })
    expect(twilio.changes.map(({ url }) => url)).toEqual([
      'accounts.twilio.com/v1/AuthTokens/Secondary',
    ])

    twilio.onChange = ({ url }) => (url.endsWith('/Promote') ? 'refuse' : null)
    expect(await rotate(['--yes'])).toMatchObject({
      code: 1,
      data: { error: { code: 'twilio_21402' } },
    })
    expect(ring()).toEqual({ ...before, next: account.secondary_auth_token })
    expect(holders.map(uploadedRing)).toEqual([ring(), ring()])
    expect(await sendOne()).toBe(200)

    twilio.reset()
    expect((await rotate(['--abort', '--yes'], undefined, [])).code).toBe(0)
    expect([ring(), account.secondary_auth_token]).toEqual([before, null])
    expect(holders.map(uploadedRing)).toEqual([before, before])
    expect(await sendOne()).toBe(200)
  })

  it('has shown no token, and asked Cloudflare for nothing that the stand-in does not know', () => {
    expect(tokens.size).toBeGreaterThan(2)
    for (const token of tokens) expect(output).not.toContain(token)
    expect(cloudflare.unknown).toEqual([])
  })
})
