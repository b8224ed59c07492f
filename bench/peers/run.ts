/**
 * The same signed traffic through Switchboard and through what people use today, side by side. Who takes
 * part and what is measured: docs/benchmarks.md.
 */
import { createContestants } from './contestants.ts'
import type { Contestant } from './contestant.ts'
import { enter, type Player } from './field.ts'
import { runCost } from './parts/cost.ts'
import { runDeaths } from './parts/deaths.ts'
import { runMemory } from './parts/memory.ts'
import { runHang, runReply } from './parts/reply.ts'
import { runStart } from './parts/start.ts'
import { runTroubles } from './parts/troubles.ts'
import { isPinned, pinLoad } from './processes.ts'
import { findRedis, REDIS_MISSING } from './redis.ts'
import { printResult, writePicture, type Extent, type Result } from './result.ts'
import { startPeerTarget, type PeerTarget } from './target.ts'

export interface PeersOptions {
  isQuick: boolean
  /** Webhooks before memory is read; null: the default. */
  memory: number | null
  /** Written into docs/benchmarks/. */
  hasPictures: boolean
}

const WHOLE: Extent = {
  isBrief: false,
  starts: 3,
  rounds: 5,
  requests: 1_000,
  warmUp: 2_000,
  replySeconds: 8,
  hangTimeoutMs: 15_000,
  deaths: 3,
  lifeMs: 1_500,
  // A consumer's claim holds for 60 seconds, a job's lock for 30.
  patienceMs: 90_000,
  leaseMs: undefined,
  failing: 500,
  troubles: 3,
  memory: 10_000,
}

/** Says that all of it works, and little else. */
const QUICK: Extent = {
  isBrief: true,
  starts: 1,
  rounds: 1,
  requests: 200,
  warmUp: 50,
  replySeconds: 0.5,
  hangTimeoutMs: 1_000,
  deaths: 1,
  lifeMs: 800,
  patienceMs: 30_000,
  leaseMs: 2_000,
  failing: 25,
  troubles: 1,
  memory: 200,
}

/** Half of what the slowest delivers is below saturation for everybody. */
const toRate = (slowest: number): number => Math.max(10, Math.floor(slowest / 2))

export async function runPeers({ isQuick, memory, hasPictures }: PeersOptions): Promise<void> {
  const extent = { ...(isQuick ? QUICK : WHOLE), ...(memory !== null && { memory }) }
  pinLoad()
  console.log(
    isPinned
      ? '  contestants on one core, load generator and target on another'
      : '  not pinned: without taskset and a second core, load and contestants share what there is',
  )
  const hasRedis = findRedis() !== null
  if (!hasRedis) console.log(`  ${REDIS_MISSING}`)
  const all = await createContestants()
  const contestants = all.filter(({ name }) => hasRedis || name !== 'express-queue')
  const target = await startPeerTarget()
  try {
    for await (const result of measure(target, contestants, extent)) {
      const shown = hasRedis ? result : withoutQueue(result)
      printResult(shown)
      if (hasPictures) writePicture(shown)
    }
  } finally {
    await target.stop()
  }
}

async function* measure(
  target: PeerTarget,
  contestants: readonly Contestant[],
  extent: Extent,
): AsyncGenerator<Result> {
  const players: Player[] = []
  try {
    for (const contestant of contestants) players.push(await enter(target, contestant))
    yield* await runStart(target, players, extent)
    const { results, slowest } = await runCost(players, extent)
    yield* results
    yield await runReply(players, toRate(slowest), extent)
    yield* await runTroubles(players, extent)
    yield await runHang(players, extent)
  } finally {
    await Promise.all(players.map((player) => player.stop()))
  }
  yield await runDeaths(target, contestants, extent)
  yield await runMemory(target, contestants, extent)
}

/** The table says who is missing. */
const withoutQueue = (result: Result): Result => ({
  ...result,
  notes: [...(result.notes ?? []), 'express-queue: not measured, there is no Redis here'],
})
