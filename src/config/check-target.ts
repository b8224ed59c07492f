/** What must fit together in a target: each field is right by itself when this is asked. */
import type { CompiledTarget } from './compiled.ts'
import { formatDuration } from './duration.ts'
import { checkEventFormat } from './event-pattern.ts'
import { at, type Report } from './problem.ts'
import { LANE_CONCURRENCY, toLaneCount } from './targets.ts'

const DAY_MS = 86_400_000
/** An event must end as delivered or dead one day. */
export const MAX_SCHEDULE_MS = 30 * DAY_MS

export interface WrittenTarget {
  url?: string | undefined
  urlSecret?: string | undefined
  secret?: string | undefined
  secrets?: string[] | undefined
}

/** What may be written in one of two ways, and not in both. */
export function checkAlternatives(written: WrittenTarget, path: string, report: Report): void {
  const { url, urlSecret, secret, secrets } = written
  if (url === undefined && urlSecret === undefined) {
    const fix = "write url: 'https://…', or urlSecret: 'NAME_OF_THE_SECRET'"
    report.add(at(path, 'url'), { code: 'missing', message: 'this is missing', fix })
  }
  if (url !== undefined && urlSecret !== undefined) {
    const fix = 'keep "urlSecret" when the URL itself is a secret, "url" otherwise'
    report.add(at(path, 'urlSecret'), {
      code: 'conflict',
      message: 'url and urlSecret at the same time',
      fix,
    })
  }
  if (secret !== undefined && secrets !== undefined) {
    const fix = 'keep "secrets" during a rotation, "secret" otherwise'
    report.add(at(path, 'secrets'), {
      code: 'bad_secret_name',
      message: 'secret and secrets at the same time',
      fix,
    })
  }
}

export function checkTarget(target: Required<CompiledTarget>, path: string, report: Report): void {
  checkEventFormat(target.events, target.format, path, report)
  checkSchedule(target.retryMs, path, report)
  checkLanes(target, path, report)
}

function checkSchedule(retryMs: readonly number[], path: string, report: Report): void {
  const totalMs = retryMs.reduce((sum, delayMs) => sum + delayMs, 0)
  if (totalMs <= MAX_SCHEDULE_MS) return
  const days = (totalMs / DAY_MS).toFixed(1)
  const message = `the delays are ${days} days together, over ${formatDuration(MAX_SCHEDULE_MS)}`
  report.add(at(path, 'retry'), { code: 'out_of_range', message, fix: 'leave some out' })
}

/** A lane of its own needs a share of the rate that lets it call at least once. */
function checkLanes(
  { concurrency, rate }: Pick<Required<CompiledTarget>, 'concurrency' | 'rate'>,
  path: string,
  report: Report,
): void {
  const lanes = toLaneCount(concurrency)
  if (!rate || rate.limit >= lanes) return
  const most = rate.limit * LANE_CONCURRENCY
  report.add(at(path, 'concurrency'), {
    code: 'conflict',
    message: `${concurrency} calls at a time are ${lanes} lanes, and a rate of ${rate.limit} cannot be shared among them`,
    fix: `write a concurrency of ${most} or less, or a rate limit of ${lanes} or more`,
  })
}

/** What works, and probably not as it is meant. */
export function warnAboutTarget(
  { format, secrets, urlSecret }: CompiledTarget,
  { path, local, report }: { path: string; local: boolean; report: Report },
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
  if (format === 'slack' && urlSecret === null && !local) {
    report.warn(at(path, 'url'), {
      code: 'secret_in_url',
      message: 'whoever knows such a URL can post, and the config is stored in the clear',
      fix: "put it into a Worker secret: urlSecret: 'SLACK_WEBHOOK_URL'",
    })
  }
}
