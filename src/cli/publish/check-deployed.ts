/**
 * Whether what is deployed can use a document: asks the gateway and the list of the consumer's secrets,
 * refuses what `objection.ts` objects to, and warns about what a difference does not say by itself.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { DOCUMENT_FORMAT, type ConfigDocument } from '../../config/document.ts'
import { toConsequences } from '../../config/published/consequences.ts'
import { askHealth } from '../../config/published/health.ts'
import { findMissingSecrets } from '../../config/secret-names.ts'
import { UsageError } from '../terminal/errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { Cloud } from './cloud.ts'
import { objectToGateway, objectToSecrets } from './objection.ts'

export interface CheckContext {
  /** The live config, if it can be read. */
  before: CompiledConfig | null
  /** Where the gateway answers; null: nobody knows. */
  origin: string | null
  force: boolean | undefined
}

/** Throws at the first objection that nobody took upon themselves. */
export async function checkDeployed(
  terminal: Terminal,
  cloud: Cloud,
  { config }: ConfigDocument,
  { before, origin, force = false }: CheckContext,
): Promise<void> {
  const [health, secrets] = await terminal.step('Looking at what is deployed', () =>
    Promise.all([origin === null ? null : askHealth(origin), cloud.listSecrets()]),
  )
  const objections = [
    objectToGateway(health, DOCUMENT_FORMAT),
    secrets === undefined ? null : objectToSecrets(config, before, secrets),
  ]
  for (const objection of objections) {
    if (!objection) continue
    const { code, message, next, canForce } = objection
    if (!force || !canForce) throw new UsageError(message, { code, next })
    terminal.warn(message)
  }
  for (const warning of toWarnings(config, before, secrets)) terminal.warn(warning)
}

/** What works, and probably not as it is meant. Pure. */
export function toWarnings(
  config: CompiledConfig,
  before: CompiledConfig | null,
  /** Names; null: no consumer; undefined: they could not be listed. */
  secrets: readonly string[] | null | undefined,
): string[] {
  const warnings = toConsequences(config, before).map(({ message }) => message)
  const { old } = findMissingSecrets(config, before, secrets ?? [])
  if (secrets === undefined) {
    warnings.push('This login may not list secrets: whether the consumer has them was not checked.')
  } else if (secrets && old.length > 0) {
    warnings.push(`The consumer still has no secret ${old.join(', ')}.`)
  }
  return warnings
}
