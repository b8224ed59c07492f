/** `init` as people and scripts use it: at a real pseudo-terminal, by options, and with what follows. */
import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KEYS, openSession } from './pseudo-terminal.ts'
import { AUTH_TOKEN, createWorkspace, ROOT, run, start, type Workspace } from './switchboard.ts'

const ACCOUNT = 'AC00000000000000000000000000000001'
const { enter, space, down, ctrlC } = KEYS

let workspace: Workspace
beforeEach(() => {
  workspace = createWorkspace()
})
afterEach(() => workspace.remove())

const read = (name: string) => readFileSync(join(workspace.path, name), 'utf8')
const list = () => readdirSync(workspace.path).toSorted()
const init = (args: string[], env: Record<string, string> = {}) =>
  run(['init', ...args], { cwd: workspace.path, env })

describe('switchboard init at a terminal', () => {
  it('asks with arrow keys and hidden input, then writes a project that passes check', async () => {
    const session = openSession(['init'], workspace.path)
    await session.waitFor('What does Twilio bring you?')
    session.type(down, space, enter)
    await session.waitFor('answers calls today?')
    session.type('ftp://app.example.com', enter)
    await session.waitFor('ftp: is not supported')
    session.type('\x15', 'https://app.example.com/twilio/voice', enter)
    await session.waitFor('gets every event')
    session.type('https://crm.example.com/hooks', enter)
    await session.waitFor('In which form?')
    session.type(down, enter)
    await session.waitFor('Which public URL')
    session.type('https://hooks.example.com', enter)
    await session.waitFor('auth token')
    session.type(AUTH_TOKEN, enter)
    await session.waitFor('account SID')
    session.type(ACCOUNT, enter)
    expect(await session.exit).toBe(0)

    expect(session.shown()).not.toContain(AUTH_TOKEN)
    expect(list()).toEqual(['.dev.vars', 'replies', 'switchboard.config.ts'])
    const config = read('switchboard.config.ts')
    expect(config).not.toContain('sms:')
    expect(config).toContain("origin('https://app.example.com/twilio/voice'")
    expect(config).toContain("format: 'twilio'")
    expect(config).toContain("publicUrl: 'https://hooks.example.com'")
    expect(parseEnv(read('.dev.vars'))).toEqual({
      CONSOLE_PASSWORDS: expect.stringMatching(/^[\w-]{24}$/),
      TWILIO_AUTH_TOKENS: AUTH_TOKEN,
      TWILIO_ACCOUNT_SID: ACCOUNT,
    })
    expect(statSync(join(workspace.path, '.dev.vars')).mode & 0o777).toBe(0o600)
    const { code, out } = await run(['check', '--json'], { cwd: workspace.path })
    expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, problems: [], warnings: [] }])
  })

  it('leaves nothing behind when it is stopped half-way', async () => {
    const session = openSession(['init'], workspace.path)
    await session.waitFor('What does Twilio bring you?')
    session.type(enter)
    await session.waitFor('answers calls today?')
    session.type(enter)
    await session.waitFor('answers messages today?')
    session.type('https://app', ctrlC)
    expect(await session.exit).toBe(130)
    expect(list()).toEqual([])
  })

  it('asks before it replaces somebody’s config, and a no changes nothing', async () => {
    workspace.write('switchboard.config.ts', '// mine\n')
    const args = ['init', '--channels', 'sms', '--no-app', '--no-events']
    const session = openSession(args, workspace.path, { TWILIO_AUTH_TOKENS: AUTH_TOKEN })
    await session.waitFor('Which public URL')
    session.type(enter)
    await session.waitFor('account SID')
    session.type(enter)
    await session.waitFor('Replace switchboard.config.ts?')
    session.type(enter)
    expect(await session.exit).toBe(130)
    expect(list()).toEqual(['switchboard.config.ts'])
    expect(read('switchboard.config.ts')).toBe('// mine\n')
  })
})

