import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Mix } from '../../../src/cli/simulate/mix.ts'
import type { Rotation } from '../../../src/cli/simulate/keys.ts'
import { parseOverrides } from '../../../src/cli/simulate/overrides.ts'
import { planConversations } from '../../../src/cli/simulate/plan.ts'
import { runConversations } from '../../../src/cli/simulate/run.ts'
import { toSummary } from '../../../src/cli/simulate/summary.ts'
import { parseForm } from '../../../src/twilio/params.ts'
import { signWebhook } from '../../../src/twilio/signature.ts'

const signer = { account: `AC${'1'.repeat(32)}`, token: '0123456789abcdef0123456789abcdef' }
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function serve(answer: Answer): Promise<string> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk)).on('end', () => answer(request, response, body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const twiml = (response: ServerResponse, text = '<Response/>') =>
  response.writeHead(200, { 'content-type': 'text/xml' }).end(text)

async function simulate(
  url: string,
  options: {
    mix?: Mix
    count?: number
    overrides?: string
    signal?: AbortSignal
    fallback?: string
    rotation?: Rotation
    edges?: number
    hurry?: number
  } = {},
) {
  const { mix = { message: 1 }, count = 8, overrides = 'rc=1&rp=5xx,ct,rt' } = options
  const { fallback = null, rotation = null, edges = 3, hurry = 1_000_000 } = options
  const places = { sms: `${url}/sms`, voice: `${url}/voice`, status: `${url}/status`, fallback }
  const parsed = parseOverrides(overrides)
  if (!parsed) throw new Error('no overrides')
  const plan = planConversations({ seed: 'r', count, rate: 500, mix, places, edges })
  const { sent } = await runConversations(plan, {
    signer,
    publicUrl: null,
    date: new Date(),
    places,
    rotation,
    edges,
    hurry,
    overrides: parsed,
    signal: options.signal ?? new AbortController().signal,
    onSent: () => {},
  })
  return { sent, summary: toSummary(sent) }
}

describe('runConversations', () => {
  it('tries again what fails, with the same token and body, and counts what that saved', async () => {
    const seen = new Map<unknown, string[]>()
    const url = await serve((request, response, body) => {
      const token = request.headers['i-twilio-idempotency-token']
      const bodies = [...(seen.get(token) ?? []), body]
      seen.set(token, bodies)
      if (bodies.length === 1) response.writeHead(503).end()
      else twiml(response)
    })
    const { summary } = await simulate(url, { count: 4, fallback: `${url}/fallback` })
    expect(summary.ok).toBe(true)
    // The retry helped.
    expect(summary.fallbacks).toBe(0)
    expect(summary.saved).toBe(summary.retries)
    expect(summary.retries).toBeGreaterThan(0)
    for (const bodies of seen.values()) expect(new Set(bodies).size).toBe(1)
  })

  it('gives up where the server hangs, each attempt after its time-out', async () => {
    const url = await serve(() => {})
    const { sent, summary } = await simulate(url, { count: 1, overrides: 'rc=1&rp=rt&rt=100' })
    expect(sent.map(({ attempt, loss, isLast }) => [attempt, loss, isLast])).toEqual([
      [1, 'rt', false],
      [2, 'rt', true],
    ])
    expect(summary.wrong).toMatchObject([{ what: 'not_accepted', count: 1 }])
  })

  it('all attempts together take no longer than Twilio waits', async () => {
    const url = await serve(() => {})
    const { sent } = await simulate(url, { count: 1, overrides: 'rc=5&rp=rt&rt=100&tt=150' })
    // Without the limit there were six.
    expect(sent.length).toBeLessThan(3)
  })

  it('tells a server that is not there, and an answer that breaks off', async () => {
    const gone = await simulate('http://127.0.0.1:9', { count: 1 })
    expect(gone.sent.map(({ loss }) => loss)).toEqual(['ct', 'ct'])
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' }).write('<Resp')
      setImmediate(() => response.destroy())
    })
    const broken = await simulate(url, { count: 1 })
    expect(broken.sent.map(({ loss, isGood }) => [loss, isGood])).toEqual([['partial', false]])
  })

  it('finds answers that differ for one token, and enemies that are let in', async () => {
    let count = 0
    const url = await serve((_request, response) =>
      twiml(response, `<Response><Message>${(count += 1)}</Message></Response>`),
    )
    const mix = { message: 3, huge: 1, forged: 1 }
    const { sent, summary } = await simulate(url, { count: 60, mix })
    const keys = (wanted: string) =>
      new Set(sent.filter(({ enemy }) => enemy === wanted).map(({ key }) => key))
    expect([keys('huge'), keys('forged')]).toEqual([new Set(['current']), new Set([null])])
    expect(summary.wrong.map(({ what }) => what)).toEqual(['not_refused', 'another_answer'])
    expect(summary.wrong[0]?.count).toBe(summary.enemies)
  })

  it('signs a retry anew with the key that has been promoted meanwhile', async () => {
    const promoted = 'f'.repeat(32)
    const seen: { key: string | null; token: unknown; body: string }[] = []
    const url = await serve((request, response, body) => {
      const signature = request.headers['x-twilio-signature']
      const pairs = parseForm(body)
      const key = [signer.token, promoted].find(
        (token) => signWebhook({ url: `${url}${request.url}`, pairs, token }) === signature,
      )
      seen.push({ key: key ?? null, token: request.headers['i-twilio-idempotency-token'], body })
      // Hangs: the retry comes behind the promotion.
      if (key === promoted) twiml(response)
    })
    const { sent, summary } = await simulate(url, {
      count: 1,
      overrides: 'rc=1&rp=rt&rt=150',
      rotation: { token: promoted, atMs: 100 },
    })
    expect(seen.map(({ key }) => key)).toEqual([signer.token, promoted])
    expect(seen[0]?.body).toBe(seen[1]?.body)
    expect(seen[0]?.token).toBe(seen[1]?.token)
    expect(sent.map(({ key, attempt }) => [key, attempt])).toEqual([
      ['current', 1],
      ['promoted', 2],
    ])
    expect(JSON.stringify(sent)).not.toContain(promoted)
    expect(summary.keys?.promoted).toEqual({ sent: 1, refused: 0 })
  })

  it('asks the fallback URL at once, once, and with the reason', async () => {
    const asked: [path: string, params: URLSearchParams][] = []
    const url = await serve((request, response, body) => {
      asked.push([request.url ?? '', new URLSearchParams(body)])
      if (request.url === '/fallback') twiml(response)
      else response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response>')
    })
    const { sent, summary } = await simulate(url, { fallback: `${url}/fallback`, count: 150 })
    const fallbacks = asked.filter(([path]) => path === '/fallback')
    const inbound = sent.filter(({ kind }) => kind === 'messaging.inbound')
    const first = new Set(inbound.map(({ token }) => token))
    expect(inbound.length).toBeGreaterThan(first.size)
    expect(fallbacks).toHaveLength(first.size)
    const [, params] = fallbacks[0] ?? []
    expect([params?.get('ErrorCode'), params?.get('ErrorUrl')]).toEqual(['12100', `${url}/sms`])
    expect(params?.get('MessageSid')).toBe(asked[0]?.[1].get('MessageSid'))
    expect(summary.fallbacks).toBe(first.size)
    expect(summary.wrong.map(({ what }) => what)).toEqual(['not_accepted'])
    expect(asked.some(([path]) => path === '/status')).toBe(true)
  })

  it('Event Streams tries for four hours, in a hurry, and what is refused not again', async () => {
    const statuses = [503, 302, 429]
    const url = await serve((_request, response) => response.writeHead(statuses[0] ?? 204).end())
    const dead = await simulate(url, { count: 1, mix: { events: 1 } })
    expect(dead.sent.length).toBeGreaterThan(25)
    expect(dead.sent.at(-1)?.isLast).toBe(true)
    expect(new Set(dead.sent.map(({ token }) => token)).size).toBe(1)
    expect(dead.sent[0]?.streamed.length).toBeGreaterThan(0)
    statuses.splice(0, 2)
    const refused = await simulate(url, { count: 1, mix: { events: 1 } })
    expect(refused.sent.map(({ status, isLast }) => [status, isLast])).toEqual([[429, true]])
  })

  it('a pause of Event Streams is as long as its hurry says', async () => {
    let count = 0
    const url = await serve((_request, response) =>
      response.writeHead((count += 1) > 1 ? 204 : 503).end(),
    )
    const { sent } = await simulate(url, { count: 1, mix: { events: 1 }, hurry: 10 })
    expect(sent.map(({ status }) => status)).toEqual([503, 204])
    const [first, second] = sent.map(({ atMs }) => atMs)
    // A second of Twilio's, shortened by up to a half, ten times as fast.
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(48)
  })

  it('comes from several places, each with connections of its own', async () => {
    const ports = new Map<unknown, Set<number | undefined>>()
    const url = await serve((request, response) => {
      const token = request.headers['i-twilio-idempotency-token']
      ports.set(token, (ports.get(token) ?? new Set()).add(request.socket.remotePort))
      response.writeHead(503).end()
    })
    const { sent } = await simulate(url, { count: 1, edges: 8, overrides: 'rc=2&rp=5xx' })
    expect(new Set(sent.map(({ place }) => place)).size).toBe(3)
    expect(ports.get(sent[0]?.token)?.size).toBe(3)
    ports.clear()
    await simulate(url, { count: 4, edges: 1, overrides: 'rc=1&rp=5xx' })
    expect(new Set([...ports.values()].flatMap((each) => [...each])).size).toBe(1)
  })

  it('gives enemies no cookies, and keeps none of theirs', async () => {
    const cookies: unknown[] = []
    const url = await serve((request, response, body) => {
      const isEnemy = body.includes('Injected')
      if (isEnemy) cookies.push(request.headers.cookie)
      response.setHeader('set-cookie', 'a=1; Path=/')
      twiml(response)
    })
    await simulate(url, { count: 40, mix: { replayed: 1 } })
    expect(cookies.length).toBeGreaterThan(5)
    expect(new Set(cookies)).toEqual(new Set([undefined]))
  })

  it('keeps cookies for a conversation, and no longer', async () => {
    const cookies: (string | undefined)[] = []
    const url = await serve((request, response) => {
      cookies.push(request.headers.cookie)
      response.setHeader('set-cookie', [`id=${cookies.length}; Path=/`, 'b=2'])
      twiml(response)
    })
    const { sent } = await simulate(url, { count: 9, mix: { call: 1 } })
    expect(cookies.filter((cookie) => cookie === undefined)).toHaveLength(
      new Set(sent.map(({ conversation }) => conversation)).size,
    )
    expect(cookies).toContain('id=1; b=2')
  })

  it('keeps the cookies of two callers of one conference apart', async () => {
    const calls = new Map<string, Set<string>>()
    const ofConferences: unknown[] = []
    const url = await serve((request, response, body) => {
      const callSid = new URLSearchParams(body).get('CallSid') ?? ''
      const isConference = body.includes('StatusCallbackEvent=')
      if (isConference) ofConferences.push(request.headers.cookie)
      else if (callSid !== '') {
        const came = request.headers.cookie ?? `call=${callSid}`
        calls.set(callSid, (calls.get(callSid) ?? new Set()).add(came))
      }
      response.setHeader('set-cookie', isConference ? 'conference=1' : `call=${callSid}; Path=/`)
      twiml(response)
    })
    await simulate(url, { count: 25, mix: { conference: 1 } })
    expect(new Set(ofConferences)).toEqual(new Set([undefined]))
    expect(calls.size).toBeGreaterThan(1)
    for (const [callSid, came] of calls) expect([...came]).toEqual([`call=${callSid}`])
  })

  it('follows what a call is told, on this gateway only', async () => {
    const asked: string[] = []
    const url = await serve((request, response) => {
      asked.push(request.url ?? '')
      const next = asked.length < 3 ? '/next' : 'http://192.0.2.1/away'
      twiml(
        response,
        request.url === '/status'
          ? '<Response/>'
          : `<Response><Redirect>${next}</Redirect></Response>`,
      )
    })
    const { summary } = await simulate(url, { count: 3, mix: { follow: 1 } })
    expect(asked).toEqual(['/status', '/voice', '/status', '/next', '/status'])
    expect(summary.ok).toBe(true)
  })

  it('ends where it is told to, with the account so far', async () => {
    const controller = new AbortController()
    const url = await serve((_request, response) => {
      controller.abort()
      twiml(response)
    })
    const { summary } = await simulate(url, { count: 500, signal: controller.signal })
    expect(summary.ok).toBe(true)
    expect(summary.sent).toBeGreaterThan(0)
    expect(summary.sent).toBeLessThan(20)
  })
})
