import { mkdirSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workspace, startHere, env, args, isListening } from './dev-world.ts'
import { AUTH_TOKEN, run } from './switchboard.ts'

describe('switchboard dev --demo', () => {
  it('needs nothing, shows itself at work, stays up and stops at Ctrl-C', async () => {
    const demo = await startHere(['--demo', '--port', '0', '--state', join(workspace.path, 'demo')])
    await demo.waitFor(/Ctrl-C stops everything/)
    const shown = demo.output()
    expect(shown.match(/Twilio got 200/g)).toHaveLength(2)
    expect(shown.match(/Twilio got 204/g)).toHaveLength(1)
    expect(shown.match(/signature verified/g)).toHaveLength(3)
    expect(shown).toContain('<Response>')
    expect(shown).toContain('"type": "com.twilio.messaging.inbound-message.received"')
    expect(shown).not.toContain('WRONG')
    expect(await isListening(`${demo.url}/healthz`)).toBe(true)
    expect(await demo.stop('SIGINT')).toBe(0)
    expect(await isListening(`${demo.url}/healthz`)).toBe(false)
  })
})

describe('switchboard dev', () => {
  it('takes a config from anywhere and answers /healthz', async () => {
    const gateway = await startHere(args('health'), { env, cwd: workspace.path })
    const response = await fetch(`${gateway.url}/healthz`)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ status: 'ok', problems: [] })
    await gateway.waitFor(/Ctrl-C stops everything/)
    // What can be called, and how; no line of a Worker.
    const [ready, pages, ...more] = gateway.output().trim().split('\n')
    expect(ready).toMatch(/ready at/)
    const [consoleUrl = ''] = /http:\S+$/.exec(pages ?? '') ?? []
    expect(await (await fetch(`${consoleUrl}/api/v1/me`)).json()).toMatchObject({ via: 'local' })
    expect(more.map((line) => line.trim().split(/\s+/)[0])).toEqual([
      `${gateway.url}/sms`,
      `${gateway.url}/status`,
      'Try:',
      'Changes',
    ])
  })

  it('reads its secrets from .dev.vars', async () => {
    workspace.write('.dev.vars', `TWILIO_AUTH_TOKENS=${AUTH_TOKEN}\n`)
    const gateway = await startHere(args('vars'), { cwd: workspace.path })
    const sent = await run(['trigger', 'messaging.inbound', '--to', `${gateway.url}/sms`], {
      cwd: workspace.path,
    })
    workspace.write('.dev.vars', '')
    expect(sent).toMatchObject({ code: 0 })
  })

  it('keeps its state over a restart', async () => {
    const send = (url: string, body: string) =>
      run(
        [
          'trigger',
          'messaging.inbound',
          '--to',
          `${url}/sms`,
          '--set',
          `Body=${body}`,
          '--token',
          'one',
        ],
        { env },
      )
    const config = workspace.write(
      'kept.config.mjs',
      `export default { endpoints: { sms: { path: '/sms', remember: true, reply: {
         twiml: '<Response><Message>You said {{Body}}</Message></Response>' } } } }`,
    )
    const kept = ['--config', config, '--port', '0', '--state', join(workspace.path, 'kept')]
    const first = await startHere(kept, { env })
    expect((await send(first.url, 'first')).out).toContain('You said first')
    expect(await first.stop()).toBe(0)
    const second = await startHere([...kept, '--json'], { env })
    // The same token: what the first answered is still known.
    expect((await send(second.url, 'second')).out).toContain('You said first')
    expect(second.lines('webhook.received')).toMatchObject([{ verdict: 'duplicate' }])
  })

  it('prints a line for each webhook, and what to call a gateway with a public URL with', async () => {
    const config = workspace.write(
      'public.config.mjs',
      "export default { publicUrl: 'https://hooks.example.com', endpoints: { sms: { path: '/sms' } } }",
    )
    const here = ['--config', config, '--port', '0', '--state', join(workspace.path, 'public')]
    const gateway = await startHere(here, { env })
    const [, command = ''] = await gateway.waitFor(/Try: npm run switchboard -- (.+)/)
    expect(await run(command.split(' '), { env })).toMatchObject({ code: 0 })
    await gateway.waitFor(/\d\d:\d\d:\d\d {2}← POST \/sms {2}messaging\.inbound {2}200 {2}accepted/)
    const wrong = { TWILIO_AUTH_TOKENS: 'f'.repeat(32) }
    expect(await run(command.split(' '), { env: wrong })).toMatchObject({ code: 1 })
    await gateway.waitFor(/← POST \/sms {2}403 {2}refused: unknown {2}No known mistake/)
    // No terminal, no colours.
    expect(gateway.output()).not.toContain('\u001b')
  })

  it('with --json prints one object a line and nothing else', async () => {
    const gateway = await startHere([...args('json'), '--json'], { env })
    const sent = await run(['trigger', 'messaging.inbound', '--to', `${gateway.url}/sms`], { env })
    expect(sent).toMatchObject({ code: 0 })
    await gateway.waitFor(/"event.unmatched"/)
    const events = gateway
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event)
    const expected = ['dev.ready', 'dev.endpoints', 'webhook.received', 'event.unmatched']
    expect(events).toEqual(expected)
  })

  it.each(['SIGTERM', 'SIGHUP'] as const)('stops at %s as well', async (signal) => {
    const gateway = await startHere(args('term'), { env })
    expect(await gateway.stop(signal)).toBe(0)
    expect(await isListening(gateway.url)).toBe(false)
  })

  it('listens on loopback only', async () => {
    const gateway = await startHere(args('loopback'), { env })
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)
    const host = outside?.address ?? '127.0.0.2'
    expect(await isListening(gateway.url.replace('127.0.0.1', host))).toBe(false)
    expect(await isListening(gateway.url)).toBe(true)
  })

  it('starts where a run was killed, whose number another process has now', async () => {
    const state = join(workspace.path, 'killed')
    mkdirSync(state)
    writeFileSync(join(state, 'pid'), '1')
    const gateway = await startHere(args('killed'), { env })
    expect(await isListening(gateway.url)).toBe(true)
  })

  it('prefers the environment to .dev.vars', async () => {
    workspace.write('.dev.vars', `TWILIO_AUTH_TOKENS=${'f'.repeat(32)}\n`)
    const gateway = await startHere(args('both'), { env, cwd: workspace.path })
    workspace.write('.dev.vars', '')
    const sent = await run(['trigger', 'messaging.inbound', '--to', `${gateway.url}/sms`], { env })
    expect(sent).toMatchObject({ code: 0 })
  })
})
