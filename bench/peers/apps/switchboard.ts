/**
 * Switchboard in the local runtime, as a process of its own: the real gateway, consumer and lanes in
 * workerd, with miniflare's KV, queues and D1. Told by its environment; says on its channel where it
 * listens, and what its ledger still owes when it is asked.
 */
import { stop as stopBuilding } from 'esbuild'
import { CONSUMER, GATEWAY } from '../../../src/cli/dev/local-workers.ts'
import { compileConfig } from '../../../src/config/compile.ts'
import { toDocument } from '../../../src/config/document.ts'
import { startLocalRuntime } from '../../../test/faults/local-runtime.ts'
import { AUTH_TOKEN, ORIGIN, PATH } from '../../webhooks.ts'

const { PORT, TARGET_URL = '', FOLDER: folder = '', MORTAL, LEASE_MS } = process.env

const ENTRIES =
  MORTAL === undefined
    ? { gateway: {}, consumer: {} }
    : {
        gateway: { entry: 'bench/peers/apps/mortal-gateway.ts' },
        consumer: { entry: 'test/faults/consumer.ts' },
      }

function compile() {
  const compiled = compileConfig(
    {
      publicUrl: ORIGIN,
      endpoints: {
        sms: {
          path: PATH,
          reply: { twiml: '<Response><Message>Thanks for: {{Body}}</Message></Response>' },
        },
      },
      targets: {
        // Five attempts, as the job queue of its peer has.
        app: {
          url: TARGET_URL,
          events: ['*'],
          timeout: '10s',
          concurrency: 20,
          retry: ['1s', '2s', '4s', '8s'],
        },
      },
    },
    { readFile: () => '', local: true },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return toDocument(compiled.value.config, 'bench')
}

// Whoever started it is gone.
process.once('disconnect', () => void stop())
process.once('SIGTERM', () => void stop())

const lease = LEASE_MS === undefined ? {} : { LEASE_MS }
const miniflare = await startLocalRuntime({
  ...{ folder, document: compile(), keyRing: AUTH_TOKEN },
  gateway: { ...ENTRIES.gateway, port: Number(PORT) },
  consumer: { ...ENTRIES.consumer, texts: lease },
})
// The builder's process has nothing more to do, and is not to be counted.
await stopBuilding()
const ledger = await miniflare.getD1Database('LEDGER', CONSUMER)
const gatewayUrl = (await miniflare.unsafeGetDirectURL(GATEWAY)).href
const consumerUrl = (await miniflare.unsafeGetDirectURL(CONSUMER)).href
process.on('message', () => void countOwed().then((owed) => process.send?.({ owed })))
process.send?.({ gatewayUrl, consumerUrl })

/** Deliveries that are dead or wait, with their reason. */
async function countOwed(): Promise<number> {
  const row = await ledger
    .prepare(`SELECT count(*) AS owed FROM deliveries WHERE status <> 'delivered'`)
    .first<{ owed: number }>()
  return row?.owed ?? 0
}

async function stop(): Promise<void> {
  await miniflare.dispose()
  process.exit(0)
}
