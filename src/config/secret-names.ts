/** Names of secrets that Switchboard itself gives, and those that a config needs. Pure. */
import type { CompiledConfig } from './compiled.ts'

export const TOKENS_SECRET = 'TWILIO_AUTH_TOKENS'
/** The key of the hashes that stand for what the config redacts. */
export const REDACT_SECRET = 'REDACT_KEY'
/** Who may use the console; without one of them it is closed. */
export const CONSOLE_SECRETS = ['CONSOLE_PASSWORDS', 'CONSOLE_ACCESS'] as const

/** Every secret that a config needs, once each. */
export function secretNames({ targets, redact = [] }: CompiledConfig): string[] {
  const names = targets.flatMap(({ secrets, bearer, urlSecret }) =>
    [secrets, bearer ?? [], urlSecret ?? []].flat(),
  )
  return [...new Set([...names, ...(redact.length > 0 ? [REDACT_SECRET] : [])])]
}

/** The same with what deliveries need: a target of the format `twilio` is signed with the account's own token. */
export function consumerSecrets(config: CompiledConfig): string[] {
  const signsAsTwilio = config.targets.some(({ format }) => format === 'twilio')
  return [...secretNames(config), ...(signsAsTwilio ? [TOKENS_SECRET] : [])]
}

export interface MissingSecrets {
  /** Nothing named them before: what needs them would start to fail now. */
  fresh: string[]
  /** The live config needs them too: publishing makes nothing worse. */
  old: string[]
}

/** `present`: names of the consumer's secrets. */
export function findMissingSecrets(
  config: CompiledConfig,
  live: CompiledConfig | null,
  present: readonly string[],
): MissingSecrets {
  const needed = live ? consumerSecrets(live) : []
  const missing = consumerSecrets(config).filter((name) => !present.includes(name))
  return {
    fresh: missing.filter((name) => !needed.includes(name)),
    old: missing.filter((name) => needed.includes(name)),
  }
}
