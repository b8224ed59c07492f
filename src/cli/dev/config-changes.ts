/**
 * What differs between two configs, by the names that a user wrote: `endpoints.sms.reply changed`.
 * Pure, and without any value: a reply's text may be long, and a number private.
 */
import { isDeepStrictEqual } from 'node:util'
import type { CompiledConfig } from '../../config/compiled.ts'

/** Compiled names that are not those of a config file. */
const WRITTEN: Record<string, string> = {
  deadlineMs: 'deadline',
  lookupBudgetMs: 'lookupBudget',
  replies: 'reply',
  retentionMs: 'retention',
  retryMs: 'retry',
  secrets: 'secret',
  timeoutMs: 'timeout',
}

const toWritten = (name: string) => WRITTEN[name] ?? name

/** In the order of a config file; empty when they are the same. */
export function listConfigChanges(before: CompiledConfig, after: CompiledConfig): string[] {
  const { endpoints: _, targets: __, ...rest } = before
  const { endpoints: ___, targets: ____, ...restAfter } = after
  const changes = [
    ...listFields(rest, restAfter).map((name) => `${name} changed`),
    ...listParts('endpoints', before.endpoints, after.endpoints),
    ...listParts('targets', before.targets, after.targets),
  ]
  const isSame = changes.length > 0 || isDeepStrictEqual(before, after)
  return isSame ? changes : ['their order changed']
}

interface Part {
  name: string
}

function listParts(kind: string, before: readonly Part[], after: readonly Part[]): string[] {
  const olds = new Map(before.map((part) => [part.name, part]))
  const names = new Set(after.map(({ name }) => name))
  const removed = before
    .filter(({ name }) => !names.has(name))
    .map(({ name }) => `${kind}.${name} removed`)
  const others = after.flatMap((part) => {
    const old = olds.get(part.name)
    if (!old) return [`${kind}.${part.name} added`]
    return listFields(old, part).map((field) => `${kind}.${part.name}.${field} changed`)
  })
  return [...removed, ...others]
}

function listFields(before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before))
  const fresh = new Map<string, unknown>(Object.entries(after))
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((name) => !isDeepStrictEqual(old.get(name), fresh.get(name)))
    .map(toWritten)
}
