/** Targets of a config: where events go, which, how they are signed and how often they are tried. */
import { z } from 'zod'
import { readCondition } from './check-condition.ts'
import { HEADER_LIMITS, readHeaders } from './check-headers.ts'
import { checkAlternatives, checkTarget, MAX_SCHEDULE_MS, warnAboutTarget } from './check-target.ts'
import type { CompiledTarget } from './compiled.ts'
import { formatDuration } from './duration.ts'
import { eventPattern } from './event-pattern.ts'
import { checkName, duration, outboundUrl, secretName } from './fields.ts'
import { FIELD_FACTS, readApart } from './field-facts.ts'
import { isPlainObject } from './json.ts'
import { at, type Report } from './problem.ts'
import { field, oneOf, readObject } from './read-object.ts'
import { DEFAULT_CONCURRENCY } from './targets.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Standard Webhooks' schedule: ten attempts in about three days. */
const DEFAULT_RETRY_MS = [
  5_000,
  300_000,
  1_800_000,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
]
const DEFAULT_TIMEOUT_MS = 10_000
/** 400 lanes: 1,650 calls at a time are 5,000 events a second at a target that answers in 330 ms. */
const MAX_CONCURRENCY = 2_000

interface Compilation {
  local: boolean
  report: Report
}

export function compileTargets(
  targets: Record<string, unknown>,
  local: boolean,
  report: Report,
): CompiledTarget[] {
  const schema = createTargetSchema(local)
  return Object.entries(targets).flatMap(([name, value]) => {
    const complaint = checkName(name)
    if (complaint) report.add(at('targets', name), complaint)
    return compileTarget(schema, name, value, { local, report }) ?? []
  })
}

const FORMATS = ['cloudevents', 'twilio', 'slack'] as const
const FORMATS_TEXT = "'cloudevents', 'twilio' or 'slack'"

const patterns = z
  .array(eventPattern)
  .min(1)
  .max(100)
  .register(FIELD_FACTS, { type: 'list of patterns' })
const secretNames = z
  .array(secretName)
  .min(1)
  .max(2)
  .register(FIELD_FACTS, { type: 'list of names of secrets' })
const format = field(FORMATS_TEXT, oneOf(FORMATS)).register(FIELD_FACTS, { type: FORMATS_TEXT })
const delays = z
  .array(duration(1_000, 14 * DAY_MS))
  .max(50)
  .register(FIELD_FACTS, { type: 'list of durations', limits: [formatDuration(MAX_SCHEDULE_MS)] })

export function createTargetSchema(local: boolean) {
  return z.strictObject({
    url: outboundUrl(local).optional(),
    urlSecret: secretName.optional(),
    events: patterns,
    where: readApart({ type: 'condition' }).optional(),
    secret: secretName.optional(),
    secrets: secretNames.optional(),
    bearer: secretName.optional(),
    format: format.default('cloudevents'),
    timeout: duration(100, 60_000).default(DEFAULT_TIMEOUT_MS),
    retry: delays.default(DEFAULT_RETRY_MS),
    rate: readApart({ type: '{ limit, per }' }).optional(),
    concurrency: z.int().min(1).max(MAX_CONCURRENCY).default(DEFAULT_CONCURRENCY),
    headers: readApart({ type: 'object', limits: HEADER_LIMITS }).optional(),
  })
}

export const RATE = z.strictObject({
  limit: z.int().min(1).max(1_000_000),
  per: duration(1_000, HOUR_MS),
})

function compileTarget(
  schema: ReturnType<typeof createTargetSchema>,
  name: string,
  value: unknown,
  { local, report }: Compilation,
): CompiledTarget | null {
  const path = at('targets', name)
  const raw = isPlainObject(value) ? value : {}
  const written = readObject(schema, value, path, report)
  const where =
    raw['where'] === undefined
      ? null
      : readCondition(raw['where'], at(path, 'where'), report, { time: false })
  const headers = readHeaders(raw['headers'], at(path, 'headers'), report)
  const rate = compileRate(raw['rate'], at(path, 'rate'), report)
  if (!written) return null
  checkAlternatives(written, path, report)
  const target = {
    name,
    url: written.url ?? '',
    urlSecret: written.urlSecret ?? null,
    events: written.events,
    where,
    secrets: written.secrets ?? [written.secret ?? []].flat(),
    format: written.format,
    timeoutMs: written.timeout,
    retryMs: written.retry,
    rate,
    concurrency: written.concurrency,
    headers,
    bearer: written.bearer ?? null,
  }
  checkTarget(target, path, report)
  warnAboutTarget(target, { path, local, report })
  return target
}

function compileRate(value: unknown, path: string, report: Report): CompiledTarget['rate'] {
  if (value === undefined) return null
  const rate = readObject(RATE, value, path, report)
  return rate && { limit: rate.limit, perMs: rate.per }
}
