/** Configs, publications and differences as the API shows them; for viewers, masked. Pure. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { diffConfigs } from '../../config/diff/config-diff.ts'
import { toDiffLines } from '../../config/diff/diff-text.ts'
import { toWritten } from '../../config/diff/written.ts'
import { formatDuration } from '../../config/duration.ts'
import { toLedgerSettings } from '../../config/ledger-settings.ts'
import type { Health } from '../../config/published/health.ts'
import { toMark } from '../../config/published/live.ts'
import { isSame } from '../../config/published/publish.ts'
import type { Placed } from '../../config/published/standing.ts'
import type { Role } from '../access/identity.ts'
import { maskConfig, maskNumbers } from '../masking/mask-config.ts'
import { LIVE, type Side } from './side.ts'
import type { RollbackPlan } from './rollback.ts'

export const toShown = (config: CompiledConfig, role: Role): CompiledConfig =>
  role === 'operator' ? config : maskConfig(config)

/** Who and why are for everybody, but for a number in the why. */
export const toPublication = ({ at, message, ...rest }: Placed, role: Role) => ({
  ...rest,
  at: new Date(at).toISOString(),
  message: message === null || role === 'operator' ? message : maskNumbers(message),
})

/** @param config masked already, where it has to be */
export function toConfigAnswer(config: CompiledConfig) {
  const { publicUrl, endpoints, targets } = config
  const { redact, retentionMs } = toLedgerSettings(config)
  return {
    publicUrl,
    endpoints: endpoints.map(({ name, path, kind, replies }) => ({
      name,
      path,
      ...toUrl(publicUrl, path),
      kind,
      replies: replies.map(({ type }) => type),
    })),
    targets: targets.map(({ name, url, events, format, secrets }) => ({
      name,
      url: url === '' ? null : url,
      events,
      format,
      secrets,
    })),
    redact: [...redact],
    retention: formatDuration(retentionMs),
    written: toWritten(config),
  }
}

function toUrl(publicUrl: string | null, path: string) {
  const isPrefix = path.endsWith('/*')
  const called = isPrefix ? path.slice(0, -1) : path
  return { url: publicUrl === null ? null : publicUrl + called, isPrefix }
}

/** `from`: without a config, everything is new. */
export function toDifference(
  from: Omit<Side, 'config'> & { config: CompiledConfig | null },
  to: Side,
  role: Role,
) {
  const all = diffConfigs(from.config, to.config)
  const before = from.config && toShown(from.config, role)
  const changes = role === 'operator' ? all : diffConfigs(before, toShown(to.config, role))
  return {
    from: { name: from.name, version: from.version },
    to: { name: to.name, version: to.version },
    isSame: all.length === 0,
    changes,
    lines: toDiffLines(changes),
    hidden: all.length - changes.length,
  }
}

export function toPlan({ goal, document, live, before, warnings }: RollbackPlan, role: Role) {
  const { version, config } = document
  const now = before ?? { version: '', config: null }
  return {
    to: toPublication(goal, role),
    expected: toMark(live),
    isLive: isSame(live, document),
    difference: toDifference({ ...now, name: LIVE }, { name: goal.id, version, config }, role),
    warnings,
  }
}

const NOTHING = { version: null, format: null, problems: [] }

export function toGateway(health: Health | null) {
  if (!health) return { state: 'unknown' as const, ...NOTHING }
  if (health.kind !== 'gateway') return { state: health.kind, ...NOTHING }
  const { version, format, problems } = health
  return { state: 'answers' as const, version, format, problems }
}
