/** `check --online`: every target and every app of a config, side by side, each within its own time. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { suggest } from '../../config/did-you-mean.ts'
import { TOKENS_SECRET } from '../../config/secret-names.ts'
import { keysFor, parseKeyRing, EMPTY_KEY_RING } from '../../twilio/keyring.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { UsageError } from '../terminal/errors.ts'
import { toTable } from '../terminal/table.ts'
import type { Trial } from './trial.ts'
import { tryOrigin } from './try-origin.ts'
import { tryTarget, type TrialContext } from './try-target.ts'

export interface TrialPlan {
  /** Names of targets. */
  targets: string[]
  origins: { endpoint: CompiledConfig['endpoints'][number]; index: number }[]
  /** Who gets a request that looks like Twilio's: a real handler may act on it. */
  asTwilio: string[]
}

/** @param only names of targets and endpoints; empty: all. Throws a UsageError for one that is not there. */
export function planTrials(config: CompiledConfig, only: readonly string[]): TrialPlan {
  const isChosen = (name: string) => only.length === 0 || only.includes(name)
  const origins = config.endpoints.flatMap((endpoint) =>
    endpoint.replies.flatMap(({ type }, index) => (type === 'origin' ? { endpoint, index } : [])),
  )
  refuseUnknown(only, [
    ...config.targets.map(({ name }) => name),
    ...origins.map(({ endpoint }) => endpoint.name),
  ])
  const targets = config.targets.filter(({ name }) => isChosen(name))
  const chosen = origins.filter(({ endpoint }) => isChosen(endpoint.name))
  const asTwilio = [
    ...targets.filter(({ format }) => format === 'twilio').map(({ name }) => `target ${name}`),
    ...chosen.map(({ endpoint }) => `the app of ${endpoint.name}`),
  ]
  return {
    targets: targets.map(({ name }) => name),
    origins: chosen,
    asTwilio: [...new Set(asTwilio)],
  }
}

function refuseUnknown(only: readonly string[], names: readonly string[]): void {
  const unknown = only.find((name) => !names.includes(name))
  if (unknown === undefined) return
  const otherwise = names.length === 0 ? 'there is none.' : `there are ${names.join(', ')}.`
  throw new UsageError(`--only: there is no target and no app "${unknown}".`, {
    next: suggest(unknown, names, otherwise),
  })
}

/** In the order of the config. Never rejects for what a target does. */
export function runTrials(
  { targets, origins }: TrialPlan,
  config: CompiledConfig,
  context: TrialContext,
): Promise<Trial[]> {
  return Promise.all([
    ...targets.map((name) => tryTarget(name, config, context)),
    ...origins.flatMap(({ endpoint, index }) => {
      const reply = endpoint.replies[index]
      return reply?.type === 'origin' ? [tryOrigin(endpoint, reply, context)] : []
    }),
  ])
}

/** Secrets as the consumer has them, and the account whose token comes first. */
export function createTrialContext(read: ReadSecret, local: boolean): TrialContext {
  const parsed = parseKeyRing(read(TOKENS_SECRET))
  const ring = parsed.ok ? parsed.value : EMPTY_KEY_RING
  return {
    secret: read,
    authToken: (account) => keysFor(ring, account ?? null)[0]?.token,
    account: ring.all[0]?.account ?? `AC${'0'.repeat(32)}`,
    local,
    now: Date.now,
    fetch: globalThis.fetch,
  }
}

export function toTrialsText(trials: readonly Trial[]): string {
  if (trials.length === 0) return 'There is no target and no app to call.'
  const words = { ok: 'ok', failed: 'FAILED', skipped: 'skipped' }
  const rows = trials.map((trial) => {
    const { what, name, to, result, durationMs, message, next } = trial
    const time = durationMs === null ? null : `${durationMs} ms`
    const text = next === null ? message : `${message}. ${next}`
    return [`${what} ${name}`, to, words[result], time, text]
  })
  return toTable(['called', 'at', '', 'time', 'what it said'], rows)
}
