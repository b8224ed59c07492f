import { spawn } from 'node:child_process'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  AUTH_TOKEN,
  createWorkspace,
  finished,
  MAIN,
  run,
  start,
  type Running,
} from './switchboard.ts'

const workspace = createWorkspace()
const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
let gateway: Running

beforeAll(async () => {
  const state = join(workspace.path, 'state')
  gateway = await start(['--port', '0', '--state', state], { env })
})
afterAll(async () => {
  await gateway.stop()
  workspace.remove()
})

const account = z.object({
  seed: z.string(),
  isEarly: z.boolean(),
  ok: z.boolean(),
  sent: z.number(),
  enemies: z.number(),
  compared: z.number(),
  rows: z.array(z.object({ name: z.string(), sent: z.number(), good: z.number() })),
  wrong: z.array(z.object({ what: z.string(), count: z.number() })),
})

async function simulate(args: string[]) {
  const { code, out } = await run(['simulate', '--json', ...args], { env })
  return { code, ...account.parse(JSON.parse(out)) }
}

describe('switchboard simulate', () => {
  it('60 webhooks: each genuine one accepted, each enemy refused, copies answered alike', async () => {
    const mix =
      'message=2,whatsapp=1,call=1,follow=1,events=1,forged=1,replayed=1,truncated=1,huge=1,foreign=1'
    const to = ['--to', gateway.url, '--mix', mix, '--seed', 'proof']
    const { code, ok, wrong, rows, compared } = await simulate([
      ...to,
      '--count',
      '60',
      '--rate',
      '60',
    ])
    expect({ code, ok, wrong }).toEqual({ code: 0, ok: true, wrong: [] })
    expect(compared).toBeGreaterThan(2)
    expect(rows.every(({ sent, good }) => sent === good)).toBe(true)
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['messaging.inbound', 'messaging.status', 'voice.inbound', 'voice.gather.action'],
        ...['event-streams', 'forged', 'replayed', 'truncated', 'huge', 'foreign'],
      ]),
    )
  })

  it.concurrent.each<[string, (response: ServerResponse, count: number) => void, string[]]>([
    ['answers 500', (response) => response.writeHead(500).end(), ['not_accepted', 'not_refused']],
    ['hangs', () => {}, ['not_accepted', 'not_refused']],
    [
      'lets everybody in and answers differently',
      (response, count) =>
        response
          .writeHead(200, { 'content-type': 'text/xml' })
          .end(`<Response><Message>${count}</Message></Response>`),
      ['not_refused', 'another_answer'],
    ],
  ])('exit code 1 says what is wrong with a server that %s', async (_what, answer, expected) => {
    let count = 0
    const server = createServer((_request, response) => answer(response, (count += 1)))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, wrong } = await simulate([
      ...['--to', `http://127.0.0.1:${port}`, '--count', '30', '--rate', '500', '--seed', 'w'],
      ...['--mix', 'message=3,forged=1', '--overrides', 'rc=1&rp=rt&rt=100'],
    ])
    server.closeAllConnections()
    server.close()
    expect(code).toBe(1)
    expect(wrong.map(({ what }) => what)).toEqual(expected)
  })

  it('Ctrl-C ends it with the account so far', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>')
      child.kill('SIGINT')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const to = ['--to', `http://127.0.0.1:${port}`, '--mix', 'message=1', '--count', '5000']
    const child = spawn(process.execPath, [MAIN, 'simulate', ...to, '--json'], {
      env: { ...process.env, ...env },
    })
    const { code, out } = await finished(child)
    server.close()
    const { isEarly, ok, sent } = account.parse(JSON.parse(out))
    expect({ code, isEarly, ok }).toEqual({ code: 130, isEarly: true, ok: true })
    expect(sent).toBeGreaterThan(0)
    expect(sent).toBeLessThan(50)
  })
})
