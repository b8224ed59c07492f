/**
 * The process that is measured: all Workers in workerd as `switchboard dev` runs them, cron included. It
 * keeps nothing of its own but what the runtime does; ids of stored events are said and forgotten.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startRuntime, type Runtime } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument } from '../../src/config/document.ts'
import { createPruner } from '../../src/ledger/prune.ts'
import { freePort } from './free-port.ts'
import { endWithParent, say } from './child.ts'
import type { Look, StackNews, StackOrder } from './messages.ts'
import { TOKEN } from './traffic.ts'

const [folder = '', targetUrl = ''] = process.argv.slice(2)
/** Of these the soak says how many rows they have. */
const TABLES = ['events', 'payloads', 'deliveries', 'replies', 'audit', 'replay_jobs', 'cursors']
const MAX_PRUNED = 100_000

function toConfig(url: string) {
  return {
    endpoints: {
      sms: { path: '/sms', reply: { twiml: '<Response><Message>Thanks!</Message></Response>' } },
      voice: { path: '/voice', reply: { twiml: '<Response><Say>Hello</Say></Response>' } },
      status: { path: '/status' },
      fallback: { path: '/fallback', reply: { twiml: '<Response><Hangup/></Response>' } },
    },
    targets: { soak: { url, events: ['*'], retry: ['1s', '5s'], concurrency: 20 } },
  }
}

async function start(): Promise<{ runtime: Runtime; gatewayUrl: string; consoleUrl: string }> {
  const compiled = compileConfig(toConfig(targetUrl), { readFile: () => '', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  const [gateway, consolePort] = [await freePort(), await freePort()]
  const statePath = join(folder, 'state')
  mkdirSync(statePath, { recursive: true })
  const runtime = await startRuntime({
    ports: { switchboard: gateway, 'switchboard-console': consolePort },
    statePath,
    configPath: join(folder, 'config.json'),
    document: toDocument(compiled.value.config, 'soak'),
    secrets: { TWILIO_AUTH_TOKENS: TOKEN },
    onLog: sayStored,
  })
  const at = (port: number) => `http://127.0.0.1:${port}`
  return { runtime, gatewayUrl: at(gateway), consoleUrl: at(consolePort) }
}

/** A batch of Event Streams has one line, with an id of its own and how many events there are in it. */
function sayStored(line: string): void {
  if (!line.includes('"webhook.received"')) return
  const { eventId, stored, verdict, kind, events } = JSON.parse(line) as Record<string, unknown>
  if (typeof eventId !== 'string' || verdict !== 'accepted' || stored === null) return
  const isBatch = kind === 'event-streams'
  say({ news: 'stored', id: eventId, batchOf: isBatch ? Number(events) : null } satisfies StackNews)
}

async function look(db: D1Database): Promise<Look> {
  const rows: Record<string, number> = {}
  const count = async (sql: string) =>
    (
      await db
        .prepare(sql)
        .first<{ n: number }>()
        .catch(() => null)
    )?.n ?? 0
  for (const table of TABLES) rows[table] = await count(`SELECT count(*) AS n FROM ${table}`)
  const by = (status: string) =>
    count(`SELECT count(*) AS n FROM deliveries WHERE status = '${status}'`)
  return { rows, waiting: await by('waiting'), dead: await by('dead') }
}

endWithParent()
const { runtime, gatewayUrl, consoleUrl } = await start()
const ledger = await runtime.ledger()
process.on('message', (message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run.ts is ours
  void obey(message as StackOrder)
})
say({ news: 'ready', gatewayUrl, consoleUrl } satisfies StackNews)

async function obey(order: StackOrder): Promise<void> {
  if (order.order === 'look') {
    say({ news: 'looked', look: await look(ledger) } satisfies StackNews)
  } else if (order.order === 'prune') {
    const { olderThan } = order
    const pruned = await createPruner(ledger).prune({ olderThan, maxEvents: MAX_PRUNED })
    say({ news: 'pruned', deleted: pruned.deleted } satisfies StackNews)
  } else {
    await runtime.stop()
    process.exit(0)
  }
}
