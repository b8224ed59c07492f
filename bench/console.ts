/**
 * The console over a ledger of 100,000 events: how long the Worker takes for each page, with its real
 * D1, and what a browser has to load for it. Local D1 is SQLite behind a simulator: behaviour is that of
 * Cloudflare's, the milliseconds are this machine's.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { loadConfigFile } from '../src/cli/project/config-file.ts'
import { freePort } from '../src/cli/dev/port.ts'
import { startRuntime, type Runtime } from '../src/cli/dev/runtime.ts'
import { toDocument, toVersion } from '../src/config/document.ts'
import { seedLedger } from './console-seed.ts'
import { describe, printTable } from './table.ts'

const EVENTS = 100_000
const DAY_MS = 86_400_000
const ROUNDS = 15

export async function runConsole(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  const port = await freePort(0)
  const config = await loadConfigFile('switchboard.config.ts', { local: true, warn: () => {} })
  const runtime = await startRuntime({
    ports: { 'switchboard-console': port },
    statePath: folder,
    configPath: join(folder, 'config.json'),
    document: toDocument(config, toVersion(config)),
    secrets: {},
    onLog: () => {},
  })
  try {
    await measure(runtime, `http://127.0.0.1:${port}`)
  } finally {
    await runtime.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(runtime: Runtime, url: string): Promise<void> {
  const until = Date.now()
  const ledger = await runtime.ledger()
  await seedLedger(ledger, { events: EVENTS, from: until - 7 * DAY_MS, until })
  const rows: string[][] = []
  for (const [name, path] of await listPages(ledger)) {
    const times: number[] = []
    let html = ''
    // The first one finds nothing in SQLite's cache; it counts as all others do.
    for (let i = 0; i < ROUNDS; i++) {
      const startedAt = performance.now()
      const response = await fetch(url + path)
      html = await response.text()
      times.push(performance.now() - startedAt)
      if (!response.ok) throw new Error(`${path} answers ${response.status}`)
    }
    const { median, max } = describe(times)
    const [page, files] = [Buffer.from(html), await loadFiles(url, html)]
    const whole = [page, ...files]
    rows.push([
      name,
      median.toFixed(0),
      max.toFixed(0),
      toKb(page.byteLength),
      toKb(sum(whole.map(({ byteLength }) => byteLength))),
      toKb(sum(whole.map((part) => gzipSync(part).byteLength))),
    ])
  }
  printTable(['', 'ms median', 'ms max', 'KB page', 'KB with files', 'KB gzip'], rows)
}

/** What a page needs besides itself: a browser loads it once and keeps it. */
async function loadFiles(url: string, html: string): Promise<Buffer[]> {
  const paths = [...html.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '')
  return Promise.all(
    [...new Set(paths)].map(async (path) =>
      Buffer.from(await (await fetch(url + path)).arrayBuffer()),
    ),
  )
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

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const toKb = (bytes: number) => (bytes / 1_000).toFixed(1)
