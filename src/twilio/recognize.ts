/**
 * Which kind a webhook is, told from the names of its parameters.
 *
 * Each rule is filed under one rare name that it needs (`any`, else the first of `all`), so that only
 * the rules which a request's own names point at are tried. Among those that match, the lowest priority
 * wins. Which rules exist is the table's business (`kinds/`).
 */
import { parseBatch } from './event-streams.ts'
import type { Kind, Rule } from './kind.ts'
import { findKind, KINDS } from './kinds.ts'
import { UNKNOWN } from './kinds/platform.ts'
import type { Params } from './params.ts'
import type { Webhook } from './webhook.ts'

interface Candidate {
  kind: Kind
  rule: Rule
  /** Priority, ties resolved by the order of the table. */
  rank: number
}

const INDEX: ReadonlyMap<string, readonly Candidate[]> = createIndex(KINDS)
const EVENT_STREAMS = findKind('event-streams') ?? UNKNOWN

function createIndex(kinds: readonly Kind[]): Map<string, Candidate[]> {
  const candidates = kinds
    .flatMap((kind) => kind.rules.map((rule) => ({ kind, rule })))
    .toSorted((a, b) => a.rule.priority - b.rule.priority)
  const index = new Map<string, Candidate[]>()
  for (const [rank, { kind, rule }] of candidates.entries()) {
    for (const name of rule.any.length > 0 ? rule.any : rule.all.slice(0, 1)) {
      const filed = index.get(name)
      if (filed) filed.push({ kind, rule, rank })
      else index.set(name, [{ kind, rule, rank }])
    }
  }
  return index
}

/** The kind, or `unknown`. */
export function recognizeKind({ params, json }: Webhook): Kind {
  if (parseBatch(json) !== null) return EVENT_STREAMS
  let best: Candidate | null = null
  for (const [name] of params.pairs) {
    for (const candidate of INDEX.get(name) ?? []) {
      if (best !== null && candidate.rank >= best.rank) break
      if (matches(candidate.rule, params)) best = candidate
    }
  }
  return best === null ? UNKNOWN : best.kind
}

function matches({ all, any, none, where }: Rule, params: Params): boolean {
  if (!all.every((name) => params.has(name))) return false
  if (any.length > 0 && !any.some((name) => params.has(name))) return false
  if (none.some((name) => params.has(name))) return false
  return where.every(([name, pattern]) => pattern.test(params.get(name) ?? '') || !params.has(name))
}
