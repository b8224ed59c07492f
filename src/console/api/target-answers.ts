/** Targets as the API tells of them: what the config says, put together with how they fare. */
import type { z } from '@hono/zod-openapi'
import type { CompiledTarget } from '../../config/compiled.ts'
import { DEFAULT_CONCURRENCY } from '../../config/targets.ts'
import type { LaneView } from '../../consumer/target-lanes.ts'
import type { PausedTarget } from '../../ledger/pauses.ts'
import type { AttemptCount, TargetStats } from '../../ledger/target-stats.ts'
import type { Target } from './target-schemas.ts'

type TargetAnswer = z.infer<typeof Target>
type LaneAnswer = TargetAnswer['lanes'][number]
type BreakerAnswer = TargetAnswer['breaker']

export interface TargetFacts {
  /** Masked already, where it has to be. */
  target: CompiledTarget
  paused: PausedTarget | undefined
  stats: TargetStats
  /** From when on attempts are counted, milliseconds since the epoch. */
  since: number
  /** None: the consumer does not answer. */
  lanes: readonly LaneView[]
}

export function toTargetAnswer({ target, paused, stats, since, lanes }: TargetFacts): TargetAnswer {
  const { name, url, urlSecret = null, events, where, format, timeoutMs, retryMs, rate } = target
  const answers = lanes.map(toLaneAnswer)
  const { waiting, dead, failures, hour, day } = stats
  return {
    name,
    url: url === '' ? null : url,
    urlSecret,
    events,
    hasCondition: where !== null,
    format,
    timeoutMs,
    retryMs,
    limit: { concurrency: target.concurrency ?? DEFAULT_CONCURRENCY, rate },
    paused: paused ? { since: toInstant(paused.pausedAt), reason: paused.reason } : null,
    breaker: toWorst(answers.map(({ breaker }) => breaker)),
    lanes: answers,
    success: { hour: toSuccess(hour), day: toSuccess(day), since: toInstant(since) },
    failures: failures.map((failure) => ({ ...failure, lastAt: toInstant(failure.lastAt) })),
    waiting: { ...waiting, oldestReceivedAt: toInstantOrNull(waiting.oldestReceivedAt) },
    dead,
  }
}

const UNKNOWN: BreakerAnswer = { state: 'unknown', since: null, until: null }

const RANKS: Readonly<Record<BreakerAnswer['state'], number>> = {
  unknown: 0,
  closed: 1,
  'half-open': 2,
  open: 3,
}

const toWorst = (breakers: readonly BreakerAnswer[]): BreakerAnswer =>
  breakers.reduce((a, b) => (RANKS[b.state] > RANKS[a.state] ? b : a), UNKNOWN)

function toLaneAnswer({ lane: name, view }: LaneView): LaneAnswer {
  if (!view) {
    const nothing = { running: [], waiting: 0, lastStartAt: null }
    return { name, breaker: UNKNOWN, ...nothing, connections: null, intervalMs: null }
  }
  const { breaker, running, waiting, lastStartAt, terms } = view
  return {
    name,
    breaker: {
      state: breaker.state,
      since: toInstantOrNull(breaker.since),
      until: toInstantOrNull(breaker.until),
    },
    running: running.map(({ claim, attempt, startedAt }) => {
      const [eventId = '', part] = claim.split('~', 2)
      const replay = part?.startsWith('rpl_') === true ? part : null
      return { eventId, replay, attempt, startedAt: toInstant(startedAt) }
    }),
    waiting,
    lastStartAt: toInstantOrNull(lastStartAt),
    connections: terms?.connections ?? null,
    intervalMs: terms?.intervalMs ?? null,
  }
}

function toSuccess({ attempts, delivered }: AttemptCount) {
  return { attempts, delivered, rate: attempts === 0 ? null : delivered / attempts }
}

const toInstant = (at: number): string => new Date(at).toISOString()
const toInstantOrNull = (at: number | null): string | null => (at === null ? null : toInstant(at))
