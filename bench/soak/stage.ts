/** The processes of a soak, and what run.ts asks of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../scale/percentile.ts'
import { startChild } from './child.ts'
import { findWorkerd, readRssMb, readStored } from './memory.ts'
import type { Account, LoadNews, LoadOrder, StackNews, StackOrder, Window } from './messages.ts'
import type { Sample } from './verdict.ts'

export interface Stored {
  ids: Set<string>
  /** Of Event Streams: how many events each has. */
  batches: Map<string, number>
}

export interface Stage {
  /** Plans and begins; resolves when the last request of it is answered. */
  send: (rate: number, seconds: number) => Promise<void>
  /** What happened since the last one. */
  measure: () => Promise<Window>
  sample: (minute: number) => Promise<Sample>
  /** What was recorded so long ago or earlier is deleted. */
  prune: (olderMs: number) => Promise<number>
  /** Nothing waits any more, or the time is up: how many still wait. */
  drain: (patienceMs: number) => Promise<number>
  /** Ends the load. What the gateway stored, and what the target took. */
  end: () => Promise<{ account: Account; stored: Stored }>
  stop: () => Promise<void>
}

const POLL_MS = 500

export async function openStage(seed: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-soak-'))
  const load = startChild<LoadOrder, LoadNews>('load.ts', [])
  const { targetUrl } = await load.next('listening')
  const stack = startChild<StackOrder, StackNews>('stack.ts', [folder, targetUrl])
  const stored: Stored = { ids: new Set(), batches: new Map() }
  stack.on((news) => {
    if (news.news !== 'stored') return
    if (news.batchOf === null) stored.ids.add(news.id)
    else stored.batches.set(news.id, news.batchOf)
  })
  const { gatewayUrl, consoleUrl } = await stack.next('ready')
  load.tell({ order: 'aim', gatewayUrl, consoleUrl })
  const workerd = findWorkerd(stack.pid)
  if (workerd === null) throw new Error('no workerd to look at')
  let sendings = 0

  const look = async () => {
    stack.tell({ order: 'look' })
    return (await stack.next('looked')).look
  }
  const measure = async () => {
    load.tell({ order: 'measure' })
    return (await load.next('measured')).window
  }
  return {
    async send(rate, seconds) {
      sendings += 1
      load.tell({ order: 'send', rate, seconds, seed: `${seed}-${sendings}` })
      await load.next('sent')
    },
    measure,
    async sample(minute) {
      const { replyMs, deliveryMs, pageMs, sent } = await measure()
      return {
        minute,
        workerdMb: readRssMb(workerd),
        nodeMb: readRssMb(stack.pid),
        sent,
        replyP50Ms: percentile(replyMs, 0.5),
        replyP99Ms: percentile(replyMs, 0.99),
        deliveryP50Ms: percentile(deliveryMs, 0.5),
        deliveryP99Ms: percentile(deliveryMs, 0.99),
        pageP50Ms: percentile(pageMs, 0.5),
        ...toCounts(await look()),
        ...readStored(join(folder, 'state')),
      }
    },
    async prune(olderMs) {
      stack.tell({ order: 'prune', olderThan: Date.now() - olderMs })
      return (await stack.next('pruned')).deleted
    },
    async drain(patienceMs) {
      const until = Date.now() + patienceMs
      for (;;) {
        const { waiting } = await look()
        const { deliveryMs } = await measure()
        if ((waiting === 0 && deliveryMs.length === 0) || Date.now() > until) return waiting
        await new Promise((resolve) => setTimeout(resolve, POLL_MS * 4))
      }
    },
    async end() {
      load.tell({ order: 'end' })
      return { account: (await load.next('ended')).account, stored }
    },
    async stop() {
      load.kill()
      stack.tell({ order: 'stop' })
      await stack.ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const toCounts = ({ rows, waiting }: { rows: Record<string, number>; waiting: number }) => ({
  rows,
  waiting,
})
