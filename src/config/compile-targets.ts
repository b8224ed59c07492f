/** Targets of a config: where events go, which, how they are signed and how often they are tried. */
import { z } from 'zod'
import { ok } from '../result.ts'
import { KIND_NAMES } from '../twilio/kinds.ts'
import { readCondition } from './check-condition.ts'
import { readHeaders } from './check-headers.ts'
import type { CompiledTarget } from './compiled.ts'
import { suggest } from './did-you-mean.ts'
import { checkName, duration, outboundUrl, secretName } from './fields.ts'
import { isPlainObject } from './json.ts'
import { at, type Report } from './problem.ts'
import { complain, field, oneOf, readObject } from './read-object.ts'
import { toKindMatcher } from './targets.ts'

const HOUR_MS = 3_600_000

/** Standard Webhooks' schedule: ten attempts in about three days. */
const DEFAULT_RETRY_MS = [
  5_000,
  300_000,
  1_800_000,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
]
const DEFAULT_TIMEOUT_MS = 10_000

export function compileTargets(
  targets: Record<string, unknown>,
  local: boolean,
  report: Report,
): CompiledTarget[] {
  const schema = createTargetSchema(local)
  return Object.entries(targets).flatMap(([name, value]) => {
    const path = at('targets', name)
    const complaint = checkName(name)
    if (complaint) report.add(path, complaint)
    return compileTarget(schema, name, value, path, report) ?? []
  })
}

/** Kinds that are not Twilio's: what no row of the table matched, and Switchboard's own events. */
const isOwnKind = (pattern: string): boolean =>
  pattern.startsWith('switchboard.') || toKindMatcher(pattern)('unknown')

const eventPattern = field("a pattern such as 'messaging.*'", (text) => {
  if (isOwnKind(text) || KIND_NAMES.some(toKindMatcher(text))) return ok(text)
  const fix = suggest(
    text,
    KIND_NAMES,
    "use a kind's name, with * as a wildcard; '*' is every kind",
  )
  return complain('unknown_event', `"${text}" matches no kind of webhook`, fix)
})

const FORMATS = ['cloudevents', 'twilio'] as const

function createTargetSchema(local: boolean) {
  return z.strictObject({
    url: outboundUrl(local),
    events: z.array(eventPattern).min(1).max(100),
    where: z.unknown().optional(),
    secret: secretName.optional(),
    secrets: z.array(secretName).min(1).max(2).optional(),
    bearer: secretName.optional(),
    format: field("'cloudevents' or 'twilio'", oneOf(FORMATS)).optional(),
    timeout: duration(100, 60_000).default(DEFAULT_TIMEOUT_MS),
    // Cloudflare Queues delay a message by 24 h at most.
    retry: z
      .array(duration(1_000, 24 * HOUR_MS))
      .max(50)
      .default(DEFAULT_RETRY_MS),
    rate: z.unknown().optional(),
    headers: z.unknown().optional(),
  })
}

const RATE = z.strictObject({
  limit: z.int().min(1).max(1_000_000),
  per: duration(1_000, HOUR_MS),
})

function compileTarget(
  schema: ReturnType<typeof createTargetSchema>,
  name: string,
  value: unknown,
  path: string,
  report: Report,
): CompiledTarget | null {
  const raw = isPlainObject(value) ? value : {}
  const target = readObject(schema, value, path, report)
  const where =
    raw['where'] === undefined
      ? null
      : readCondition(raw['where'], at(path, 'where'), report, { time: false })
  const headers = readHeaders(raw['headers'], at(path, 'headers'), report)
  const rate = compileRate(raw['rate'], at(path, 'rate'), report)
  if (!target) return null
  const { format = 'cloudevents', secret, bearer = null } = target
  if (secret !== undefined && target.secrets) {
    const fix = 'keep "secrets" during a rotation, "secret" otherwise'
    report.add(at(path, 'secrets'), {
      code: 'bad_secret_name',
      message: 'secret and secrets at the same time',
      fix,
    })
  }
  const secrets = target.secrets ?? (secret === undefined ? [] : [secret])
  warnAboutSigning(format, secrets, path, report)
  return {
    name,
    url: target.url,
    events: target.events,
    where,
    secrets,
    format,
    timeoutMs: target.timeout,
    retryMs: target.retry,
    rate,
    headers,
    bearer,
  }
}

function compileRate(value: unknown, path: string, report: Report): CompiledTarget['rate'] {
  if (value === undefined) return null
  const rate = readObject(RATE, value, path, report)
  if (!rate) return null
  report.warn(path, {
    code: 'rate_not_enforced',
    message: 'this version checks a rate and does not enforce it yet',
    fix: 'let the target answer 429 with Retry-After, which is obeyed',
  })
  return { limit: rate.limit, perMs: rate.per }
}

function warnAboutSigning(
  format: CompiledTarget['format'],
  secrets: string[],
  path: string,
  report: Report,
): void {
  if (format === 'cloudevents' && secrets.length === 0) {
    report.warn(path, {
      code: 'unsigned',
      message: 'deliveries are not signed: anybody could send the like',
      fix: "name a secret: secret: 'CRM_SIGNING_SECRET'",
    })
  }
  if (format === 'twilio' && secrets.length > 0) {
    report.warn(at(path, 'secret'), {
      code: 'secret_unused',
      message: "the twilio format is signed with the account's own token",
      fix: 'leave the secret out',
    })
  }
}
