/**
 * The console over a ledger of 100,000 events: how long the Worker takes for each page, with its real
 * D1, and what a browser has to load for it. Local D1 is SQLite behind a simulator: behaviour is that of
 * Cloudflare's, the milliseconds are this machine's.
 */
import { get, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { compileConfig } from '../src/config/compile.ts'
import { freePort } from '../src/cli/dev/port.ts'
import { startRuntime, type Runtime } from '../src/cli/dev/runtime.ts'
import type { CompiledConfig } from '../src/config/compiled.ts'
import { toDocument, toVersion } from '../src/config/document.ts'
import { seedLedger } from './console-seed.ts'
import { createFolder, removeFolder } from './folders.ts'
import { describe, printTable } from './table.ts'

const EVENTS = 100_000
const DAY_MS = 86_400_000
const ROUNDS = 15

export async function runConsole(): Promise<void> {
  const folder = createFolder('console')
  const port = await freePort(0)
  const config = compile()
  const runtime = await startRuntime({
    ports: { 'switchboard-console': port },
    statePath: folder,
    configPath: join(folder, 'config.json'),
    document: toDocument(config, toVersion(config)),
    secrets: {},
    // Nothing is to be sent: the numbers are made up, and so is what waits.
    hasCron: false,
    onLog: () => {},
  })
  try {
    await measure(runtime, `http://127.0.0.1:${port}`)
  } finally {
    await runtime.stop()
    removeFolder(folder)
  }
}

/** The endpoints and targets of the made-up events. Nobody listens there. */
function compile(): CompiledConfig {
  const target = { url: 'http://127.0.0.1:9/', events: ['*'] }
  const compiled = compileConfig(
    {
      endpoints: { sms: { path: '/sms' }, voice: { path: '/voice' }, status: { path: '/status' } },
      targets: { crm: target, slack: target },
    },
    { readFile: () => '', local: true },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}

async function measure(runtime: Runtime, url: string): Promise<void> {
  const until = Date.now()
  const ledger = await runtime.ledger()
  await seedLedger(ledger, { events: EVENTS, from: until - 7 * DAY_MS, until })
  const rows: string[][] = []
  for (const [name, path] of await listPages(ledger)) {
    const times: number[] = []
    let page = await load(url + path)
    // The first one finds nothing in SQLite's cache; it counts as all others do.
    times.push(page.ms)
    for (let i = 1; i < ROUNDS; i++) {
      page = await load(url + path)
      times.push(page.ms)
    }
    const { median, max } = describe(times)
    const files = await Promise.all(listFiles(page.text).map((file) => load(url + file)))
    const travelled = [page, ...files].reduce((all, { bytes }) => all + bytes, 0)
    rows.push([
      name,
      median.toFixed(0),
      max.toFixed(0),
      toKb(page.text.length),
      toKb(page.bytes),
      toKb(travelled),
    ])
  }
  printTable(['', 'ms median', 'ms max', 'KB of HTML', 'KB transferred', 'KB with all files'], rows)
}

interface Loaded {
  text: string
  /** Until the last byte was here. */
  ms: number
  /** As they travelled. */
  bytes: number
}

/** As a browser asks: compressed. */
async function load(url: string): Promise<Loaded> {
  const startedAt = performance.now()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': 'gzip' } }, resolve).on('error', reject)
  })
  const body = await buffer(response)
  const ms = performance.now() - startedAt
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`)
  const isPacked = response.headers['content-encoding'] === 'gzip'
  return { text: String(isPacked ? gunzipSync(body) : body), ms, bytes: body.byteLength }
}

/** What a page needs besides itself: a browser loads it once and keeps it. */
function listFiles(html: string): string[] {
  const paths = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  return [...new Set(paths)]
}

async function listPages(ledger: D1Database): Promise<[name: string, path: string][]> {
  const call = await ledger
    .prepare(
      `SELECT event_id AS id, thread FROM events WHERE kind = 'voice.inbound' LIMIT 1 OFFSET 9000`,
    )
    .first<{ id: string; thread: string }>()
  if (!call) throw new Error('there is no call')
  const { id, thread } = call
  return [
    ['Overview, 1 h', '/?range=1h'],
    ['Overview, 24 h', '/?range=24h'],
    ['Overview, 7 d', '/?range=7d'],
    ['Events, newest', '/events'],
    ['Events, dead', '/events?outcome=dead'],
    ['Events, one kind', '/events?kind=voice.gather.action'],
    ['Events, one target', '/events?target=slack'],
    ['Events, a number', '/events?number=%2B15005550007'],
    ['Events, a SID of long ago', `/events?sid=${thread}`],
    ['Events, free text', '/events?text=order+777+is'],
    ['An event, its call beside it', `/events/${id}`],
    ['Targets', '/targets'],
    ['Dead', '/dead'],
    ['Config', '/config'],
    ['Access', '/access'],
  ]
}

const toKb = (bytes: number) => (bytes / 1_000).toFixed(1)
