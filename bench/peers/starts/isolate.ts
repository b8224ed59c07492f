/** A plain workerd with one Worker, whose isolate is all it has: it dies with the process. */
import { freePort } from '../../../src/cli/dev/port.ts'
import { AUTH_TOKEN } from '../../webhooks.ts'
import { startWorker, type WorkerOptions } from '../../workerd.ts'
import type { Instance } from '../contestant.ts'
import { PREFIX } from '../processes.ts'

export async function startIsolate(options: Omit<WorkerOptions, 'port'>): Promise<Instance> {
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
    kept: () => Promise.resolve(0),
    stop,
    async kill() {
      await stop()
      worker = await launch()
    },
  }
}
