/**
 * How long Twilio waits for its answer when KV and queue are slow: wall time at the client, on
 * loopback, beside a bare Worker that does nothing but the same waits at the same moment.
 */
import { bundle } from './bundle.ts'
import { KV_READ, QUEUE_SEND } from './log-normal.ts'
import { sendAll, type Answer } from './load.ts'
import { describe, printTable } from './table.ts'
import { AUTH_TOKEN, makeWebhooks } from './webhooks.ts'
import { startWorker } from './workerd.ts'

const REQUESTS = 1_500
const WARM_UP_REQUESTS = 200
const CONNECTIONS = 16
/** The config's default `lookupBudget`: a longer wait for KV is cut off. */
const LOOKUP_BUDGET_MS = 50

export async function runLatency(): Promise<void> {
  const [bareMs, oursMs] = await Promise.all([measure('waits'), measure('ours')])
  const medianTargetMs = 1.1 * (KV_READ.medianMs + QUEUE_SEND.medianMs)
  const p99TargetMs = LOOKUP_BUDGET_MS + 1.1 * QUEUE_SEND.p99Ms
  printTable(
    ['', 'median ms', 'p99 ms'],
    [
      ['bare waits', ...toCells(bareMs)],
      ['ours', ...toCells(oursMs)],
      ['target', `≤ ${medianTargetMs.toFixed(1)}`, `≤ ${p99TargetMs.toFixed(1)}`],
    ],
  )
}

/** Milliseconds of each request. */
async function measure(entry: string): Promise<number[]> {
  const code = await bundle(`bench/contestants/${entry}.ts`)
  const texts = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, BINDINGS: 'slow', LOG: 'on' }
  const worker = await startWorker({ name: `${entry}-slow`, code, texts })
  const requests = makeWebhooks(WARM_UP_REQUESTS + REQUESTS).map(({ bytes }) => bytes)
  const check = ({ status }: Answer) => {
    if (status !== 200) throw new Error(`${entry} answered ${status}`)
  }
  const load = { port: worker.port, connections: CONNECTIONS, check }
  await sendAll({ ...load, requests: requests.slice(0, WARM_UP_REQUESTS) })
  const durationsMs = await sendAll({ ...load, requests: requests.slice(WARM_UP_REQUESTS) })
  worker.stop()
  return durationsMs
}

function toCells(durationsMs: number[]): string[] {
  const { median, p99 } = describe(durationsMs)
  return [median.toFixed(1), p99.toFixed(1)]
}
