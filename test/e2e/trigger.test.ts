import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AUTH_TOKEN, createWorkspace, ROOT, run, start, type Running } from './switchboard.ts'

const workspace = createWorkspace()
const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
let gateway: Running

/** The menu that is shipped, a transfer, and a voicemail where nobody takes it. */
const CONFIG = workspace.config(`{ endpoints: {
  sms: { path: '/sms', reply: { twiml: '<Response><Message action="/status">You said {{Body}}</Message></Response>' } },
  voice: { path: '/voice', reply: [
    { when: { DialCallStatus: 'completed' }, twiml: '<Response><Say>Goodbye</Say></Response>' },
    { when: { DialCallStatus: { $exists: true } }, twiml: file('${ROOT}/replies/closed.xml') },
    { when: { Digits: '1' }, twiml: '<Response><Dial action="/voice" record="record-from-answer" recordingStatusCallback="/status"><Number statusCallback="/status" statusCallbackEvent="ringing completed">+15005550006</Number></Dial></Response>' },
    { twiml: file('${ROOT}/replies/menu.xml') },
  ] },
  goodbye: { path: '/goodbye', reply: { twiml: file('${ROOT}/replies/goodbye.xml') } },
  status: { path: '/status' },
  broken: { path: '/broken', reply: { twiml: '<Response><Redirect>/nowhere</Redirect></Response>' } },
  fallback: { path: '/fallback', kind: 'fallback', reply: { twiml: file('${ROOT}/replies/voicemail.xml') } },
} }`)

beforeAll(async () => {
  const state = join(workspace.path, 'state')
  gateway = await start(['--config', CONFIG, '--port', '0', '--state', state], { env })
})
afterAll(async () => {
  await gateway.stop()
  workspace.remove()
})

const played = z.object({
  scenario: z.string(),
  ok: z.boolean(),
  steps: z.array(
    z.object({
      kind: z.string(),
      url: z.string(),
      status: z.number(),
      heard: z.array(z.string()),
      problem: z.object({ code: z.number() }).nullable(),
    }),
  ),
})

/** Plays a scenario against the gateway; gives the exit code and what came of each step. */
async function play(scenario: string, args: string[]) {
  const at = (arg: string) => (arg.startsWith('/') ? gateway.url + arg : arg)
  const { code, out } = await run(['trigger', '--scenario', scenario, '--json', ...args.map(at)], {
    env,
  })
  const { ok, steps } = played.parse(JSON.parse(out))
  const lines = steps.map(({ kind, url, status }) => `${kind} ${new URL(url).pathname} ${status}`)
  return { code, ok, steps, lines, heard: steps.flatMap((step) => step.heard) }
}

