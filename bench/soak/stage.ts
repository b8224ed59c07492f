/** The processes of a soak, and what run.ts asks of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../percentile.ts'
import { startChild } from './child.ts'
import { readHeapsMb } from './heaps.ts'
import { findWorkerd, readRows, readRssMb, readStored } from './memory.ts'
import type { Account, LoadNews, LoadOrder, StackNews, StackOrder, Window } from './messages.ts'
import { WORKERS, type Sample } from './verdict.ts'

export interface Stored {
  ids: Set<string>
  /** Of Event Streams: how many events each has. One event may be in several. */
  batches: Map<string, number>
}

export interface Stage {
  /** Plans and begins; resolves when the last request of it is answered. */
  send: (rate: number, seconds: number) => Promise<void>
  /** What happened since the last one. */
  measure: () => Promise<Window>
  sample: (minute: number) => Promise<Sample>
  /** The target has taken all there is, or the time is up: how many events it has not. */
  drain: (patienceMs: number) => Promise<number>
  /** Ends the load. What the gateway stored, and what the target took. */
  end: () => Promise<{ account: Account; stored: Stored }>
  stop: () => Promise<void>
}

const POLL_MS = 2_000
const STOP_MS = 10_000

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

export async function openStage(seed: string): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-soak-'))
  const statePath = join(folder, 'state')
  const load = startChild<LoadOrder, LoadNews>('load.ts', [])
  const { targetUrl } = await load.next('listening')
  const stack = startChild<StackOrder, StackNews>('stack.ts', [folder, targetUrl])
  const stored: Stored = { ids: new Set(), batches: new Map() }
  stack.on((news) => {
    if (news.news !== 'stored') return
    if (news.batchOf === null) stored.ids.add(news.id)
    else stored.batches.set(news.id, news.batchOf)
  })
  const { gatewayUrl, consoleUrl, inspectorUrl } = await stack.next('ready')
  load.tell({ order: 'aim', gatewayUrl, consoleUrl })
  const workerd = findWorkerd(stack.pid)
  if (workerd === null) throw new Error('no workerd to look at')
  let sendings = 0

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
      const heapsMb = await readHeapsMb(inspectorUrl, WORKERS)
      return {
        minute,
        workerdMb: readRssMb(workerd),
        heapsMb,
        nodeMb: readRssMb(stack.pid),
        sent,
        replyP50Ms: percentile(replyMs, 0.5),
        replyP99Ms: percentile(replyMs, 0.99),
        deliveryP50Ms: percentile(deliveryMs, 0.5),
        deliveryP99Ms: percentile(deliveryMs, 0.99),
        pageP50Ms: percentile(pageMs, 0.5),
        ...readRows(statePath),
        ...readStored(statePath),
      }
    },
    async drain(patienceMs) {
      const until = Date.now() + patienceMs
      for (;;) {
        const open = stored.ids.size - (await measure()).taken
        if (open <= 0 || Date.now() > until) return open
        await wait(POLL_MS)
      }
    },
    async end() {
      load.tell({ order: 'end' })
      return { account: (await load.next('ended')).account, stored }
    },
    async stop() {
      load.kill()
      stack.tell({ order: 'stop' })
      await Promise.race([stack.ended, wait(STOP_MS)])
      stack.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
