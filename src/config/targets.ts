/**
 * Targets prepared for delivery: which of them an event goes to.
 *
 * An event's kind is compared with each target's patterns, then its `where` with dotted paths of the
 * event (`data.from`, `account`, `data.media.0.url`). A target that matches no event is no problem.
 */
import type { SwitchboardEvent } from '../events/event.ts'
import { isOwnKind } from '../events/own-kinds.ts'
import type { CompiledConfig, CompiledTarget } from './compiled.ts'
import { compileCondition } from './condition.ts'

/** What a lane needs of a target to call it. Plain data: it crosses an RPC. */
export interface LaneTarget extends Omit<
  CompiledTarget,
  'events' | 'where' | 'concurrency' | 'urlSecret'
> {
  urlSecret: string | null
  concurrency: number
  /** Whether the ledger may keep what the target answers: it could repeat what the config redacts. */
  keepsAnswers: boolean
}

export interface PreparedTarget extends LaneTarget {
  matches(event: SwitchboardEvent): boolean
}

export interface PreparedTargets {
  /** In the config's order. */
  matching(event: SwitchboardEvent): PreparedTarget[]
  /** By name, whether it matches or not: for what is already owed to it. */
  get(name: string): PreparedTarget | undefined
}

export const DEFAULT_CONCURRENCY = 5
/** Of the 6 connections of an invocation (Workers limits) one is left for everything else. */
export const LANE_CONCURRENCY = 5

/** How many lanes share a target's calls and its rate. */
export const toLaneCount = (concurrency: number): number =>
  Math.ceil(concurrency / LANE_CONCURRENCY)

/** `$time` is refused in a target's condition: a retry must not depend on the hour. */
const NO_CLOCK = { now: 0 }

/** Throws for a config that `compileConfig` did not make. */
export function prepareTargets(config: CompiledConfig): PreparedTargets {
  const keepsAnswers = (config.redact ?? []).length === 0
  const targets = config.targets.map((target) => toPreparedTarget(target, keepsAnswers))
  const byName = new Map(targets.map((target) => [target.name, target]))
  return {
    matching: (event) => targets.filter((target) => target.matches(event)),
    get: (name) => byName.get(name),
  }
}

function toPreparedTarget(
  { events, where, ...target }: CompiledTarget,
  keepsAnswers: boolean,
): PreparedTarget {
  const patterns = events.map(toKindMatcher)
  const condition = where && compileCondition(where)
  return {
    ...target,
    // An older version wrote documents without them.
    urlSecret: target.urlSecret ?? null,
    concurrency: target.concurrency ?? DEFAULT_CONCURRENCY,
    keepsAnswers,
    matches: (event) =>
      patterns.some((matches) => matches(event.kind)) &&
      (!condition || condition((path) => lookUp(event, path), NO_CLOCK)),
  }
}

/** Functions cannot be sent to a Durable Object. */
export function toLaneTarget(target: PreparedTarget): LaneTarget {
  const plain: LaneTarget & { matches?: unknown } = { ...target }
  delete plain.matches
  return plain
}

/**
 * `*` stands for any run of characters, dots included: `messaging.*`, `*.status`, `*`. Switchboard's
 * own kinds are matched only by a pattern that says so: `switchboard.*`.
 */
export function toKindMatcher(pattern: string): (kind: string) => boolean {
  const matches = toWildcardMatcher(pattern)
  return isOwnKind(pattern) ? matches : (kind) => !isOwnKind(kind) && matches(kind)
}

function toWildcardMatcher(pattern: string): (kind: string) => boolean {
  if (!pattern.includes('*')) return (kind) => kind === pattern
  const source = pattern
    .split(/\*+/)
    .map((literal) => RegExp.escape(literal))
    .join('.*')
  const regex = new RegExp(`^${source}$`, 's')
  return (kind) => regex.test(kind)
}

/** Own members only: `__proto__` or `constructor` in a path finds nothing that did not come. */
function lookUp(event: SwitchboardEvent, path: string): unknown {
  let value: unknown = event
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = Reflect.get(value, name)
  }
  return value
}
