/**
 * The smallest configuration that holds a rate: as many connections as the target's answers need in a burst,
 * then the fewest shards with which a simulation holds, then the longest retention that still fits. What
 * only a constant of ours keeps from holding is no reason for more shards; it is said beside it.
 */
import counted from './counted.json' with { type: 'json' }
import limits from './limits.json' with { type: 'json' }
import { ASSUMED, type Assumptions, type Configuration } from './setup.ts'
import { DEFAULTS, toConcurrency, toSetup, trySetup, type Tried } from './try-setup.ts'

/** Shards are added until none of their parts is used for more than that, then by one. */
const WANTED_USE = 0.8
const MAX_TRIES = 12
const MAX_RETENTION_DAYS = 30
/** No writer does so much in a second. */
const HOPEFUL_RATE = 2_000
const DAY_S = 86_400
const DATABASE_BYTES = limits.databaseBytes.value

export function findSmallest(
  rate: number,
  { recordProblemsOnly }: Pick<Configuration, 'recordProblemsOnly'>,
  assumptions: Assumptions = ASSUMED,
): Tried {
  const concurrency = toConcurrency(rate, assumptions)
  const at = (shards: number) => {
    const wanted = { ...DEFAULTS, shards, concurrency, recordProblemsOnly }
    const configuration = { ...wanted, retentionDays: 1, prunedPerRun: Infinity }
    return trySetup(toSetup(rate, configuration, assumptions))
  }
  let tried = at(toFewest(rate, recordProblemsOnly))
  for (let tries = 0; tries < MAX_TRIES && !isEnough(tried); tries += 1) {
    const { shards } = tried.setup
    tried = at(Math.max(shards + 1, Math.ceil(shards * Math.min(toMostUsed(tried), 1_000))))
  }
  // The last step may have been too long.
  for (let tries = 0; tries < MAX_TRIES && tried.setup.shards > 1; tries += 1) {
    const fewer = at(tried.setup.shards - 1)
    if (!isEnough(fewer)) break
    tried = fewer
  }
  const retentionDays = toRetentionDays(tried)
  return trySetup({ ...tried.setup, retentionDays })
}

/** Where the search begins: by arithmetic alone there cannot be fewer. */
function toFewest(rate: number, recordProblemsOnly: boolean): number {
  const stored = recordProblemsOnly ? 0 : (rate * DAY_S * counted.storedBytes) / DATABASE_BYTES
  return Math.max(1, Math.ceil(Math.max(stored, rate / HOPEFUL_RATE)))
}

/** But for the constants of ours, and for what more shards do not help. */
function isEnough({ verdict }: Tried): boolean {
  const others = verdict.parts.filter(({ whose, isSharded }) => whose === 'ours' || !isSharded)
  const excused = new Set<string>(others.map(({ name }) => name))
  return verdict.because.every((reason) => excused.has(reason.split(' × ')[0] ?? ''))
}

function toMostUsed({ verdict }: Tried): number {
  const sharded = verdict.parts.filter(({ whose, isSharded }) => whose !== 'ours' && isSharded)
  return Math.max(...sharded.map(({ used }) => used)) / WANTED_USE
}

/** What was tried with one day, for as many as the databases have room for. */
function toRetentionDays({ verdict }: Tried): number {
  const sizes = verdict.parts.filter(({ name }) => name === 'D1 10 GB' || name === 'D1 1 TB')
  const most = Math.floor(1 / Math.max(...sizes.map(({ used }) => used)))
  return Math.max(1, Math.min(MAX_RETENTION_DAYS, most))
}
