/** Who takes part, and how each is started and killed. */
import { once } from 'node:events'
import { Queue } from 'bullmq'
import { freePort } from '../../src/cli/dev/port.ts'
import type { Fault } from '../../test/faults/fault.ts'
import { AUTH_TOKEN } from '../webhooks.ts'
import { startWorker, type WorkerOptions } from '../workerd.ts'
import { buildPrograms, buildWorkers } from './build.ts'
import type { Contestant, Instance, StartOptions } from './contestant.ts'
import { createFolder, removeFolder } from './folders.ts'
import { PREFIX, start } from './processes.ts'
import { startRedis } from './redis.ts'

const node = process.execPath
const nothing = () => Promise.resolve(0)

/** Everything is built once, before anything is measured. */
export async function createContestants(): Promise<Contestant[]> {
  const [toProgram, code] = await Promise.all([buildPrograms(), buildWorkers()])
  const { sdk, gateway } = code
  const instant = { BINDINGS: 'instant', LOG: 'on' }
  return [
    {
      name: 'Switchboard',
      delivers: true,
      stores: true,
      parts: ['gateway', 'consumer', 'lane'],
      start: startSwitchboard,
    },
    {
      name: 'gateway alone',
      delivers: false,
      stores: false,
      parts: [],
      start: () => startIsolate({ name: 'gateway-alone', code: gateway, texts: instant }),
    },
    {
      name: 'express-sdk',
      delivers: true,
      stores: false,
      parts: ['process'],
      start: (options) => startExpress(toProgram('express-sdk'), options),
    },
    {
      name: 'express-queue',
      delivers: true,
      stores: true,
      parts: ['web', 'worker', 'Redis'],
      start: (options) => startExpressQueue(toProgram, options),
    },
    ...(['before', 'after'] as const).map((POSTS) => ({
      name: POSTS === 'before' ? 'worker-sdk' : 'worker-sdk, waitUntil',
      delivers: true,
      stores: false,
      parts: ['isolate'],
      start: ({ visitor }: StartOptions) =>
        startIsolate({
          name: `worker-sdk-${visitor.url.split('/').at(-1)}`,
          code: sdk,
          texts: { POSTS, TARGET_URL: visitor.url },
        }),
    })),
  ]
}

/** A plain workerd with one Worker, whose isolate is all it has: it dies with the process. */
async function startIsolate(options: Omit<WorkerOptions, 'port'>): Promise<Instance> {
  const port = await freePort(0)
  const texts = { TWILIO_AUTH_TOKENS: AUTH_TOKEN, ...options.texts }
  const launch = () =>
    startWorker({
      ...{ ...options, texts, port, prefix: PREFIX },
      // The target's failures are made on purpose.
      ...{ callsLoopback: true, isQuiet: true },
    })
  let worker = await launch()
  const stop = async () => {
    worker.stop()
    await worker.ended
  }
  return {
    port,
    pids: () => [worker.pid],
    kept: nothing,
    stop,
    async kill() {
      await stop()
      worker = await launch()
    },
  }
}

async function startExpress(program: string, { visitor }: StartOptions): Promise<Instance> {
  const port = await freePort(0)
  const launch = () =>
    start({
      command: node,
      args: [program],
      env: { PORT: String(port), TARGET_URL: visitor.url, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
    })
  let running = launch()
  return {
    port,
    pids: () => [running.pid],
    kept: nothing,
    stop: () => running.kill(),
    async kill() {
      await running.kill()
      running = launch()
    },
  }
}

async function startExpressQueue(
  toProgram: (name: string) => string,
  { visitor, leaseMs }: StartOptions,
): Promise<Instance> {
  const redis = await startRedis()
  const port = await freePort(0)
  const env = {
    PORT: String(port),
    REDIS_PORT: String(redis.port),
    TARGET_URL: visitor.url,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    ...(leaseMs !== undefined && { STALLED_MS: String(leaseMs) }),
  }
  const launch = (name: string) => start({ command: node, args: [toProgram(name)], env })
  let web = launch('express-queue-web')
  let worker = launch('express-queue-worker')
  return {
    port,
    pids: () => [web.pid, worker.pid, redis.pid()],
    kept: () => countJobs(redis.port),
    async kill(part) {
      if (part === 'web') {
        await web.kill()
        web = launch('express-queue-web')
      } else if (part === 'worker') {
        await worker.kill()
        worker = launch('express-queue-worker')
      } else {
        await redis.kill()
        await redis.restart()
      }
    },
    async stop() {
      await Promise.all([web.kill(), worker.kill()])
      await redis.stop()
    },
  }
}

/** Jobs that failed or still wait. */
async function countJobs(port: number): Promise<number> {
  const queue = new Queue('webhooks', { connection: { host: '127.0.0.1', port } })
  queue.on('error', () => {})
  const counts = await queue.getJobCounts('failed', 'delayed', 'waiting', 'active')
  await queue.close()
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/**
 * How each part dies: the consumer when it has claimed a batch in the ledger and before it has delivered
 * any of it, a lane when the target has answered and before it says so. Whatever else they were doing ends
 * with them.
 */
const FAULTS: Readonly<Record<string, Fault>> = {
  consumer: { at: '^LEDGER', by: 'consumer', when: 'after', effect: 'die', times: 1 },
  lane: { at: '^FETCH', by: 'lane', when: 'after', effect: 'kill', times: 1 },
}

interface Urls {
  gatewayUrl: string
  consumerUrl: string
}

async function startSwitchboard({ visitor, isMortal, leaseMs }: StartOptions): Promise<Instance> {
  const port = await freePort(0)
  const folder = createFolder('peers')
  const running = start({
    command: node,
    args: ['bench/peers/apps/switchboard.ts'],
    env: {
      PORT: String(port),
      TARGET_URL: visitor.url,
      FOLDER: folder,
      ...(isMortal === true && { MORTAL: '1' }),
      ...(leaseMs !== undefined && { LEASE_MS: String(leaseMs) }),
    },
    hasChannel: true,
  })
  // Before its ledger has its tables, it answers and cannot deliver.
  const [urls] = (await once(running.child, 'message')) as [Urls]
  return {
    port,
    pids: () => [running.pid],
    async kept() {
      const answer = once(running.child, 'message')
      running.child.send('owed')
      const [{ owed }] = (await answer) as [{ owed: number }]
      return owed
    },
    async kill(part) {
      const fault = FAULTS[part]
      if (!fault) await fetch(new URL('/die', urls.gatewayUrl), { method: 'POST' })
      else {
        const url = new URL('/faults', urls.consumerUrl)
        await fetch(url, { method: 'POST', body: JSON.stringify([fault]) })
      }
    },
    async stop() {
      await running.kill()
      removeFolder(folder)
    },
  }
}
