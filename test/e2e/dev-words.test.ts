/** What `dev`, `build` and `trigger` say when something is not as it should be. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { workspace, startHere, CONFIG, env, args, isListening } from './dev-world.ts'
import { run } from './switchboard.ts'

describe('switchboard dev --demo with a config of the user’s', () => {
  it('says which event did not arrive, shows the log lines, and stays up', async () => {
    // A kind that has another subject than what the demo waits for.
    const config = workspace.write(
      'pinned.config.mjs',
      "export default { endpoints: { status: { path: '/status', kind: 'voice.call.status' } } }",
    )
    const state = join(workspace.path, 'pinned')
    const demo = await startHere(['--demo', '--config', config, '--port', '0', '--state', state])
    await demo.waitFor(/The target got nothing within 15 s/)
    await demo.waitFor(/Ctrl-C stops everything/)
    await demo.waitFor(/← POST \/status {2}voice\.call\.status {2}204/)
    expect(await isListening(`${demo.url}/healthz`)).toBe(true)
  })
})

describe('switchboard dev says what to do', () => {
  it('when a secret is missing', async () => {
    const ended = await run(['dev', ...args('missing')], { cwd: workspace.path })
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toMatch(/Missing: TWILIO_AUTH_TOKENS.*\.dev\.vars/)
  })

  it('when a secret is wrong, without showing it', async () => {
    const wrong = { TWILIO_AUTH_TOKENS: '{"AC1": "hush' }
    const ended = await run(['dev', ...args('wrong')], { env: wrong })
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.err).toContain('TWILIO_AUTH_TOKENS')
    expect(ended.err).not.toContain('hush')
  })

  it('when the config has problems, all of them', async () => {
    const config = workspace.config(`{ endpoints: {
      a: { path: 'a', reply: { twiml: '<Response><Sayy>x</Sayy></Response>' } },
      b: { path: '/b', replies: [] },
    } }`)
    const ended = await run(['dev', '--config', config, '--port', '0'], { env })
    workspace.config(`{ endpoints: {
      sms: { path: '/sms', reply: { twiml: '<Response><Message>You said {{Body}}</Message></Response>' } },
      status: { path: '/status' },
    } }`)
    expect(ended.code).toBe(2)
    for (const place of ['endpoints.a.path', 'endpoints.a.reply', 'endpoints.b', 'Sayy']) {
      expect(ended.err).toContain(place)
    }
    expect(ended.err).not.toContain('    at ')
  })

  it('when there is no config', async () => {
    const ended = await run(['dev', '--config', join(workspace.path, 'none.ts')], { env })
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toContain('none.ts')
  })

  it('when a file is where a folder should be', async () => {
    const file = workspace.write('file', '')
    const ended = await run(['dev', '--config', CONFIG, '--port', '0', '--state', file], { env })
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.err).toContain(file)
    expect(ended.err).not.toContain('    at ')
  })

  it('when its port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const ended = await run(['dev', '--config', CONFIG, '--port', String(port)], {
      env,
      cwd: workspace.path,
    })
    server.close()
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.err).toContain(`Port ${port} is in use`)
  })

  it('when another one uses the same state', async () => {
    const first = await startHere(args('shared'), { env })
    const ended = await run(['dev', ...args('shared')], { env })
    expect(ended).toMatchObject({ code: 2 })
    expect(ended.err).toContain(`process ${first.child.pid}`)
    expect(await isListening(`${first.url}/healthz`)).toBe(true)
  })

  it('when the call is wrong', async () => {
    expect(await run(['dev', '--prot', '1'])).toMatchObject({ code: 2 })
    expect(await run(['dev', '--port', 'x'])).toMatchObject({ code: 2 })
    const wrong = ['--demo --forward http://a/', '--forward ftp://a/', '--format twilio']
    const more = ['--forward http://a/ --format x', ...wrong].map((words) => words.split(' '))
    const ended = await Promise.all(more.map((words) => run(['dev', ...words])))
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    const json = await run(['dev', '--demo', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'usage' } })
    expect((await run(['nothing'])).err).toContain('There is no verb')
    expect(await run([])).toMatchObject({ code: 0 })
  })
})

describe('switchboard build', () => {
  const build = (config: string, ...more: string[]) =>
    run(['build', '--config', config, '--out', join(workspace.path, 'built.json'), ...more])

  it('writes the document that a deploy carries', async () => {
    const built = await build(CONFIG)
    expect(built).toMatchObject({ code: 0, err: '' })
    const document: unknown = JSON.parse(readFileSync(join(workspace.path, 'built.json'), 'utf8'))
    expect(document).toMatchObject({ format: 1, config: { publicUrl: null } })
  })

  it('refuses what only a development machine may have', async () => {
    const local = workspace.write(
      'local.config.mjs',
      "export default { endpoints: {}, targets: { a: { url: 'http://10.0.0.1/x', events: ['*'] } } }",
    )
    const refused = await build(local)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('targets.a.url')
    const allowed = await build(local, '--local')
    expect(allowed.code).toBe(0)
    // A target without a secret is a warning: it works, unsigned.
    expect(allowed.err).toContain('targets.a')
  })

  it('says so when the config throws', async () => {
    const config = workspace.write('throws.config.mjs', "throw new Error('no network here')")
    expect(await build(config)).toMatchObject({
      code: 2,
      err: expect.stringContaining('no network'),
    })
  })
})

describe('switchboard trigger', () => {
  it('lists the kinds', async () => {
    const { code, out } = await run(['trigger'])
    expect(code).toBe(0)
    expect(out).toContain('messaging.inbound.whatsapp')
    expect(out.match(/^ {2}\S+ +(TwiML|JSON|-|any) +\S/gm)).toHaveLength(59)
  })

  it('prints status, reply and time, and sends what it is told', async () => {
    const gateway = await startHere(args('trigger'), { env })
    const to = `${gateway.url}/sms`
    const sms = await run(['trigger', 'messaging.inbound', '--to', to, '--set', 'Body=hey'], {
      env,
    })
    expect(sms.out).toMatch(/^200 text\/xml; charset=utf-8 [\d.]+ ms\n.*You said hey/)
    const get = await run(['trigger', 'messaging.inbound', '--to', to, '--method', 'GET'], { env })
    expect(get.code).toBe(0)
    const wrong = await run(['trigger', 'messaging.inbound', '--to', to], {
      env: { TWILIO_AUTH_TOKENS: 'f'.repeat(32) },
    })
    expect(wrong).toMatchObject({ code: 1 })
    expect(wrong.out).toMatch(/^403/)
  })

  it('shakes hands for a media stream, which is told that it is not served here', async () => {
    const gateway = await startHere(args('media'), { env })
    const kind = 'voice.websocket.media-stream'
    const answer = await run(['trigger', kind, '--to', `${gateway.url}/media`], { env })
    expect(answer).toMatchObject({ code: 1 })
    expect(answer.out).toMatch(/^501/)
  })

  it('refuses what it would have to ignore', async () => {
    const to = 'http://127.0.0.1:9/sms'
    expect(
      await run(['trigger', 'event-streams', '--to', to, '--set', 'a=b'], { env }),
    ).toMatchObject({
      code: 2,
      err: expect.stringContaining('--set'),
    })
    expect(await run(['trigger', 'sync', 'debugger', '--to', to], { env })).toMatchObject({
      code: 2,
    })
  })

  it('says so when nobody answers, or the kind does not exist', async () => {
    const to = 'http://127.0.0.1:9/sms'
    const dead = await run(['trigger', 'messaging.inbound', '--to', to], { env })
    expect(dead.code).not.toBe(0)
    expect(dead.err).toContain('No answer from http://127.0.0.1:9')
    const kind = await run(['trigger', 'mesaging.inbound', '--to', to], { env })
    expect(kind.err).toContain('messaging.inbound')
  })
})
