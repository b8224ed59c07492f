/** Switchboard in the local runtime, in a process of its own (apps/switchboard.ts). */
import { once } from 'node:events'
import { freePort } from '../../../src/cli/dev/port.ts'
import type { Fault } from '../../../test/faults/fault.ts'
import { createFolder, removeFolder } from '../../folders.ts'
import type { Instance, StartOptions } from '../contestant.ts'
import { start } from '../processes.ts'

/**
 * How each part dies: the consumer when a lane has told it what the target said and before the ledger knows
 * of it, a lane when the target has answered and before it says so. Whatever else they were doing ends
 * with them.
 */
const FAULTS: Readonly<Record<string, Fault>> = {
  consumer: { at: '^LANES.offer', by: 'consumer', when: 'after', effect: 'die', times: 1 },
  lane: { at: '^FETCH', by: 'lane', when: 'after', effect: 'kill', times: 1 },
}

interface Urls {
  gatewayUrl: string
  consumerUrl: string
}

export async function startSwitchboard({
  visitor,
  isMortal,
  leaseMs,
}: StartOptions): Promise<Instance> {
  const port = await freePort(0)
  const folder = createFolder('peers')
  const running = start({
    command: process.execPath,
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
