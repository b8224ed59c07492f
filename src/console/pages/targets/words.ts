/** The words of the pages on targets. */
import type { z } from '@hono/zod-openapi'
import type * as schemas from '../../api/target-schemas.ts'
import { formatCount, formatDuration, formatShare } from '../../format/numbers.ts'
import type { Tone } from '../../ui/badge.tsx'
import type { IconName } from '../../ui/icon.tsx'

export type Target = z.infer<typeof schemas.Target>
export type Breaker = Target['breaker']
export type Lane = Target['lanes'][number]
export type Success = Target['success']['hour']

export const TARGETS_PATH = '/targets'

export const toTargetPath = (name: string): string => `${TARGETS_PATH}/${encodeURIComponent(name)}`

export interface State {
  tone: Tone
  icon?: IconName
  word: string
}

const BREAKERS: Readonly<Record<Breaker['state'], State>> = {
  closed: { tone: 'good', word: 'in order' },
  'half-open': { tone: 'wait', word: 'being probed' },
  open: { tone: 'bad', word: 'down' },
  unknown: { tone: 'calm', word: 'not known' },
}

export const toBreakerState = ({ state }: Breaker): State => BREAKERS[state]

/**
 * A pause counts for more than whatever the breaker has seen before it. A target that refuses what it
 * gets has a closed breaker, for it answers: most of its attempts failing is a state of its own.
 */
export function toState({
  paused,
  breaker,
  success,
}: Pick<Target, 'paused' | 'breaker' | 'success'>): State {
  if (paused) return { tone: 'wait', icon: 'paused', word: 'paused' }
  const { attempts, delivered } = success.hour
  const isFailing = breaker.state === 'closed' && delivered * 2 < attempts
  return isFailing ? { tone: 'bad', word: 'failing' } : toBreakerState(breaker)
}

/** Of attempts: a delivery that took two has failed once. */
export const toRate = ({ attempts, delivered }: Success): string =>
  attempts === 0 ? '–' : formatShare(delivered, attempts)

export const toAttempts = ({ attempts }: Success): string =>
  attempts === 1 ? 'of 1 attempt' : `of ${formatCount(attempts)} attempts`

export const toCount = ({ count, isAtLeast }: { count: number; isAtLeast: boolean }): string =>
  `${formatCount(count)}${isAtLeast ? '+' : ''}`

/** `5 s, 5 min, 30 min`, and how long that is together. */
export function toSchedule(retryMs: readonly number[]): string {
  if (retryMs.length === 0) return 'none: one attempt, then dead'
  const all = retryMs.reduce((sum, delay) => sum + delay, 0)
  const delays = retryMs.map(formatDuration).join(', ')
  return `after ${delays}; ${retryMs.length + 1} attempts within ${formatDuration(all)}`
}

export function toLimit({ concurrency, rate }: Target['limit']): string {
  const calls = concurrency === 1 ? 'one call at a time' : `${concurrency} calls at a time`
  if (!rate) return `${calls}; no rate`
  return `${calls}; at most ${formatCount(rate.limit)} per ${formatDuration(rate.perMs)}`
}
