/**
 * `switchboard deploy` with the real wrangler, against a stand-in of Cloudflare that runs what was
 * uploaded: what is created, what a second run does, and every way of breaking off.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secretsOf } from '../standins/cloudflare/scripts.ts'
import { startCloudflare, type Cloudflare } from '../standins/cloudflare/cloudflare.ts'
import {
  createProject,
  hasSecret,
  listTalkativeProcesses,
  PUBLIC_URL,
  SECRETS,
  type Project,
} from '../standins/cloudflare/project.ts'
import { ROOT } from './switchboard.ts'

const MAIN = join(ROOT, 'src/cli/main.ts')

let cloudflare: Cloudflare
let project: Project

beforeEach(async () => {
  cloudflare = await startCloudflare()
  project = createProject(cloudflare, { quick: true })
})

afterEach(async () => {
  await cloudflare.stop()
  project.remove()
})

/** One JSON document on standard output, nothing else, and no secret anywhere. */
async function deploy(args: string[] = [], env: Record<string, string> = {}) {
  const via = ['--via', cloudflare.edgeUrl, '--wait', '20']
  const { code, out, err } = await project.deploy([...via, '--json', ...args], env)
  expect(hasSecret(out + err)).toBe(false)
  expect(cloudflare.unknown).toEqual([])
  return { code, ...JSON.parse(out) }
}

const steps = (
  data: { steps: { kind: string; subject: string; state: string }[] },
  state: string,
) =>
  data.steps.filter((step) => step.state === state).map(({ kind, subject }) => `${kind} ${subject}`)

const titles = () => cloudflare.account.namespaces.map(({ title }) => title)
const queueNames = () => cloudflare.account.queues.map(({ queue_name: name }) => name)

/** One of each (or two), named in the wrangler files; all queues kept for 14 days and consumed. */
async function expectWhole(shards: 1 | 2 = 1) {
  const suffixes = ['', '-2'].slice(0, shards)
  const { namespaces, databases, queues, scripts } = cloudflare.account
  expect(titles()).toEqual(['switchboard'])
  expect(databases.map(({ name }) => name)).toEqual(
    suffixes.map((suffix) => `switchboard${suffix}`),
  )
  expect(queueNames().toSorted()).toEqual(
    ['dead', 'events'].flatMap((name) => suffixes.map((suffix) => `switchboard-${name}${suffix}`)),
  )
  for (const { settings, consumers } of queues) {
    expect(settings['message_retention_period']).toBe(14 * 86_400)
    expect(consumers.map(({ script }) => script)).toEqual(['switchboard-consumer'])
  }
  expect(project.read('wrangler.toml')).toContain(`id = "${namespaces[0]?.id}"`)
  expect(project.read('wrangler.consumer.toml')).toContain(`id = "${namespaces[0]?.id}"`)
  for (const { uuid } of databases) {
    expect(project.read('wrangler.consumer.toml')).toContain(`database_id = "${uuid}"`)
  }
  const secrets = [...scripts.all.values()].map((script) => [script.name, secretsOf(script)])
  expect(Object.fromEntries(secrets)).toMatchObject({
    'switchboard-consumer': ['CRM_SECRET', 'REDACT_KEY'],
    switchboard: ['TWILIO_AUTH_TOKENS'],
  })
  expect(scripts.all.get('switchboard-consumer')?.schedules).toEqual([{ cron: '* * * * *' }])
  expect(scripts.all.get('switchboard')?.isOnWorkersDev).toBe(true)
  const kinds = await Promise.all(
    databases.map(async ({ uuid }) => {
      const ledger = await cloudflare.storage.d1(uuid)
      return (await ledger.prepare('SELECT kind FROM events').all()).results
    }),
  )
  expect(kinds.flat()).toContainEqual({ kind: 'switchboard.test' })
}

/** What the console, as it was uploaded, answers to somebody whom it does not know. */
async function askConsole(): Promise<number> {
  const worker = await cloudflare.storage.worker('switchboard-console')
  const response = await worker?.fetch('https://console.example.com/', { redirect: 'manual' })
  return response?.status ?? 0
}

const uploads = () =>
  cloudflare.calls
    .filter(({ method, path, status }) => {
      const isUpload = method === 'PUT' && /\/scripts\/[^/]+$/.test(path)
      return status === 200 && (isUpload || (method === 'POST' && path.endsWith('/versions')))
    })
    .map(({ path }) =>
      path
        .replace(/\/versions$/, '')
        .split('/')
        .at(-1),
    )

/** Each starts wrangler a dozen times. */
const TIMEOUT_MS = 300_000

