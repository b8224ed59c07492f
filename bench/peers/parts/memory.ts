/** Resident memory of all processes: before, at its highest, and after so many webhooks. */
import { makeWebhooks } from '../../webhooks.ts'
import type { Contestant } from '../contestant.ts'
import { enter, rush, untilDone, type Player } from '../field.ts'
import { readTreeRssBytes } from '../processes.ts'
import type { Extent, Result } from '../result.ts'
import { wait } from '../send.ts'
import type { PeerTarget } from '../target.ts'

interface Memory {
  before: number
  highest: number
  after: number
}

/** Made so many at a time: all at once would fill this process's own memory. */
const CHUNK = 1_000
const LOOK_MS = 250
/** What is free again is given back by then; a quick run has little to give back. */
const REST_MS = 1_000
const PATIENCE_MS = 300_000

export async function runMemory(
  target: PeerTarget,
  contestants: readonly Contestant[],
  { memory: count, warmUp }: Extent,
): Promise<Result> {
  const measured: [string, Memory][] = []
  for (const contestant of contestants) {
    const player = await enter(target, contestant)
    try {
      measured.push([contestant.name, await measure(player, count, warmUp)])
    } finally {
      await player.stop()
    }
  }
  const toMb = (bytes: number) => (bytes / 1_000_000).toFixed(0)
  return {
    name: 'memory',
    title: `Resident memory of all processes, ${count.toLocaleString('en')} webhooks`,
    header: ['', 'MB before', 'MB at its highest', 'MB after'],
    rows: measured.map(([name, { before, highest, after }]) => [
      name,
      toMb(before),
      toMb(highest),
      toMb(after),
    ]),
    picture: {
      title: `Memory over ${count.toLocaleString('en')} webhooks, MB (less is better)`,
      description: 'Resident memory of all processes of a contestant.',
      series: ['at its highest', 'after'],
      rows: measured.map(([label, { highest, after }]) => ({
        label,
        bars: [highest, after].map((bytes) => ({ value: bytes, text: `${toMb(bytes)} MB` })),
      })),
    },
  }
}

async function measure(player: Player, count: number, warmUp: number): Promise<Memory> {
  await rushAndWait(player, warmUp)
  const before = readTreeRssBytes(player.pids())
  let highest = before
  const timer = setInterval(() => {
    highest = Math.max(highest, readTreeRssBytes(player.pids()))
  }, LOOK_MS)
  for (let sent = 0; sent < count; sent += CHUNK) {
    await rushAndWait(player, Math.min(CHUNK, count - sent))
  }
  clearInterval(timer)
  await wait(Math.min(REST_MS, count))
  return { before, highest, after: readTreeRssBytes(player.pids()) }
}

/** A thousand at a time: what is measured is no backlog. */
async function rushAndWait(player: Player, count: number): Promise<void> {
  const webhooks = makeWebhooks(count)
  await rush(player, webhooks)
  const sids = webhooks.map(({ sid }) => sid)
  const isDone = await untilDone(player, sids, PATIENCE_MS)
  if (!isDone) throw new Error(`${player.contestant.name} has not delivered all`)
  player.visitor.done.clear()
}
