/**
 * Which kinds of events are recorded only when something does not go well at once. Switchboard's own are
 * always recorded: by the ledger one alert an hour is told from the next.
 */
import { isOwnKind } from '../events/own-kinds.ts'
import type { CompiledConfig } from './compiled.ts'
import { toKindMatcher } from './targets.ts'

export type KindTest = (kind: string) => boolean

/** Absent in a document of an older version: every event is recorded. */
export function toProblemsOnly({
  recordProblemsOnly = [],
}: Pick<CompiledConfig, 'recordProblemsOnly'>): KindTest {
  const patterns = recordProblemsOnly.map(toKindMatcher)
  return (kind) => !isOwnKind(kind) && patterns.some((matches) => matches(kind))
}
