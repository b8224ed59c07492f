/** `dev` with two shards, as `switchboard shards 2` writes them: real queues, two ledgers, one target. */
import { randomUUID } from 'node:crypto'
import { copyFileSync, readdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, it, vi } from 'vitest'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import { AUTH_TOKEN, createWorkspace, ROOT, run, start, type Running } from './switchboard.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`
const WEBHOOKS = 24
const workspace = createWorkspace()
const got: string[] = []
let dev: Running | undefined
let target: Server | undefined

afterAll(async () => {
  await dev?.stop()
  target?.close().closeAllConnections()
  workspace.remove()
})

async function startTarget(): Promise<string> {
  const server = createServer((request, response) => {
    got.push(String(request.headers['webhook-id']))
    request.resume().on('end', () => response.end())
  })
  target = server
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}/`
}

async function send(url: string): Promise<void> {
  const webhook = toRealisticWebhook('messaging.inbound', { account: ACCOUNT, set: [] })
  const signing = { publicUrl: null, method: 'POST', authToken: AUTH_TOKEN }
  const to = new URL('/sms', url).href
  const signed = toSignedWebhook(webhook, { ...signing, to, idempotencyToken: randomUUID() })
  // Twilio's own copies: the second one is the same event, wherever it comes in.
  const answers = await Promise.all([sendWebhook(signed), sendWebhook(signed)])
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
}

/** How many events each local ledger has. */
function countEvents(): number[] {
  const folder = join(workspace.path, 'state/v3')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /d1/i.test(name) && name.endsWith('.sqlite') && !name.includes('metadata'))
    .flatMap((name) => {
      const database = new DatabaseSync(join(folder, name), { readOnly: true })
      const tables = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'events'`).all()
      const rows = tables.map(() => database.prepare('SELECT count(*) AS n FROM events').get())
      database.close()
      return rows.map((row) => Number(row?.['n']))
    })
}

it('divides webhooks over both ledgers, delivers each once, and shows them as one list', async () => {
  for (const name of ['wrangler.toml', 'wrangler.consumer.toml', 'wrangler.console.toml']) {
    copyFileSync(join(ROOT, name), join(workspace.path, name))
  }
  const cwd = workspace.path
  expect(await run(['shards', '2'], { cwd })).toMatchObject({ code: 0 })
  const config = workspace.config(`{
    endpoints: { sms: { path: '/sms' } },
    targets: { app: { url: '${await startTarget()}', events: ['messaging.*'] } },
  }`)
  const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
  const options = ['--config', config, '--port', '0', '--state', 'state', '--json']
  dev = await start(options, { env, cwd })
  const { url } = dev
  const [, consoleUrl = ''] = await dev.waitFor(/"console":"(http:[^"]+)"/)
  await Promise.all(Array.from({ length: WEBHOOKS }, () => send(url)))
  await vi.waitFor(() => expect(new Set(got).size).toBe(WEBHOOKS), { timeout: 20_000 })

  const read = async (limit: number) => {
    const ids: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`
      const page = await fetch(`${consoleUrl}/api/v1/events?limit=${limit}${query}`)
      const { items, next }: { items: { id: string; outcome: string }[]; next: string | null } =
        await page.json()
      for (const { id, outcome } of items) if (outcome === 'delivered') ids.push(id)
      cursor = next
    }
    return ids
  }
  await vi.waitFor(async () => expect(await read(100)).toHaveLength(WEBHOOKS), { timeout: 20_000 })
  expect((await read(5)).toSorted()).toEqual(got.toSorted())
  const counts = countEvents()
  expect(counts).toHaveLength(2)
  expect(Math.min(...counts)).toBeGreaterThan(0)
  expect(counts.reduce((a, b) => a + b)).toBe(WEBHOOKS)
})
