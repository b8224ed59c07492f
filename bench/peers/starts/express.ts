/** Express by itself: one process, which keeps nothing. */
import { freePort } from '../../../src/cli/dev/port.ts'
import { AUTH_TOKEN } from '../../webhooks.ts'
import type { Instance, StartOptions } from '../contestant.ts'
import { start } from '../processes.ts'

export async function startExpress(program: string, { visitor }: StartOptions): Promise<Instance> {
  const port = await freePort(0)
  const launch = () =>
    start({
      command: process.execPath,
      args: [program],
      env: { PORT: String(port), TARGET_URL: visitor.url, TWILIO_AUTH_TOKEN: AUTH_TOKEN },
    })
  let running = launch()
  return {
    port,
    pids: () => [running.pid],
    kept: () => Promise.resolve(0),
    stop: () => running.kill(),
    async kill() {
      await running.kill()
      running = launch()
    },
  }
}
