/**
 * What docs/cost.md says of rates, so that the run fails when it is not so: a configuration that holds a
 * rate, or one that does not and what is met first.
 */
import type { PartName } from './parts.ts'
import type { Configuration } from './setup.ts'
import { OURS } from './constants.ts'
import { DEFAULTS, toSetup, trySetup, type Tried } from './try-setup.ts'

export interface Claim {
  rate: number
  configuration: Partial<Configuration>
  /** Null: it holds. Else what is met first. */
  first: PartName | null
}

const PROBLEMS = { recordProblemsOnly: true, retentionDays: 1 }

export const CLAIMS: readonly Claim[] = [
  { rate: 10, configuration: { retentionDays: 9 }, first: null },
  { rate: 10, configuration: { recordProblemsOnly: true }, first: null },
  { rate: 10, configuration: {}, first: 'D1 10 GB' },
  { rate: 600, configuration: { shards: 7, concurrency: 200, retentionDays: 1 }, first: null },
  { rate: 600, configuration: { ...PROBLEMS, shards: 2, concurrency: 200 }, first: null },
  { rate: 1_000, configuration: {}, first: 'D1 10 GB' },
  { rate: 1_000, configuration: { shards: 11, concurrency: 330, retentionDays: 1 }, first: null },
  { rate: 1_000, configuration: { ...PROBLEMS, shards: 2, concurrency: 330 }, first: null },
  { rate: 5_000, configuration: {}, first: 'D1 10 GB' },
  { rate: 5_000, configuration: { shards: 52, concurrency: 1_650, retentionDays: 1 }, first: null },
  { rate: 5_000, configuration: { ...PROBLEMS, shards: 4, concurrency: 1_650 }, first: null },
]

export interface CheckedClaim extends Claim {
  isSo: boolean
  tried: Tried
}

export function checkClaim(claim: Claim): CheckedClaim {
  const tried = trySetup(toSetup(claim.rate, { ...DEFAULTS, ...claim.configuration }))
  const { holds, first } = tried.verdict
  const isSo = claim.first === null ? holds : !holds && first.name === claim.first
  return { ...claim, isSo, tried }
}

/** As one would say it. */
export function toClaimText({ rate, configuration, first }: Claim): string {
  const words = [
    configuration.shards === undefined ? [] : [`${configuration.shards} shards`],
    configuration.concurrency === undefined ? [] : [`concurrency ${configuration.concurrency}`],
    configuration.consumers === undefined ? [] : [`max_concurrency ${configuration.consumers}`],
    configuration.retentionDays === undefined ? [] : [`retention ${configuration.retentionDays}d`],
    configuration.recordProblemsOnly === true ? ['recordProblemsOnly'] : [],
    configuration.prunedPerRun === undefined || configuration.prunedPerRun === OURS.prunedPerRun
      ? []
      : [`${configuration.prunedPerRun} pruned a minute`],
  ].flat()
  const how = words.length === 0 ? 'the defaults' : words.join(', ')
  const what = first === null ? 'hold with' : `do not hold with ${how}: first is ${first}`
  return `${rate.toLocaleString('en')} a second ${first === null ? `${what} ${how}` : what}`
}
