/** `check` as people and scripts use it; `--online` against servers that do whatever a target may do. */
import { text } from 'node:stream/consumers'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLoopback } from '../delivery/loopback.ts'
import { KEYS, openSession } from './pseudo-terminal.ts'
import { AUTH_TOKEN, createWorkspace, run, SECRET, type Workspace } from './switchboard.ts'

const workspace: Workspace = createWorkspace()
const loopback = createLoopback()
afterAll(async () => {
  await loopback.closeAll()
  workspace.remove()
})

const check = (args: string[], env: Record<string, string> = {}) =>
  run(['check', ...args], { cwd: workspace.path, env })

interface Shown {
  ok: boolean
  version: string | null
  problems: { path: string; code: string }[]
  warnings: { path: string; code: string }[]
  summary: { targets: { name: string; to: string }[] } | null
  online: { what: string; name: string; result: string; status: number | null; message: string }[]
}

const toShown = (out: string): Shown => JSON.parse(out)
const toPairs = (findings: Shown['problems']) => findings.map(({ path, code }) => `${path} ${code}`)

const GOOD = workspace.write(
  'good.config.mjs',
  `export default {
    endpoints: { sms: { path: '/sms' } },
    targets: { crm: { url: 'https://crm.example.com/hook', events: ['*'], secret: 'CRM_SECRET' } },
  }`,
)
const WHOLE = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, CRM_SECRET: SECRET }

describe('switchboard check', () => {
  it('is good and says what is there', async () => {
    const { code, out } = await check(['--config', GOOD], WHOLE)
    expect(code).toBe(0)
    expect(out).toMatch(/version [0-9a-f]{12}/)
    expect(out).toMatch(/^sms\s+\/sms/m)
    expect(out).toMatch(/^crm\s+cloudevents\s+crm\.example\.com\s+\*\s+CRM_SECRET$/m)
    expect(out).not.toContain(SECRET)
  })

  it('warns of secrets that are not set here, and refuses with --secrets', async () => {
    const warned = await check(['--config', GOOD, '--json'])
    expect(warned.code).toBe(0)
    const names = ['TWILIO_AUTH_TOKENS secret_missing', 'targets.crm.secret secret_missing']
    expect(toPairs(toShown(warned.out).warnings)).toEqual(names)
    const refused = await check(['--config', GOOD, '--json', '--secrets'])
    expect([refused.code, refused.err]).toEqual([2, ''])
    expect(toShown(refused.out)).toMatchObject({ ok: false, warnings: [] })
    expect(toPairs(toShown(refused.out).problems)).toEqual(names)
  })

  it('finds them in .dev.vars, here or beside the config', async () => {
    const other = createWorkspace()
    workspace.write('.dev.vars', `CRM_SECRET=${SECRET}\n`)
    other.write('.dev.vars', `TWILIO_AUTH_TOKENS=${AUTH_TOKEN}\nCRM_SECRET=ignored-here\n`)
    const config = other.write('c.mjs', `export { default } from '${GOOD}'`)
    const { code, out } = await check(['--config', config, '--secrets', '--json'])
    workspace.write('.dev.vars', '')
    other.remove()
    expect([code, toShown(out).problems]).toEqual([0, []])
  })

  it('reports every problem at once, with its place, and calls nobody', async () => {
    const config = workspace.config(`{
      endpoints: { sms: { path: 'sms', reply: { twiml: '<Response><Mesage/></Response>' } } },
      targets: { crm: { url: 'http://127.0.0.1:1/', events: ['nothing'] } },
    }`)
    const { code, out } = await check(['--config', config, '--online', '--json'])
    expect(code).toBe(2)
    expect(toShown(out)).toMatchObject({ ok: false, version: null, summary: null, online: null })
    expect(toPairs(toShown(out).problems)).toEqual([
      'endpoints.sms.path bad_path',
      'endpoints.sms.reply.twiml twiml_unknown_element',
      'targets.crm.url private_address',
      'targets.crm.events[0] unknown_event',
    ])
    const shown = await check(['--config', config])
    expect(shown.code).toBe(2)
    expect(shown.out).toContain('4 problems:')
  })

  it('refuses a key ring that cannot be read, wherever it would run', async () => {
    const tokens = '{"AC1":"x"}'
    const { code, out } = await check(['--config', GOOD, '--json'], {
      ...WHOLE,
      TWILIO_AUTH_TOKENS: tokens,
    })
    expect(code).toBe(2)
    expect(toPairs(toShown(out).problems)).toEqual(['TWILIO_AUTH_TOKENS tokens_invalid'])
    expect(out).not.toContain(JSON.stringify(tokens))
  })
})

