/**
 * A compiled config as one writes it: endpoints and targets by name, durations as text, nothing that is
 * not set. So a difference has the paths and the values of the config file. Pure.
 *
 * Its objects have no prototype: an endpoint may be called `constructor`.
 */
import type {
  CompiledConfig,
  CompiledEndpoint,
  CompiledReply,
  CompiledTarget,
  StaticReply,
} from '../compiled.ts'
import { formatDuration } from '../duration.ts'
import { toLedgerSettings } from '../ledger-settings.ts'
import { DEFAULT_CONCURRENCY } from '../targets.ts'
import type { Json } from '../../events/event.ts'

export type Written = { [name: string]: Json }

export function toWritten(config: CompiledConfig): Written {
  const { redact, retentionMs } = toLedgerSettings(config)
  return toSet({
    publicUrl: config.publicUrl,
    lookupBudget: formatDuration(config.lookupBudgetMs),
    endpoints: byName(config.endpoints, toEndpoint),
    targets: byName(config.targets, toTarget),
    redact: [...redact],
    retention: formatDuration(retentionMs),
    recordProblemsOnly: config.recordProblemsOnly,
  })
}

function byName<T extends { name: string }>(
  items: readonly T[],
  write: (item: T) => Json,
): Written {
  return toSet(Object.fromEntries(items.map((item) => [item.name, write(item)])))
}

function toEndpoint(endpoint: CompiledEndpoint): Written {
  const { path, kind, deadlineMs, replies, remember } = endpoint
  const deadline = deadlineMs === null ? null : formatDuration(deadlineMs)
  const reply = replies.length === 0 ? null : replies.map(toReply)
  return toSet({ path, kind, deadline, reply, remember })
}

function toReply({ when, ...reply }: CompiledReply): Written {
  if (reply.type !== 'origin') return toSet({ when: toBare(when), ...toStaticReply(reply) })
  const { url: origin, deadlineMs, otherwise } = reply
  return toSet({
    when: toBare(when),
    origin,
    deadline: formatDuration(deadlineMs),
    otherwise: otherwise && toStaticReply(otherwise),
  })
}

/** Which type it is shows in the members, as it does in the config file. */
function toStaticReply({ type: _type, ...members }: StaticReply): Written {
  return 'json' in members ? { ...members, json: toBare(members.json) } : members
}

function toTarget(target: CompiledTarget): Written {
  const { url, urlSecret, events, where, secrets, bearer, format, rate, headers } = target
  return toSet({
    url: url === '' ? null : url,
    urlSecret,
    events,
    where: toBare(where),
    secrets: secrets.length === 0 ? null : secrets,
    bearer,
    format,
    timeout: formatDuration(target.timeoutMs),
    retry: target.retryMs.map(formatDuration),
    rate: rate && toSet({ limit: rate.limit, per: formatDuration(rate.perMs) }),
    concurrency: target.concurrency ?? DEFAULT_CONCURRENCY,
    headers: Object.keys(headers).length === 0 ? null : toBare(headers),
  })
}

/** Without the members that are not set. */
function toSet(members: { [name: string]: Json | undefined }): Written {
  const set: Written = Object.create(null)
  for (const [name, value] of Object.entries(members)) {
    if (value !== null && value !== undefined) set[name] = value
  }
  return set
}

/** A value of the user's, in which null is a value. */
function toBare(value: Json): Json {
  if (Array.isArray(value)) return value.map(toBare)
  if (typeof value !== 'object' || value === null) return value
  const bare: Written = Object.create(null)
  for (const [name, member] of Object.entries(value)) bare[name] = toBare(member)
  return bare
}
