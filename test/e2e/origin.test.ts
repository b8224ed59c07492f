/**
 * `origin`: a real app behind the gateway, on Express with Twilio's own middleware in front of its
 * handlers, so that every request it answers has proven itself to the official SDK.
 */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request } from 'express'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Param } from '../../src/twilio/params.ts'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import { AUTH_TOKEN, createWorkspace, start, type Running } from './switchboard.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
const workspace = createWorkspace()
const seen: Record<string, Request[]> = {}
let app: Server
let gateway: Running

function createApp() {
  const server = express()
  // What Twilio's documentation tells people to write; JSON needs the raw body for its hash.
  const keepRaw = (req: Request, _res: unknown, raw: Buffer) =>
    Object.assign(req, { rawBody: raw.toString() })
  server.use(express.urlencoded({ extended: false }))
  server.use(express.json({ verify: keepRaw as never }))
  // In front of the middleware: whoever follows a redirect to it needs no signature.
  server.all('/unsigned', (_req, res) => res.type('text/xml').send('<Response/>'))
  server.use(twilio.webhook({ validate: true }, AUTH_TOKEN))
  server.use((req, _res, next) => {
    ;(seen[req.path] ??= []).push(req)
    next()
  })
  const xml = (text: string) => `<?xml version="1.0"?><Response>${text}</Response>`
  server.all('/hello', (req, res) => {
    const from = String(req.body?.From ?? req.query['From'])
    res.type('text/xml').send(xml(`<Say>Hello ${from}</Say>`))
  })
  server.all('/deep/a/b', (_req, res) => res.type('text/xml').send(xml('<Say>deep</Say>')))
  server.post('/cookie', (req, res) => {
    res.append('Set-Cookie', 'step=2; Path=/').append('Set-Cookie', 'lang=de')
    res.type('text/xml').send(xml(`<Say>${req.headers.cookie ?? 'none'}</Say>`))
  })
  server.post('/count', (_req, res) => {
    res.type('text/xml').send(xml(`<Say>${seen['/count']?.length}</Say>`))
  })
  server.post('/late', (_req, res) => {
    setTimeout(() => res.type('text/xml').send(xml('<Say>late</Say>')), 2_000)
  })
  server.post('/slow-body', (_req, res) => {
    res.type('text/xml').write('<Response>')
    setTimeout(() => res.end('</Response>'), 2_000)
  })
  server.post('/large', (_req, res) => {
    res.type('text/xml').send(xml(`<Say>${'x'.repeat(64 * 1024)}</Say>`))
  })
  server.post('/fails', (_req, res) => res.status(500).send(xml('<Say>stack trace</Say>')))
  server.post('/moved', (_req, res) => res.redirect('/unsigned'))
  server.post('/html', (_req, res) => res.send('<html><p>oops'))
  server.post('/plain', (_req, res) => res.sendStatus(200))
  server.post('/resets', (req) => req.socket.destroy())
  server.post('/decide', (_req, res) => res.json({ body: 'edited' }))
  server.post('/reject', (_req, res) => res.status(422).json({}))
  server.post('/empty', (_req, res) => res.status(200).end())
  server.post('/no-json', (_req, res) => res.send('not json'))
  return server
}

const PATHS =
  'hello cookie count late slow-body large fails moved missing html plain resets decide reject no-json empty'