describe('switchboard trigger --scenario', () => {
  it('call: rings, answers the menu, is transferred, recorded and completed', async () => {
    const { code, ok, lines, heard } = await play('call', [
      '--to',
      '/voice',
      '--digits',
      '1',
      '--status',
      '/status',
    ])
    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(lines).toEqual([
      'voice.call.status /status 204',
      'voice.inbound /voice 200',
      'voice.call.status /status 204',
      'voice.gather.action /voice 200',
      'voice.call.status /status 204',
      'voice.call.status /status 204',
      'voice.recording.status /status 204',
      'voice.dial.action /voice 200',
      'voice.call.status /status 204',
    ])
    expect(heard).toContain('hears “Welcome. For sales, press 1. For support, press 2.”')
    expect(heard).toContain('presses 1')
    expect(heard).toContain('hears “Goodbye”')
  })

  it('call: leaves a message where nobody takes the transfer', async () => {
    const { code, lines, heard } = await play('call', [
      '--to',
      '/voice',
      '--digits',
      '1',
      '--dial',
      'no-answer',
    ])
    expect(code).toBe(0)
    expect(lines.slice(-2)).toEqual([
      'voice.dial.action /voice 200',
      'voice.record.action /goodbye 200',
    ])
    expect(heard).toContain('is connected to Number: no-answer')
  })

  it('call: is not good where TwiML leads nowhere, and the fallback helps', async () => {
    const { code, ok, steps, lines } = await play('call', [
      '--to',
      '/broken',
      '--fallback',
      '/fallback',
    ])
    expect({ code, ok }).toEqual({ code: 1, ok: false })
    expect(lines).toEqual([
      'voice.inbound /broken 200',
      'voice.inbound /nowhere 404',
      'fallback /fallback 200',
      'voice.record.action /goodbye 200',
    ])
    expect(steps.map(({ problem }) => problem?.code ?? null)).toEqual([null, 11200, null, null])
  })

  it('message: its reply, and the statuses in order where the reply says', async () => {
    const { code, lines, heard } = await play('message', ['--to', '/sms', '--set', 'Body=hey'])
    expect(code).toBe(0)
    expect(lines).toEqual([
      'messaging.inbound /sms 200',
      'messaging.status /status 204',
      'messaging.status /status 204',
      'messaging.status /status 204',
    ])
    expect(heard).toEqual(['gets “You said hey”', 'queued', 'sent', 'delivered'])
  })

  it('message-shuffled: out of order and twice', async () => {
    const { code, heard } = await play('message-shuffled', ['--to', '/sms', '--status', '/status'])
    expect(code).toBe(0)
    expect(heard.slice(1)).toEqual([
      'delivered',
      'queued',
      'again: the same answer',
      'sent',
      'again: the same answer',
    ])
  })

  it('fallback: goes on after an answer that was lost', async () => {
    const { code, lines } = await play('fallback', ['--to', '/voice', '--fallback', '/fallback'])
    expect(code).toBe(0)
    expect(lines).toEqual([
      'voice.inbound /voice 200',
      'fallback /fallback 200',
      'voice.record.action /goodbye 200',
    ])
  })

  it('retry: the gateway gives the same answer; an app that counts does not', async () => {
    const same = await play('retry', ['voice.inbound', '--to', '/voice'])
    expect(same).toMatchObject({ code: 0, ok: true })
    expect(same.heard).toEqual(['again: the same answer', 'again: the same answer'])
    const tokens = new Set<unknown>()
    let count = 0
    const app = createServer((request, response) => {
      tokens.add(request.headers['i-twilio-idempotency-token'])
      response.setHeader('content-type', 'text/xml')
      response.end(`<Response><Message>${(count += 1)}</Message></Response>`)
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const { port } = app.address() as AddressInfo
    const counted = await play('retry', ['--to', `http://127.0.0.1:${port}/sms`])
    app.close()
    expect(counted).toMatchObject({ code: 1, ok: false })
    expect(tokens.size).toBe(1)
    expect(count).toBe(3)
  })

  it('prints a line for each step, and one at the end', async () => {
    const to = ['--to', `${gateway.url}/sms`]
    const { code, out } = await run(['trigger', '--scenario', 'message', ...to], { env })
    expect(code).toBe(0)
    expect(out).toMatch(/^messaging\.inbound +POST \/sms +200 +\d+ ms +gets “You said .*”$/m)
    expect(out.trimEnd().split('\n').at(-1)).toBe('All 4 answers are good.')
  })

  it('says when nobody answers', async () => {
    const { code, steps } = await play('call', ['--to', 'http://127.0.0.1:9/voice'])
    expect(code).toBe(1)
    expect(steps).toMatchObject([{ status: 0, problem: { code: 11205 } }])
  })

  it.each([
    ['no scenario', ['--scenario', 'cal']],
    ['no --to', ['--scenario', 'call']],
    ['no --status', ['--scenario', 'message-shuffled', '--to', 'http://127.0.0.1:9']],
    ['no --fallback', ['--scenario', 'fallback', '--to', 'http://127.0.0.1:9']],
    ['a kind too many', ['sync', '--scenario', 'call', '--to', 'http://127.0.0.1:9']],
    ['a kind that is none', ['syn', '--scenario', 'retry', '--to', 'http://127.0.0.1:9']],
    ['a token', ['--scenario', 'call', '--to', 'http://127.0.0.1:9', '--token', 'x']],
    ['keys that are none', ['--scenario', 'call', '--digits', 'a']],
    ['an end that is none', ['--scenario', 'call', '--dial', 'maybe']],
  ])('refuses %s', async (_what, args) => {
    const { code, out } = await run(['trigger', ...args, '--json'], { env })
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'usage' } })
  })

  it('is listed with the kinds', async () => {
    const { out } = await run(['trigger', '--json'])
    const { kinds, scenarios } = JSON.parse(out)
    expect(kinds).toHaveLength(59)
    expect(scenarios.map(({ name }: { name: string }) => name)).toEqual([
      'call',
      'message',
      'message-shuffled',
      'retry',
      'fallback',
    ])
  })
})
