/**
 * Pure: how much of each limited part a run has used, as a share of what there is. Over 1: it would take
 * so many times more. What is used for each finished webhook, times the webhooks that come, so that it can be
 * over 1 also where the run itself was held up.
 */
import { toLaneCount } from '../../src/config/targets.ts'
import { OURS } from './constants.ts'
import counted from './counted.json' with { type: 'json' }
import limits from './limits.json' with { type: 'json' }
import type { Setup } from './setup.ts'
import type { Measured } from './simulate.ts'

export type PartName =
  | 'queue'
  | 'consumers'
  | 'D1 writer'
  | 'D1 10 GB'
  | 'D1 1 TB'
  | 'connections'
  | 'lanes'
  | 'pruning'
  | 'patrol'

export interface Part {
  name: PartName
  used: number
  /** Cloudflare's limit, or a constant of ours. */
  whose: 'Cloudflare' | 'ours'
  beyond: string
  /** More shards help. */
  isSharded: boolean
}

const DAY_S = 86_400

/** @param whole the setup as it is meant; `measured` may be of a slice of it */
export function toParts(whole: Setup, measured: Measured): Part[] {
  const { rate, shards, concurrency, consumers, retentionDays } = whole
  const finished = Math.max(1, measured.finished)
  /** Seconds of work in a second. */
  const load = (ms: number) => ((ms / finished) * rate) / 1_000
  const rowsPerS = rate * toKeptShare(whole, measured)
  const bytes = counted.storedBytes * rowsPerS * retentionDays * DAY_S
  const cloudflare = { whose: 'Cloudflare', isSharded: true } as const
  const ours = { whose: 'ours', isSharded: true } as const
  const minute = rowsPerS * 60
  const fullShards = Math.min(shards, OURS.fullShards)
  return [
    {
      name: 'queue',
      used: (rate * counted.messagesPerWebhook) / (limits.queueMessagesPerSecond.value * shards),
      ...cloudflare,
      beyond: 'shards',
    },
    {
      name: 'consumers',
      used: load(measured.ownMs) / (consumers * shards),
      ...cloudflare,
      beyond: '`max_concurrency`, up to 250; shards',
    },
    { name: 'D1 writer', used: load(measured.d1Ms) / shards, ...cloudflare, beyond: 'shards' },
    {
      name: 'D1 10 GB',
      used: bytes / (limits.databaseBytes.value * shards),
      ...cloudflare,
      beyond: '`retention`, `recordProblemsOnly`, shards',
    },
    {
      name: 'D1 1 TB',
      used: bytes / limits.accountDatabaseBytes.value,
      whose: 'Cloudflare',
      isSharded: false,
      beyond: '`retention`, `recordProblemsOnly`; Cloudflare gives more on request',
    },
    {
      name: 'connections',
      used: load(measured.callMs) / concurrency,
      whose: 'ours',
      isSharded: false,
      beyond: '`concurrency`',
    },
    {
      name: 'lanes',
      used:
        ((measured.laneRequests / finished) * rate) /
        (toLaneCount(concurrency) * limits.objectRequestsPerSecond.value),
      whose: 'Cloudflare',
      isSharded: false,
      beyond: '`concurrency`',
    },
    { name: 'pruning', used: minute / (OURS.prunedPerRun * fullShards), ...ours, beyond: 'shards' },
    {
      name: 'patrol',
      used: minute / (OURS.patrolledPerRun * fullShards),
      ...ours,
      beyond: 'shards',
    },
  ]
}

/** Of a hundred events, how many the ledger has. */
export function toKeptShare({ recordProblemsOnly }: Setup, { kept, arrived }: Measured): number {
  return recordProblemsOnly ? Math.min(1, kept / Math.max(1, arrived)) : 1
}

/** The tightest first. */
export const toTightest = (parts: readonly Part[]): Part[] =>
  parts.toSorted((one, other) => other.used - one.used)
