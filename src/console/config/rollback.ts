/**
 * Publishes a kept document again, as `switchboard rollback` does and by the same writes: kept first, then
 * live. What can be checked from here is: that the document is whole, that nobody published meanwhile,
 * and, if the gateway answers, that it reads this format. Secrets that the consumer lacks, and a gateway
 * that does not answer, are told as warnings: nobody should need a laptop to undo a bad config at night.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { DOCUMENT_FORMAT, toDocument, type ConfigDocument } from '../../config/document.ts'
import { toConsequences } from '../../config/published/consequences.ts'
import type { Health } from '../../config/published/health.ts'
import type { KvStore } from '../../config/published/kv-store.ts'
import { toMark, type Live } from '../../config/published/live.ts'
import { isSame, publishDocument, type Published } from '../../config/published/publish.ts'
import { decideRollback, type Placed } from '../../config/published/standing.ts'
import { consumerSecrets } from '../../config/secret-names.ts'
import type { Identity } from '../access/identity.ts'
import { ProblemError } from '../api/problem.ts'
import type { ConsoleDeps } from '../deps.ts'
import type { ActiveConfig } from '../live-config.ts'
import { findPublication, readWhole } from './find-config.ts'
import { readHistory, type History } from './history.ts'
import { toPublishProblem } from './publish-problem.ts'

export interface Warning {
  code:
    | 'public_url_changes'
    | 'targets_go'
    | 'secrets_missing'
    | 'secrets_unchecked'
    | 'gateway_unchecked'
  message: string
}

export interface RollbackPlan {
  goal: Placed
  document: ConfigDocument
  /** What is in KV now. */
  live: Live
  /** What counts now; null: nothing that can be read. */
  before: Pick<ActiveConfig, 'version' | 'config'> | null
  warnings: Warning[]
}

/** @param name of the goal: an id or a version; undefined: what was live before */
export async function planRollback(
  store: KvStore,
  { liveConfig, operations, now }: Pick<ConsoleDeps, 'liveConfig' | 'operations' | 'now'>,
  name: string | undefined,
): Promise<RollbackPlan> {
  const history = await readHistory(store)
  const { live, placed } = history
  const goal = name === undefined ? findBefore(history, now()) : findPublication(placed, name)
  const document = toDocument(await readWhole(store, goal), goal.version)
  const before = live.state === 'published' ? live : await liveConfig.current()
  if (isSame(live, document)) return { goal, document, live, before, warnings: [] }
  const health = await liveConfig.askGateway(document.config)
  refuseOtherFormat(health)
  const warnings: Warning[] = [
    ...toConsequences(document.config, before?.config ?? null),
    ...(await toSecretWarnings(document.config, operations)),
    ...(health?.kind === 'gateway' ? [] : [GATEWAY_UNCHECKED]),
  ]
  return { goal, document, live, before, warnings }
}

function findBefore({ live, placed }: History, now: number): Placed {
  const decided = decideRollback(placed, toMark(live), now)
  if (decided.ok) return findPublication(placed, decided.value.id)
  const titles = {
    nothing_kept: 'Nothing is in the history yet.',
    nothing_before: 'What is live was the first that was published.',
    not_kept: 'What was live before is not in the history.',
    unsettled: 'Somebody published a moment ago, and KV does not show it yet.',
  }
  const { reason } = decided.error
  const detail = 'Name a version of the history.'
  throw new ProblemError({ status: 409, code: reason, title: titles[reason], detail })
}

const GATEWAY_UNCHECKED: Warning = {
  code: 'gateway_unchecked',
  message: 'The gateway could not be asked from here whether it reads this document.',
}

/** Names only: that is all that the consumer tells. */
async function toSecretWarnings(
  config: CompiledConfig,
  operations: ConsoleDeps['operations'],
): Promise<Warning[]> {
  const needed = consumerSecrets(config)
  try {
    const missing = await operations.missingSecrets(needed)
    if (missing.length === 0) return []
    const message = `The consumer lacks ${missing.join(', ')}: what needs it will not be delivered.`
    return [{ code: 'secrets_missing', message }]
  } catch {
    const message = `The consumer could not be asked whether it has ${needed.join(', ')}.`
    return needed.length === 0 ? [] : [{ code: 'secrets_unchecked', message }]
  }
}

/** Workers refuse what they cannot read: running ones keep what they have, new ones take the deploy's. */
function refuseOtherFormat(health: Health | null): void {
  if (health?.kind !== 'gateway' || health.format === DOCUMENT_FORMAT) return
  throw new ProblemError({
    status: 409,
    code: 'gateway_other_format',
    title: `The gateway reads format ${health.format}, and this document has format ${DOCUMENT_FORMAT}.`,
    detail: 'Deploy all Workers from one version: switchboard deploy.',
  })
}

export interface RollbackOrder {
  /** What whoever asks saw live, as the mark of what is in KV. */
  expected: string | null
  message?: string | undefined
}

/** Recorded before it is made. Doing it twice is doing it once. */
export async function runRollback(
  store: KvStore,
  { audit, liveConfig, now }: Pick<ConsoleDeps, 'audit' | 'liveConfig' | 'now'>,
  identity: Identity,
  { goal, document, live }: RollbackPlan,
  { expected, message }: RollbackOrder,
): Promise<Published> {
  const replaced = toMark(live)
  // A second click finds the work done, and that is no conflict.
  if (replaced !== expected && !isSame(live, document)) {
    throw toPublishProblem({ reason: 'changed_meanwhile', mark: replaced })
  }
  const { version, id } = goal
  const change = { action: 'config.rollback', subject: version, details: { id, replaced } }
  return audit.record(identity, change, async () => {
    const published = await publishDocument(store, document, {
      by: identity.actor,
      at: now(),
      how: 'rollback',
      message,
      seen: live,
      restores: id,
    })
    liveConfig.forget()
    if (published.ok) return published.value
    throw toPublishProblem(published.error)
  })
}
