/** A contestant at work: started, answering, with its own path at the target; and what all parts ask of it. */
import { sendAll, type Answer } from '../load.ts'
import { makeWebhooks, type SmsWebhook } from '../webhooks.ts'
import type { Contestant, Instance, StartOptions } from './contestant.ts'
import { sendAtRate, wait } from './send.ts'
import type { PeerTarget, Visitor } from './target.ts'

export interface Player extends Instance {
  contestant: Contestant
  visitor: Visitor
  /** From the start of its first process to its first answer, milliseconds. */
  startUpMs: number
}

const CONNECTIONS = 16
const START_TIMEOUT_MS = 60_000
const PROBE_TIMEOUT_MS = 1_000

let count = 0

export async function enter(
  target: PeerTarget,
  contestant: Contestant,
  options: Omit<StartOptions, 'visitor'> = {},
): Promise<Player> {
  const visitor = target.visitor(String(count++))
  const startedAt = performance.now()
  const instance = await contestant.start({ ...options, visitor })
  await untilAnswering(instance.port, contestant.name)
  return { ...instance, contestant, visitor, startUpMs: performance.now() - startedAt }
}

/** Until a webhook of ours is answered well. */
async function untilAnswering(port: number, name: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  const webhooks = makeWebhooks(1)
  for (;;) {
    const [sent] = await sendAtRate({ port, webhooks, perSecond: 1, timeoutMs: PROBE_TIMEOUT_MS })
    if (sent?.status === 200) return
    if (performance.now() > deadline) throw new Error(`${name} does not answer: ${sent?.status}`)
    await wait(10)
  }
}

/** As fast as it answers, over a few connections. Throws for a wrong answer. */
export async function rush(player: Player, webhooks: readonly SmsWebhook[]): Promise<void> {
  const check = ({ status, body }: Answer) => {
    if (status === 200 && body.includes('Thanks for: ')) return
    throw new Error(`${player.contestant.name} answered ${status} ${body}`)
  }
  const requests = webhooks.map(({ bytes }) => bytes)
  await sendAll({ port: player.port, requests, connections: CONNECTIONS, check })
}

/** Waits until the target has done the work of all; false when that takes too long. */
export async function untilDone(
  { visitor, contestant }: Player,
  sids: readonly string[],
  patienceMs: number,
): Promise<boolean> {
  if (!contestant.delivers) return true
  const deadline = performance.now() + patienceMs
  let next = 0
  for (;;) {
    while (next < sids.length && visitor.done.has(sids[next] ?? '')) next += 1
    if (next === sids.length) return true
    if (performance.now() > deadline) return false
    await wait(10)
  }
}
