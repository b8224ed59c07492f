/** `dev --tunnel` with the real wrangler; cloudflared, which it runs, is a stand-in. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { TUNNEL_URL, writeCloudflared } from '../standins/cloudflared.ts'
import { AUTH_TOKEN, createWorkspace, run, start } from './switchboard.ts'

const workspace = createWorkspace()
afterAll(workspace.remove)

const write = (path: string) =>
  workspace.write(
    'my.config.mjs',
    `export default { publicUrl: 'https://hooks.example.com', endpoints: { sms: { path: '${path}' } } }`,
  )

it('is checked against, reloads with the config, and may end', async () => {
  const cloudflared = writeCloudflared(workspace.path, 'opens')
  const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, CLOUDFLARED_PATH: cloudflared.path }
  const options = ['--config', write('/sms'), '--port', '0', '--state', 'state', '--tunnel']
  const dev = await start(options, { env, cwd: workspace.path })
  const [, command = ''] = await dev.waitFor(/Try: npm run switchboard -- (.+)/)
  const trigger = (words: string) => run(words.split(' '), { env, cwd: workspace.path })
  try {
    expect(dev.output()).toContain(`  ${TUNNEL_URL}/sms  `)
    expect(cloudflared.args()).toContain(`--url ${dev.url}`)
    expect(command).toContain(`--public-url ${TUNNEL_URL}`)
    expect(await trigger(command)).toMatchObject({ code: 0 })
    // Twilio does not call the config's own URL now.
    const other = command.replace(TUNNEL_URL, 'https://hooks.example.com')
    expect(await trigger(other)).toMatchObject({ code: 1 })
    write('/other')
    await dev.waitFor(/config reloaded.*endpoints\.sms\.path changed/)
    process.kill(cloudflared.pid(), 'SIGKILL')
    await dev.waitFor(/the tunnel has ended/)
    expect(await trigger(command.replace('/sms', '/other'))).toMatchObject({ code: 0 })
  } finally {
    expect(await dev.stop()).toBe(0)
  }
})

it('says what to do when it cannot be opened, and when the token is missing', async () => {
  const cloudflared = writeCloudflared(workspace.path, 'fails')
  const options = ['--config', write('/sms'), '--port', '0', '--state', 'failed', '--tunnel']
  const dev = (env: Record<string, string>) =>
    run(['dev', ...options, '--json'], { env, cwd: workspace.path })
  const missing = await dev({})
  expect(missing).toMatchObject({ code: 2 })
  expect(JSON.parse(missing.out)).toMatchObject({ error: { code: 'tokens_missing' } })
  const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, CLOUDFLARED_PATH: cloudflared.path }
  const failed = await dev(env)
  expect(failed).toMatchObject({ code: 1 })
  expect(failed.out).toContain('"tunnel_failed"')
  // Nothing holds the state folder, so that it can be tried again.
  expect(existsSync(join(workspace.path, 'failed/pid'))).toBe(false)
})
