/**
 * The process that is measured: all Workers in workerd as `switchboard dev` runs them, cron included. It
 * keeps nothing of its own but what the runtime does; ids of stored events are said and forgotten.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startRuntime, type Runtime } from '../../src/cli/dev/runtime.ts'
import { compileConfig } from '../../src/config/compile.ts'
import { toDocument } from '../../src/config/document.ts'
import { freePort } from '../../src/cli/dev/port.ts'
import { endWithParent, say } from './child.ts'
import type { StackNews, StackOrder } from './messages.ts'
import { TOKEN } from './traffic.ts'

const [folder = '', targetUrl = ''] = process.argv.slice(2)
type Urls = Omit<Extract<StackNews, { news: 'ready' }>, 'news'>
/**
 * The least `retention` is a day. So that the cron has something to delete within minutes, the Workers get a
 * config that the command would refuse.
 */
const RETENTION_MS = 60_000

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

async function start(): Promise<{ runtime: Runtime; urls: Urls }> {
  const compiled = compileConfig(toConfig(targetUrl), { readFile: () => '', local: true })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  const [gateway, consolePort] = [await freePort(0), await freePort(0)]
  const inspectorPort = await freePort(0)
  const statePath = join(folder, 'state')
  mkdirSync(statePath, { recursive: true })
  const runtime = await startRuntime({
    ports: { switchboard: gateway, 'switchboard-console': consolePort },
    statePath,
    configPath: join(folder, 'config.json'),
    document: toDocument({ ...compiled.value.config, retentionMs: RETENTION_MS }, 'soak'),
    secrets: { TWILIO_AUTH_TOKENS: TOKEN },
    inspectorPort,
    onLog: sayStored,
  })
  const at = (port: number) => `http://127.0.0.1:${port}`
  const urls = {
    gatewayUrl: at(gateway),
    consoleUrl: at(consolePort),
    inspectorUrl: at(inspectorPort),
  }
  return { runtime, urls }
}

/** A batch of Event Streams has one line, with an id of its own and how many events there are in it. */
function sayStored(line: string): void {
  if (!line.includes('"webhook.received"')) return
  const { eventId, stored, verdict, kind, events } = JSON.parse(line) as Record<string, unknown>
  if (typeof eventId !== 'string' || verdict !== 'accepted' || stored === null) return
  const isBatch = kind === 'event-streams'
  say({ news: 'stored', id: eventId, batchOf: isBatch ? Number(events) : null } satisfies StackNews)
}

endWithParent()
const { runtime, urls } = await start()
process.on('message', (message) => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- run.ts is ours
  if ((message as StackOrder).order === 'stop') void runtime.stop().then(() => process.exit(0))
})
say({ news: 'ready', ...urls } satisfies StackNews)
