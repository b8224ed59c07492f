import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Mix } from '../../../src/cli/simulate/mix.ts'
import { parseOverrides } from '../../../src/cli/simulate/overrides.ts'
import { planConversations } from '../../../src/cli/simulate/plan.ts'
import { runConversations } from '../../../src/cli/simulate/run.ts'
import { toSummary } from '../../../src/cli/simulate/summary.ts'

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
  options: { mix?: Mix; count?: number; overrides?: string; signal?: AbortSignal } = {},
) {
  const { mix = { message: 1 }, count = 8, overrides = 'rc=1&rp=5xx,ct,rt' } = options
  const places = { sms: `${url}/sms`, voice: `${url}/voice`, status: `${url}/status` }
  const parsed = parseOverrides(overrides)
  if (!parsed) throw new Error('no overrides')
  const plan = planConversations({ seed: 'r', count, rate: 500, mix, places })
  const { sent } = await runConversations(plan, {
    signer,
    publicUrl: null,
    date: new Date(),
    places,
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
    const { summary } = await simulate(url, { count: 4 })
    expect(summary.ok).toBe(true)
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
    expect(broken.sent.map(({ loss, isGood }) => [loss, isGood])).toEqual([['cut', false]])
  })

  it('finds answers that differ for one token, and enemies that are let in', async () => {
    let count = 0
    const url = await serve((_request, response) =>
      twiml(response, `<Response><Message>${(count += 1)}</Message></Response>`),
    )
    const { summary } = await simulate(url, { count: 60, mix: { message: 3, huge: 1, forged: 1 } })
    expect(summary.wrong.map(({ what }) => what)).toEqual(['not_refused', 'another_answer'])
    expect(summary.wrong[0]?.count).toBe(summary.enemies)
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
