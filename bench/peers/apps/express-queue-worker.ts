/**
 * The other process of the grown-up version: takes jobs and posts them to the target. From BullMQ's
 * documentation: 100 to 300 jobs at the same time for work that waits for the network ("Parallelism and
 * concurrency"), a graceful end on signals and a listener for errors ("Going to production").
 */
import { Worker } from 'bullmq'

const { REDIS_PORT, TARGET_URL = '', STALLED_MS } = process.env
const TIMEOUT_MS = 10_000

const worker = new Worker<Record<string, string>>(
  'webhooks',
  async ({ data, id }) => {
    const answer = await fetch(TARGET_URL, {
      method: 'POST',
      // For a target that knows what it has seen.
      headers: { 'content-type': 'application/json', 'idempotency-key': id ?? '' },
      body: JSON.stringify(data),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`the target answered ${answer.status}`)
  },
  {
    connection: {
      host: '127.0.0.1',
      port: Number(REDIS_PORT),
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(times * 50, 2_000),
    },
    concurrency: 100,
    // Only a quick run shortens them; BullMQ's defaults are 30 seconds each.
    ...(STALLED_MS !== undefined && {
      lockDuration: Number(STALLED_MS),
      stalledInterval: Number(STALLED_MS),
    }),
  },
)
worker.on('error', () => {})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void worker.close().then(() => process.exit(0)))
}
