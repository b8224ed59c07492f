/** What the ledger needs of the config. Apart, because a Worker that only reads the ledger needs it too. */
import type { CompiledConfig } from './compiled.ts'

export const DEFAULT_RETENTION_MS = 30 * 86_400_000

export interface LedgerSettings {
  /** Names of Twilio parameters that are kept only as a keyed hash. */
  redact: readonly string[]
  /** How long events are kept, milliseconds. */
  retentionMs: number
}

/** Fills in what a document of an older version does not have. */
export function toLedgerSettings({
  redact = [],
  retentionMs = DEFAULT_RETENTION_MS,
}: CompiledConfig): LedgerSettings {
  return { redact, retentionMs }
}
