import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
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
const state = join(workspace.path, 'state')
const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
let gateway: Running

/** It makes up its own keys, in its state folder. */
beforeAll(async () => {
  gateway = await start(['--demo', '--port', '0', '--state', state])
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
  keys: z.record(z.string(), z.object({ sent: z.number(), refused: z.number() })).nullable(),
  wrong: z.array(z.object({ what: z.string(), count: z.number() })),
})

async function simulate(args: string[], options: { env?: Record<string, string> } = { env }) {
  const { code, out } = await run(['simulate', '--json', ...args], options)
  return { code, ...account.parse(JSON.parse(out)) }
}

describe('switchboard simulate', () => {
  it('90 webhooks and a rotation: the genuine accepted, enemies refused, copies answered alike', async () => {
    const mix =
      'message=2,whatsapp=1,call=1,follow=1,conference=1,fallback=2,events=1,forged=1,replayed=1,rehashed=1,truncated=1,huge=1,foreign=1'
    const record = join(workspace.path, 'account.jsonl')
    const { code, ok, wrong, rows, compared, keys, sent } = await simulate(
      [
        ...['--to', gateway.url, '--state', state, '--mix', mix, '--seed', 'proof', '--rotate'],
        ...['--places', '8', '--count', '90', '--rate', '60', '--record', record],
      ],
      {},
    )
    expect({ code, ok, wrong }).toEqual({ code: 0, ok: true, wrong: [] })
    expect(compared).toBeGreaterThan(2)
    expect(rows.every((row) => row.sent === row.good)).toBe(true)
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        ...['messaging.inbound', 'messaging.status', 'voice.inbound', 'voice.gather.action'],
        ...['voice.conference.status', 'voice.recording.status', 'fallback', 'event-streams'],
        ...['forged', 'replayed', 'rehashed', 'truncated', 'huge', 'foreign'],
      ]),
    )
    expect(keys?.['promoted']?.sent).toBeGreaterThan(20)
    expect(keys?.['promoted']?.refused).toBe(0)
    const text = readFileSync(record, 'utf8')
    expect(text.match(/"simulate\.sent"/g)).toHaveLength(sent)
    const ring = readFileSync(join(state, 'TWILIO_AUTH_TOKENS'), 'utf8')
    const tokens = ring.match(/[0-9a-f]{32}/g) ?? []
    expect(tokens).toHaveLength(2)
    expect(tokens.filter((token) => text.includes(token))).toEqual([])
  })

  it('a gateway that knows only the first key loses what comes behind the promotion', async () => {
    const ring = readFileSync(join(state, 'TWILIO_AUTH_TOKENS'), 'utf8')
    const { primary } = z
      .object({ '*': z.object({ primary: z.string() }) })
      .parse(JSON.parse(ring))['*']
    const known = { '*': { primary, next: 'f'.repeat(32) } }
    const { code, keys, wrong } = await simulate(
      [
        ...['--to', gateway.url, '--mix', 'message=1', '--count', '12', '--rate', '60'],
        ...['--seed', 'unknown', '--rotate', '50', '--no-fallback'],
      ],
      { env: { TWILIO_AUTH_TOKENS: JSON.stringify(known) } },
    )
    expect(code).toBe(1)
    expect(keys?.['current']?.refused).toBe(0)
    expect(keys?.['promoted']?.refused).toBe(keys?.['promoted']?.sent)
    expect(wrong).toMatchObject([{ what: 'not_accepted', count: keys?.['promoted']?.sent }])
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