beforeAll(async () => {
  app = createApp().listen(0, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  const { port } = app.address() as AddressInfo
  const otherwise = `otherwise: { twiml: '<Response><Say>sorry</Say></Response>' }`
  const endpoints = PATHS.split(' ').map(
    (path) =>
      `'${path}': { path: '/${path}', reply: origin('http://127.0.0.1:${port}/${path}', { deadline: '700ms', ${otherwise} }) }`,
  )
  const config = workspace.config(`{ endpoints: { ${endpoints.join(',\n')},
    plainly: { path: '/default', reply: origin('http://127.0.0.1:${port}/fails', { deadline: '1s' }) },
    dead: { path: '/dead', reply: origin('http://127.0.0.1:9/x', { deadline: '1s', ${otherwise} }) },
    query: { path: '/query', reply: origin('http://127.0.0.1:${port}/hello?tenant=1', { deadline: '1s' }) },
    deep: { path: '/deep/*', reply: origin('http://127.0.0.1:${port}/deep/*', { deadline: '1s' }) },
  } }`)
  gateway = await start(
    ['--config', config, '--port', '0', '--json', '--state', `${workspace.path}/state`],
    {
      env: { TWILIO_AUTH_TOKENS: AUTH_TOKEN },
    },
  )
})
afterAll(async () => {
  await gateway.stop()
  app.closeAllConnections()
  app.close()
  workspace.remove()
})

interface Sent {
  kind?: string
  set?: Param[]
  method?: string
  token?: string
  headers?: Record<string, string>
}

let tokens = 0

async function send(path: string, options: Sent = {}) {
  const { kind = 'voice.inbound', set = [], method = 'POST', headers = {} } = options
  const request = toSignedWebhook(toRealisticWebhook(kind, { account: ACCOUNT, set }), {
    to: gateway.url + path,
    publicUrl: null,
    method,
    authToken: AUTH_TOKEN,
    idempotencyToken: options.token ?? `token-${tokens++}`,
  })
  return sendWebhook({ ...request, headers: { ...request.headers, ...headers } })
}

const SORRY = { status: 200, text: '<Response><Say>sorry</Say></Response>' }

describe('an app behind the gateway', () => {
  it('answers, and Twilio’s own middleware lets the request pass', async () => {
    const answer = await send('/hello', { set: [['From', '+15005550006']] })
    expect(answer).toMatchObject({ status: 200, contentType: 'text/xml; charset=utf-8' })
    expect(answer.text).toContain('<Say>Hello +15005550006</Say>')
  })

  it('gets duplicate names, empty values and UTF-8 as they came', async () => {
    const set: Param[] = [
      ['Body', "Grüße ☎ 'quoted' & more"],
      ['Empty', ''],
      ['Twice', 'b'],
      ['Twice', 'a'],
    ]
    expect((await send('/hello', { set })).text).toContain('Hello')
  })

  it('is asked with GET, and with a query of its own', async () => {
    expect((await send('/hello', { method: 'GET' })).text).toContain('Hello +1500')
    expect((await send('/query', { method: 'GET' })).text).toContain('Hello +1500')
    expect((await send('/query')).text).toContain('Hello +1500')
    expect((await send('/query?user=2')).text).toContain('Hello +1500')
    expect(seen['/hello']?.at(-1)?.query).toEqual({ tenant: '1', user: '2' })
  })

  it('is asked below a wildcard', async () => {
    expect((await send('/deep/a/b')).text).toContain('deep')
  })

  it('gets Twilio’s token, region and agent', async () => {
    await send('/hello', { token: 'the-token' })
    expect(seen['/hello']?.at(-1)?.headers).toMatchObject({
      'i-twilio-idempotency-token': 'the-token',
      'x-home-region': 'us1',
      'user-agent': 'TwilioProxy/1.1',
    })
  })

  it('gets no header that is not Twilio’s', async () => {
    const headers = { authorization: 'Basic eA==', 'x-forwarded-host': 'evil.example.com' }
    await send('/hello', { headers })
    expect(seen['/hello']?.at(-1)?.headers).not.toMatchObject(headers)
    expect(Object.keys(seen['/hello']?.at(-1)?.headers ?? {})).not.toContain('authorization')
    expect(Object.keys(seen['/hello']?.at(-1)?.headers ?? {})).not.toContain('x-forwarded-host')
  })

  it('keeps its cookies, both ways', async () => {
    const request = toSignedWebhook(
      toRealisticWebhook('voice.inbound', { account: ACCOUNT, set: [] }),
      {
        to: `${gateway.url}/cookie`,
        publicUrl: null,
        method: 'POST',
        authToken: AUTH_TOKEN,
        idempotencyToken: 'cookies',
      },
    )
    const { url, ...init } = request
    const response = await fetch(url, { ...init, headers: { ...init.headers, cookie: 'step=1' } })
    expect(response.headers.getSetCookie()).toEqual(['step=2; Path=/', 'lang=de'])
    expect(await response.text()).toContain('step=1')
  })

  it('is not asked again for a retry, which gets the same answer', async () => {
    const first = await send('/count', { token: 'same' })
    await gateway.waitFor(/"endpoint":"count"/)
    const second = await send('/count', { token: 'same' })
    expect(second.text).toBe(first.text)
    expect(seen['/count']).toHaveLength(1)
  })
})

describe('when the app', () => {
  it.each([
    ['is late', '/late', 'timeout'],
    ['is late with its body', '/slow-body', 'timeout'],
    ['is down', '/dead', 'unreachable'],
    ['hangs up', '/resets', 'unreachable'],
    ['answers over 64 kB', '/large', 'too_large'],
    ['answers 500', '/fails', 'status'],
    ['redirects', '/moved', 'status'],
    ['answers 404', '/missing', 'status'],
    ['answers HTML', '/html', 'not_twiml'],
    ['answers plain text', '/plain', 'not_twiml'],
  ])('%s, the caller hears the other answer', async (_what, path, reason) => {
    const answer = await send(path)
    expect(answer).toMatchObject(SORRY)
    expect(answer.durationMs).toBeLessThan(1_900)
    const line = `"endpoint":"${path.slice(1)}"[^\\n]*"reply":"otherwise.${reason}"`
    await gateway.waitFor(new RegExp(line))
  })

  it('fails and nothing else is configured, the kind’s safe default answers', async () => {
    expect((await send('/default')).text).toBe('<Response/>')
  })
})

describe('a kind that asks for a decision', () => {
  const kind = 'conversations.pre'

  it('gets the app’s JSON', async () => {
    const answer = await send('/decide', { kind })
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' })
    expect(JSON.parse(answer.text)).toEqual({ body: 'edited' })
  })

  it('gets the app’s rejection', async () => {
    expect(await send('/reject', { kind })).toMatchObject({ status: 422 })
  })

  it('gets the app’s empty answer, which accepts', async () => {
    expect(await send('/empty', { kind })).toMatchObject({ status: 200, text: '' })
  })

  it('gets the safe default when the app answers no JSON or fails', async () => {
    expect(await send('/no-json', { kind })).toMatchObject({ status: 204, text: '' })
    expect(await send('/default', { kind })).toMatchObject({ status: 204, text: '' })
  })
})

describe('JSON webhooks', () => {
  it('reach the app with a hash that its middleware accepts', async () => {
    const answer = await send('/hello', { kind: 'intelligence.v2' })
    expect(answer).toMatchObject({ status: 204 })
    expect(seen['/hello']?.at(-1)?.body).toMatchObject({ account_sid: ACCOUNT })
  })
})
