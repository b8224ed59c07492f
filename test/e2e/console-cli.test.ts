/** The verbs of the console as processes, against the real Workers, a real target and a real app. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  AUTH_TOKEN,
  createWorkspace,
  MAIN,
  run,
  SECRET,
  start,
  type Finished,
  type Running,
} from './switchboard.ts'

const WAIT_MS = 20_000

interface Received {
  headers: IncomingHttpHeaders
  body: string
}

/** One that keeps what it gets and answers as it is told. */
async function startServer() {
  const received: Received[] = []
  const at = { status: 200, answer: 'ok', until: Promise.resolve() }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body })
      void at.until.then(() => response.writeHead(at.status).end(at.answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${port}/hooks`, received, at }
}

interface Live {
  child: ChildProcess
  lines: () => Record<string, unknown>[]
  said: () => string
  /** Resolves when it holds; rejects when the process ends first, or after 20 s. */
  until: (holds: () => boolean) => Promise<void>
  end: () => Promise<number | null>
}

/** A verb that runs until it is told to end. */
function startLive(args: string[], env: Record<string, string>): Live {
  const { PATH = '', HOME = '' } = process.env
  const whole: Record<string, string> = { PATH, HOME, ...env }
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: workspace.path,
    env: whole as unknown as NodeJS.ProcessEnv,
  })
  let [out, err] = ['', '']
  const looks = new Set<() => void>()
  child.stdout.on('data', (chunk) => ((out += chunk), looks.forEach((look) => look())))
  child.stderr.on('data', (chunk) => ((err += chunk), looks.forEach((look) => look())))
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  children.push(child)
  const lines = () =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line): Record<string, unknown> => JSON.parse(line))
  return {
    child,
    lines,
    said: () => err,
    until: (holds) =>
      new Promise((resolve, reject) => {
        const settle = (failure: string | null) => {
          clearTimeout(timer)
          looks.delete(look)
          if (failure === null) resolve()
          else reject(new Error(`${failure}; it printed:\n${out}\n${err}`))
        }
        const look = () => void (holds() && settle(null))
        const timer = setTimeout(() => settle('it did not come'), WAIT_MS)
        looks.add(look)
        void closed.then(() => settle('the process ended'))
        look()
      }),
    end: () => {
      child.kill('SIGINT')
      return closed
    },
  }
}

const workspace = createWorkspace()
const children: ChildProcess[] = []
const servers: Server[] = []
let dev: Running
let target: Awaited<ReturnType<typeof startServer>>
let app: Awaited<ReturnType<typeof startServer>>
let consoleUrl = ''
let operator: Record<string, string> = {}
let viewer: Record<string, string> = {}

const devEnv = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }

async function startDev(port: string, consolePort: string): Promise<Running> {
  const config = workspace.config(`{
    endpoints: { sms: { path: '/sms', reply: { twiml: '<Response><Message>Thanks</Message></Response>' } } },
    targets: { crm: { url: '${target.url}', events: ['messaging.*'], retry: [] } },
  }`)
  const ports = ['--port', port, '--console-port', consolePort]
  const options = ['--config', config, ...ports, '--state', 'state', '--json']
  return start(options, { env: devEnv, cwd: workspace.path })
}

beforeAll(async () => {
  ;[target, app] = await Promise.all([startServer(), startServer()])
  servers.push(target.server, app.server)
  dev = await startDev('0', '0')
  const [ready] = dev.lines('dev.ready')
  consoleUrl = String(ready?.['console'])
  operator = await makeToken('operator')
  viewer = await makeToken('viewer')
})

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const server of servers) server.close().closeAllConnections()
  await dev.stop()
  workspace.remove()
})

/** As a page of this machine's console does it; gives the environment of whoever has it. */
async function makeToken(role: string): Promise<Record<string, string>> {
  const csrf = 'x'.repeat(43)
  const made = await fetch(`${consoleUrl}/api/v1/tokens`, {
    method: 'POST',
    headers: {
      origin: consoleUrl,
      cookie: `switchboard-csrf=${csrf}`,
      'x-csrf-token': csrf,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ name: role, role }),
  })
  const { token } = (await made.json()) as { token: string }
  return { SWITCHBOARD_TOKEN: token, SWITCHBOARD_CONSOLE: consoleUrl }
}

const cli = (args: string[], env: Record<string, string>): Promise<Finished> =>
  run(args, { env, cwd: workspace.path })

async function json(args: string[], env: Record<string, string>, code = 0) {
  const finished = await cli([...args, '--json'], env)
  expect(finished).toMatchObject({ code })
  return JSON.parse(finished.out)
}

async function trigger(sid: string): Promise<void> {
  const to = ['--to', `${dev.url}/sms`, '--set', `MessageSid=${sid}`, '--set', 'Body=hello there']
  expect(await run(['trigger', 'messaging.inbound', ...to], { env: devEnv })).toMatchObject({
    code: 0,
  })
}

const toSid = (n: number) => `SM${String(n).padStart(32, '0')}`
const subjectsOf = (live: Live) =>
  live.lines().flatMap(({ type, event }) => (type === 'outcome' ? [] : [subjectOf(event)]))
const subjectOf = (event: unknown) => (event as { subject: string }).subject

let tail: Live
let listen: Live
let eventId = ''

it('tail and listen get what comes; list and show tell what became of it', async () => {
  target.at.status = 500
  const secret = { FORWARD_SIGNING_SECRET: SECRET }
  tail = startLive(['tail', '--kind', 'messaging.*', '--json'], operator)
  listen = startLive(['listen', '--forward', app.url, '--json'], { ...operator, ...secret })
  await Promise.all([
    tail.until(() => tail.said().includes('Ctrl-C')),
    listen.until(() => listen.said().includes('Ctrl-C')),
  ])
  await trigger(toSid(1))
  await Promise.all([
    tail.until(() => JSON.stringify(tail.lines().at(-1) ?? {}).includes('"dead"')),
    listen.until(() => listen.lines().length === 1),
  ])
  const [{ headers, body } = { headers: {}, body: '' }] = app.received
  const verified = new Webhook(SECRET).verify(body, headers as Record<string, string>)
  expect(verified).toMatchObject({ subject: toSid(1), data: { body: 'hello there' } })
  expect(listen.lines()).toMatchObject([{ type: 'forward', verdict: 'delivered', status: 200 }])

  const list = await json(['events', 'list', '--outcome', 'dead', '--since', '1h'], operator)
  expect(list).toMatchObject({ items: [{ subject: toSid(1), from: '+15005550006' }], next: null })
  eventId = list.items[0].id
  expect(subjectsOf(tail)).toEqual([toSid(1)])

  const shown = await json(['events', 'show', eventId], operator)
  expect(shown).toMatchObject({
    event: { id: eventId, outcome: 'dead' },
    stored: { state: 'whole', message: { request: { method: 'POST' } } },
    reply: { status: 200 },
    runs: [{ deliveries: [{ target: 'crm', status: 'dead', history: [{ status: 500 }] }] }],
    related: { items: [{ id: eventId }] },
  })
  const [text, table, missing] = await Promise.all([
    cli(['events', 'show', eventId], operator),
    cli(['events', 'list', '--sid', toSid(1)], operator),
    json(['events', 'show', 'evt_not_there'], operator, 2),
  ])
  expect(text.out).toMatch(/Body +hello there/)
  expect(text.out).toContain('“Thanks”')
  expect(text.out).toContain('crm: dead after 1 attempt')
  expect(table.out).toMatch(/RECEIVED.*\n.*dead for crm/)
  expect(missing).toMatchObject({ error: { code: 'event_unknown' } })
})

it('a viewer sees masked, and may do no more; a wrong token ends at once', async () => {
  const wrong = { ...viewer, SWITCHBOARD_TOKEN: `sbc_${'x'.repeat(43)}` }
  const errorOf = async (args: string[], env: Record<string, string>) =>
    (await json(args, env, 2)).error.code
  const forward = ['--forward', app.url]
  const [list, ...codes] = await Promise.all([
    json(['events', 'list'], viewer),
    errorOf(['events', 'replay', eventId], viewer),
    errorOf(['events', 'replay', '--dead', '--yes'], viewer),
    errorOf(['listen', ...forward], viewer),
    errorOf(['tail', '--text', 'hello'], viewer),
    errorOf(['events', 'list'], wrong),
    errorOf(['tail'], wrong),
    errorOf(['listen', ...forward], wrong),
    errorOf(['listen', '--forward', 'https://app.example.com/'], operator),
    errorOf(['tail', '--console', 'http://console.example.com'], operator),
  ])
  expect(JSON.stringify(list)).not.toContain('5005550006')
  expect(list.items).toHaveLength(2)
  expect(codes).toEqual([
    ...Array(4).fill('operators_only'),
    ...Array(3).fill('token_invalid'),
    'forward_public',
    'console_not_https',
  ])
})

it('a console that is started anew costs no event and repeats none', async () => {
  const [port, consolePort] = [dev.url, consoleUrl].map((url) => new URL(url).port)
  await dev.stop()
  await tail.until(() => tail.said().includes('Connection lost'))
  await listen.until(() => listen.said().includes('Connection lost'))
  target.at.status = 200
  app.at.status = 500
  app.at.answer = 'TypeError: no such thing\n  at line 1'
  dev = await startDev(port ?? '', consolePort ?? '')
  // Whether they are back by now or not.
  await trigger(toSid(2))
  await trigger(toSid(3))
  await Promise.all([
    tail.until(() => subjectsOf(tail).length === 3 && tail.said().includes('Connected again')),
    listen.until(() => listen.lines().length === 3),
  ])
  expect(subjectsOf(tail)).toEqual([1, 2, 3].map(toSid))
  expect(listen.lines().map(({ event, status }) => [subjectOf(event), status])).toEqual([
    [toSid(1), 200],
    [toSid(2), 500],
    [toSid(3), 500],
  ])
  expect(tail.said()).toContain('nothing was missed')
})

it('what is dead is sent again by a plan, a yes and an id; tail sees it delivered', async () => {
  const replay = ['events', 'replay']
  const dead = [...replay, '--dead', '--target', 'crm']
  const [dry, asked, other] = await Promise.all([
    json([...dead, '--dry-run'], operator),
    json(dead, operator, 2),
    json([...replay, '--dead', '--reason', 'timeout', '--yes'], operator),
  ])
  const group = { target: 'crm', reason: 'status_500', events: 1, eventId }
  expect(dry).toMatchObject({ dryRun: true, plan: { events: 1, groups: [group] } })
  expect(asked).toMatchObject({ error: { code: 'not_interactive' } })
  expect(other).toMatchObject({ plan: { events: 0 }, job: null })

  const held = Promise.withResolvers<void>()
  target.at.until = held.promise
  const once = [...dead, '--yes', '--as', 'rpl_once']
  const watching = startLive(once, operator)
  await expect
    .poll(() => target.received.at(-1)?.headers['switchboard-replay'], { timeout: WAIT_MS })
    .toBe('rpl_once')
  expect(await watching.end()).toBe(130)
  expect(watching.said()).toContain('--cancel rpl_once')
  held.resolve()
  // Run again it is the same replay, which went on.
  const first = await json(once, operator)
  expect(first).toMatchObject({
    job: { id: 'rpl_once', state: 'done', sent: 1 },
    outcome: { delivered: 1, dead: 0, waiting: 0 },
  })
  await tail.until(() =>
    tail.lines().some(({ id, outcome }) => id === eventId && outcome === 'delivered'),
  )

  const single = [...replay, eventId, '--to', 'crm', '--as', 'rpl_single']
  const [sent, , ended] = await Promise.all([
    json(single, operator),
    json(single, operator),
    json([...replay, '--cancel', 'rpl_once'], operator),
  ])
  expect(sent).toMatchObject({ replay: 'rpl_single', targets: ['crm'], events: [eventId] })
  expect(ended).toMatchObject({ job: { state: 'done' } })
  await expect
    .poll(async () => (await json(['events', 'show', eventId], operator)).event.replays, {
      timeout: WAIT_MS,
    })
    .toBe(2)
  const replays = target.received.map(({ headers }) => headers['switchboard-replay'] ?? null)
  expect(replays.filter((one) => one !== null).toSorted()).toEqual(['rpl_once', 'rpl_single'])
})

it('Ctrl-C ends both well, with a count', async () => {
  expect(await Promise.all([tail.end(), listen.end()])).toEqual([0, 0])
  expect(listen.said()).toContain('3 events forwarded: 1 taken, 2 refused.')
})
