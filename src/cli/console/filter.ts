/**
 * Which events are meant: the options that `events list`, `tail` and `listen` have in common, as the API
 * wants them. Pure.
 */
import type { InferRequestType } from 'hono/client'
import { parseDuration } from '../../config/duration.ts'
import { InvalidArgumentError, type Verb } from '../terminal/verb.ts'
import type { ApiClient } from './client.ts'

type EventsQuery = InferRequestType<ApiClient['events']['$get']>['query']
export type FilterQuery = Omit<EventsQuery, 'limit' | 'cursor'>
export type Outcome = NonNullable<FilterQuery['outcome']>

const OUTCOMES = ['delivered', 'waiting', 'dead', 'unmatched'] as const satisfies Outcome[]

export interface FilterOptions {
  endpoint?: string
  kind?: string
  target?: string
  outcome?: Outcome
  account?: string
  number?: string
  sid?: string
  text?: string
}

/** What is not set is left out: the API takes an empty filter for a wrong one. */
export function toFilterQuery({ number, ...same }: FilterOptions): FilterQuery {
  const given = Object.entries(same).filter(([, value]) => value !== undefined)
  const isPrefix = number?.endsWith('*') === true
  return {
    ...Object.fromEntries(given),
    ...(number !== undefined && (isPrefix ? { numberPrefix: number.slice(0, -1) } : { number })),
  }
}

/** Of a verb's other options only these. */
export function pickFilter(options: FilterOptions): FilterOptions {
  const { endpoint, kind, target, outcome, account, number, sid, text } = options
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(kind !== undefined && { kind }),
    ...(target !== undefined && { target }),
    ...(outcome !== undefined && { outcome }),
    ...(account !== undefined && { account }),
    ...(number !== undefined && { number }),
    ...(sid !== undefined && { sid }),
    ...(text !== undefined && { text }),
  }
}

export function addConsoleOption(verb: Verb) {
  return verb.option(
    '--console <url>',
    'where the console is; default: SWITCHBOARD_CONSOLE, else a running switchboard dev',
  )
}

export function addFilterOptions(verb: Verb) {
  return addConsoleOption(verb)
    .option('--endpoint <name>', 'that came in at this endpoint')
    .option('--kind <pattern>', 'of this kind; * is a wildcard: "voice.*"')
    .option('--target <name>', 'owed to this target')
    .option('--outcome <outcome>', `${OUTCOMES.join(', ')}; with --target: there`, parseOutcome)
    .option('--account <AC…>', 'of this account')
    .option('--number <number>', 'from or to this number; +1500* is how it begins')
    .option('--sid <sid>', 'about this SID, or of its call or message')
    .option('--text <text>', 'with this anywhere in what Twilio sent; for operators')
}

export function parseOutcome(text: string): Outcome {
  const outcome = OUTCOMES.find((each) => each === text)
  if (outcome) return outcome
  throw new InvalidArgumentError(`It is one of ${OUTCOMES.join(', ')}.`)
}

const DATE = /^\d{4}-\d\d-\d\d$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** `1h` is an hour before `now`; a date is its first moment in UTC. @returns RFC 3339; null: neither */
export function toInstant(text: string, now: number): string | null {
  const agoMs = parseDuration(text)
  if (agoMs !== null) return toIsoOrNull(now - agoMs)
  if (!DATE.test(text) && !INSTANT.test(text)) return null
  return toIsoOrNull(Date.parse(text))
}

/** What no date can hold is none. */
function toIsoOrNull(at: number): string | null {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** For `.argParser`. */
export function parseInstant(text: string): string {
  const instant = toInstant(text, Date.now())
  if (instant !== null) return instant
  throw new InvalidArgumentError(
    'It is a time ago (30m, 24h, 7d), a date, or an instant: 2026-11-20T10:00:00Z.',
  )
}

/** For `.argParser`: a whole number from 1 on. */
export function parseLimit(max: number): (text: string) => number {
  return (text) => {
    const limit = Number(text)
    if (/^\d+$/.test(text) && limit >= 1 && limit <= max) return limit
    throw new InvalidArgumentError(`It is a number from 1 to ${max}.`)
  }
}
