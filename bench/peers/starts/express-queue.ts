/** Express with a job queue: web, worker, and a Redis of their own. */
import { Queue } from 'bullmq'
import { freePort } from '../../../src/cli/dev/port.ts'
import { AUTH_TOKEN } from '../../webhooks.ts'
import type { Instance, StartOptions } from '../contestant.ts'
import { start } from '../processes.ts'
import { startRedis } from '../redis.ts'

export async function startExpressQueue(
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
  const launch = (name: string) =>
    start({ command: process.execPath, args: [toProgram(name)], env })
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