describe('switchboard deploy', { timeout: TIMEOUT_MS }, () => {
  it('says first, makes everything then, and nothing twice', async () => {
    project.remove()
    project = createProject(cloudflare)
    project.copy('wrangler.console.toml')
    const { CONSOLE_PASSWORDS: _, ...secrets } = SECRETS
    project.writeSecrets(secrets)
    const before = project.read('wrangler.toml')

    const dry = await deploy(['--dry-run'])
    expect(dry).toMatchObject({ code: 0, status: 'dry_run' })
    expect(cloudflare.calls.every(({ method }) => method === 'GET')).toBe(true)
    expect(project.read('wrangler.toml')).toBe(before)

    const leaks: string[] = []
    cloudflare.watch(({ method }) => {
      if (method !== 'GET') leaks.push(...project.listLeaks(), ...listTalkativeProcesses())
    })
    const first = await deploy()
    expect(first).toMatchObject({ code: 0, status: 'deployed', url: PUBLIC_URL })
    expect(first.endpoints).toEqual([
      { name: 'sms', url: `${PUBLIC_URL}/sms` },
      { name: 'status', url: `${PUBLIC_URL}/status` },
    ])
    expect(steps(first, 'needed')).toEqual(steps(dry, 'needed'))
    expect(first.console).toEqual({
      url: expect.stringMatching(/^https:\/\/switchboard-console\.[\w-]+\.workers\.dev$/),
      isClosed: true,
    })
    expect(await askConsole()).toBe(503)
    expect(leaks).toEqual([])
    expect(project.listLeaks()).toEqual([])
    expect(uploads()).toEqual(['switchboard-consumer', 'switchboard-console', 'switchboard'])
    await expectWhole()

    cloudflare.takeChanges()
    const again = await deploy()
    expect(again).toMatchObject({ code: 0, status: 'unchanged' })
    expect(steps(again, 'needed')).toEqual(['health gateway', 'test gateway'])
    expect(cloudflare.takeChanges()).toEqual([])

    const update = await deploy(['--dry-run', '--update-secrets'])
    expect(steps(update, 'needed')).toEqual([
      'worker consumer',
      'worker gateway',
      'health gateway',
      'test gateway',
    ])

    project.writeSecrets(SECRETS)
    const opened = await deploy(['--no-test'])
    expect(steps(opened, 'needed')).toEqual(['worker console', 'health gateway'])
    expect(opened.console.isClosed).toBe(false)
    expect(await askConsole()).toBe(303)

    // Another config, elsewhere: it is what the build compiles, what KV gets and what is running.
    project.writeConfig(
      `{ publicUrl: '${PUBLIC_URL}', endpoints: { other: { path: '/other' } } }`,
      'b.ts',
    )
    const other = await deploy(['--config', 'b.ts', '--no-test'])
    expect(steps(other, 'needed')).toEqual([
      'worker consumer',
      'worker console',
      'worker gateway',
      `config ${other.version}`,
      'health gateway',
    ])
    const health = await fetch(`${cloudflare.edgeUrl}/healthz`)
    expect(await health.json()).toMatchObject({ status: 'ok', config: other.version })
    expect(uploads().toSorted()).toEqual([
      'switchboard',
      'switchboard-console',
      'switchboard-console',
      'switchboard-consumer',
    ])
  })

  it('goes on after a failure of any step, also with two shards', async () => {
    execFileSync(process.execPath, [MAIN, 'shards', '2'], { cwd: project.path })
    const post = (path: RegExp) => ['POST', path] as const
    const put = (path: RegExp) => ['PUT', path] as const
    const refused: (readonly [method: string, path: RegExp])[] = [
      post(/\/storage\/kv\/namespaces$/),
      post(/\/queues$/),
      post(/\/d1\/database$/),
      post(/\/query$/),
      put(/\/scripts\/switchboard-consumer$/),
      post(/\/queues\/[^/]+\/consumers$/),
      put(/\/scripts\/switchboard$/),
      put(/\/values\/config%3Acurrent$/),
    ]
    for (const [method, path] of refused) {
      cloudflare.failOn(method, path, 400)
      const failed = await deploy(['--no-test'])
      expect(failed).toMatchObject({ code: 1, error: { next: expect.any(String) } })
      expect(cloudflare.faultsLeft()).toBe(0)
    }
    expect(await deploy()).toMatchObject({ code: 0, status: 'deployed' })
    await expectWhole(2)
    expect(project.listLeaks()).toEqual([])
  })

  it('goes on after being killed, and after answers that were lost', async () => {
    cloudflare.failOn('POST', /\/d1\/database$/, 'lost')
    for (const path of [/\/queues$/, /\/scripts\/switchboard-consumer$/]) {
      const child = project.start(['--no-test'])
      cloudflare.watch((call) => {
        const isIt = call.isChange && path.test(call.path)
        if (isIt) process.kill(-(child.pid ?? 0), 'SIGKILL')
      })
      const signal = await new Promise((resolve) =>
        child.once('close', (_code, name) => resolve(name)),
      )
      expect(signal).toBe('SIGKILL')
      cloudflare.watch(() => {})
    }
    const elsewhere = await deploy(['--via', 'http://127.0.0.1:1', '--wait', '0'])
    expect(elsewhere).toMatchObject({ code: 1, error: { code: 'gateway_unwell' } })
    expect(cloudflare.faultsLeft()).toBe(0)
    expect(await deploy()).toMatchObject({ code: 0, status: 'unchanged' })
    await expectWhole()
    expect(project.listLeaks()).toEqual([])
  })

  it('changes nothing when something is missing or wrong', async () => {
    project.writeSecrets({ TWILIO_AUTH_TOKENS: SECRETS.TWILIO_AUTH_TOKENS })
    const missing = await deploy()
    expect(missing).toMatchObject({ code: 2, error: { code: 'secrets_missing' } })
    expect(missing.error.message).toContain('CRM_SECRET, REDACT_KEY')

    const stranger = await deploy([], {
      CLOUDFLARE_API_TOKEN: 'another-token-of-forty-characters-000001',
    })
    expect(stranger).toMatchObject({ code: 2, error: { code: 'cloudflare_token' } })

    const nobody = await deploy([], { CLOUDFLARE_API_TOKEN: '', HOME: project.path })
    expect(nobody).toMatchObject({ code: 2, error: { code: 'not_logged_in' } })

    project.writeSecrets({ ...SECRETS, TWILIO_AUTH_TOKENS: '{"AC' })
    expect(await deploy()).toMatchObject({ code: 2, error: { code: 'secret_invalid' } })

    project.writeConfig('{ endpoints: {} }')
    cloudflare.account.subdomain = null
    expect(await deploy()).toMatchObject({ code: 2, error: { code: 'no_subdomain' } })

    expect(cloudflare.calls.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