interface Seen {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

describe('switchboard check --online', () => {
  const seen = new Map<string, Seen>()
  const counts = new Map<string, number>()
  const SLACK_URL: { value: string } = { value: '' }
  let config = ''
  const env = () => ({ ...WHOLE, OPS_URL: SLACK_URL.value })

  /** Keeps what came under a name, then answers. */
  const server = (name: string, answer: (response: ServerResponse) => void) =>
    loopback.http((request: IncomingMessage, response) => {
      void text(request).then((body) => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([key, value]) => [key, String(value)]),
        )
        counts.set(name, (counts.get(name) ?? 0) + 1)
        seen.set(name, { method: request.method ?? '', url: request.url ?? '', headers, body })
        answer(response)
      })
    })
  const status = (name: string, code: number, headers: Record<string, string> = {}) =>
    server(name, (response) => response.writeHead(code, headers).end('an answer'))
  const twiml = '<Response><Say>Hello</Say></Response>'

  beforeAll(async () => {
    const crm = await status('crm', 204)
    const silent = await loopback.http(() => {})
    const closed = await status('closed', 200)
    await loopback.closeOne(closed)
    SLACK_URL.value = await status('ops', 200)
    const urls = {
      crm,
      secretless: await status('secretless', 401),
      moved: await status('moved', 302, { location: crm }),
      lost: await status('lost', 404),
      gone: await status('gone', 410),
      broken: await status('broken', 500),
      silent,
      closed,
      nowhere: `http://${'a'.repeat(64)}.example/hook`,
      insecure: crm.replace('http:', 'https:'),
      dropped: await loopback.answer((socket) => socket.destroy()),
      babble: await loopback.answerBytes('hello\r\n\r\n'),
    }
    const targets = Object.entries(urls).map(
      ([name, url]) =>
        `${name}: { url: '${url}', events: ['*'], secret: 'CRM_SECRET', timeout: '1s' },`,
    )
    const old = await status('old', 200)
    const app = await server('app', (response) =>
      response.writeHead(200, { 'content-type': 'text/xml' }).end(twiml),
    )
    const plain = await server('plain', (response) => response.writeHead(200).end('hello'))
    config = workspace.write(
      'online.config.mjs',
      `export default {
        endpoints: {
          voice: { path: '/voice', reply: { origin: '${app}' } },
          sms: { path: '/sms', reply: { origin: '${plain}' } },
          rest: { path: '/rest/*', reply: { origin: '${new URL(app).origin}/*' } },
          hook: { path: '/hook', reply: { origin: '${app}' } },
        },
        targets: {
          ${targets.join('\n')}
          unset: { url: '${crm}', events: ['*'], secret: 'NOT_SET' },
          old: { url: '${old}', events: ['messaging.inbound'], format: 'twilio' },
          ops: { urlSecret: 'OPS_URL', events: ['switchboard.*'], format: 'slack' },
        },
      }`,
    )
  })

  it('calls all of them side by side and says what each said', async () => {
    const startedAt = performance.now()
    const args = ['--config', config, '--local', '--online', '--yes', '--json']
    const { code, out, err } = await check(args, env())
    const durationMs = performance.now() - startedAt
    expect([code, err]).toEqual([1, ''])
    const { ok, online } = toShown(out)
    expect(ok).toBe(false)
    const results = Object.fromEntries(
      online.map(({ what, name, result, status: answered }) => [
        `${what} ${name}`,
        [result, answered],
      ]),
    )
    expect(results).toEqual({
      'target crm': ['ok', 204],
      'target secretless': ['failed', 401],
      'target moved': ['failed', 302],
      'target lost': ['failed', 404],
      'target gone': ['failed', 410],
      'target broken': ['failed', 500],
      'target silent': ['failed', null],
      'target closed': ['failed', null],
      'target nowhere': ['failed', null],
      'target insecure': ['failed', null],
      'target dropped': ['failed', null],
      'target babble': ['failed', null],
      'target unset': ['failed', null],
      'target old': ['ok', 200],
      'target ops': ['ok', 200],
      'origin voice': ['ok', 200],
      'origin sms': ['failed', 200],
      'origin rest': ['skipped', null],
      'origin hook': ['skipped', null],
    })
    const said = (name: string) => online.find((trial) => trial.name === name)?.message
    expect(said('silent')).toContain('within 1 s')
    expect(said('closed')).toContain('refused')
    expect(said('nowhere')).toContain('DNS')
    expect(said('insecure')).toContain('TLS')
    expect(said('dropped')).toContain('closed without an answer')
    expect(said('babble')).toContain('no HTTP')
    expect(said('unset')).toContain('NOT_SET')
    expect(said('sms')).toContain('no TwiML')
    // The slowest takes a second; one after the other they would take longer than their sum.
    expect(durationMs).toBeLessThan(10_000)
    expect(out + err).not.toContain(SECRET)
    expect(out + err).not.toContain(AUTH_TOKEN)
    expect(out + err).not.toContain(new URL(SLACK_URL.value).host)
  })

  it('sent what says that it is a test, signed as a delivery is', () => {
    const crm = seen.get('crm')
    const event = new Webhook(SECRET).verify(crm?.body ?? '', crm?.headers ?? {})
    expect(event).toMatchObject({ kind: 'switchboard.test', subject: 'crm' })
    expect(JSON.parse(seen.get('ops')?.body ?? '{}')).toEqual({
      text: expect.stringContaining('switchboard.test'),
    })
    for (const name of ['old', 'app']) {
      const request = seen.get(name)
      const { host = '', 'x-twilio-signature': signature = '' } = request?.headers ?? {}
      const url = `http://${host}${request?.url}`
      const params = Object.fromEntries(new URLSearchParams(request?.body))
      expect(params).toMatchObject({ SwitchboardTest: 'true' })
      expect(twilio.validateRequest(AUTH_TOKEN, signature, url, params)).toBe(true)
    }
  })

  it('called each once, and followed no redirect', () => {
    // `moved` points at `crm`.
    expect([...counts.values()].every((count) => count === 1)).toBe(true)
    expect(counts.get('crm')).toBe(1)
  })

  it('calls only the one that is named, without a question where none is needed', async () => {
    seen.clear()
    const args = ['--config', config, '--local', '--only', 'crm']
    const { code, out } = await check(args, env())
    expect(code).toBe(0)
    expect([...seen.keys()]).toEqual(['crm'])
    expect(out).toMatch(/^target crm .* ok .* answered 204/m)
  })

  it('names the option when a handler could take the test for real and nobody can be asked', async () => {
    seen.clear()
    const args = ['--config', config, '--local', '--only', 'old', '--json']
    const { code, out } = await check(args, env())
    expect([code, JSON.parse(out)]).toMatchObject([2, { error: { code: 'not_interactive' } }])
    expect(seen.size).toBe(0)
  })

  it('asks a person, and a no calls nobody', async () => {
    seen.clear()
    const args = ['check', '--config', config, '--local', '--only', 'old']
    const session = openSession(args, workspace.path, env())
    await session.waitFor('Send a test')
    session.type(KEYS.enter)
    expect(await session.exit).toBe(130)
    expect(seen.size).toBe(0)
  })

  it('refuses a name that is not there', async () => {
    const { code, out } = await check(['--config', config, '--local', '--only', 'cmr', '--json'])
    expect([code, JSON.parse(out)]).toMatchObject([2, { error: { code: 'usage' } }])
  })
})
