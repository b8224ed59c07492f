/** `dev --forward`: a developer's app gets everything, and may be dead for a while. */
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import { Webhook } from 'standardwebhooks'
import twilio from 'twilio'
import { afterAll, afterEach, expect, it } from 'vitest'
import { AUTH_TOKEN, createWorkspace, run, start, type Running } from './switchboard.ts'

const workspace = createWorkspace()
const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
const running: Running[] = []
const servers: Server[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})
afterAll(workspace.remove)

const CONFIG = workspace.config(`{
  endpoints: { sms: { path: '/sms' } },
  targets: { crm: { url: 'https://crm.example.com/', events: ['*'], secret: 'NOT_SET_ANYWHERE' } },
}`)

async function startDev(state: string, ...more: string[]): Promise<Running> {
  const options = ['--config', CONFIG, '--port', '0', '--state', state, ...more]
  const dev = await start(options, { env, cwd: workspace.path })
  running.push(dev)
  return dev
}

async function send(dev: Running): Promise<void> {
  const sent = await run(['trigger', 'messaging.inbound', '--to', `${dev.url}/sms`], { env })
  expect(sent).toMatchObject({ code: 0 })
}

async function listen(app: express.Express, port = 0): Promise<number> {
  const server = app.listen(port, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** One on which nobody listens. */
async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Verifies with the secret that dev says where to find. */
function createApp(got: unknown[]): express.Express {
  return express().post('/hooks', express.text({ type: '*/*' }), (req, res) => {
    const secret = readFileSync(join(workspace.path, 'app/FORWARD_SIGNING_SECRET'), 'utf8').trim()
    got.push(new Webhook(secret).verify(req.body, req.headers as Record<string, string>))
    res.sendStatus(202)
  })
}

it('a dead app is tried again, also by the next dev, which loses nothing', async () => {
  const port = await findFreePort()
  const forward = ['--forward', `http://127.0.0.1:${port}/hooks`]
  const first = await startDev('app', ...forward)
  await first.waitFor(/http:\/\/127\S+\/hooks, as CloudEvents.* app\/FORWARD_SIGNING_SECRET/)
  await first.waitFor(/\(crm\) are left out/)
  await send(first)
  await first.waitFor(/→ forward {2}messaging\.inbound {2}\w+ on attempt 1, again in \d+ m?s/)
  await first.waitFor(/→ forward {2}messaging\.inbound {2}\w+ on attempt 2, again in \d+ s/)
  expect(await first.stop()).toBe(0)
  const got: unknown[] = []
  await listen(createApp(got), port)
  const second = await startDev('app', ...forward)
  await second.waitFor(/Back in the queue.*: 1 event\./)
  // A first one that ended in the middle of an attempt leaves a lease, and a third attempt has 30 s.
  await second.waitFor(/→ forward {2}messaging\.inbound {2}202 on attempt \d {2}/, 90_000)
  expect(got).toMatchObject([{ kind: 'messaging.inbound' }])
  // The secret is no part of what is printed.
  const secret = readFileSync(join(workspace.path, 'app/FORWARD_SIGNING_SECRET'), 'utf8').trim()
  expect(first.output() + second.output()).not.toContain(secret)
})

it('--format twilio: the app gets what Twilio would send it', async () => {
  const got: unknown[] = []
  const port = await listen(
    express().post(
      '/sms',
      express.urlencoded({ extended: false }),
      twilio.webhook({ validate: true }, AUTH_TOKEN),
      (req, res) => {
        got.push(req.body)
        res.type('text/xml').send('<Response/>')
      },
    ),
  )
  const dev = await startDev(
    'twilio',
    '--forward',
    `http://127.0.0.1:${port}/sms`,
    '--format',
    'twilio',
  )
  await send(dev)
  await dev.waitFor(/→ forward {2}messaging\.inbound {2}200 on attempt 1/)
  expect(got).toMatchObject([{ AccountSid: `AC${'0'.repeat(32)}` }])
})

it('without it, what waits for a target that is not in use is kept', async () => {
  const config = workspace.write(
    'waits.config.mjs',
    `export default { endpoints: { sms: { path: '/sms' } }, targets: {
      crm: { url: 'http://127.0.0.1:9/', events: ['*'], retry: ['1h'] } } }`,
  )
  const first = await startDev('waits', '--config', config)
  await send(first)
  await first.waitFor(/→ crm .* on attempt 1, again in/)
  await first.stop()
  const second = await startDev('waits', '--forward', 'http://127.0.0.1:9/')
  await second.waitFor(/Kept for targets that are not in use now: 1 event\./)
  expect(second.output()).not.toContain('target_removed')
})