describe('switchboard init without a terminal', () => {
  it('names the option that answers what is open, and writes nothing', async () => {
    const { code, out } = await init(['--channels', 'voice', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'not_interactive' } })
    expect(out).toContain('--voice-app')
    expect(list()).toEqual([])
  })

  it('refuses what cannot be called, and writes nothing', async () => {
    const refused = await init(['--yes', '--app', 'http://127.0.0.1:3000/voice'])
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(list()).toEqual([])
  })

  it('takes the token from standard input and never shows it', async () => {
    const { spawn } = await import('node:child_process')
    const { MAIN, finished } = await import('./switchboard.ts')
    const args = [MAIN, 'init', '--yes', '--token-stdin', '--account', ACCOUNT]
    const child = spawn(process.execPath, args, { cwd: workspace.path })
    child.stdin.end(`${AUTH_TOKEN}\n`)
    const { code, out, err } = await finished(child)
    expect(code).toBe(0)
    expect(out + err).not.toContain(AUTH_TOKEN)
    expect(parseEnv(read('.dev.vars'))).toMatchObject({ TWILIO_AUTH_TOKENS: AUTH_TOKEN })
  })

  it('refuses a SID for a token without repeating it', async () => {
    const { code, out, err } = await init(['--yes'], { TWILIO_AUTH_TOKENS: ACCOUNT })
    expect(code).toBe(2)
    expect(out + err).not.toContain(ACCOUNT)
    expect(list()).toEqual([])
  })

  it('does without a token, says what is left to do, and takes it later', async () => {
    const first = await init(['--yes', '--json'])
    expect(first.code).toBe(0)
    expect(JSON.parse(first.out)).toMatchObject({ secrets: { empty: ['TWILIO_AUTH_TOKENS'] } })
    const second = await init(['--yes', '--json'], { TWILIO_AUTH_TOKENS: AUTH_TOKEN })
    expect(JSON.parse(second.out)).toMatchObject({
      files: expect.arrayContaining([expect.objectContaining({ action: 'unchanged' })]),
      secrets: { added: ['TWILIO_AUTH_TOKENS'], empty: [] },
    })
    expect(list()).toEqual(['.dev.vars', 'replies', 'switchboard.config.ts'])
  })

  it('replaces the shipped demo without a question, and keeps it', async () => {
    copyFileSync(join(ROOT, 'switchboard.config.ts'), join(workspace.path, 'switchboard.config.ts'))
    const demo = read('switchboard.config.ts')
    expect(await init(['--yes'])).toMatchObject({ code: 0 })
    expect(read('switchboard.config.ts.bak')).toBe(demo)
    expect(read('switchboard.config.ts')).not.toBe(demo)
  })

  it('replaces anything else only with --force, and keeps each', async () => {
    workspace.write('switchboard.config.ts', '// mine\n')
    workspace.write('.dev.vars', 'APP_SIGNING_SECRET=whsec_bWluZQ==\nOTHER=1\n')
    const args = ['--channels', 'sms', '--no-app', '--events', 'https://crm.example.com/hooks']
    expect(await init(args)).toMatchObject({ code: 2 })
    expect(read('switchboard.config.ts')).toBe('// mine\n')
    expect(await init([...args, '--force'])).toMatchObject({ code: 0 })
    expect(read('switchboard.config.ts.bak')).toBe('// mine\n')
    expect(parseEnv(read('.dev.vars'))).toEqual({
      CONSOLE_PASSWORDS: expect.stringMatching(/^[\w-]{24}$/),
      APP_SIGNING_SECRET: 'whsec_bWluZQ==',
      OTHER: '1',
      TWILIO_AUTH_TOKENS: '',
    })
    expect(await init([...args, '--force', '--public-url', 'https://a.example.com'])).toMatchObject(
      { code: 0 },
    )
    expect(existsSync(join(workspace.path, 'switchboard.config.ts.bak.2'))).toBe(true)
  })
})

describe('what init wrote', () => {
  it('runs in dev: the app is asked, and a caller is helped when it is down', async () => {
    const app = createServer((_request, response) => {
      response.setHeader('content-type', 'text/xml')
      response.end('<Response><Say>From the app</Say></Response>')
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const address = app.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const url = `http://127.0.0.1:${port}/twilio/voice`
    const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
    const made = await init(['--channels', 'voice', '--app', url, '--local', '--yes'], env)
    expect(made).toMatchObject({ code: 0 })

    const args = ['--port', '0', '--state', join(workspace.path, 'state')]
    const gateway = await start(args, { cwd: workspace.path })
    const call = () =>
      run(
        [
          'trigger',
          'voice.inbound',
          '--to',
          `${gateway.url}/twilio/voice`,
          '--token',
          randomUUID(),
        ],
        { cwd: workspace.path },
      )
    const first = await call()
    expect([first.code, first.out]).toEqual([0, expect.stringContaining('From the app')])
    await new Promise((resolve) => {
      app.close(resolve)
      app.closeAllConnections()
    })
    const second = await call()
    expect([second.code, second.out]).toEqual([0, expect.stringContaining('<Record')])
    expect(await gateway.stop()).toBe(0)
  })
})
