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
  printTable(
    ['', 'median ms', 'p99 ms'],
    [
      ...(await compare('off', QUEUE_SEND.medianMs, QUEUE_SEND.p99Ms)),
      ...(await compare(
        'on',
        KV_READ.medianMs + QUEUE_SEND.medianMs,
        LOOKUP_BUDGET_MS / 1.1 + QUEUE_SEND.p99Ms,
      )),
    ],
  )
}

async function compare(
  remember: 'on' | 'off',
  medianMs: number,
  p99Ms: number,
): Promise<string[][]> {
  const [bareMs, oursMs] = await Promise.all([
    measure('waits', remember),
    measure('ours', remember),
  ])
  const what = remember === 'on' ? ', remembering' : ''
  const target = [medianMs, p99Ms].map((ms) => `≤ ${(1.1 * ms).toFixed(1)}`)
  return [
    [`bare waits${what}`, ...toCells(bareMs)],
    [`ours${what}`, ...toCells(oursMs)],
    ['target', ...target],
  ]
}

/** Milliseconds of each request. */
async function measure(entry: string, remember: 'on' | 'off'): Promise<number[]> {
  const code = await bundle(`bench/contestants/${entry}.ts`)
  const texts = {
    ...{ TWILIO_AUTH_TOKENS: AUTH_TOKEN, BINDINGS: 'slow', LOG: 'on' },
    REMEMBER: remember,
  }
  const worker = await startWorker({ name: `${entry}-slow-${remember}`, code, texts })
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
