/**
 * CPU time for each webhook, the contestants in turns: what disturbs the machine disturbs all of them,
 * and their ratios within a round say more than any of their times.
 */
import { bundle } from './bundle.ts'
import type { StoreCounts } from './contestants/stores.ts'
import { sendAll, type Answer } from './load.ts'
import { describe, formatRange, printTable } from './table.ts'
import { AUTH_TOKEN, makeWebhooks, type SmsWebhook } from './webhooks.ts'
import { startWorker, type RunningWorker } from './workerd.ts'

interface Contestant {
  name: string
  entry: string
  texts?: Record<string, string>
  toReply: (webhook: SmsWebhook) => string
  /** With its queue alone, and no call of KV. */
  isForgetful?: boolean
}

export interface CpuOptions {
  rounds: number
  /** For each contestant in each round. */
  requests: number
  /** Real stubs with stores behind them; else no bindings at all, and plain objects for the gateway. */
  stubs: boolean
}

const CONNECTIONS = 8
/** V8 has optimised nearly everything by then; it takes longer for more code. */
const WARM_UP_REQUESTS = 6_000

const FIXED_TWIML = '<Response><Message>Thanks</Message></Response>'
const escapeApostrophe = (text: string) => text.replaceAll("'", '&apos;')
const toOurReply = ({ text }: SmsWebhook) =>
  `<Response><Message>Thanks for: ${escapeApostrophe(text)}</Message></Response>`
const toSdkReply = ({ text }: SmsWebhook) =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Message>Thanks for: ${text}</Message></Response>`

function toContestants(stubs: boolean): Contestant[] {
  const BINDINGS = stubs ? 'stubs' : 'instant'
  const ours = { entry: 'ours', toReply: toOurReply }
  const forgetful = { ...ours, isForgetful: true }
  return [
    { name: 'echo', entry: 'echo', toReply: () => 'ok' },
    { name: 'floor', entry: 'floor', toReply: () => FIXED_TWIML },
    { name: 'sdk', entry: 'sdk', toReply: toSdkReply },
    { name: 'ours, 4 steps', entry: 'steps', toReply: toOurReply },
    { ...forgetful, name: 'ours', texts: { BINDINGS, LOG: 'on', REMEMBER: 'off' } },
    { ...forgetful, name: 'ours, no log line', texts: { BINDINGS, LOG: 'off', REMEMBER: 'off' } },
    { ...ours, name: 'ours, remembering', texts: { BINDINGS, LOG: 'on', REMEMBER: 'on' } },
  ]
}

interface Runner extends Contestant {
  worker: RunningWorker
  /** CPU time for a webhook in each round, microseconds. */
  roundsUs: number[]
}

export async function runCpu(options: CpuOptions): Promise<void> {
  const { rounds, requests, stubs } = options
  const webhooks = makeWebhooks(WARM_UP_REQUESTS + rounds * requests)
  const runners = await startAll(toContestants(stubs), stubs)
  for (const runner of runners) await send(runner, webhooks.slice(0, WARM_UP_REQUESTS))
  for (let round = 0; round < rounds; round++) {
    const start = WARM_UP_REQUESTS + round * requests
    const batch = webhooks.slice(start, start + requests)
    for (const runner of runners) runner.roundsUs.push(await send(runner, batch))
  }
  for (const runner of runners) {
    if (stubs) await checkCounts(runner, webhooks.length)
    runner.worker.stop()
  }
  report(runners)
}

async function startAll(contestants: Contestant[], stubs: boolean): Promise<Runner[]> {
  const stores = stubs ? { stores: await bundle('bench/contestants/stores.ts') } : {}
  return Promise.all(
    contestants.map(async (contestant) => {
      const code = await bundle(`bench/contestants/${contestant.entry}.ts`)
      const texts = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, ...contestant.texts }
      const worker = await startWorker({ name: contestant.name, code, texts, ...stores })
      return { ...contestant, worker, roundsUs: [] }
    }),
  )
}

/** CPU time for a webhook, microseconds. */
async function send({ name, worker, toReply }: Runner, webhooks: SmsWebhook[]): Promise<number> {
  const replies = webhooks.map(toReply)
  const requests = webhooks.map(({ bytes }) => bytes)
  const check = ({ status, body }: Answer, index: number) => {
    if (status === 200 && body === replies[index]) return
    throw new Error(`${name} answered ${status} ${body}, not ${replies[index]}`)
  }
  const before = worker.cpuUs()
  await sendAll({ port: worker.port, requests, connections: CONNECTIONS, check })
  return (worker.cpuUs() - before) / webhooks.length
}

/** Whoever makes fewer calls than its name says would look fast. */
async function checkCounts(runner: Runner, webhooks: number): Promise<void> {
  const { name, worker, isForgetful = false } = runner
  const response = await fetch(`http://127.0.0.1:${worker.storesPort}/counts`)
  const { gets, puts, messages } = (await response.json()) as StoreCounts
  const remembered = isForgetful ? 0 : webhooks
  // The gateway reads its config now and then.
  if (gets >= remembered && puts === remembered && messages === webhooks) return
  throw new Error(`${name}: ${webhooks} webhooks, ${gets} gets, ${puts} puts, ${messages} messages`)
}

function report(runners: Runner[]): void {
  const floor = runners.find(({ name }) => name === 'floor')?.roundsUs ?? []
  const sdk = runners.find(({ name }) => name === 'sdk')?.roundsUs ?? []
  const rows = runners.map(({ name, roundsUs }) => [
    name,
    describe(roundsUs).median.toFixed(0),
    formatRange(toRatios(roundsUs, floor)),
    formatRange(toRatios(roundsUs, sdk)),
  ])
  printTable(['', 'CPU µs', '× floor', '× sdk'], rows)
}

function toRatios(times: number[], base: number[]): number[] {
  return times.map((time, round) => time / (base[round] ?? Number.NaN))
}
