/** The config is edited while everything runs: what is saved counts at once, and nothing is lost. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import { AUTH_TOKEN, createWorkspace, ROOT, SECRET, start, type Running } from './switchboard.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
const workspace = createWorkspace()
let app: Server
let appUrl: string
let gateway: Running
const got: string[] = []

const REPLY = '<Response><Message>reply one</Message></Response>'
/** Its texts come from a module of its own. */
const CONFIG = `import { file } from '${ROOT}/src/config/index.ts'
import { text } from './texts/text.ts'
export default { endpoints: {
  sms: { path: '/sms', reply: { twiml: file('replies/sms.xml') } },
  text: { path: '/text', reply: { twiml: '<Response><Message>' + text + '</Message></Response>' } },
}, targets: TARGETS }`

const toConfig = (targets: object) => CONFIG.replace('TARGETS', JSON.stringify(targets))

/** As an editor saves: another file takes the place. */
function replace(name: string, text: string): void {
  const path = join(workspace.path, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

/** What dev says next about the config. */
let told = 0
async function waitForConfig(event: string): Promise<Record<string, unknown>> {
  told += 1
  await gateway.waitFor(new RegExp(`(?:"dev\\.config\\.re[^]*){${told}}\\n`))
  const line = gateway.output().match(/\{"event":"dev\.config\.re.*/g)?.[told - 1] ?? ''
  const said: Record<string, unknown> = JSON.parse(line)
  expect(said).toMatchObject({ event: `dev.config.${event}` })
  return said
}

let tokens = 0
async function send(path: string): Promise<string> {
  const webhook = toRealisticWebhook('messaging.inbound', { account: ACCOUNT, set: [] })
  const request = toSignedWebhook(webhook, {
    to: gateway.url + path,
    publicUrl: null,
    method: 'POST',
    authToken: AUTH_TOKEN,
    idempotencyToken: `token-${tokens++}`,
  })
  const { status, text } = await sendWebhook(request)
  return status === 200 ? (/<Message>(.*)<\/Message>/.exec(text)?.[1] ?? text) : String(status)
}

beforeAll(async () => {
  app = createServer((request, response) => {
    got.push(`${request.url} ${request.headers['webhook-signature'] === undefined ? '' : 'signed'}`)
    response.writeHead(request.url === '/fails' ? 500 : 200).end()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  for (const folder of ['replies', 'texts']) mkdirSync(join(workspace.path, folder))
  workspace.write('replies/sms.xml', REPLY)
  workspace.write('texts/text.ts', "export const text: string = 'text one'\n")
  const config = workspace.write('my.config.ts', toConfig({}))
  workspace.write('.dev.vars', `TWILIO_AUTH_TOKENS=${AUTH_TOKEN}\nAPP_SECRET=${SECRET}\n`)
  const options = ['--config', config, '--port', '0', '--state', 'state', '--json']
  gateway = await start(options, { cwd: workspace.path })
  await gateway.waitFor(/dev\.endpoints/)
})
afterAll(async () => {
  await gateway.stop()
  app.closeAllConnections()
  app.close()
  workspace.remove()
})
beforeEach(() => void (got.length = 0))

describe('what is saved counts at once', () => {
  it('a reply file, an import, the config', async () => {
    expect([await send('/sms'), await send('/text')]).toEqual(['reply one', 'text one'])
    replace('replies/sms.xml', REPLY.replace('one', 'two'))
    expect(await waitForConfig('reloaded')).toMatchObject({
      changes: ['endpoints.sms.reply changed'],
    })
    expect(await send('/sms')).toBe('reply two')
    replace('texts/text.ts', "export const text: string = 'text two'\n")
    expect(await waitForConfig('reloaded')).toMatchObject({
      changes: ['endpoints.text.reply changed'],
    })
    expect(await send('/text')).toBe('text two')
    replace('my.config.ts', toConfig({}).replace("path: '/sms'", "path: '/other'"))
    expect(await waitForConfig('reloaded')).toMatchObject({
      changes: ['endpoints.sms.path changed'],
    })
    expect([await send('/sms'), await send('/other')]).toEqual(['404', 'reply two'])
    replace('my.config.ts', toConfig({}))
    await waitForConfig('reloaded')
  })

  it('a whole folder in place of another, and a file that was gone for a while', async () => {
    const path = join(workspace.path, 'replies')
    mkdirSync(`${path}.new`)
    writeFileSync(join(`${path}.new`, 'sms.xml'), REPLY.replace('one', 'three'))
    rmSync(path, { recursive: true })
    const { problems } = await waitForConfig('refused')
    expect(problems).toEqual([expect.stringContaining('replies/sms.xml')])
    expect(await send('/sms')).toBe('reply two')
    renameSync(`${path}.new`, path)
    await waitForConfig('reloaded')
    expect(await send('/sms')).toBe('reply three')
    // And it is still watched.
    replace('replies/sms.xml', REPLY.replace('one', 'two'))
    await waitForConfig('reloaded')
  })
})

describe('a config that cannot be used changes nothing', () => {
  it('all its problems are told, and when it is whole again', async () => {
    const [{ version }] = gateway.lines('dev.config.reloaded').slice(-1) as [{ version: string }]
    replace('my.config.ts', toConfig({}).replace("path: '/sms'", "path: 'sms', replies: []"))
    const refused = await waitForConfig('refused')
    expect(refused).toMatchObject({ version })
    expect(String(refused['problems'])).toMatch(/endpoints\.sms\.path[^]*endpoints\.sms/)
    expect(await send('/sms')).toBe('reply two')
    replace('my.config.ts', 'export default {')
    await waitForConfig('refused')
    expect(await send('/sms')).toBe('reply two')
    replace('my.config.ts', "import './not-there-yet.ts'\n" + toConfig({}))
    await waitForConfig('refused')
    workspace.write('not-there-yet.ts', '')
    expect(await waitForConfig('reloaded')).toMatchObject({ version, changes: [] })
  })

  it('when the Workers have not the secrets that it names', async () => {
    const crm = { url: appUrl, events: ['*'], secret: 'CRM_SECRET' }
    replace('my.config.ts', toConfig({ crm }))
    const { problems } = await waitForConfig('refused')
    expect(problems).toEqual([expect.stringContaining('CRM_SECRET')])
    expect(await send('/sms')).toBe('reply two')
    // What .dev.vars had from the start, they have.
    replace('my.config.ts', toConfig({ app: { ...crm, secret: 'APP_SECRET' } }))
    expect(await waitForConfig('reloaded')).toMatchObject({ changes: ['targets.app added'] })
    await send('/sms')
    await gateway.waitFor(/"delivery.attempted".*"app"/)
    expect(new Set(got)).toEqual(new Set(['/ signed']))
  })
})

it('what waits in the queue goes to where the new config says', async () => {
  const slow = { url: `${appUrl}/fails`, events: ['*'], retry: ['2s', '2s', '2s'] }
  replace('my.config.ts', toConfig({ slow }))
  await waitForConfig('reloaded')
  await send('/sms')
  await gateway.waitFor(/"delivery.attempted".*"slow","attempt":1,"status":500/)
  replace('my.config.ts', toConfig({ slow: { ...slow, url: `${appUrl}/works` } }))
  expect(await waitForConfig('reloaded')).toMatchObject({ changes: ['targets.slow.url changed'] })
  await gateway.waitFor(/"delivery.attempted".*"slow","attempt":\d,"status":200/)
  expect(got.at(-1)).toBe('/works ')
})

it('stops while it reads a config that never ends', async () => {
  replace('my.config.ts', 'while (true);')
  await send('/sms')
  expect(await gateway.stop()).toBe(0)
})
